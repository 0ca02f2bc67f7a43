//! The section head revokes a pair.

use super::{AppError, Office, own_pair, tell};
use crate::{
    app::{
        actor,
        words::extras::{AccountChange, AccountChanged, ChangeWay},
    },
    domain::{
        ids::{CredentialId, SessionId},
        line::Line,
        names::CredentialState,
    },
    store::{
        self,
        audit::{By, Event},
    },
};

/// Ends an active or suspended pair for good: its links close, its password is no longer right.
pub async fn revoke(
    office: &Office,
    session: SessionId,
    id: CredentialId,
    reason: &Line<500>,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let head = colleague.section_head()?;
    let pair = own_pair(&mut tx, &colleague, id).await?;
    if !matches!(pair.state, CredentialState::Active | CredentialState::Suspended) {
        return Err(AppError::PairNotPossible(pair.state));
    }
    store::credentials::change_state(&mut tx, &pair, CredentialState::Revoked, reason.as_str(), now).await?;
    store::credentials::set_password(&mut tx, id, None, None, now).await?;
    store::links::close_password_links(&mut tx, id, now).await?;
    store::messages::supersede_queued_links(&mut tx, id, now).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(head.id), "revoke_pair")
            .office(head.office)
            .taxpayer(pair.taxpayer)
            .subject(id.0)
            .detail(serde_json::json!({ "reason": reason.as_str() })),
        now,
    )
    .await?;
    let what = AccountChanged { change: AccountChange::Revoked, way: ChangeWay::Office, at: now };
    tell(office, &mut tx, &pair, head.office, what).await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(())
}
