//! The section head sends the draft of a correction back. The letter stays as it is until another one is signed.

use super::{hidden, letter_of};
use crate::{
    app::{
        AppError, Office,
        actor::{self, lock_request},
    },
    domain::{
        ids::{CorrectionId, SessionId},
        line::Line,
        state::Act,
    },
    store::{
        self, StoreError,
        audit::{By, Event},
        corrections::End,
    },
};

pub async fn send_back_correction(
    office: &Office,
    session: SessionId,
    id: CorrectionId,
    reason: &Line<500>,
) -> Result<(), AppError> {
    let now = office.now();
    let missing = "correction";
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    colleague.works_on_requests()?;
    let draft = store::corrections::find(&mut tx, id).await?.ok_or(AppError::NotFound(missing))?;
    let letter = letter_of(&mut tx, &colleague, draft.letter, missing).await?;
    lock_request(&mut tx, &colleague, letter.request, Act::SendBackCorrection, None)
        .await
        .map_err(|error| hidden(error, missing))?;
    store::corrections::end(&mut tx, id, End::SentBack { reason: reason.as_str() }, now).await.map_err(
        |error| match error {
            StoreError::Stale { .. } => AppError::DraftChanged,
            StoreError::Database(_) | StoreError::Inconsistent { .. } => error.into(),
        },
    )?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), Act::SendBackCorrection.as_str())
            .office(draft.office)
            .request(letter.request)
            .subject(id.0)
            .detail(serde_json::json!({ "reason": reason.as_str() })),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
