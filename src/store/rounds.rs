//! Rounds: receipt, due date, end.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    error::{Column, one_row, to_json},
};
use crate::domain::{
    ids::{RequestId, RoundId, StaffId},
    names::RoundEnding,
    office::OfficeCode,
    request::{Round, RoundDue, RoundEnd},
    working_days::DueInstants,
};

pub(super) struct Row {
    pub round_id: Uuid,
    pub request_id: Uuid,
    pub office_code: String,
    pub number: i32,
    pub receipt_number: String,
    pub received_at: DateTime<Utc>,
    pub limit_days: i32,
    pub due_on: Option<NaiveDate>,
    pub tomorrow_from: Option<DateTime<Utc>>,
    pub today_from: Option<DateTime<Utc>>,
    pub due_at: Option<DateTime<Utc>>,
    pub derivation: Option<serde_json::Value>,
    pub calendar_version: Option<i64>,
    pub ended_at: Option<DateTime<Utc>>,
    pub ending: Option<String>,
    pub breached: Option<bool>,
    pub overdue_cause_code: Option<String>,
    pub overdue_cause: Option<String>,
}

/// The columns of a round out of a row that has others too.
macro_rules! row_of {
    ($row:expr) => {
        $crate::store::rounds::Row {
            round_id: $row.round_id,
            request_id: $row.request_id,
            office_code: $row.office_code,
            number: $row.number,
            receipt_number: $row.receipt_number,
            received_at: $row.received_at,
            limit_days: $row.limit_days,
            due_on: $row.due_on,
            tomorrow_from: $row.tomorrow_from,
            today_from: $row.today_from,
            due_at: $row.due_at,
            derivation: $row.derivation,
            calendar_version: $row.calendar_version,
            ended_at: $row.ended_at,
            ending: $row.ending,
            breached: $row.breached,
            overdue_cause_code: $row.overdue_cause_code,
            overdue_cause: $row.overdue_cause,
        }
    };
}
pub(super) use row_of;

impl TryFrom<Row> for Round {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let at = |column| Column("rounds", column);
        let due = match (
            row.due_on,
            row.tomorrow_from,
            row.today_from,
            row.due_at,
            row.derivation,
            row.calendar_version,
        ) {
            (
                Some(due_on),
                Some(tomorrow_from),
                Some(today_from),
                Some(due_at),
                Some(derivation),
                Some(calendar_version),
            ) => Some(RoundDue {
                due_on,
                instants: DueInstants { tomorrow_from, today_from, due_at },
                derivation: at("derivation").json(derivation)?,
                calendar_version,
            }),
            (None, None, None, None, None, None) => None,
            _ => return Err(at("due_on").wrong()),
        };
        let end = match (row.ended_at, row.ending, row.breached) {
            (Some(ended_at), Some(ending), Some(breached)) => Some(RoundEnd {
                at: ended_at,
                ending: at("ending").parse(&ending)?,
                breached,
                overdue_cause_code: row.overdue_cause_code,
                overdue_cause: row.overdue_cause,
            }),
            _ => None,
        };
        Ok(Self {
            id: RoundId(row.round_id),
            request: RequestId(row.request_id),
            office: at("office_code").parse(&row.office_code)?,
            number: row.number,
            receipt_number: row.receipt_number,
            received_at: row.received_at,
            limit_days: at("limit_days").convert(row.limit_days)?,
            due,
            end,
        })
    }
}

/// A round that is about to open.
#[derive(Debug, Clone)]
pub struct NewRound {
    pub id: RoundId,
    pub request: RequestId,
    pub office: OfficeCode,
    pub number: i32,
    pub received_at: DateTime<Utc>,
    pub limit_days: u16,
    pub due: Option<RoundDue>,
}

/// Opens a round under the next receipt number: `{prefix}-{office}-{yyyymmdd}-{n}`, unique, gaps allowed.
pub async fn open(
    conn: &mut PgConnection,
    new: NewRound,
    prefix: &str,
    on: NaiveDate,
) -> Result<Round, StoreError> {
    let due = new.due.as_ref();
    let receipt_number = sqlx::query_scalar!(
        "insert into rounds (round_id, request_id, office_code, number, receipt_number, received_at, limit_days, due_on,
                             tomorrow_from, today_from, due_at, derivation, calendar_version)
         select $1, $2, $3, $4, $5 || lpad(n::text, greatest(5, length(n::text)), '0'), $6, $7, $8, $9, $10, $11, $12, $13
         from nextval('receipt_numbers') as n
         returning receipt_number",
        new.id.0,
        new.request.0,
        new.office.as_str(),
        new.number,
        format!("{prefix}-{}-{}-", new.office, on.format("%Y%m%d")),
        new.received_at,
        i32::from(new.limit_days),
        due.map(|due| due.due_on),
        due.map(|due| due.instants.tomorrow_from),
        due.map(|due| due.instants.today_from),
        due.map(|due| due.instants.due_at),
        due.map(|due| to_json(&due.derivation)).transpose()?,
        due.map(|due| due.calendar_version)
    )
    .fetch_one(conn)
    .await?;
    let NewRound { id, request, office, number, received_at, limit_days, due } = new;
    Ok(Round { id, request, office, number, receipt_number, received_at, limit_days, due, end: None })
}

/// All rounds of a request, first to last.
pub async fn of_request(conn: &mut PgConnection, request: RequestId) -> Result<Vec<Round>, StoreError> {
    sqlx::query_as!(
        Row,
        "select round_id, request_id, office_code, number, receipt_number, received_at, limit_days, due_on, tomorrow_from,
                today_from, due_at, derivation, calendar_version, ended_at, ending, breached, overdue_cause_code, overdue_cause
         from rounds where request_id = $1 order by number",
        request.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Round::try_from)
    .collect()
}

