//! The day from which an approved version is in force, at each office from its own midnight on.

use chrono::NaiveDate;
use serde_json::json;

use super::{lock, national, record_act};
use crate::{
    app::{AppError, Office, actor},
    domain::ids::{SessionId, TemplateId},
    store,
};

/// Names the day, or another one as long as the named one has begun nowhere. Two versions never share a day.
pub async fn bring_into_force(
    office: &Office,
    session: SessionId,
    id: TemplateId,
    revision: i32,
    in_force_on: NaiveDate,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let operator = national(&actor::authenticate(&mut tx, session, now).await?)?;
    let row = lock(&mut tx, id, revision).await?;
    let state = row.state.come_in_force(in_force_on, now)?;
    store::letter_templates::save_state(&mut tx, &row, state, now).await.map_err(|error| {
        match error.constraint() {
            Some("letter_templates_one_in_force") => AppError::fault(
                "/in_force_on",
                "day_taken",
                "Versi lain dari surat ini mulai berlaku pada tanggal itu. Pilih tanggal lain atau tarik versi itu.",
            ),
            _ => error.into(),
        }
    })?;
    let of = (id, row.kind.as_str(), row.version);
    let more = json!({ "in_force_on": in_force_on });
    record_act(office, &mut tx, operator, "bring_letter_template_into_force", of, more).await?;
    tx.commit().await?;
    Ok(())
}
