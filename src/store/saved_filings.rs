//! Filings that were begun and not sent yet. What was typed is sealed before it comes here.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    error::{Column, one_row},
};
use crate::domain::{
    email_address::EmailAddress,
    ids::{FilingId, ProofId},
    names::Wanted,
    office::OfficeCode,
};

/// A filing, with the proof that it goes on with.
#[derive(Debug, Clone)]
pub struct SavedFiling {
    pub id: FilingId,
    pub wanted: Wanted,
    pub sealed: Vec<u8>,
    /// What was drawn to sign its letters, sealed.
    pub ink: Option<Vec<u8>>,
    pub expires_at: DateTime<Utc>,
    pub proof: ProofId,
    pub email: EmailAddress,
    /// The office that the filer named when the address was proven.
    pub office: Option<OfficeCode>,
    pub proof_expires_at: Option<DateTime<Utc>>,
    /// When it was sent: its proof is used then.
    pub sent_at: Option<DateTime<Utc>>,
}

struct Row {
    filing_id: Uuid,
    wanted: String,
    sealed: Vec<u8>,
    ink: Option<Vec<u8>>,
    expires_at: DateTime<Utc>,
    proof_id: Uuid,
    email: String,
    office_code: Option<String>,
    proof_expires_at: Option<DateTime<Utc>>,
    used_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for SavedFiling {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: FilingId(row.filing_id),
            wanted: Column("saved_filings", "wanted").parse(&row.wanted)?,
            sealed: row.sealed,
            ink: row.ink,
            expires_at: row.expires_at,
            proof: ProofId(row.proof_id),
            email: Column("email_proofs", "email").parse(&row.email)?,
            office: Column("email_proofs", "office_code").parse_some(row.office_code.as_deref())?,
            proof_expires_at: row.proof_expires_at,
            sent_at: row.used_at,
        })
    }
}

/// Begins a filing with a proof. A proof that has one keeps it.
pub async fn insert(
    conn: &mut PgConnection,
    filing: &SavedFiling,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "insert into saved_filings (filing_id, proof_id, wanted, sealed, begun_at, saved_at, expires_at)
         values ($1, $2, $3, $4, $5, $5, $6) on conflict (proof_id) do nothing",
        filing.id.0,
        filing.proof.0,
        filing.wanted.as_str(),
        filing.sealed,
        now,
        filing.expires_at
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// The filing that a token (its SHA-256) goes on with, locked with its proof: two who change it take turns, also with the
/// one who sends it.
pub async fn lock_by_token(
    conn: &mut PgConnection,
    token_hash: &[u8],
) -> Result<Option<SavedFiling>, StoreError> {
    sqlx::query_as!(
        Row,
        "select filing_id, wanted, sealed, ink, expires_at, proof_id, email, office_code, proof_expires_at, used_at
         from saved_filings join email_proofs using (proof_id)
         where token_hash = $1 for no key update",
        token_hash
    )
    .fetch_optional(conn)
    .await?
    .map(SavedFiling::try_from)
    .transpose()
}

/// One filing, locked.
pub async fn lock(conn: &mut PgConnection, id: FilingId) -> Result<Option<SavedFiling>, StoreError> {
    sqlx::query_as!(
        Row,
        "select filing_id, wanted, sealed, ink, expires_at, proof_id, email, office_code, proof_expires_at, used_at
         from saved_filings join email_proofs using (proof_id)
         where filing_id = $1 for no key update",
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(SavedFiling::try_from)
    .transpose()
}

/// The latest filing of this sort that a mailbox left unsent, locked.
pub async fn lock_unsent(
    conn: &mut PgConnection,
    email: &EmailAddress,
    wanted: Wanted,
    now: DateTime<Utc>,
) -> Result<Option<SavedFiling>, StoreError> {
    sqlx::query_as!(
        Row,
        "select filing_id, wanted, sealed, ink, expires_at, proof_id, email, office_code, proof_expires_at, used_at
         from saved_filings join email_proofs using (proof_id)
         where wanted = $2 and expires_at > $3 and used_at is null and lower(email) = $1
         order by saved_at desc limit 1 for no key update",
        email.canonical(),
        wanted.as_str(),
        now
    )
    .fetch_optional(conn)
    .await?
    .map(SavedFiling::try_from)
    .transpose()
}

/// Keeps what was typed.
pub async fn save(
    conn: &mut PgConnection,
    id: FilingId,
    sealed: &[u8],
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update saved_filings set sealed = $2, expires_at = $3, saved_at = $4 where filing_id = $1",
        id.0,
        sealed,
        expires_at,
        now
    )
    .execute(conn)
    .await?;
    one_row("saved_filings", written.rows_affected())
}

/// Keeps what was drawn, or forgets it.
pub async fn keep_ink(
    conn: &mut PgConnection,
    id: FilingId,
    sealed: Option<&[u8]>,
) -> Result<(), StoreError> {
    let written = sqlx::query!("update saved_filings set ink = $2 where filing_id = $1", id.0, sealed)
        .execute(conn)
        .await?;
    one_row("saved_filings", written.rows_affected())
}

/// Goes on with another proof of the same address, which takes over the uploads. What that proof had begun is given up.
pub async fn move_to(
    conn: &mut PgConnection,
    filing: &SavedFiling,
    proof: ProofId,
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!("delete from saved_filings where proof_id = $1 and filing_id <> $2", proof.0, filing.id.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "update documents set proof_id = $2 where proof_id = $1 and attached_at is null",
        filing.proof.0,
        proof.0
    )
    .execute(&mut *conn)
    .await?;
    let written = sqlx::query!(
        "update saved_filings set proof_id = $2, expires_at = $3 where filing_id = $1",
        filing.id.0,
        proof.0,
        expires_at
    )
    .execute(conn)
    .await?;
    one_row("saved_filings", written.rows_affected())
}

/// Until when a proof's uploads are kept for its filing.
pub async fn kept_until(
    conn: &mut PgConnection,
    proof: ProofId,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    Ok(sqlx::query_scalar!("select expires_at from saved_filings where proof_id = $1", proof.0)
        .fetch_optional(conn)
        .await?)
}

/// Deletes what has expired, and what was sent before `sent_before`.
pub async fn delete_ended(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    sent_before: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let written = sqlx::query!(
        "delete from saved_filings using email_proofs
         where email_proofs.proof_id = saved_filings.proof_id and (expires_at <= $1 or used_at < $2)",
        now,
        sent_before
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected())
}
