//! Where a PKP is signed in, and how it ends that.

use super::{live, owner};
use crate::{
    app::{AppError, Office},
    domain::ids::AccountSessionId,
    store::{
        self,
        audit::{By, Event},
    },
};

/// Ends the own session. Signing out twice is no error.
pub async fn sign_out(office: &Office, session: AccountSessionId) -> Result<(), AppError> {
    end(office, session, session).await.or_else(|error| match error {
        AppError::Unauthenticated => Ok(()),
        other => Err(other),
    })
}

/// Ends one session of the own pair.
///
/// Errors: [`AppError::Unauthenticated`].
pub async fn end(
    office: &Office,
    session: AccountSessionId,
    other: AccountSessionId,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let seen = live(office, &mut tx, session, now).await?;
    if store::account_sessions::end(&mut tx, seen.credential, other, now).await? > 0 {
        let event = Event::new(By::Taxpayer, "account_sign_out").taxpayer(seen.taxpayer).subject(other.0);
        store::audit::record(&mut tx, event, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Ends every session of the own pair but this one; says how many there were.
///
/// Errors: [`AppError::Unauthenticated`].
pub async fn end_others(office: &Office, session: AccountSessionId) -> Result<u64, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let owner = owner(office, &mut tx, session, now).await?;
    let ended = store::account_sessions::end_others(&mut tx, owner.pair.id, Some(session), now).await?;
    let event = Event::new(By::Taxpayer, "account_sign_out_others")
        .taxpayer(owner.pair.taxpayer)
        .subject(session.0)
        .detail(serde_json::json!({ "ended": ended }));
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(ended)
}
