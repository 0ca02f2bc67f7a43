//! Letters after they were issued: print, hand over, postal return, e-mail again.

pub mod hand_out;
pub mod postal_return;
pub mod preview;
pub mod print;
pub mod resend_message;
pub mod verify;

use sqlx::PgConnection;

use super::{
    AppError,
    actor::{self, Colleague},
};
use crate::{
    domain::{ids::LetterId, names::Role},
    store::{self, letters::Letter},
};

/// A letter of a request that this colleague may see.
async fn visible_letter(
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
async fn still_stands(conn: &mut PgConnection, letter: LetterId) -> Result<(), AppError> {
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
