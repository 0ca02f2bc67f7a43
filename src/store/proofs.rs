//! Proofs of e-mail addresses.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    error::{Column, one_row},
};
use crate::domain::{email_address::EmailAddress, ids::ProofId, office::OfficeCode};

#[derive(Debug, Clone)]
pub struct Proof {
    pub id: ProofId,
    pub email: EmailAddress,
    pub key_id: String,
    pub office: Option<OfficeCode>,
    pub code_expires_at: DateTime<Utc>,
    pub proven_at: Option<DateTime<Utc>>,
    pub proof_expires_at: Option<DateTime<Utc>>,
    pub used_at: Option<DateTime<Utc>>,
}

struct Row {
    proof_id: Uuid,
    email: String,
    key_id: String,
    office_code: Option<String>,
    code_expires_at: DateTime<Utc>,
    proven_at: Option<DateTime<Utc>>,
    proof_expires_at: Option<DateTime<Utc>>,
    used_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Proof {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let at = |column| Column("email_proofs", column);
        Ok(Self {
            id: ProofId(row.proof_id),
            email: at("email").parse(&row.email)?,
            key_id: row.key_id,
            office: at("office_code").parse_some(row.office_code.as_deref())?,
            code_expires_at: row.code_expires_at,
            proven_at: row.proven_at,
            proof_expires_at: row.proof_expires_at,
            used_at: row.used_at,
        })
    }
}

pub async fn insert(conn: &mut PgConnection, proof: &Proof, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into email_proofs (proof_id, email, key_id, office_code, created_at, code_expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        proof.id.0,
        proof.email.to_string(),
        proof.key_id,
        proof.office.map(String::from),
        now,
        proof.code_expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Finds a proof and locks it: two confirmations take turns.
pub async fn find(conn: &mut PgConnection, id: ProofId) -> Result<Option<Proof>, StoreError> {
    sqlx::query_as!(
        Row,
        "select proof_id, email, key_id, office_code, code_expires_at, proven_at, proof_expires_at, used_at
         from email_proofs where proof_id = $1 for update",
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(Proof::try_from)
    .transpose()
}

/// The proof that a token (its SHA-256) belongs to; not locked.
pub async fn find_by_token(conn: &mut PgConnection, token_hash: &[u8]) -> Result<Option<Proof>, StoreError> {
    sqlx::query_as!(
        Row,
        "select proof_id, email, key_id, office_code, code_expires_at, proven_at, proof_expires_at, used_at
         from email_proofs where token_hash = $1",
        token_hash
    )
    .fetch_optional(conn)
    .await?
    .map(Proof::try_from)
    .transpose()
}

/// As [`find_by_token`], locked: two filings with one proof take turns. Uploads with the proof do not wait.
pub async fn lock_by_token(conn: &mut PgConnection, token_hash: &[u8]) -> Result<Option<Proof>, StoreError> {
    sqlx::query_as!(
        Row,
        "select proof_id, email, key_id, office_code, code_expires_at, proven_at, proof_expires_at, used_at
         from email_proofs where token_hash = $1 for no key update",
        token_hash
    )
    .fetch_optional(conn)
    .await?
    .map(Proof::try_from)
    .transpose()
}

/// The right code was typed. A repeated confirmation replaces the token, so that a lost answer harms nobody.
pub async fn prove(
    conn: &mut PgConnection,
    id: ProofId,
    token_hash: &[u8],
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update email_proofs set proven_at = coalesce(proven_at, $4), token_hash = $2, proof_expires_at = $3
         where proof_id = $1 and used_at is null",
        id.0,
        token_hash,
        expires_at,
        now
    )
    .execute(conn)
    .await?;
    one_row("email_proofs", written.rows_affected())
}

/// Uses the proof for its one request; fails as stale when it was used meanwhile.
pub async fn consume(conn: &mut PgConnection, id: ProofId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update email_proofs set used_at = $2
         where proof_id = $1 and used_at is null and proof_expires_at > $2",
        id.0,
        now
    )
    .execute(conn)
    .await?;
    one_row("email_proofs", written.rows_affected())
}
