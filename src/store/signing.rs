//! Drafts that wait for a signature, what became of them, and who signs in place of the section head.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, error::Column, queue::After};
use crate::domain::{
    ids::{RequestId, StaffId},
    names::{Decision, Kind, Sender},
    office::OfficeCode,
    state::StateName,
    working_days::DueInstants,
};

/// A draft in the list of those who sign.
#[derive(Debug, Clone)]
pub struct WaitingDraft {
    pub request: RequestId,
    pub round: Uuid,
    pub receipt_number: String,
    pub kind: Kind,
    pub sender: Sender,
    pub pkp_name: String,
    pub version: i32,
    pub decision: Decision,
    pub digest: Vec<u8>,
    pub drafted_by: StaffId,
    pub drafter: String,
    pub drafted_at: DateTime<Utc>,
    pub due_on: Option<NaiveDate>,
    pub due: Option<DueInstants>,
    /// The one who asks keyed the request, or what completes it, in.
    pub keyed_in: bool,
    /// The e-mail update of the same bundle is open still.
    pub sibling_first: bool,
}

struct Row {
    request_id: Uuid,
    round_id: Uuid,
    receipt_number: String,
    kind: String,
    sender: String,
    pkp_name: String,
    version: i32,
    decision: String,
    digest: Vec<u8>,
    drafted_by: Uuid,
    drafter: String,
    drafted_at: DateTime<Utc>,
    due_on: Option<NaiveDate>,
    tomorrow_from: Option<DateTime<Utc>>,
    today_from: Option<DateTime<Utc>>,
    due_at: Option<DateTime<Utc>>,
    keyed_in: bool,
    sibling_first: bool,
}

impl TryFrom<Row> for WaitingDraft {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let at = |column| Column("requests", column);
        let due = match (row.tomorrow_from, row.today_from, row.due_at) {
            (Some(tomorrow_from), Some(today_from), Some(due_at)) => {
                Some(DueInstants { tomorrow_from, today_from, due_at })
            }
            _ => None,
        };
        Ok(Self {
            request: RequestId(row.request_id),
            round: row.round_id,
            receipt_number: row.receipt_number,
            kind: at("kind").parse(&row.kind)?,
            sender: at("sender").parse(&row.sender)?,
            pkp_name: row.pkp_name,
            version: row.version,
            decision: Column("drafts", "decision").parse(&row.decision)?,
            digest: row.digest,
            drafted_by: StaffId(row.drafted_by),
            drafter: row.drafter,
            drafted_at: row.drafted_at,
            due_on: row.due_on,
            due,
            keyed_in: row.keyed_in,
            sibling_first: row.sibling_first,
        })
    }
}

/// Which drafts of an office.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// A page of all of them.
    Page { after: Option<After>, limit: i64 },
    /// Those of these requests.
    Of(&'a [RequestId]),
}

/// Drafts that wait at an office, soonest due first, as `me` would sign them.
pub async fn waiting(
    conn: &mut PgConnection,
    office: OfficeCode,
    me: StaffId,
    which: Which<'_>,
) -> Result<Vec<WaitingDraft>, StoreError> {
    let (only, after, limit): (Option<Vec<Uuid>>, _, _) = match which {
        Which::Page { after, limit } => (None, after, limit),
        Which::Of(ids) => (Some(ids.iter().map(|id| id.0).collect()), None, i64::MAX),
    };
    sqlx::query_as!(
        Row,
        r#"select requests.request_id, rounds.round_id, rounds.receipt_number, requests.kind, requests.sender,
                  requests.pkp_name, requests.version, drafts.decision, drafts.digest, drafts.drafted_by,
                  staff.name as drafter, drafts.drafted_at, due_on, tomorrow_from, today_from, due_at,
                  keyed_in(requests.request_id, $2) as "keyed_in!",
                  sibling_comes_first(requests.request_id) as "sibling_first!"
           from requests
           join rounds on rounds.request_id = requests.request_id and rounds.number = requests.round_number
           join drafts on drafts.request_id = requests.request_id and drafts.ended_at is null
           join staff on staff.staff_id = drafts.drafted_by
           where requests.office_code = $1 and state = 'drafted'
             and ($3::uuid[] is null or requests.request_id = any($3))
             and ($4::uuid is null
                  or (coalesce(due_at, 'infinity'), rounds.round_id) > (coalesce($5::timestamptz, 'infinity'), $4))
           order by coalesce(due_at, 'infinity'), rounds.round_id
           limit $6"#,
        office.as_str(),
        me.0,
        only.as_deref(),
        after.map(|after| after.round),
        after.and_then(|after| after.due_at),
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(WaitingDraft::try_from)
    .collect()
}

/// How many drafts wait at an office.
pub async fn count_waiting(conn: &mut PgConnection, office: OfficeCode) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from requests where office_code = $1 and state = 'drafted'"#,
        office.as_str()
    )
    .fetch_one(conn)
    .await?)
}

