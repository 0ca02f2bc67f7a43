use secrecy::{ExposeSecret, SecretString};

use super::{Whose, changeable};
use crate::{
    app::{AppError, Office, desk::Desk},
    store::{
        audit::{self, Event},
        sessions, staff,
    },
};

/// Characters that a password of staff has at least.
pub const PASSWORD_MIN_CHARACTERS: usize = 12;

/// Replaces the password and ends every session: whoever knew the old one is out.
pub async fn set_password(
    office: &Office,
    desk: Desk,
    whose: impl Into<Whose>,
    password: &SecretString,
) -> Result<(), AppError> {
    let hash = hash(office, password).await?;
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    let member = changeable(&mut tx, &keeper, &whose.into()).await?;
    staff::set_password(&mut tx, member.id, &hash).await?;
    sessions::end_all(&mut tx, member.id, now).await?;
    let mut event = Event::new(keeper.by, "set_staff_password").subject(member.id.0);
    event.office = member.office;
    audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The hash to keep, of a password that is long enough.
pub(super) async fn hash(office: &Office, password: &SecretString) -> Result<String, AppError> {
    if password.expose_secret().chars().count() < PASSWORD_MIN_CHARACTERS {
        return Err(AppError::fault("/password", "short", "a password has at least 12 characters"));
    }
    office.passwords.hash(password.clone(), office.vault.entropy()).await
}
