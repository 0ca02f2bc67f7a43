//! An officer lifts a suspension after identification.

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

/// Lifts the suspension of a pair and ends its password: whoever knew it may be the one it was suspended for. A way to a new one is
/// sent by an act of its own, once the address is known to be right.
pub async fn reinstate(
    office: &Office,
    session: SessionId,
    id: CredentialId,
    reason: &Line<500>,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let officer = colleague.special_officer()?;
    let pair = own_pair(&mut tx, &colleague, id).await?;
    if pair.state != CredentialState::Suspended {
        return Err(AppError::PairNotPossible(pair.state));
    }
    store::credentials::change_state(&mut tx, &pair, CredentialState::Active, reason.as_str(), now).await?;
    store::credentials::set_password(&mut tx, id, None, None, now).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(officer.id), "lift_suspension")
            .office(officer.office)
            .taxpayer(pair.taxpayer)
            .subject(id.0)
            .detail(serde_json::json!({ "reason": reason.as_str(), "identity_seen": true })),
        now,
    )
    .await?;
    let what = AccountChanged { change: AccountChange::SuspensionLifted, way: ChangeWay::Office, at: now };
    tell(office, &mut tx, &pair, officer.office, what).await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(())
}
