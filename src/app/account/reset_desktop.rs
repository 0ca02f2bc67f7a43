//! A new Kode Aktivasi Desktop, at once. The first code never changes by it.

use super::owner;
use crate::{
    app::{
        AppError, Office,
        secrets::codes::{self, CodeOf},
        words::extras::AccountChange,
    },
    domain::ids::AccountSessionId,
    store::{self, credentials::SealedCode},
};

/// Replaces the desktop code of the own pair. Each press makes another one; the last counts.
///
/// Errors: [`AppError::Unauthenticated`].
pub async fn reset_desktop(office: &Office, session: AccountSessionId) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let owner = owner(office, &mut tx, session, now).await?;
    let code = codes::mint(office);
    let stored = codes::seal(office, owner.pair.id, CodeOf::Desktop, &code)?;
    let new = SealedCode { sealed: &stored.sealed, lookup: &stored.lookup };
    store::credentials::replace_desktop_code(&mut tx, &owner.pair, &new, now).await?;
    owner.done(office, &mut tx, "reset_desktop_code", AccountChange::DesktopCode, now).await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(())
}
