//! Counts that show how an office works, and the requests behind each of them.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::{StoreError, error::Column};
use crate::domain::{history::LOOKS, ids::RequestId, names::Kind, office::OfficeCode};

/// Rounds of an office in a period.
#[derive(Debug, Clone)]
pub struct OfficeCounts {
    pub office: OfficeCode,
    pub name: String,
    /// Ended by the office in the period.
    pub ended: i64,
    /// Of those, returned as incomplete.
    pub returned: i64,
    /// Of those, on the last business day of the limit or after it.
    pub returned_on_last_day: i64,
    /// Rounds that began in the period and were not the first of their request.
    pub reopened: i64,
}

/// By the days of receipt and end that rounds keep. Offices without anything have a row of zeros.
pub async fn counts(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
    (from, until): (NaiveDate, NaiveDate),
) -> Result<Vec<OfficeCounts>, StoreError> {
    sqlx::query!(
        r#"select office_code, name,
                  coalesce(ended.ended, 0) as "ended!", coalesce(ended.returned, 0) as "returned!",
                  coalesce(ended.last_day, 0) as "last_day!", coalesce(began.reopened, 0) as "reopened!"
           from offices
           left join lateral (
               select count(*) as ended, count(*) filter (where ending = 'returned') as returned,
                      count(*) filter (where ending = 'returned' and ended_at >= today_from) as last_day
               from rounds
               where rounds.office_code = offices.office_code and ended_on between $2 and $3
                 and ending in ('granted', 'refused', 'returned')) ended on true
           left join lateral (
               select count(*) as reopened from rounds
               where rounds.office_code = offices.office_code and received_on between $2 and $3 and number > 1) began on true
           where office_code = any($1)
           order by office_code"#,
        &texts(offices),
        from,
        until
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(OfficeCounts {
            office: Column("offices", "office_code").parse(&row.office_code)?,
            name: row.name,
            ended: row.ended,
            returned: row.returned,
            returned_on_last_day: row.last_day,
            reopened: row.reopened,
        })
    })
    .collect()
}

/// A request behind a count.
#[derive(Debug, Clone)]
pub struct Behind {
    pub request: RequestId,
    pub office: OfficeCode,
    pub receipt_number: String,
    pub kind: Kind,
    pub round: i32,
    pub due_on: Option<NaiveDate>,
    /// Who returned it, or has it in hand.
    pub officer: Option<String>,
    /// When it was returned, received again, or last worked on.
    pub at: DateTime<Utc>,
}

struct Row {
    request_id: uuid::Uuid,
    office_code: String,
    receipt_number: String,
    kind: String,
    number: i32,
    due_on: Option<NaiveDate>,
    officer: Option<String>,
    at: DateTime<Utc>,
}

impl TryFrom<Row> for Behind {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            request: RequestId(row.request_id),
            office: Column("rounds", "office_code").parse(&row.office_code)?,
            receipt_number: row.receipt_number,
            kind: Column("requests", "kind").parse(&row.kind)?,
            round: row.number,
            due_on: row.due_on,
            officer: row.officer,
            at: row.at,
        })
    }
}

fn behind(rows: Vec<Row>) -> Result<Vec<Behind>, StoreError> {
    rows.into_iter().map(Behind::try_from).collect()
}

/// Which rows of a list.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    pub skip: i64,
    pub limit: i64,
}

/// What was returned as incomplete on the last business day of its limit or after it.
pub async fn returned_on_last_day(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
    (from, until): (NaiveDate, NaiveDate),
    part: Part,
) -> Result<Vec<Behind>, StoreError> {
    behind(
        sqlx::query_as!(
            Row,
            r#"select rounds.request_id, rounds.office_code, receipt_number, requests.kind, number, due_on,
                      (select staff.name from returns join staff on staff.staff_id = returned_by
                       where returns.round_id = rounds.round_id limit 1) as officer, rounds.ended_at as "at!"
               from rounds join requests on requests.request_id = rounds.request_id
               where rounds.office_code = any($1) and ended_on between $2 and $3 and ending = 'returned'
                 and rounds.ended_at >= today_from
               order by rounds.ended_at desc, round_id limit $4 offset $5"#,
            &texts(offices),
            from,
            until,
            part.limit,
            part.skip
        )
        .fetch_all(conn)
        .await?,
    )
}

/// Rounds that began anew after a return.
pub async fn reopened(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
    (from, until): (NaiveDate, NaiveDate),
    part: Part,
) -> Result<Vec<Behind>, StoreError> {
    behind(
        sqlx::query_as!(
            Row,
            r#"select rounds.request_id, rounds.office_code, receipt_number, requests.kind, number, due_on,
                      (select staff.name from staff where staff.staff_id = requests.officer_id) as officer,
                      received_at as at
               from rounds join requests on requests.request_id = rounds.request_id
               where rounds.office_code = any($1) and received_on between $2 and $3 and number > 1
               order by received_at desc, round_id limit $4 offset $5"#,
            &texts(offices),
            from,
            until,
            part.limit,
            part.skip
        )
        .fetch_all(conn)
        .await?,
    )
}

/// What somebody has in hand and has not drafted, with when they last did anything about it or it came to them; longest
/// ago first. To look at it is nothing.
pub async fn in_hand(conn: &mut PgConnection, offices: &[OfficeCode]) -> Result<Vec<Behind>, StoreError> {
    let looks: Vec<String> = LOOKS.iter().map(|act| (*act).to_owned()).collect();
    behind(
        sqlx::query_as!(
            Row,
            r#"select requests.request_id, requests.office_code, receipt_number, requests.kind, number, due_on,
                      staff.name as "officer?",
                      greatest(rounds.received_at,
                               (select max(at) from audit_events
                                where audit_events.request_id = requests.request_id and act <> all($2)
                                  and (audit_events.actor_id = requests.officer_id
                                       or act in ('reassign', 'send_back')))) as "at!"
               from requests
               join rounds on rounds.request_id = requests.request_id and number = round_number
               join staff on staff.staff_id = requests.officer_id
               where requests.office_code = any($1) and state = 'examining' and rounds.ended_at is null
               order by 8, requests.request_id"#,
            &texts(offices),
            &looks
        )
        .fetch_all(conn)
        .await?,
    )
}

fn texts(offices: &[OfficeCode]) -> Vec<String> {
    offices.iter().map(ToString::to_string).collect()
}
