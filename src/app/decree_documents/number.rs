//! The decree gets its number and goes to the Kepala Kantor. From here on its paper is frozen.

use chrono::Datelike;
use serde_json::json;

use super::{lock, past, read::keep_paper};
use crate::{
    app::{AppError, Office, actor, render_letter::put},
    domain::ids::{DecreeDocumentId, SessionId},
    store::{
        self,
        audit::{By, Event},
        decree_documents::DecreeState,
    },
};

/// Takes the next number of the series `KEP` of this year, in which the decree is dated: the last lock of the act.
/// The paper is rendered and stored after it; whoever reads it first does that when this did not.
pub async fn number_decree(
    office: &Office,
    session: SessionId,
    id: DecreeDocumentId,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let (operator, document) = lock(&mut tx, &colleague, id).await?;
    if document.state != DecreeState::Prepared {
        return Err(past(document.state));
    }
    let today = actor::local_day(&mut tx, document.office, now).await?;
    if document.dated_on.year() != today.year() {
        return Err(AppError::fault(
            "/dated_on",
            "other_year",
            "Keputusan bertanggal tahun lain; siapkan lagi dengan tanggal tahun ini.",
        ));
    }
    let number = store::decree_documents::allocate_number(&mut tx, document.office, today.year()).await?;
    let mut data = document.data.clone();
    put(&mut data, "keputusan", "nomor", &number.to_string())?;
    store::decree_documents::number(&mut tx, id, number, &data, operator.id, now).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(operator.id), "number_decree")
            .office(document.office)
            .subject(id.0)
            .detail(json!({ "number": number.to_string() })),
        now,
    )
    .await?;
    tx.commit().await?;
    keep_paper(office, id).await?;
    Ok(())
}
