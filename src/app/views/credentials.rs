//! Pairs as the staff of their office sees them: never a code, never a password.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use super::parts::AtOffice;
use crate::{
    app::{
        AppError, Office, actor,
        credentials::find_credentials::{self, TaxpayerPairs},
    },
    domain::{
        credential::LinkState,
        ids::{CredentialId, SessionId, TaxpayerId},
        names::CredentialState,
        office::OfficeCode,
        tax_id::TaxId,
    },
    store::{self, credentials::Credential, links::PasswordLink},
};

#[derive(Debug, Serialize)]
pub struct Credentials {
    pub taxpayer: TaxpayerName,
    pub items: Vec<CredentialView>,
}

#[derive(Debug, Serialize)]
pub struct TaxpayerName {
    pub id: TaxpayerId,
    pub name: String,
    pub office_code: Option<OfficeCode>,
}

#[derive(Debug, Serialize)]
pub struct CredentialView {
    pub id: CredentialId,
    pub office_code: String,
    pub state: CredentialState,
    pub letter_number: String,
    pub letter_date: NaiveDate,
    pub password: PasswordPresence,
    pub links: Vec<LinkView>,
}

/// Whether there is a password; never which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordPresence {
    None,
    Set,
}

#[derive(Debug, Serialize)]
pub struct LinkView {
    pub state: &'static str,
    pub expires_at: AtOffice,
}

fn link_state(state: LinkState) -> &'static str {
    match state {
        LinkState::Open => "open",
        LinkState::Revealed => "revealed",
        LinkState::Closed => "closed",
        LinkState::Expired => "expired",
    }
}

impl CredentialView {
    fn new(pair: Credential, links: &[PasswordLink], zone: Tz, now: DateTime<Utc>) -> Self {
        Self {
            id: pair.id,
            office_code: pair.office,
            state: pair.state,
            letter_number: pair.letter_number,
            letter_date: pair.letter_on,
            password: if pair.has_password { PasswordPresence::Set } else { PasswordPresence::None },
            links: links
                .iter()
                .map(|link| LinkView {
                    state: link_state(link.state(now)),
                    expires_at: AtOffice(link.expires_at, zone),
                })
                .collect(),
        }
    }
}

/// The pairs of a taxpayer at the caller's office.
pub async fn credentials(
    office: &Office,
    session: SessionId,
    tax_id: &TaxId,
) -> Result<Credentials, AppError> {
    let TaxpayerPairs { taxpayer, pairs } =
        find_credentials::find_credentials(office, session, tax_id).await?;
    let zone = own_zone(office, session).await?;
    let now = office.now();
    Ok(Credentials {
        taxpayer: TaxpayerName { id: taxpayer.id, name: taxpayer.name, office_code: taxpayer.office },
        items: pairs
            .into_iter()
            .map(|found| CredentialView::new(found.pair, &found.links, zone, now))
            .collect(),
    })
}

/// The answer of an act on a pair of the caller's own office.
pub async fn credential_after_act(
    office: &Office,
    session: SessionId,
    id: CredentialId,
) -> Result<CredentialView, AppError> {
    let zone = own_zone(office, session).await?;
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let pair = store::credentials::find_unlocked(&mut tx, id)
        .await?
        .filter(|pair| colleague.office.is_some_and(|own| own.as_str() == pair.office))
        .ok_or(AppError::NotFound("credential"))?;
    let links = store::links::of_credential(&mut tx, id).await?;
    tx.rollback().await?;
    Ok(CredentialView::new(pair, &links, zone, now))
}

/// The clock of the caller's own office.
///
/// Errors: [`AppError::Forbidden`] for staff without an office.
pub async fn own_zone(office: &Office, session: SessionId) -> Result<Tz, AppError> {
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, office.now()).await?;
    let own = colleague.office.ok_or(AppError::Forbidden)?;
    let row = store::offices::find(&mut tx, own).await?.ok_or(AppError::NotFound("office"))?;
    tx.rollback().await?;
    Ok(row.zone)
}
