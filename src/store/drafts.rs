//! Drafts: what an officer decided and a section head signs.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    error::{Column, one_row, to_json},
};
use crate::domain::{
    eligibility::{FoundReason, Verdict},
    ids::{DraftId, RequestId, RoundId, StaffId},
    names::Decision,
};

#[derive(Debug, Clone)]
pub struct Draft {
    pub id: DraftId,
    pub request: RequestId,
    pub round: RoundId,
    pub decision: Decision,
    pub reasons: Vec<FoundReason>,
    /// The verdict on which it rests.
    pub verdict: Verdict,
    pub template_version: i32,
    /// SHA-256 of what is signed.
    pub digest: Vec<u8>,
    pub drafted_by: StaffId,
    pub drafted_at: DateTime<Utc>,
}

struct Row {
    draft_id: Uuid,
    request_id: Uuid,
    round_id: Uuid,
    decision: String,
    reasons: serde_json::Value,
    verdict: serde_json::Value,
    template_version: i32,
    digest: Vec<u8>,
    drafted_by: Uuid,
    drafted_at: DateTime<Utc>,
}

impl TryFrom<Row> for Draft {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let at = |column| Column("drafts", column);
        Ok(Self {
            id: DraftId(row.draft_id),
            request: RequestId(row.request_id),
            round: RoundId(row.round_id),
            decision: at("decision").parse(&row.decision)?,
            reasons: at("reasons").json(row.reasons)?,
            verdict: at("verdict").json(row.verdict)?,
            template_version: row.template_version,
            digest: row.digest,
            drafted_by: StaffId(row.drafted_by),
            drafted_at: row.drafted_at,
        })
    }
}

/// How a draft ended.
#[derive(Debug, Clone, Copy)]
pub enum DraftEnding<'a> {
    Signed { by: StaffId },
    SentBack { reason: &'a str },
    Reassigned,
    VerdictChanged,
    Withdrawn,
}

impl DraftEnding<'_> {
    fn name(self) -> &'static str {
        match self {
            Self::Signed { .. } => "signed",
            Self::SentBack { .. } => "sent_back",
            Self::Reassigned => "reassigned",
            Self::VerdictChanged => "verdict_changed",
            Self::Withdrawn => "withdrawn",
        }
    }
}

pub async fn insert(conn: &mut PgConnection, draft: &Draft) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into drafts (draft_id, request_id, round_id, decision, reasons, verdict, template_version, digest,
                             drafted_by, drafted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        draft.id.0,
        draft.request.0,
        draft.round.0,
        draft.decision.as_str(),
        to_json(&draft.reasons)?,
        to_json(&draft.verdict)?,
        draft.template_version,
        draft.digest,
        draft.drafted_by.0,
        draft.drafted_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The draft that waits for a signature.
pub async fn open(conn: &mut PgConnection, request: RequestId) -> Result<Option<Draft>, StoreError> {
    sqlx::query_as!(
        Row,
        "select draft_id, request_id, round_id, decision, reasons, verdict, template_version, digest, drafted_by, drafted_at
         from drafts where request_id = $1 and ended_at is null",
        request.0
    )
    .fetch_optional(conn)
    .await?
    .map(Draft::try_from)
    .transpose()
}

/// The reasons of the draft that was signed for a request; none for a grant.
pub async fn signed_reasons(
    conn: &mut PgConnection,
    request: RequestId,
) -> Result<Vec<FoundReason>, StoreError> {
    let reasons = sqlx::query_scalar!(
        "select reasons from drafts where request_id = $1 and ending = 'signed'",
        request.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(reasons.map(|reasons| Column("drafts", "reasons").json(reasons)).transpose()?.unwrap_or_default())
}

pub async fn end(
    conn: &mut PgConnection,
    draft: DraftId,
    ending: DraftEnding<'_>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let signed_by = if let DraftEnding::Signed { by } = ending { Some(by.0) } else { None };
    let reason = if let DraftEnding::SentBack { reason } = ending { Some(reason) } else { None };
    let written = sqlx::query!(
        "update drafts set ended_at = $2, ending = $3, sent_back_reason = $4, signed_by = $5
         where draft_id = $1 and ended_at is null",
        draft.0,
        now,
        ending.name(),
        reason,
        signed_by
    )
    .execute(conn)
    .await?;
    one_row("drafts", written.rows_affected())
}
