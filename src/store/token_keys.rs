//! Keys that sign access tokens. The private halves arrive here sealed; nothing here can open them.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::domain::{ids::TokenKeyId, token_keys::TokenKey};

/// A key that was not revoked.
#[derive(Debug, Clone)]
pub struct StoredTokenKey {
    pub key: TokenKey,
    pub public: Vec<u8>,
    pub sealed: Vec<u8>,
}

const MAKING_LOCK: i64 = 0x544f_4b45_4e4b_4559;

/// Whoever makes or revokes keys holds this until the transaction ends: two replicas do not both make the next one.
pub async fn lock(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!(r#"select pg_advisory_xact_lock($1)::text as "void""#, MAKING_LOCK).fetch_one(conn).await?;
    Ok(())
}

/// Every key that was not revoked.
pub async fn all(conn: &mut PgConnection) -> Result<Vec<StoredTokenKey>, StoreError> {
    let rows = sqlx::query!(
        "select key_id, public_key, sealed, signs_from from token_keys where revoked_at is null order by signs_from, key_id"
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| StoredTokenKey {
            key: TokenKey { id: TokenKeyId(row.key_id), signs_from: row.signs_from },
            public: row.public_key,
            sealed: row.sealed,
        })
        .collect())
}

/// The public half of a key that was not revoked.
pub async fn public(conn: &mut PgConnection, id: TokenKeyId) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(sqlx::query_scalar!(
        "select public_key from token_keys where key_id = $1 and revoked_at is null",
        id.0
    )
    .fetch_optional(conn)
    .await?)
}

pub async fn insert(
    conn: &mut PgConnection,
    new: &StoredTokenKey,
    made_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into token_keys (key_id, public_key, sealed, made_at, signs_from) values ($1, $2, $3, $4, $5)",
        new.key.id.0,
        new.public,
        new.sealed,
        made_at,
        new.key.signs_from
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Revokes every key: what they signed is not taken any more. Says how many there were.
pub async fn revoke_all(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(sqlx::query!("update token_keys set revoked_at = $1 where revoked_at is null", now)
        .execute(conn)
        .await?
        .rows_affected())
}

/// Deletes keys that were revoked or followed by another before this instant.
pub async fn delete_old(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(sqlx::query!(
        "delete from token_keys as old
         where old.revoked_at < $1
            or exists (select from token_keys as next
                       where next.revoked_at is null and next.signs_from > old.signs_from and next.signs_from < $1)",
        before
    )
    .execute(conn)
    .await?
    .rows_affected())
}
