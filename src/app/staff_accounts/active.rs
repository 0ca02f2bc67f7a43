use super::{Whose, changeable, not_their_own};
use crate::{
    app::{AppError, Office, desk::Desk},
    store::{
        audit::{self, Event},
        sessions, staff,
    },
};

/// Closes an account: from the next call on nobody is signed in with it.
pub async fn disable(office: &Office, desk: Desk, whose: impl Into<Whose>) -> Result<(), AppError> {
    set(office, desk, &whose.into(), false).await
}

/// Opens a closed account again, with the roles and the password that it had.
pub async fn enable(office: &Office, desk: Desk, whose: impl Into<Whose>) -> Result<(), AppError> {
    set(office, desk, &whose.into(), true).await
}

async fn set(office: &Office, desk: Desk, whose: &Whose, active: bool) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    let member = changeable(&mut tx, &keeper, whose).await?;
    not_their_own(&keeper, &member)?;
    staff::set_active(&mut tx, member.id, active).await?;
    if !active {
        sessions::end_all(&mut tx, member.id, now).await?;
    }
    let act = if active { "enable_staff" } else { "disable_staff" };
    let mut event = Event::new(keeper.by, act).subject(member.id.0);
    event.office = member.office;
    audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(())
}
