//! A new password link for a pair, after the identity was seen.

use chrono::{DateTime, TimeDelta, Utc};

use super::{AppError, Office, own_pair};
use crate::{
    app::{
        actor,
        post::{NewPassword, open_password_link},
    },
    domain::{
        credential::LINK_DAYS,
        ids::{CredentialId, SessionId},
        line::Line,
        names::CredentialState,
    },
    store::{
        self,
        audit::{By, Event},
    },
};

/// Where the link went and how long it lives.
#[derive(Debug)]
pub struct Resent {
    pub sent_to: String,
    pub expires_at: DateTime<Utc>,
}

/// Closes older links of the pair and sends a new one to the account's address. The password in use stays right
/// until the new link is used.
pub async fn resend_password_link(
    office: &Office,
    session: SessionId,
    id: CredentialId,
    reason: &Line<500>,
) -> Result<Resent, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let officer = colleague.special_officer()?;
    let pair = own_pair(&mut tx, &colleague, id).await?;
    if pair.state != CredentialState::Active {
        return Err(AppError::PairNotPossible(pair.state));
    }
    let account =
        store::accounts::find(&mut tx, pair.taxpayer).await?.ok_or(AppError::NotFound("account"))?;
    let sent_to = account.email.masked();
    let new = NewPassword {
        credential: id,
        office_code: officer.office,
        request: None,
        always_link: false,
        to: account.email,
        data: serde_json::json!({}),
    };
    open_password_link(office, &mut tx, new).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(officer.id), "resend_password_link")
            .office(officer.office)
            .taxpayer(pair.taxpayer)
            .subject(id.0)
            .detail(serde_json::json!({ "reason": reason.as_str(), "identity_seen": true })),
        now,
    )
    .await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(Resent { sent_to, expires_at: now + TimeDelta::days(LINK_DAYS) })
}