/// How a request stands after somebody wanted to sign it.
#[derive(Debug, Clone)]
pub struct Became {
    pub request: RequestId,
    pub receipt_number: String,
    pub pkp_name: String,
    pub state: StateName,
    /// The letter of the decision: number, when, who.
    pub signed: Option<(String, DateTime<Utc>, StaffId, String)>,
    /// How the last draft that ended did so, when, and who did it where a person did.
    pub ended: Option<(String, DateTime<Utc>, Option<String>)>,
}

/// What became of requests of an office.
pub async fn became(
    conn: &mut PgConnection,
    office: OfficeCode,
    ids: &[RequestId],
) -> Result<Vec<Became>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query!(
        r#"select requests.request_id, rounds.receipt_number, pkp_name, state,
                  letter.number as "number?", letter.created_at as "signed_at?", letter.signed_by as "signed_by?",
                  signer.name as "signer?",
                  draft.ending as "ending?", draft.ended_at as "draft_ended_at?", draft.by as "ended_by?"
           from requests
           join rounds on rounds.request_id = requests.request_id and rounds.number = requests.round_number
           left join lateral (
               select number, created_at, signed_by from letters
               where letters.request_id = requests.request_id and signed_by is not null
               order by created_at limit 1) letter on true
           left join staff signer on signer.staff_id = letter.signed_by
           left join lateral (
               select ending, ended_at,
                      (select staff.name from audit_events join staff on staff.staff_id = audit_events.actor_id
                       where audit_events.request_id = requests.request_id and audit_events.subject_id = drafts.draft_id
                         and act = 'send_back' limit 1) as by
               from drafts where drafts.request_id = requests.request_id and ended_at is not null
               order by ended_at desc limit 1) draft on true
           where requests.office_code = $1 and requests.request_id = any($2)"#,
        office.as_str(),
        &ids
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        let signed = match (row.number, row.signed_at, row.signed_by, row.signer) {
            (Some(number), Some(at), Some(by), Some(name)) => Some((number, at, StaffId(by), name)),
            _ => None,
        };
        Ok(Became {
            request: RequestId(row.request_id),
            receipt_number: row.receipt_number,
            pkp_name: row.pkp_name,
            state: Column("requests", "state").parse(&row.state)?,
            signed,
            ended: row.ending.zip(row.draft_ended_at).map(|(ending, at)| (ending, at, row.ended_by)),
        })
    })
    .collect()
}

/// Days on which somebody signs in place of the section head.
#[derive(Debug, Clone)]
pub struct Appointment {
    pub name: String,
    pub kind: String,
    pub from_on: NaiveDate,
    pub until_on: NaiveDate,
}

/// Who heads the section of an office by role.
pub async fn section_heads(conn: &mut PgConnection, office: OfficeCode) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        "select name from staff join staff_roles using (staff_id)
         where office_code = $1 and role = 'section_head' and active order by name",
        office.as_str()
    )
    .fetch_all(conn)
    .await?)
}

/// Appointments of an office that end on this day or later, the latest first, at most `limit`.
pub async fn appointments(
    conn: &mut PgConnection,
    office: OfficeCode,
    since: NaiveDate,
    limit: i64,
) -> Result<Vec<Appointment>, StoreError> {
    Ok(sqlx::query_as!(
        Appointment,
        "select name, kind, from_on, until_on
         from acting_appointments acting join staff using (staff_id)
         where acting.office_code = $1 and until_on >= $2
         order by from_on desc, acting_id desc limit $3",
        office.as_str(),
        since,
        limit
    )
    .fetch_all(conn)
    .await?)
}

/// Whether this person keyed the request, or what completes it, in.
pub async fn keyed_in(conn: &mut PgConnection, id: RequestId, person: StaffId) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(r#"select keyed_in($1, $2) as "keyed_in!""#, id.0, person.0)
        .fetch_one(conn)
        .await?)
}

/// Whether the e-mail update of the same bundle is open still.
pub async fn sibling_comes_first(conn: &mut PgConnection, id: RequestId) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(r#"select sibling_comes_first($1) as "first!""#, id.0).fetch_one(conn).await?)
}
