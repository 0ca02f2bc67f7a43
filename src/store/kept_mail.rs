//! What came back and could not be placed, sealed.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;

/// Without its content.
#[derive(Debug, Clone)]
pub struct KeptMail {
    pub id: Uuid,
    pub received_at: DateTime<Utc>,
    pub message: Option<Uuid>,
    pub byte_count: i32,
}

/// Keeps a message. `false`: the same one is kept already.
pub async fn insert(
    conn: &mut PgConnection,
    kept: &KeptMail,
    fingerprint: &[u8],
    sealed: &[u8],
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "insert into kept_mail (kept_id, received_at, fingerprint, message_id, byte_count, sealed)
         values ($1, $2, $3, $4, $5, $6) on conflict on constraint kept_mail_once do nothing",
        kept.id,
        kept.received_at,
        fingerprint,
        kept.message,
        kept.byte_count,
        sealed
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// How many are kept.
pub async fn count(conn: &mut PgConnection) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(r#"select count(*) as "count!" from kept_mail"#).fetch_one(conn).await?)
}

/// Oldest first; at most a thousand.
pub async fn list(conn: &mut PgConnection) -> Result<Vec<KeptMail>, StoreError> {
    Ok(sqlx::query_as!(
        KeptMail,
        "select kept_id as id, received_at, message_id as message, byte_count from kept_mail
         order by received_at, kept_id limit 1000"
    )
    .fetch_all(conn)
    .await?)
}

pub async fn sealed(conn: &mut PgConnection, id: Uuid) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(sqlx::query_scalar!("select sealed from kept_mail where kept_id = $1", id)
        .fetch_optional(conn)
        .await?)
}

/// Deletes one. `false`: it is not there.
pub async fn delete(conn: &mut PgConnection, id: Uuid) -> Result<bool, StoreError> {
    let deleted = sqlx::query!("delete from kept_mail where kept_id = $1", id).execute(conn).await?;
    Ok(deleted.rows_affected() == 1)
}

/// Deletes what was received before.
pub async fn delete_old(conn: &mut PgConnection, received_before: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(sqlx::query!("delete from kept_mail where received_at < $1", received_before)
        .execute(conn)
        .await?
        .rows_affected())
}
