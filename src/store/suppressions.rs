//! Addresses that refused our mail, known by a keyed hash only.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, error::Column};
use crate::domain::{enhanced_status::EnhancedStatus, ids::MessageId};

/// Why an address gets no mail, and until when.
#[derive(Debug, Clone)]
pub struct Suppression {
    pub status: Option<EnhancedStatus>,
    pub until: DateTime<Utc>,
    /// The mail that was refused.
    pub message: MessageId,
}

struct Row {
    status: Option<String>,
    suppressed_until: DateTime<Utc>,
    message_id: Uuid,
}

/// Suppresses an address; a suppression that lasts longer stays.
pub async fn suppress(
    conn: &mut PgConnection,
    address: &[u8],
    suppression: &Suppression,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into suppressed_addresses (address_hash, status, suppressed_at, suppressed_until, message_id)
         values ($1, $2, $3, $4, $5)
         on conflict (address_hash) do update
         set status = excluded.status, suppressed_at = excluded.suppressed_at,
             suppressed_until = excluded.suppressed_until, message_id = excluded.message_id
         where suppressed_addresses.suppressed_until < excluded.suppressed_until",
        address,
        suppression.status.map(|status| status.to_string()),
        now,
        suppression.until,
        suppression.message.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The suppression that holds now.
pub async fn find(
    conn: &mut PgConnection,
    address: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<Suppression>, StoreError> {
    sqlx::query_as!(
        Row,
        "select status, suppressed_until, message_id from suppressed_addresses
         where address_hash = $1 and suppressed_until > $2",
        address,
        now
    )
    .fetch_optional(conn)
    .await?
    .map(|row| {
        let status = Column("suppressed_addresses", "status").parse_some(row.status.as_deref())?;
        Ok(Suppression { status, until: row.suppressed_until, message: MessageId(row.message_id) })
    })
    .transpose()
}

/// Until when each of these addresses gets no mail now; those that get mail are not in it.
pub async fn until(
    conn: &mut PgConnection,
    addresses: &[Vec<u8>],
    now: DateTime<Utc>,
) -> Result<HashMap<Vec<u8>, DateTime<Utc>>, StoreError> {
    let rows = sqlx::query!(
        "select address_hash, suppressed_until from suppressed_addresses
         where address_hash = any($1) and suppressed_until > $2",
        addresses,
        now
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.address_hash, row.suppressed_until)).collect())
}

/// Lifts a suppression. `false`: none was there.
pub async fn lift(conn: &mut PgConnection, address: &[u8]) -> Result<bool, StoreError> {
    let deleted = sqlx::query!("delete from suppressed_addresses where address_hash = $1", address)
        .execute(conn)
        .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Deletes those that ended.
pub async fn delete_ended(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(sqlx::query!("delete from suppressed_addresses where suppressed_until <= $1", now)
        .execute(conn)
        .await?
        .rows_affected())
}
