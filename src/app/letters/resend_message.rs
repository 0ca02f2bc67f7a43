//! Sends an e-mail again that did not arrive. The address stays the frozen one.

use crate::{
    app::{
        AppError, Office,
        actor::{self, visible_request},
    },
    domain::{
        ids::{MessageId, SessionId},
        line::Line,
    },
    store::{
        self, StoreError,
        audit::{By, Event},
        jobs::SendMessage,
    },
};

pub async fn resend_message(
    office: &Office,
    session: SessionId,
    id: MessageId,
    reason: &Line<500>,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let officer = colleague.special_officer()?;
    let message = store::messages::find(&mut tx, id).await?.ok_or(AppError::NotFound("message"))?;
    let request = message.request.ok_or(AppError::NotFound("message"))?;
    let request = match visible_request(&mut tx, &colleague, request).await {
        Err(AppError::NotFound(_)) => return Err(AppError::NotFound("message")),
        other => other?,
    };
    if let Some(letter) = message.letter {
        super::still_stands(&mut tx, letter).await?;
    }
    store::messages::requeue(&mut tx, id, now).await.map_err(|error| match error {
        StoreError::Stale { .. } => AppError::NotFailed,
        StoreError::Database(_) | StoreError::Inconsistent { .. } => error.into(),
    })?;
    store::jobs::enqueue(&mut tx, &SendMessage { message_id: id }, now, now).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(officer.id), "resend_message")
            .office(request.office)
            .request(request.id)
            .subject(id.0)
            .detail(serde_json::json!({ "reason": reason.as_str() })),
        now,
    )
    .await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(())
}
