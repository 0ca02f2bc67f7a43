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
/// Unknown numbers, pairs without a password and wrong passwords answer alike after the same work: always the password of the
/// pair in force and that of the one before it are compared. An attempt at a number is counted before anything is looked at, so
/// that parallel guesses do not slip through; only a way in forgets the count, so that a former password is no way to guess on.
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
    let proven = current.filter(|_| opens_current).or(former.filter(|_| opens_former));
    let outcome = match &proven {
        Some(seen) => opened(office, &mut tx, seen, now).await?,
        None => None,
    };
    match &outcome {
        Some(SignIn::Home(_)) => npwp_gate.forget(&mut tx).await?,
        Some(SignIn::Suspended(_) | SignIn::Superseded(_)) => {}
        None => {
            network_gate.count(&mut tx, now).await?;
            let mut event = Event::new(By::Stranger, "account_sign_in_refused");
            event.taxpayer = taxpayer;
            store::audit::record(&mut tx, event, now).await?;
        }
    }
    tx.commit().await?;
    outcome.ok_or(AppError::WrongCredentials)
}

/// What the proven pair opens now; it may have changed while the password was compared. `None`: what was typed is not right any
/// more.
async fn opened(
    office: &Office,
    conn: &mut PgConnection,
    seen: &Presented,
    now: DateTime<Utc>,
) -> Result<Option<SignIn>, AppError> {
    store::taxpayers::lock(conn, seen.pair.taxpayer).await?;
    let pair = store::credentials::find(conn, seen.pair.id).await?.ok_or(AppError::NotFound("credential"))?;
    if store::credentials::password_hash(conn, pair.id).await? != seen.password_hash {
        return Ok(None);
    }
    let (act, outcome) = match pair.state {
        CredentialState::Active => return begin(office, conn, &pair, now).await.map(Some),
        CredentialState::Revoked => return Ok(None),
        CredentialState::Suspended => {
            ("account_sign_in_suspended", SignIn::Suspended(contact(conn, &pair.office).await?))
        }
        CredentialState::Superseded => {
            ("account_sign_in_superseded", SignIn::Superseded(replaced(conn, &pair).await?))
        }
    };
    let event = Event::new(By::Taxpayer, act).taxpayer(pair.taxpayer).subject(pair.id.0);
    store::audit::record(conn, event, now).await?;
    Ok(Some(outcome))
}

/// What took the place of a pair.
async fn replaced(conn: &mut PgConnection, pair: &Credential) -> Result<Replaced, AppError> {
    let (current, _) = store::credentials::presented(conn, Some(pair.taxpayer)).await?;
    let now_with = match current {
        Some(Presented { pair: current, .. }) => Some(NowWith {
            office: contact(conn, &current.office).await?,
            letter_number: current.letter_number,
            letter_on: current.letter_on,
        }),
        None => None,
    };
    let old = office_of(conn, &pair.office).await?;
    Ok(Replaced { replaced_at: AtOffice(pair.state_changed_at, old.zone), old_office: old.name, now_with })
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
