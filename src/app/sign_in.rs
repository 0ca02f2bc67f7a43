//! Staff sign in, go on, and sign out.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    AppError, Office,
    actor::{self, Colleague},
    callers::{self, REFRESH_PREFIX},
    limits::{self, CallerAddress},
};
use crate::{
    domain::ids::SessionId,
    store::{
        self,
        audit::{By, Event},
        sessions::Session,
    },
};

/// What a client needs to go on. The tokens are shown once; `Debug` hides them.
pub struct SignedIn {
    pub access_token: String,
    /// Seconds.
    pub expires_in: i64,
    pub refresh_token: String,
    pub colleague: Colleague,
}

/// Checks name and password and begins a session. An unknown name answers like a wrong password, after the same work.
///
/// Attempts are counted before the password is looked at, so that parallel guesses do not slip through; a right
/// password forgets the count of its name.
pub async fn sign_in(
    office: &Office,
    username: &str,
    password: SecretString,
    from: CallerAddress,
) -> Result<SignedIn, AppError> {
    let username = username.trim().to_lowercase();
    let name_gate = office.gate(limits::SIGN_IN_NAME, &username);
    let network_gate = office.network_gate(limits::SIGN_IN_NETWORK, from);

    let mut tx = office.begin().await?;
    let now = office.now();
    name_gate.pass(&mut tx, now).await?;
    network_gate.pass(&mut tx, now).await?;
    name_gate.count(&mut tx, now).await?;
    let found = store::staff::find_by_username(&mut tx, &username).await?;
    tx.commit().await?;

    let hash = found.as_ref().map(|(_, hash)| hash.clone());
    let right = office.passwords.verify(hash, password).await?;
    let staff = found.map(|(staff, _)| staff).filter(|staff| right && staff.active);

    let mut tx = office.begin().await?;
    let now = office.now();
    let Some(staff) = staff else {
        network_gate.count(&mut tx, now).await?;
        store::audit::record(&mut tx, Event::new(By::Stranger, "sign_in_refused"), now).await?;
        tx.commit().await?;
        return Err(AppError::WrongCredentials);
    };
    name_gate.forget(&mut tx).await?;
    let id = SessionId(Uuid::new_v4());
    let refresh_token = new_refresh_token(office, id);
    let session = Session {
        id,
        staff: staff.id,
        refresh_hash: callers::hash(&refresh_token).to_vec(),
        expires_at: now + office.rules.sessions.absolute,
    };
    store::sessions::insert(&mut tx, &session, now).await?;
    store::audit::record(&mut tx, Event::new(By::Staff(staff.id), "sign_in").subject(id.0), now).await?;
    let signed_in = signed_in(office, &mut tx, id, refresh_token, now).await?;
    tx.commit().await?;
    Ok(signed_in)
}

/// Exchanges a refresh token. Each works once: one that comes again was stolen from somebody, so the session ends.
pub async fn refresh_session(office: &Office, refresh_token: &str) -> Result<SignedIn, AppError> {
    let id = session_of(refresh_token).ok_or(AppError::Unauthenticated)?;
    let mut tx = office.begin().await?;
    let now = office.now();
    let (session, last_seen_at) =
        store::sessions::lock_live(&mut tx, id, now).await?.ok_or(AppError::Unauthenticated)?;
    if session.refresh_hash != callers::hash(refresh_token) {
        return end(tx, &session, "refresh_token_reused", now).await;
    }
    if last_seen_at + office.rules.sessions.idle <= now {
        return end(tx, &session, "session_idle", now).await;
    }
    let refresh_token = new_refresh_token(office, id);
    store::sessions::rotate(&mut tx, &session, &callers::hash(&refresh_token), now).await?;
    let signed_in = signed_in(office, &mut tx, id, refresh_token, now).await?;
    tx.commit().await?;
    Ok(signed_in)
}

async fn end(
    mut tx: sqlx::Transaction<'static, sqlx::Postgres>,
    session: &Session,
    why: &str,
    now: DateTime<Utc>,
) -> Result<SignedIn, AppError> {
    store::sessions::end(&mut tx, session.id, now).await?;
    let event = Event::new(By::System, "session_ended").subject(session.id.0).detail(json!({ "why": why }));
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Err(AppError::Unauthenticated)
}

/// Ends the session, on every replica at once.
pub async fn sign_out(office: &Office, session: SessionId) -> Result<(), AppError> {
    let mut tx = office.begin().await?;
    let now = office.now();
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    store::sessions::end(&mut tx, session, now).await?;
    store::audit::record(&mut tx, Event::new(By::Staff(colleague.id), "sign_out").subject(session.0), now)
        .await?;
    tx.commit().await?;
    Ok(())
}

async fn signed_in(
    office: &Office,
    conn: &mut PgConnection,
    id: SessionId,
    refresh_token: String,
    now: DateTime<Utc>,
) -> Result<SignedIn, AppError> {
    let access = office.rules.sessions.access;
    Ok(SignedIn {
        access_token: office.vault.sign_session(id.0, now, access)?,
        expires_in: access.num_seconds(),
        refresh_token,
        colleague: actor::authenticate(conn, id, now).await?,
    })
}

/// Names its session, so that an old token can be told from an unknown one.
fn new_refresh_token(office: &Office, id: SessionId) -> String {
    office.random_token(REFRESH_PREFIX, id.0.as_bytes())
}

fn session_of(refresh_token: &str) -> Option<SessionId> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let bytes = URL_SAFE_NO_PAD.decode(refresh_token.strip_prefix(REFRESH_PREFIX)?).ok()?;
    if bytes.len() != 48 {
        return None;
    }
    Uuid::from_slice(bytes.get(..16)?).ok().map(SessionId)
}
