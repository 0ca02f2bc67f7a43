//! Letters after they were issued: print, hand over, postal return, e-mail again.

pub mod find;
pub mod give_up;
pub mod hand_out;
pub mod paper_desk;
pub mod post_many;
pub mod postal_return;
pub mod preview;
pub mod print;
pub mod print_batches;
pub mod redeliver;
pub mod resend_message;
pub mod sheet;
pub mod verify;

use sqlx::PgConnection;

use super::{
    AppError,
    actor::{self, Colleague},
};
use crate::{
    domain::{ids::LetterId, names::Role},
    store::{self, deliveries::DeliveryRow, letters::Letter},
};

/// A letter of a request that this colleague may see.
pub(in crate::app) async fn visible_letter(
    conn: &mut PgConnection,
    colleague: &Colleague,
    id: LetterId,
) -> Result<Letter, AppError> {
    colleague.works_on_requests()?;
    let letter = store::letters::find(conn, id).await?.ok_or(AppError::NotFound("letter"))?;
    match actor::visible_request(conn, colleague, letter.request).await {
        Ok(_) => Ok(letter),
        Err(AppError::NotFound(_)) => Err(AppError::NotFound("letter")),
        Err(error) => Err(error),
    }
}

/// A letter that was replaced goes out no more: the one in its place does.
pub(in crate::app) async fn still_stands(conn: &mut PgConnection, letter: LetterId) -> Result<(), AppError> {
    match store::corrections::successor(conn, letter).await? {
        None => Ok(()),
        Some(successor) => Err(super::corrections::replaced(conn, successor).await?),
    }
}

/// Counter and special officers of the letter's own office hand letters out.
fn may_hand_out(colleague: &Colleague, letter: &Letter) -> Result<(), AppError> {
    let counter = colleague.counter().is_ok_and(|counter| counter.office == letter.office);
    let officer = colleague.special_officer().is_ok_and(|officer| officer.office == letter.office);
    if counter || officer {
        return Ok(());
    }
    let without_decree = colleague.office == Some(letter.office)
        && colleague.roles.iter().any(|(role, _)| *role == Role::SpecialOfficer);
    Err(if without_decree { AppError::NoDecree } else { AppError::Forbidden })
}

/// Who decides on which way a letter leaves after its first one: it carries a code, so not the counter alone.
fn may_redirect(colleague: &Colleague, letter: &Letter) -> Result<(), AppError> {
    if colleague.section_head().is_ok_and(|head| head.office == letter.office) {
        return Ok(());
    }
    match colleague.special_officer() {
        Ok(officer) if officer.office == letter.office => Ok(()),
        Ok(_) => Err(AppError::Forbidden),
        Err(error) => Err(error),
    }
}

/// A letter that is held until the end of the transaction, with the way on which it leaves now.
struct HeldLetter {
    letter: Letter,
    current: DeliveryRow,
    given_up: bool,
}

impl HeldLetter {
    /// Neither replaced nor given up.
    async fn still_goes(&self, conn: &mut PgConnection) -> Result<(), AppError> {
        still_stands(conn, self.letter.id).await?;
        if self.given_up { Err(AppError::LetterEnded) } else { Ok(()) }
    }
}

/// Acts on one letter take turns: what is read here stays so until the end of the transaction.
async fn hold(conn: &mut PgConnection, colleague: &Colleague, id: LetterId) -> Result<HeldLetter, AppError> {
    visible_letter(conn, colleague, id).await?;
    let not_found = || AppError::NotFound("letter");
    let given_up = store::deliveries::lock(conn, id).await?.ok_or_else(not_found)?;
    let letter = store::letters::find(conn, id).await?.ok_or_else(not_found)?;
    // Receipts and lists of deficiencies are not issued: nobody posts or collects them.
    let current = store::deliveries::current(conn, id).await?.ok_or(AppError::GoesByEmail)?;
    Ok(HeldLetter { letter, current, given_up })
}
