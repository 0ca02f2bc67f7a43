//! Where the mails of a request go since its address was corrected.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{StoreError, error::Column};
use crate::domain::{
    email_address::EmailAddress,
    ids::{ProofId, RequestId, StaffId},
};

/// The corrected address of a request.
#[derive(Debug, Clone)]
pub struct Correction<'a> {
    pub request: RequestId,
    pub email: &'a EmailAddress,
    /// How it was proven.
    pub proof: ProofId,
    pub by: StaffId,
}

/// Corrects an address, or corrects it once more.
pub async fn correct(
    conn: &mut PgConnection,
    correction: &Correction<'_>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into request_mail_addresses (request_id, email, proof_id, corrected_by, corrected_at)
         values ($1, $2, $3, $4, $5)
         on conflict (request_id) do update
         set email = excluded.email, proof_id = excluded.proof_id, corrected_by = excluded.corrected_by,
             corrected_at = excluded.corrected_at",
        correction.request.0,
        correction.email.to_string(),
        correction.proof.0,
        correction.by.0,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The corrected address, if there is one.
pub async fn find(conn: &mut PgConnection, request: RequestId) -> Result<Option<EmailAddress>, StoreError> {
    sqlx::query_scalar!("select email from request_mail_addresses where request_id = $1", request.0)
        .fetch_optional(conn)
        .await?
        .map(|email| Column("request_mail_addresses", "email").parse(&email))
        .transpose()
}
