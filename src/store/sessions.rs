//! Sessions of staff. A token carries only the id of the row.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{StoreError, error::one_row};
use crate::domain::ids::{SessionId, StaffId};

#[derive(Debug, Clone)]
pub struct Session {
    pub id: SessionId,
    pub staff: StaffId,
    pub refresh_hash: Vec<u8>,
    pub expires_at: DateTime<Utc>,
}

pub async fn insert(
    conn: &mut PgConnection,
    session: &Session,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into sessions (session_id, staff_id, refresh_hash, created_at, last_seen_at, expires_at)
         values ($1, $2, $3, $4, $4, $5)",
        session.id.0,
        session.staff.0,
        session.refresh_hash,
        now,
        session.expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Exchanges the refresh token; stale when the old one was exchanged meanwhile.
pub async fn rotate(
    conn: &mut PgConnection,
    session: &Session,
    refresh_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update sessions set refresh_hash = $3, last_seen_at = $4
         where session_id = $1 and refresh_hash = $2 and ended_at is null",
        session.id.0,
        session.refresh_hash,
        refresh_hash,
        now
    )
    .execute(conn)
    .await?;
    one_row("sessions", written.rows_affected())
}

/// Ends a session; ending it twice is no error.
pub async fn end(conn: &mut PgConnection, id: SessionId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("update sessions set ended_at = $2 where session_id = $1 and ended_at is null", id.0, now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends every session of a person.
pub async fn end_all(conn: &mut PgConnection, staff: StaffId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("update sessions set ended_at = $2 where staff_id = $1 and ended_at is null", staff.0, now)
        .execute(conn)
        .await?;
    Ok(())
}

/// The session and when it was last refreshed, if it has neither ended nor expired; locked, so that refreshes take turns.
pub async fn lock_live(
    conn: &mut PgConnection,
    id: SessionId,
    now: DateTime<Utc>,
) -> Result<Option<(Session, DateTime<Utc>)>, StoreError> {
    Ok(sqlx::query!(
        "select staff_id, refresh_hash, expires_at, last_seen_at from sessions
         where session_id = $1 and ended_at is null and expires_at > $2 for update",
        id.0,
        now
    )
    .fetch_optional(conn)
    .await?
    .map(|row| {
        let session = Session {
            id,
            staff: StaffId(row.staff_id),
            refresh_hash: row.refresh_hash,
            expires_at: row.expires_at,
        };
        (session, row.last_seen_at)
    }))
}

/// Whose session it is or was.
pub async fn owner(conn: &mut PgConnection, id: SessionId) -> Result<Option<StaffId>, StoreError> {
    Ok(sqlx::query_scalar!("select staff_id from sessions where session_id = $1", id.0)
        .fetch_optional(conn)
        .await?
        .map(StaffId))
}

/// Notes that a session is in use.
pub async fn touch(conn: &mut PgConnection, id: SessionId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "update sessions set last_seen_at = $2 where session_id = $1 and ended_at is null",
        id.0,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}
