//! A draft, or a version that is in force nowhere yet, is withdrawn: it never comes in force.

use serde_json::json;

use super::{lock, national, record_act};
use crate::{
    app::{AppError, Office, actor},
    domain::{
        ids::{SessionId, TemplateId},
        line::Line,
    },
    store,
};

pub async fn withdraw_version(
    office: &Office,
    session: SessionId,
    id: TemplateId,
    revision: i32,
    reason: &Line<500>,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let operator = national(&actor::authenticate(&mut tx, session, now).await?)?;
    let row = lock(&mut tx, id, revision).await?;
    let state = row.state.withdraw(operator.id, now)?;
    store::letter_templates::save_state(&mut tx, &row, state, now).await?;
    let of = (id, row.kind.as_str(), row.version);
    let more = json!({ "reason": reason.as_str() });
    record_act(office, &mut tx, operator, "withdraw_letter_template", of, more).await?;
    tx.commit().await?;
    Ok(())
}
