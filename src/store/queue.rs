//! The list of requests that officers work from, sorted by due date.

mod counts;
mod export;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, error::Column};
pub use counts::{Count, Counts, OpenGroup, counts, open_groups};
pub use export::{ExportRow, export, let_it_last};

use crate::domain::{
    ids::{RequestId, StaffId, TaxpayerId},
    names::{Kind, Sender},
    office::OfficeCode,
    state::StateName,
    working_days::{DueInstants, Threshold},
};

/// What to list. Every filter that is set narrows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub offices: Vec<OfficeCode>,
    pub kind: Option<Kind>,
    pub state: Option<StateName>,
    pub threshold: Option<Threshold>,
    pub officer: Option<StaffId>,
    pub receipt_number: Option<String>,
    pub taxpayer: Option<TaxpayerId>,
    /// Without a state: open requests only, or all.
    pub open_only: bool,
}

/// Where a page begins: after this due instant and round.
#[derive(Debug, Clone, Copy)]
pub struct After {
    pub due_at: Option<DateTime<Utc>>,
    pub round: Uuid,
}

/// A row of the list.
#[derive(Debug, Clone)]
pub struct QueueRow {
    pub id: RequestId,
    pub round: Uuid,
    pub office: OfficeCode,
    pub receipt_number: String,
    pub kind: Kind,
    pub state: StateName,
    pub sender: Sender,
    pub pkp_name: String,
    pub tax_id: String,
    pub received_at: DateTime<Utc>,
    pub round_number: i32,
    pub due_on: Option<NaiveDate>,
    pub due: Option<DueInstants>,
    pub officer: Option<(StaffId, String)>,
    pub proposed_officer: Option<StaffId>,
    pub version: i32,
}

struct Row {
    request_id: Uuid,
    round_id: Uuid,
    office_code: String,
    receipt_number: String,
    kind: String,
    state: String,
    sender: String,
    pkp_name: String,
    tax_id: String,
    received_at: DateTime<Utc>,
    round_number: i32,
    due_on: Option<NaiveDate>,
    tomorrow_from: Option<DateTime<Utc>>,
    today_from: Option<DateTime<Utc>>,
    due_at: Option<DateTime<Utc>>,
    officer_id: Option<Uuid>,
    officer_name: Option<String>,
    proposed_officer: Option<Uuid>,
    version: i32,
}

impl TryFrom<Row> for QueueRow {
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
            id: RequestId(row.request_id),
            round: row.round_id,
            office: at("office_code").parse(&row.office_code)?,
            receipt_number: row.receipt_number,
            kind: at("kind").parse(&row.kind)?,
            state: at("state").parse(&row.state)?,
            sender: at("sender").parse(&row.sender)?,
            pkp_name: row.pkp_name,
            tax_id: row.tax_id,
            received_at: row.received_at,
            round_number: row.round_number,
            due_on: row.due_on,
            due,
            officer: row.officer_id.map(StaffId).zip(row.officer_name),
            proposed_officer: row.proposed_officer.map(StaffId),
            version: row.version,
        })
    }
}

/// States in which somebody still has to do something.
const OPEN: [StateName; 4] =
    [StateName::Received, StateName::Examining, StateName::Drafted, StateName::Incomplete];

