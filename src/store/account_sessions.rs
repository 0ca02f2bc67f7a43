//! Sessions of PKP in their accounts. A token carries only the id of the row; a session lives while its pair is active.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use crate::domain::ids::{AccountSessionId, CredentialId, TaxpayerId};

#[derive(Debug, Clone)]
pub struct AccountSession {
    pub id: AccountSessionId,
    pub taxpayer: TaxpayerId,
    pub credential: CredentialId,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
}

struct Row {
    session_id: Uuid,
    taxpayer_id: Uuid,
    credential_id: Uuid,
    created_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
}

impl From<Row> for AccountSession {
    fn from(row: Row) -> Self {
        Self {
            id: AccountSessionId(row.session_id),
            taxpayer: TaxpayerId(row.taxpayer_id),
            credential: CredentialId(row.credential_id),
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
        }
    }
}

pub async fn insert(
    conn: &mut PgConnection,
    session: &AccountSession,
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into account_sessions (session_id, taxpayer_id, credential_id, created_at, last_seen_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        session.id.0,
        session.taxpayer.0,
        session.credential.0,
        session.created_at,
        session.last_seen_at,
        expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The session, when it has neither ended nor expired and its pair is active.
pub async fn find_live(
    conn: &mut PgConnection,
    id: AccountSessionId,
    now: DateTime<Utc>,
) -> Result<Option<AccountSession>, StoreError> {
    Ok(sqlx::query_as!(
        Row,
        "select session_id, account_sessions.taxpayer_id, credential_id, account_sessions.created_at, last_seen_at
         from account_sessions join credentials using (credential_id)
         where session_id = $1 and ended_at is null and expires_at > $2 and state = 'active'",
        id.0,
        now
    )
    .fetch_optional(conn)
    .await?
    .map(AccountSession::from))
}

/// The live sessions of a pair, the one used last first.
pub async fn of_credential(
    conn: &mut PgConnection,
    credential: CredentialId,
    seen_after: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<AccountSession>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "select session_id, taxpayer_id, credential_id, created_at, last_seen_at from account_sessions
         where credential_id = $1 and ended_at is null and expires_at > $2 and last_seen_at > $3
         order by last_seen_at desc, session_id limit 50",
        credential.0,
        now,
        seen_after
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(AccountSession::from).collect())
}

/// Notes that a session is in use.
pub async fn touch(
    conn: &mut PgConnection,
    id: AccountSessionId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update account_sessions set last_seen_at = $2 where session_id = $1 and ended_at is null",
        id.0,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends one session of a pair; ending it twice is no error.
pub async fn end(
    conn: &mut PgConnection,
    credential: CredentialId,
    id: AccountSessionId,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    Ok(sqlx::query!(
        "update account_sessions set ended_at = $3
         where credential_id = $1 and session_id = $2 and ended_at is null",
        credential.0,
        id.0,
        now
    )
    .execute(conn)
    .await?
    .rows_affected())
}

/// Ends every session of a pair but one.
pub async fn end_others(
    conn: &mut PgConnection,
    credential: CredentialId,
    kept: Option<AccountSessionId>,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    Ok(sqlx::query!(
        "update account_sessions set ended_at = $3
         where credential_id = $1 and ended_at is null and session_id is distinct from $2",
        credential.0,
        kept.map(|id| id.0),
        now
    )
    .execute(conn)
    .await?
    .rows_affected())
}

/// Deletes sessions that nobody can use any more.
pub async fn delete_expired(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(sqlx::query!("delete from account_sessions where expires_at < $1", before)
        .execute(conn)
        .await?
        .rows_affected())
}
