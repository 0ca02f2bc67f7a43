//! The print act: the only way besides mail in which the real bytes leave. Audited and counted.

use super::{hold, may_hand_out, still_stands, visible_letter};
use crate::{
    app::{
        AppError, Office, actor,
        render_letter::{RenderedLetter, render_letter},
    },
    domain::{
        ids::{LetterId, SessionId},
        line::Line,
        names::Delivery,
    },
    store::{
        self,
        audit::{By, Event},
    },
};

/// Prints a letter that leaves by post or over the counter. One that goes by e-mail is not printed here.
pub async fn print_letter(
    office: &Office,
    session: SessionId,
    id: LetterId,
    reason: &Line<500>,
) -> Result<RenderedLetter, AppError> {
    // Rendered before the act: no rendering happens inside a transaction.
    {
        let mut tx = office.begin().await?;
        let colleague = actor::authenticate(&mut tx, session, office.now()).await?;
        let letter = visible_letter(&mut tx, &colleague, id).await?;
        may_hand_out(&colleague, &letter)?;
        still_stands(&mut tx, id).await?;
        if letter.delivery == Delivery::Email {
            return Err(AppError::GoesByEmail);
        }
    }
    let rendered = render_letter(office, id).await?;

    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let held = hold(&mut tx, &colleague, id).await?;
    let letter = &held.letter;
    may_hand_out(&colleague, letter)?;
    if held.current.way == Delivery::Email {
        return Err(AppError::GoesByEmail);
    }
    held.still_goes(&mut tx).await?;
    let count = store::letters::count_print(&mut tx, id).await?;
    store::deliveries::mark_printed(&mut tx, id, now).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), "print_letter")
            .office(letter.office)
            .request(letter.request)
            .subject(id.0)
            .detail(serde_json::json!({ "reason": reason.as_str(), "print": count })),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(rendered)
}
