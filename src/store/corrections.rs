//! Letters that replace wrong ones: their drafts, and what a signature changes about the letter that is replaced.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    error::{Column, one_row, to_json},
};
use crate::domain::{
    correction::Corrections,
    ids::{CorrectionId, CredentialId, LetterId, StaffId},
    names::named,
    office::OfficeCode,
};

named! {
    /// How the draft of a correction ended.
    CorrectionEnding { Signed = "signed", SentBack = "sent_back", Redrafted = "redrafted" }
}

/// The draft of a correction, and what became of it.
#[derive(Debug, Clone)]
pub struct CorrectionDraft {
    pub id: CorrectionId,
    /// The wrong one.
    pub letter: LetterId,
    pub office: OfficeCode,
    /// For the file of the office, never printed.
    pub reason: String,
    pub corrections: Corrections,
    pub template_version: i32,
    /// SHA-256 of what is signed.
    pub digest: Vec<u8>,
    pub drafted_by: StaffId,
    pub drafted_at: DateTime<Utc>,
    /// `None`: it waits for a signature.
    pub ending: Option<CorrectionEnding>,
    pub sent_back_reason: Option<String>,
    pub signed_by: Option<StaffId>,
    pub issued_letter: Option<LetterId>,
}

struct Row {
    correction_id: Uuid,
    letter_id: Uuid,
    office_code: String,
    reason: String,
    corrections: serde_json::Value,
    template_version: i32,
    digest: Vec<u8>,
    drafted_by: Uuid,
    drafted_at: DateTime<Utc>,
    ending: Option<String>,
    sent_back_reason: Option<String>,
    signed_by: Option<Uuid>,
    issued_letter: Option<Uuid>,
}

impl TryFrom<Row> for CorrectionDraft {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let at = |column| Column("correction_drafts", column);
        Ok(Self {
            id: CorrectionId(row.correction_id),
            letter: LetterId(row.letter_id),
            office: at("office_code").parse(&row.office_code)?,
            reason: row.reason,
            corrections: at("corrections").json(row.corrections)?,
            template_version: row.template_version,
            digest: row.digest,
            drafted_by: StaffId(row.drafted_by),
            drafted_at: row.drafted_at,
            ending: at("ending").parse_some(row.ending.as_deref())?,
            sent_back_reason: row.sent_back_reason,
            signed_by: row.signed_by.map(StaffId),
            issued_letter: row.issued_letter.map(LetterId),
        })
    }
}

pub async fn insert(conn: &mut PgConnection, draft: &CorrectionDraft) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into correction_drafts (correction_id, letter_id, office_code, reason, corrections, template_version, digest,
                                        drafted_by, drafted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        draft.id.0,
        draft.letter.0,
        draft.office.as_str(),
        draft.reason,
        to_json(&draft.corrections)?,
        draft.template_version,
        draft.digest,
        draft.drafted_by.0,
        draft.drafted_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn find(conn: &mut PgConnection, id: CorrectionId) -> Result<Option<CorrectionDraft>, StoreError> {
    sqlx::query_as!(
        Row,
        "select correction_id, letter_id, office_code, reason, corrections, template_version, digest, drafted_by, drafted_at,
                ending, sent_back_reason, signed_by, issued_letter
         from correction_drafts where correction_id = $1",
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(CorrectionDraft::try_from)
    .transpose()
}

/// The draft for this letter that waits for a signature.
pub async fn open_for(
    conn: &mut PgConnection,
    letter: LetterId,
) -> Result<Option<CorrectionDraft>, StoreError> {
    sqlx::query_as!(
        Row,
        "select correction_id, letter_id, office_code, reason, corrections, template_version, digest, drafted_by, drafted_at,
                ending, sent_back_reason, signed_by, issued_letter
         from correction_drafts where letter_id = $1 and ended_at is null",
        letter.0
    )
    .fetch_optional(conn)
    .await?
    .map(CorrectionDraft::try_from)
    .transpose()
}

/// The drafts that wait at these offices, oldest first, after the given one; at most `limit`.
pub async fn list_waiting(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
    after: Option<(DateTime<Utc>, CorrectionId)>,
    limit: i64,
) -> Result<Vec<CorrectionDraft>, StoreError> {
    let offices: Vec<String> = offices.iter().map(|code| code.as_str().to_owned()).collect();
    sqlx::query_as!(
        Row,
        "select correction_id, letter_id, office_code, reason, corrections, template_version, digest, drafted_by, drafted_at,
                ending, sent_back_reason, signed_by, issued_letter
         from correction_drafts
         where ended_at is null and office_code = any($1)
           and ($2::timestamptz is null or (drafted_at, correction_id) > ($2, $3))
         order by drafted_at, correction_id limit $4",
        &offices,
        after.map(|(at, _)| at),
        after.map(|(_, id)| id.0),
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(CorrectionDraft::try_from)
    .collect()
}

/// How a draft ends.
#[derive(Debug, Clone, Copy)]
pub enum End<'a> {
    Signed {
        by: StaffId,
        letter: LetterId,
    },
    SentBack {
        reason: &'a str,
    },
    /// Its drafter drafted anew.
    Redrafted,
}

pub async fn end(
    conn: &mut PgConnection,
    id: CorrectionId,
    end: End<'_>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (ending, reason, by, letter) = match end {
        End::Signed { by, letter } => (CorrectionEnding::Signed, None, Some(by.0), Some(letter.0)),
        End::SentBack { reason } => (CorrectionEnding::SentBack, Some(reason), None, None),
        End::Redrafted => (CorrectionEnding::Redrafted, None, None, None),
    };
    let written = sqlx::query!(
        "update correction_drafts set ended_at = $2, ending = $3, sent_back_reason = $4, signed_by = $5, issued_letter = $6
         where correction_id = $1 and ended_at is null",
        id.0,
        now,
        ending.as_str(),
        reason,
        by,
        letter
    )
    .execute(conn)
    .await?;
    one_row("correction_drafts", written.rows_affected())
}

/// The letter that stands in the place of another one.
#[derive(Debug, Clone)]
pub struct Successor {
    pub letter: LetterId,
    pub number: String,
    pub dated_on: NaiveDate,
    pub signed_by: Option<StaffId>,
}

/// The last letter of the chain that begins with the replacement of this one; `None` while it was not replaced.
pub async fn successor(conn: &mut PgConnection, letter: LetterId) -> Result<Option<Successor>, StoreError> {
    Ok(sqlx::query!(
        r#"with recursive chain as (
               select letter_id, superseded_by, 0 as step from letters where letter_id = $1
               union all
               select letters.letter_id, letters.superseded_by, step + 1
               from chain join letters on letters.letter_id = chain.superseded_by)
           select letter_id as "letter_id!", number as "number!", dated_on as "dated_on!", signed_by
           from letters where letter_id = (select letter_id from chain where step > 0 order by step desc limit 1)"#,
        letter.0
    )
    .fetch_optional(conn)
    .await?
    .map(|row| Successor {
        letter: LetterId(row.letter_id),
        number: row.number,
        dated_on: row.dated_on,
        signed_by: row.signed_by.map(StaffId),
    }))
}

