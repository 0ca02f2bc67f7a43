//! An address that refused gets mail again before the time is over: an officer or an operator for the mail that failed, the
//! command line for an address.

use super::{mail_in_care, suppression};
use crate::{
    app::{AppError, Office, actor},
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
    let (message, request, caretaker) = mail_in_care(&mut tx, &colleague, id).await?;
    let lifted = suppression::lift(office, &mut tx, &message.email, now).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(caretaker.id), "lift_address_suppression")
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
