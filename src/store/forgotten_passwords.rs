//! What people typed into "Lupa password", sealed until a job compared it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::domain::ids::ForgottenId;

pub async fn insert(
    conn: &mut PgConnection,
    id: ForgottenId,
    typed_sealed: &[u8],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into forgotten_passwords (forgotten_id, typed_sealed, asked_at) values ($1, $2, $3)",
        id.0,
        typed_sealed,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What was typed, locked; `None` when it was compared before.
pub async fn lock(conn: &mut PgConnection, id: ForgottenId) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(sqlx::query_scalar!(
        "select typed_sealed from forgotten_passwords where forgotten_id = $1 for update",
        id.0
    )
    .fetch_optional(conn)
    .await?
    .flatten())
}

/// Keeps that it was compared, and not what was typed.
pub async fn compared(
    conn: &mut PgConnection,
    id: ForgottenId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update forgotten_passwords set typed_sealed = null, compared_at = $2 where forgotten_id = $1",
        id.0,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn delete_old(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(sqlx::query!("delete from forgotten_passwords where asked_at < $1", before)
        .execute(conn)
        .await?
        .rows_affected())
}
