//! The section head ends the attempts to deliver a letter that nobody collects. It can be redelivered all the same.

use super::{hold, visible_letter};
use crate::{
    app::{AppError, Office, actor},
    domain::{
        ids::{LetterId, SessionId},
        line::Line,
        names::Delivery,
    },
    store::{
        self, StoreError,
        audit::{By, Event},
    },
};

/// Not a letter that is out, nor one whose e-mail is still on its way.
pub async fn give_up(
    office: &Office,
    session: SessionId,
    id: LetterId,
    reason: &Line<500>,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let seen = visible_letter(&mut tx, &colleague, id).await?;
    let here = colleague.section_head().is_ok_and(|head| head.office == seen.office);
    if !here {
        return Err(AppError::Forbidden);
    }
    // Messages before letters: whoever needs both locks them in this order.
    let failed = store::messages::supersede_failed_of_letter(&mut tx, id, now).await?;
    let held = hold(&mut tx, &colleague, id).await?;
    held.still_goes(&mut tx).await?;
    if held.current.way == Delivery::Email && failed == 0 {
        return Err(AppError::NotFailed);
    }
    store::deliveries::give_up(&mut tx, id, held.current.number, reason.as_str(), colleague.id, now)
        .await
        .map_err(|error| match error {
            StoreError::Stale { .. } => AppError::HandedOutAlready,
            StoreError::Database(_) | StoreError::Inconsistent { .. } => error.into(),
        })?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), "give_up_letter")
            .office(held.letter.office)
            .request(held.letter.request)
            .subject(id.0)
            .detail(serde_json::json!({ "reason": reason.as_str() })),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