/// Number and date of the letter that this one replaces.
pub async fn replaced_by(
    conn: &mut PgConnection,
    letter: LetterId,
) -> Result<Option<(String, NaiveDate)>, StoreError> {
    Ok(sqlx::query!(
        r#"select number as "number!", dated_on from letters where superseded_by = $1"#,
        letter.0
    )
    .fetch_optional(conn)
    .await?
    .map(|row| (row.number, row.dated_on)))
}

/// The day of the first letter of the chain that ends with this one: from it run the effects of the decision.
pub async fn first_day(conn: &mut PgConnection, letter: LetterId) -> Result<NaiveDate, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"with recursive chain as (
               select letter_id, dated_on, 0 as step from letters where letter_id = $1
               union all
               select letters.letter_id, letters.dated_on, step + 1
               from chain join letters on letters.superseded_by = chain.letter_id)
           select dated_on as "dated_on!" from chain order by step desc limit 1"#,
        letter.0
    )
    .fetch_one(conn)
    .await?)
}

/// The wrong letter gives way, once only.
pub async fn replace(
    conn: &mut PgConnection,
    wrong: LetterId,
    by: LetterId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update letters set superseded_at = $3, superseded_by = $2 where letter_id = $1 and superseded_at is null",
        wrong.0,
        by.0,
        now
    )
    .execute(conn)
    .await?;
    one_row("letters", written.rows_affected())
}

/// The pair is known by the letter that is valid now.
pub async fn rename_letter_of_pair(
    conn: &mut PgConnection,
    credential: CredentialId,
    number: &str,
    dated_on: NaiveDate,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update credentials set letter_number = $2, letter_on = $3, version = version + 1 where credential_id = $1",
        credential.0,
        number,
        dated_on
    )
    .execute(conn)
    .await?;
    one_row("credentials", written.rows_affected())
}

/// Mails that still wait to carry the letter are not sent any more.
pub async fn supersede_queued_mails(
    conn: &mut PgConnection,
    letter: LetterId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update messages set fate = 'superseded', fate_at = $2
         where letter_id = $1 and fate = 'queued' and kind = 'letter_delivery'",
        letter.0,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The draft of a correction in the list of whoever signs.
#[derive(Debug, Clone)]
pub struct WaitingCorrection {
    pub id: CorrectionId,
    pub letter_number: String,
    pub pkp_name: String,
    pub reason: String,
    pub drafted_by: StaffId,
    pub drafter: String,
    pub drafted_at: DateTime<Utc>,
    /// The one who asks keyed the request, or what completes it, in.
    pub keyed_in: bool,
}

/// The drafts that wait at an office, oldest first, as this person finds them.
pub async fn waiting_at(
    conn: &mut PgConnection,
    office: OfficeCode,
    me: StaffId,
    limit: i64,
) -> Result<Vec<WaitingCorrection>, StoreError> {
    let rows = sqlx::query!(
        r#"select correction_id, letters.number as "letter_number!", requests.pkp_name, reason, correction_drafts.drafted_by,
                  staff.name as drafter, drafted_at, keyed_in(requests.request_id, $2) as "keyed_in!"
           from correction_drafts join letters using (letter_id) join requests on requests.request_id = letters.request_id
           join staff on staff.staff_id = correction_drafts.drafted_by
           where correction_drafts.ended_at is null and correction_drafts.office_code = $1
           order by drafted_at, correction_id limit $3"#,
        office.as_str(),
        me.0,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| WaitingCorrection {
            id: CorrectionId(row.correction_id),
            letter_number: row.letter_number,
            pkp_name: row.pkp_name,
            reason: row.reason,
            drafted_by: StaffId(row.drafted_by),
            drafter: row.drafter,
            drafted_at: row.drafted_at,
            keyed_in: row.keyed_in,
        })
        .collect())
}
