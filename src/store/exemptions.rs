//! *Cannot supply: reason* — and the waiver that the section head gives.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    error::{Column, one_row},
};
use crate::domain::{
    ids::{RequestId, StaffId},
    names::DocumentKind,
};

#[derive(Debug, Clone)]
pub struct Exemption {
    pub document: DocumentKind,
    pub reason: String,
    pub asked_at: DateTime<Utc>,
    pub waived_by: Option<StaffId>,
    pub waived_reason: Option<String>,
    pub waived_at: Option<DateTime<Utc>>,
}

/// Declares it; the reason of one that was waived already stays the one that the waiver was given for.
pub async fn insert(
    conn: &mut PgConnection,
    request: RequestId,
    document: DocumentKind,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into exemptions (exemption_id, request_id, document, reason, asked_at) values ($1, $2, $3, $4, $5)
         on conflict (request_id, document) do update set reason = $4, asked_at = $5
         where exemptions.waived_at is null",
        Uuid::now_v7(),
        request.0,
        document.as_str(),
        reason,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn of_request(conn: &mut PgConnection, request: RequestId) -> Result<Vec<Exemption>, StoreError> {
    sqlx::query!(
        "select document, reason, asked_at, waived_by, waived_reason, waived_at
         from exemptions where request_id = $1 order by document",
        request.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(Exemption {
            document: Column("exemptions", "document").parse(&row.document)?,
            reason: row.reason,
            asked_at: row.asked_at,
            waived_by: row.waived_by.map(StaffId),
            waived_reason: row.waived_reason,
            waived_at: row.waived_at,
        })
    })
    .collect()
}

/// Waives what the filer declared that they cannot supply. Stale when nothing was declared or it is waived already.
pub async fn waive(
    conn: &mut PgConnection,
    request: RequestId,
    document: DocumentKind,
    by: StaffId,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update exemptions set waived_by = $3, waived_reason = $4, waived_at = $5
         where request_id = $1 and document = $2 and waived_at is null",
        request.0,
        document.as_str(),
        by.0,
        reason,
        now
    )
    .execute(conn)
    .await?;
    one_row("exemptions", written.rows_affected())
}