/// What is open. Rounds of the first three states run: each office's are walked in the order of the list until the page is
/// full. That of an incomplete request has ended; those are few and come from the index of what is open. The time grows
/// neither with what has ended nor, without a filter, with what is open.
async fn open_page(
    conn: &mut PgConnection,
    filter: &Filter,
    after: Option<After>,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<QueueRow>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"with open as (
               select running.* from unnest($1::text[]) as office (code), lateral (
                   select requests.*, rounds.round_id, receipt_number, received_at, due_on, tomorrow_from, today_from, due_at
                   from rounds join requests on requests.request_id = rounds.request_id and number = round_number
                   where rounds.office_code = office.code and rounds.ended_at is null
                     and requests.office_code = office.code and state in ('received', 'examining', 'drafted')
                     and ($2::text is null or kind = $2)
                     and ($3::text is null or state = $3)
                     and ($4::uuid is null or officer_id = $4)
                     and ($5::text is null or threshold_of(tomorrow_from, today_from, due_at, $6) = $5)
                     and ($7::uuid is null
                          or (coalesce(due_at, 'infinity'), rounds.round_id) > (coalesce($8::timestamptz, 'infinity'), $7))
                   order by due_at, rounds.round_id
                   limit $9) as running
               union all
               select requests.*, rounds.round_id, receipt_number, received_at, due_on, tomorrow_from, today_from, due_at
               from requests join rounds on rounds.request_id = requests.request_id and number = round_number
               where requests.office_code = any($1) and state = 'incomplete'
                 and ($2::text is null or kind = $2)
                 and ($3::text is null or state = $3)
                 and ($4::uuid is null or officer_id = $4)
                 and $5::text is null
                 and ($7::uuid is null
                      or (coalesce(due_at, 'infinity'), rounds.round_id) > (coalesce($8::timestamptz, 'infinity'), $7))
           )
           select request_id as "request_id!", round_id as "round_id!", open.office_code as "office_code!",
                  receipt_number as "receipt_number!", kind as "kind!", state as "state!", sender as "sender!",
                  pkp_name as "pkp_name!", tax_id as "tax_id!", received_at as "received_at!",
                  round_number as "round_number!", due_on, tomorrow_from, today_from, due_at, officer_id,
                  staff.name as "officer_name?", proposed_officer, open.version as "version!"
           from open left join staff on staff.staff_id = officer_id
           order by coalesce(due_at, 'infinity'), round_id
           limit $9"#,
        &offices(filter),
        filter.kind.map(Kind::as_str),
        filter.state.map(StateName::as_str),
        filter.officer.map(|id| id.0),
        filter.threshold.map(Threshold::as_str),
        now,
        after.map(|after| after.round),
        after.and_then(|after| after.due_at),
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(QueueRow::try_from)
    .collect()
}

fn offices(filter: &Filter) -> Vec<String> {
    filter.offices.iter().map(|office| office.as_str().to_owned()).collect()
}

