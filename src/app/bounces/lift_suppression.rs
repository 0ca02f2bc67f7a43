//! An address that refused gets mail again before the time is over: an officer for the mail that failed, an operator for
//! an address.

use super::suppression;
use crate::{
    app::{
        AppError, Office,
        actor::{self, visible_request},
    },
    domain::{
        email_address::EmailAddress,
        ids::{MessageId, SessionId},
        line::Line,
    },
    store::{
        self,
        audit::{By, Event},
    },
};

/// Lifts the suppression of the address of a mail of the own office. Nothing to lift is no fault.
pub async fn lift_of_message(
    office: &Office,
    session: SessionId,
    id: MessageId,
    reason: &Line<500>,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let officer = colleague.special_officer()?;
    let not_found = || AppError::NotFound("message");
    let message = store::messages::find(&mut tx, id).await?.ok_or_else(not_found)?;
    let request = match visible_request(&mut tx, &colleague, message.request.ok_or_else(not_found)?).await {
        Err(AppError::NotFound(_)) => return Err(not_found()),
        other => other?,
    };
    let lifted = suppression::lift(office, &mut tx, &message.email, now).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(officer.id), "lift_address_suppression")
            .office(request.office)
            .request(request.id)
            .subject(id.0)
            .detail(serde_json::json!({ "reason": reason.as_str(), "lifted": lifted })),
        now,
    )
    .await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(())
}

/// Lifts the suppression of an address from the command line. `false`: it was not suppressed.
pub async fn lift_of_address(
    office: &Office,
    address: &EmailAddress,
    reason: &Line<500>,
) -> Result<bool, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let lifted = suppression::lift(office, &mut tx, address, now).await?;
    let event = Event::new(By::Console, "lift_address_suppression")
        .detail(serde_json::json!({ "reason": reason.as_str(), "lifted": lifted }));
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(lifted)
}