/// The round that counts now: the last one.
pub async fn current(conn: &mut PgConnection, request: RequestId) -> Result<Round, StoreError> {
    of_request(conn, request)
        .await?
        .pop()
        .ok_or(StoreError::Inconsistent { table: "rounds", column: "request_id" })
}

/// The round that the request was received with.
pub async fn first(conn: &mut PgConnection, request: RequestId) -> Result<Round, StoreError> {
    let rounds = of_request(conn, request).await?;
    rounds.into_iter().next().ok_or(StoreError::Inconsistent { table: "rounds", column: "request_id" })
}

/// Notes who took in a resupply at the counter: they do not sign the request.
pub async fn note_keyer(conn: &mut PgConnection, id: RoundId, by: StaffId) -> Result<(), StoreError> {
    let written = sqlx::query!("update rounds set keyed_in_by = $2 where round_id = $1", id.0, by.0)
        .execute(conn)
        .await?;
    one_row("rounds", written.rows_affected())
}

/// Why a letter was issued late.
#[derive(Debug, Clone, Copy)]
pub struct Cause<'a> {
    pub code: &'a str,
    pub detail: Option<&'a str>,
}

/// Ends a round. Whether it was breached is arithmetic on its due instant, and never changes afterwards. `worked_minutes`:
/// how long a letter took; one that is not measured here is measured later.
pub async fn end(
    conn: &mut PgConnection,
    round: &Round,
    ending: RoundEnding,
    cause: Option<Cause<'_>>,
    worked_minutes: Option<i32>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    // The due date may have moved since the round was read: the row's own decides.
    let written = sqlx::query!(
        "update rounds
         set ended_at = $2, ending = $3, breached = (due_at is not null and $2 >= due_at), overdue_cause_code = $4,
             overdue_cause = $5, worked_minutes = $6
         where round_id = $1 and ended_at is null",
        round.id.0,
        now,
        ending.as_str(),
        cause.map(|cause| cause.code),
        cause.and_then(|cause| cause.detail),
        worked_minutes
    )
    .execute(conn)
    .await?;
    one_row("rounds", written.rows_affected())
}

/// Open rounds whose due date a calendar change may move, locked after their requests and in the order of their
/// requests, as acts do: a change and a signature never wait for each other in a circle. `office`: those of one office.
pub async fn lock_open(
    conn: &mut PgConnection,
    office: Option<OfficeCode>,
) -> Result<Vec<Round>, StoreError> {
    let office = office.as_ref().map(OfficeCode::as_str);
    sqlx::query!(
        "select request_id from requests
         where state in ('received', 'examining', 'drafted') and ($1::text is null or office_code = $1)
         order by request_id for no key update",
        office
    )
    .fetch_all(&mut *conn)
    .await?;
    sqlx::query_as!(
        Row,
        "select round_id, request_id, office_code, number, receipt_number, received_at, limit_days, due_on, tomorrow_from,
                today_from, due_at, derivation, calendar_version, ended_at, ending, breached, overdue_cause_code, overdue_cause
         from rounds where ended_at is null and ($1::text is null or office_code = $1)
         order by request_id for no key update",
        office
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Round::try_from)
    .collect()
}

/// Explains the due date of an open round by another calendar. What it was until now is kept.
pub async fn save_due(
    conn: &mut PgConnection,
    round: &Round,
    due: &RoundDue,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into past_due_dates (round_id, due_on, tomorrow_from, today_from, due_at, until_at)
         select round_id, due_on, tomorrow_from, today_from, due_at, $2 from rounds where round_id = $1",
        round.id.0,
        now
    )
    .execute(&mut *conn)
    .await?;
    let written = sqlx::query!(
        "update rounds
         set due_on = $2, tomorrow_from = $3, today_from = $4, due_at = $5, derivation = $6, calendar_version = $7
         where round_id = $1 and ended_at is null",
        round.id.0,
        due.due_on,
        due.instants.tomorrow_from,
        due.instants.today_from,
        due.instants.due_at,
        to_json(&due.derivation)?,
        due.calendar_version
    )
    .execute(conn)
    .await?;
    one_row("rounds", written.rows_affected())
}

/// Moves the due date of an open round and logs the old and the new one.
pub async fn move_due(
    conn: &mut PgConnection,
    round: &Round,
    due: &RoundDue,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    save_due(conn, round, due, now).await?;
    sqlx::query!(
        "insert into due_date_changes (round_id, old_due_on, new_due_on, calendar_version, changed_at)
         values ($1, $2, $3, $4, $5)",
        round.id.0,
        round.due.as_ref().map(|due| due.due_on),
        due.due_on,
        due.calendar_version,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Every open round as it stands, held by no lock: for looking at what a change would do.
pub async fn list_open(
    conn: &mut PgConnection,
    office: Option<OfficeCode>,
) -> Result<Vec<Round>, StoreError> {
    sqlx::query_as!(
        Row,
        "select round_id, request_id, office_code, number, receipt_number, received_at, limit_days, due_on, tomorrow_from,
                today_from, due_at, derivation, calendar_version, ended_at, ending, breached, overdue_cause_code, overdue_cause
         from rounds where ended_at is null and ($1::text is null or office_code = $1)
         order by request_id",
        office.as_ref().map(OfficeCode::as_str)
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Round::try_from)
    .collect()
}