/// A page of the list. What waits for the calendar comes last.
pub async fn page(
    conn: &mut PgConnection,
    filter: &Filter,
    after: Option<After>,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<QueueRow>, StoreError> {
    let open_state = filter.state.is_none_or(|state| OPEN.contains(&state));
    if filter.open_only && open_state && filter.receipt_number.is_none() && filter.taxpayer.is_none() {
        return open_page(conn, filter, after, limit, now).await;
    }
    sqlx::query_as!(
        Row,
        r#"select requests.request_id, rounds.round_id, requests.office_code, rounds.receipt_number, kind, state, sender,
                  pkp_name, tax_id, rounds.received_at, round_number, due_on, tomorrow_from, today_from, due_at,
                  officer_id, staff.name as "officer_name?", proposed_officer, requests.version
           from requests
           join rounds on rounds.request_id = requests.request_id and rounds.number = requests.round_number
           left join staff on staff.staff_id = officer_id
           where requests.office_code = any($1)
             and ($2::text is null or kind = $2)
             and ($3::text is null or state = $3)
             and ($4::uuid is null or officer_id = $4)
             and ($5::text is null or exists (select from rounds mine where mine.request_id = requests.request_id and mine.receipt_number = $5))
             and ($6::uuid is null or taxpayer_id = $6)
             and (not $7 or state in ('received', 'examining', 'drafted', 'incomplete'))
             and ($8::text is null
                  or (rounds.ended_at is null and threshold_of(tomorrow_from, today_from, due_at, $9) = $8))
             and ($10::uuid is null
                  or (coalesce(due_at, 'infinity'), rounds.round_id) > (coalesce($11::timestamptz, 'infinity'), $10))
           order by coalesce(due_at, 'infinity'), rounds.round_id
           limit $12"#,
        &offices(filter),
        filter.kind.map(Kind::as_str),
        filter.state.map(StateName::as_str),
        filter.officer.map(|id| id.0),
        filter.receipt_number.as_deref(),
        filter.taxpayer.map(|id| id.0),
        filter.open_only && filter.state.is_none(),
        filter.threshold.map(Threshold::as_str),
        now,
        after.map(|after| after.round),
        after.and_then(|after| after.due_at),
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(QueueRow::try_from)
    .collect()
}

/// The request that `claim next` would take: the most urgent one that waits, first those proposed for this officer,
/// last those proposed for another, who may be away.
pub async fn lock_next(
    conn: &mut PgConnection,
    office: OfficeCode,
    officer: StaffId,
) -> Result<Option<RequestId>, StoreError> {
    Ok(sqlx::query_scalar!(
        "select requests.request_id
         from requests join rounds on rounds.request_id = requests.request_id and number = round_number
         where requests.office_code = $1 and state = 'received' and rounds.office_code = $1 and rounds.ended_at is null
         order by case when proposed_officer = $2 then 1 when proposed_officer is null then 2 else 3 end, coalesce(due_at, 'infinity'), rounds.round_id
         limit 1 for no key update of requests skip locked",
        office.as_str(),
        officer.0
    )
    .fetch_optional(conn)
    .await?
    .map(RequestId))
}

/// How alike a name must be to one that was typed, from 0 to 1: two wrong letters in a word still find it.
const ALIKE: &str = "0.45";

/// Requests whose PKP is called about like this: the most alike first, then open ones, then the latest.
pub async fn named_about(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
    name: &str,
    limit: i64,
) -> Result<Vec<QueueRow>, StoreError> {
    let offices: Vec<String> = offices.iter().map(|office| office.as_str().to_owned()).collect();
    sqlx::query_scalar!("select set_config('pg_trgm.word_similarity_threshold', $1, true)", ALIKE)
        .fetch_one(&mut *conn)
        .await?;
    sqlx::query_as!(
        Row,
        r#"select requests.request_id, rounds.round_id, requests.office_code, rounds.receipt_number, kind, state, sender,
                  pkp_name, tax_id, rounds.received_at, round_number, due_on, tomorrow_from, today_from, due_at,
                  officer_id, staff.name as "officer_name?", proposed_officer, requests.version
           from requests
           join rounds on rounds.request_id = requests.request_id and rounds.number = requests.round_number
           left join staff on staff.staff_id = officer_id
           where requests.office_code = any($1) and pkp_name %> $2
           order by round(word_similarity($2, pkp_name)::numeric, 1) desc,
                    state in ('received', 'examining', 'drafted', 'incomplete') desc, rounds.received_at desc, rounds.round_id
           limit $3"#,
        &offices,
        name,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(QueueRow::try_from)
    .collect()
}

/// The requests of a PKP at these offices, the latest receipt first.
pub async fn latest_of(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
    taxpayer: TaxpayerId,
    limit: i64,
) -> Result<Vec<QueueRow>, StoreError> {
    let offices: Vec<String> = offices.iter().map(|office| office.as_str().to_owned()).collect();
    sqlx::query_as!(
        Row,
        r#"select requests.request_id, rounds.round_id, requests.office_code, rounds.receipt_number, kind, state, sender,
                  pkp_name, tax_id, rounds.received_at, round_number, due_on, tomorrow_from, today_from, due_at,
                  officer_id, staff.name as "officer_name?", proposed_officer, requests.version
           from requests
           join rounds on rounds.request_id = requests.request_id and rounds.number = requests.round_number
           left join staff on staff.staff_id = officer_id
           where requests.office_code = any($1) and requests.taxpayer_id = $2
           order by rounds.received_at desc, rounds.round_id desc limit $3"#,
        &offices,
        taxpayer.0,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(QueueRow::try_from)
    .collect()
}

/// In whose hand a request is.
#[derive(Debug, Clone)]
pub struct InHandRow {
    pub request: RequestId,
    pub receipt_number: String,
    pub pkp_name: String,
    pub state: StateName,
    pub officer: Option<(StaffId, String)>,
}

/// In whose hand these requests of these offices are now.
pub async fn in_hand(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
    ids: &[RequestId],
) -> Result<Vec<InHandRow>, StoreError> {
    let offices: Vec<String> = offices.iter().map(ToString::to_string).collect();
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select requests.request_id, rounds.receipt_number, pkp_name, state, officer_id, staff.name as "officer?"
           from requests
           join rounds on rounds.request_id = requests.request_id and rounds.number = requests.round_number
           left join staff on staff.staff_id = requests.officer_id
           where requests.request_id = any($1) and requests.office_code = any($2)"#,
        &ids,
        &offices
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(InHandRow {
                request: RequestId(row.request_id),
                receipt_number: row.receipt_number,
                pkp_name: row.pkp_name,
                state: Column("requests", "state").parse(&row.state)?,
                officer: row.officer_id.map(StaffId).zip(row.officer),
            })
        })
        .collect()
}
