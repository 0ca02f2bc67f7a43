//! Answers that were given once are given again, not made again.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use crate::domain::ids::RequestId;

/// The key of a call: it belongs to an operation and a principal (proof or session).
#[derive(Debug, Clone, Copy)]
pub struct IdempotencyKey<'a> {
    pub operation: &'a str,
    pub principal: &'a str,
    pub key: &'a str,
}

/// What was done under a key before.
#[derive(Debug)]
pub struct Earlier {
    pub body_hash: Vec<u8>,
    pub requests: Vec<RequestId>,
}

/// Serialises calls with the same key for the rest of the transaction. Not needed by who holds a lock that every call
/// with the same key takes.
pub async fn lock(conn: &mut PgConnection, key: IdempotencyKey<'_>) -> Result<(), StoreError> {
    let lock = format!("{}\n{}\n{}", key.operation, key.principal, key.key);
    sqlx::query!(r#"select pg_advisory_xact_lock(hashtextextended($1, 0))::text as "void""#, lock)
        .fetch_one(conn)
        .await?;
    Ok(())
}

/// What an earlier call with the key did after `created_after`: an older one is forgotten, also before it is deleted.
/// Calls with the same key have to take turns, see [`lock`].
pub async fn earlier(
    conn: &mut PgConnection,
    key: IdempotencyKey<'_>,
    created_after: DateTime<Utc>,
) -> Result<Option<Earlier>, StoreError> {
    Ok(sqlx::query!(
        "select body_hash, request_ids from idempotency_keys
         where operation = $1 and principal = $2 and key = $3 and created_at > $4",
        key.operation,
        key.principal,
        key.key,
        created_after
    )
    .fetch_optional(conn)
    .await?
    .map(|row| Earlier {
        body_hash: row.body_hash,
        requests: row.request_ids.into_iter().map(RequestId).collect(),
    }))
}

pub async fn remember(
    conn: &mut PgConnection,
    key: IdempotencyKey<'_>,
    body_hash: &[u8],
    requests: &[RequestId],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = requests.iter().map(|id| id.0).collect();
    sqlx::query!(
        "insert into idempotency_keys (operation, principal, key, body_hash, request_ids, created_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (operation, principal, key) do update set body_hash = $4, request_ids = $5, created_at = $6",
        key.operation,
        key.principal,
        key.key,
        body_hash,
        &ids,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets keys of before `created_before`.
pub async fn forget(conn: &mut PgConnection, created_before: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(sqlx::query!("delete from idempotency_keys where created_at < $1", created_before)
        .execute(conn)
        .await?
        .rows_affected())
}
