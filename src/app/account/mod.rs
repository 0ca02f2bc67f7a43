//! What a PKP does in its account. A session proves who acts; whether it still lives is read in the transaction of each act.

pub mod change_password;
pub mod download_letter;
pub mod forgot_password;
pub mod history;
pub mod overview;
pub mod reset_desktop;
pub mod sessions;
pub mod show_code;
pub mod sign_in;
pub mod suspend;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::{
    AppError, Office,
    credentials::tell,
    limits,
    words::extras::{AccountChange, AccountChanged, ChangeWay},
};
use crate::{
    domain::{ids::AccountSessionId, names::CredentialState, office::OfficeCode},
    store::{
        self,
        account_sessions::AccountSession,
        audit::{By, Event},
        credentials::Credential,
    },
};

/// A session counts as used at most this often: most pages write nothing.
const SEEN_EVERY: TimeDelta = TimeDelta::minutes(1);

/// How long a session lives without use, and in any case.
pub fn lifetimes(office: &Office) -> (TimeDelta, TimeDelta) {
    (office.rules.sessions.idle, office.rules.sessions.absolute)
}

/// A PKP in its account, with its pair locked.
struct Owner {
    session: AccountSession,
    pair: Credential,
    /// The office that issued the pair.
    office: OfficeCode,
}

/// The session, if it lives and was used lately.
///
/// Errors: [`AppError::Unauthenticated`].
async fn live(
    office: &Office,
    conn: &mut PgConnection,
    id: AccountSessionId,
    now: DateTime<Utc>,
) -> Result<AccountSession, AppError> {
    let session =
        store::account_sessions::find_live(conn, id, now).await?.ok_or(AppError::Unauthenticated)?;
    if session.last_seen_at + office.rules.sessions.idle <= now {
        return Err(AppError::Unauthenticated);
    }
    Ok(session)
}

/// Whoever acts in a session. Taxpayer first, then pair: in the order of every act on pairs. What ended the session meanwhile
/// held the same locks, so the session is read again behind them.
async fn owner(
    office: &Office,
    conn: &mut PgConnection,
    id: AccountSessionId,
    now: DateTime<Utc>,
) -> Result<Owner, AppError> {
    let seen = live(office, conn, id, now).await?;
    store::taxpayers::lock(conn, seen.taxpayer).await?;
    let pair = store::credentials::find(conn, seen.credential).await?;
    let session = live(office, conn, id, now).await?;
    let pair = pair.filter(|pair| pair.state == CredentialState::Active).ok_or(AppError::Unauthenticated)?;
    let issuer = pair.office.parse().map_err(|_| AppError::NotFound("office"))?;
    if session.last_seen_at + SEEN_EVERY <= now {
        store::account_sessions::touch(conn, id, now).await?;
    }
    Ok(Owner { session, pair, office: issuer })
}

impl Owner {
    /// Keeps what was done, and tells the PKP of it.
    ///
    /// Errors: [`AppError::TooManyAttempts`], when it was told too often; then nothing was done.
    async fn done(
        &self,
        office: &Office,
        conn: &mut PgConnection,
        act: &'static str,
        change: AccountChange,
        now: DateTime<Utc>,
    ) -> Result<(), AppError> {
        let gate = office.gate(limits::ACCOUNT_ACTS, &self.pair.id.to_string());
        gate.pass(conn, now).await?;
        gate.count(conn, now).await?;
        let event = Event::new(By::Taxpayer, act)
            .office(self.office)
            .taxpayer(self.pair.taxpayer)
            .subject(self.pair.id.0)
            .detail(serde_json::json!({ "session": self.session.id }));
        store::audit::record(conn, event, now).await?;
        let what = AccountChanged { change, way: ChangeWay::Account, at: now };
        tell(office, conn, &self.pair, self.office, what).await
    }
}
