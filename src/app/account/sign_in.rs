//! A PKP signs in with NPWP and Password e-Nofa.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::Serialize;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    app::{
        AppError, Office,
        limits::{self, CallerAddress},
        views::parts::AtOffice,
    },
    domain::{ids::AccountSessionId, names::CredentialState, tax_id::TaxId},
    store::{
        self,
        account_sessions::AccountSession,
        audit::{By, Event},
        credentials::{Credential, Presented},
    },
};

/// What came of a right password.
#[derive(Debug)]
pub enum SignIn {
    Home(AccountSessionId),
    /// The pair is suspended: only its office can lift that.
    Suspended(Contact),
    /// The password belongs to a pair that another one replaced.
    Superseded(Replaced),
}

/// Whom to ask.
#[derive(Debug, Clone, Serialize)]
pub struct Contact {
    pub name: String,
    pub phone: Option<String>,
}

/// A pair that is not in force any more, and what took its place.
#[derive(Debug, Serialize)]
pub struct Replaced {
    pub old_office: String,
    pub replaced_at: AtOffice,
    /// `None`: the PKP has no pair in force, and asks for one at the office that it moved to.
    pub now_with: Option<NowWith>,
}

#[derive(Debug, Serialize)]
pub struct NowWith {
    pub office: Contact,
    pub letter_number: String,
    pub letter_on: chrono::NaiveDate,
}

/// Checks NPWP and password, and opens a session.
///
/// Unknown numbers, pairs without a password and wrong passwords answer alike after the same work: always the password of the pair
/// in force and that of the one before it are compared. An attempt is counted before anything is looked at, so that parallel guesses do not slip through.
///
/// Errors: [`AppError::WrongCredentials`], [`AppError::TooManyAttempts`].
pub async fn sign_in(
    office: &Office,
    npwp: &TaxId,
    password: SecretString,
    from: CallerAddress,
) -> Result<SignIn, AppError> {
    let npwp_gate = office.gate(limits::ACCOUNT_NPWP, &npwp.canonical());
    let network_gate = office.network_gate(limits::ACCOUNT_NETWORK, from);

    let mut tx = office.begin().await?;
    let now = office.now();
    npwp_gate.pass(&mut tx, now).await?;
    network_gate.pass(&mut tx, now).await?;
    npwp_gate.count(&mut tx, now).await?;
    let taxpayer = store::taxpayers::find_by_tax_id(&mut tx, npwp).await?.map(|taxpayer| taxpayer.id);
    let (current, former) = store::credentials::presented(&mut tx, taxpayer).await?;
    tx.commit().await?;

    let hash = |pair: &Option<Presented>| pair.as_ref().and_then(|pair| pair.password_hash.clone());
    let opens_current = office.passwords.verify(hash(&current), password.clone()).await?;
    let opens_former = office.passwords.verify(hash(&former), password).await?;

    let mut tx = office.begin().await?;
    let now = office.now();
    let proven = current
        .as_ref()
        .filter(|_| opens_current)
        .or(former.as_ref().filter(|_| opens_former))
        .map(|proven| &proven.pair);
    let Some(seen) = proven else {
        network_gate.count(&mut tx, now).await?;
        let mut event = Event::new(By::Stranger, "account_sign_in_refused");
        event.taxpayer = taxpayer;
        store::audit::record(&mut tx, event, now).await?;
        tx.commit().await?;
        return Err(AppError::WrongCredentials);
    };
    npwp_gate.forget(&mut tx).await?;
    let outcome = opened(office, &mut tx, seen, current.as_ref().map(|current| &current.pair), now).await?;
    tx.commit().await?;
    Ok(outcome)
}

/// What the proven pair opens now. It may have changed while the password was compared.
async fn opened(
    office: &Office,
    conn: &mut PgConnection,
    seen: &Credential,
    current: Option<&Credential>,
    now: DateTime<Utc>,
) -> Result<SignIn, AppError> {
    store::taxpayers::lock(conn, seen.taxpayer).await?;
    let pair = store::credentials::find(conn, seen.id).await?.ok_or(AppError::NotFound("credential"))?;
    match pair.state {
        CredentialState::Active if pair.version == seen.version => begin(office, conn, &pair, now).await,
        // A new password, or revoked for good: what was typed is not right any more.
        CredentialState::Active | CredentialState::Revoked => Err(AppError::WrongCredentials),
        CredentialState::Suspended => Ok(SignIn::Suspended(contact(conn, &pair.office).await?)),
        CredentialState::Superseded => {
            let current = current.filter(|current| current.id != pair.id);
            let now_with = match current {
                Some(current) => Some(NowWith {
                    office: contact(conn, &current.office).await?,
                    letter_number: current.letter_number.clone(),
                    letter_on: current.letter_on,
                }),
                None => None,
            };
            let old = office_of(conn, &pair.office).await?;
            Ok(SignIn::Superseded(Replaced {
                replaced_at: AtOffice(pair.state_changed_at, old.zone),
                old_office: old.name,
                now_with,
            }))
        }
    }
}

async fn begin(
    office: &Office,
    conn: &mut PgConnection,
    pair: &Credential,
    now: DateTime<Utc>,
) -> Result<SignIn, AppError> {
    let session = AccountSession {
        id: AccountSessionId(Uuid::new_v4()),
        taxpayer: pair.taxpayer,
        credential: pair.id,
        created_at: now,
        last_seen_at: now,
    };
    store::account_sessions::insert(conn, &session, now + office.rules.sessions.absolute).await?;
    let event = Event::new(By::Taxpayer, "account_sign_in").taxpayer(pair.taxpayer).subject(session.id.0);
    store::audit::record(conn, event, now).await?;
    Ok(SignIn::Home(session.id))
}

async fn contact(conn: &mut PgConnection, code: &str) -> Result<Contact, AppError> {
    let row = office_of(conn, code).await?;
    Ok(Contact { name: row.name, phone: row.phone })
}

async fn office_of(conn: &mut PgConnection, code: &str) -> Result<store::offices::OfficeRow, AppError> {
    let code = code.parse().map_err(|_| AppError::NotFound("office"))?;
    store::offices::find(conn, code).await?.ok_or(AppError::NotFound("office"))
}
