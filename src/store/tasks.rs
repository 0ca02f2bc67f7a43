//! What somebody at the office has to look after.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    error::{Column, one_row},
};
use crate::domain::{
    ids::{EndpointId, RequestId, StaffId, TaskId, TaxpayerId},
    names::named,
    office::OfficeCode,
};

named! {
    /// Why a task was opened.
    TaskKind {
        MailFailed = "mail_failed",
        NotUs = "not_us",
        LetterNotRendered = "letter_not_rendered",
        AwaitingCalendar = "awaiting_calendar",
        PostalReturn = "postal_return",
        LettersOutOfBalance = "letters_out_of_balance",
        CalendarEnds = "calendar_ends",
        EventsGivenUp = "events_given_up",
    }
}

/// A task to be opened.
#[derive(Debug, Clone)]
pub struct Task {
    pub id: TaskId,
    pub office: OfficeCode,
    pub request: Option<RequestId>,
    pub taxpayer: Option<TaxpayerId>,
    pub kind: TaskKind,
    pub detail: String,
    pub opened_at: DateTime<Utc>,
}

/// Opens a task, unless the same one is open already.
pub async fn open(conn: &mut PgConnection, task: &Task) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into tasks (task_id, office_code, request_id, taxpayer_id, kind, detail, opened_at)
         select $1, $2, $3, $4, $5, $6, $7
         where not exists (
             select from tasks where office_code = $2 and kind = $5 and closed_at is null
               and request_id is not distinct from $3 and taxpayer_id is not distinct from $4 and detail = $6)",
        task.id.0,
        task.office.as_str(),
        task.request.map(|id| id.0),
        task.taxpayer.map(|id| id.0),
        task.kind.as_str(),
        task.detail,
        task.opened_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Opens the task about the end of the calendar, of those who look after every office, unless it is open or was opened since.
pub async fn open_calendar_ends(
    conn: &mut PgConnection,
    id: TaskId,
    detail: &str,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into tasks (task_id, kind, detail, opened_at)
         select $1, $2, $3, $5
         where not exists (select from tasks where office_code is null and kind = $2 and detail = $3
                             and (closed_at is null or opened_at >= $4))
         on conflict do nothing",
        id.0,
        TaskKind::CalendarEnds.as_str(),
        detail,
        since,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn close(
    conn: &mut PgConnection,
    id: TaskId,
    by: StaffId,
    note: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update tasks set closed_at = $2, closed_by = $3, closing_note = $4 where task_id = $1 and closed_at is null",
        id.0,
        now,
        by.0,
        note
    )
    .execute(conn)
    .await?;
    one_row("tasks", written.rows_affected())
}

/// Closes what is open about one thing, because somebody did something about it.
pub async fn close_about(
    conn: &mut PgConnection,
    about: (OfficeCode, TaskKind, &str),
    by: StaffId,
    note: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (office, kind, detail) = about;
    sqlx::query!(
        "update tasks set closed_at = $4, closed_by = $5, closing_note = $6
         where office_code = $1 and kind = $2 and detail = $3 and closed_at is null",
        office.as_str(),
        kind.as_str(),
        detail,
        now,
        by.0,
        note
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Opens the task about the given-up events of a receiver, unless it is open already. It is at the office of the receiver.
pub async fn open_given_up(
    conn: &mut PgConnection,
    id: TaskId,
    endpoint: EndpointId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into tasks (task_id, office_code, endpoint_id, kind, detail, opened_at)
         select $1, office_code, endpoint_id, $3, name, $4 from webhook_endpoints where endpoint_id = $2
         on conflict (endpoint_id) where closed_at is null and endpoint_id is not null do nothing",
        id.0,
        endpoint.0,
        TaskKind::EventsGivenUp.as_str(),
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Closes that task when nothing of the receiver is given up any more. The receiver is locked.
pub async fn close_given_up(
    conn: &mut PgConnection,
    endpoint: EndpointId,
    by: StaffId,
    note: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update tasks set closed_at = $2, closed_by = $3, closing_note = $4
         where endpoint_id = $1 and closed_at is null
           and not exists (select from webhook_deliveries where endpoint_id = $1 and state = 'given_up')",
        endpoint.0,
        now,
        by.0,
        note
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The open task about a receiver goes where the receiver goes.
pub async fn move_open(
    conn: &mut PgConnection,
    endpoint: EndpointId,
    office: Option<OfficeCode>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update tasks set office_code = $2 where endpoint_id = $1 and closed_at is null",
        endpoint.0,
        office.map(String::from)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A task with how it ended and where its office is.
#[derive(Debug, Clone)]
pub struct TaskRow {
    pub id: TaskId,
    /// `None`: about a receiver of every office.
    pub office: Option<OfficeCode>,
    pub request: Option<RequestId>,
    pub taxpayer: Option<TaxpayerId>,
    pub endpoint: Option<EndpointId>,
    pub kind: TaskKind,
    pub detail: String,
    pub opened_at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
    pub zone: Tz,
    pub closed_by: Option<(StaffId, String)>,
    pub closing_note: Option<String>,
}

struct FullRow {
    task_id: Uuid,
    office_code: Option<String>,
    request_id: Option<Uuid>,
    taxpayer_id: Option<Uuid>,
    endpoint_id: Option<Uuid>,
    kind: String,
    detail: String,
    opened_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
    time_zone: Option<String>,
    closed_by: Option<Uuid>,
    closed_by_name: Option<String>,
    closing_note: Option<String>,
}

impl TryFrom<FullRow> for TaskRow {
    type Error = StoreError;
    fn try_from(row: FullRow) -> Result<Self, StoreError> {
        let at = |column| Column("tasks", column);
        let zone: Option<Tz> = Column("offices", "time_zone").parse_some(row.time_zone.as_deref())?;
        Ok(Self {
            id: TaskId(row.task_id),
            office: at("office_code").parse_some(row.office_code.as_deref())?,
            request: row.request_id.map(RequestId),
            taxpayer: row.taxpayer_id.map(TaxpayerId),
            endpoint: row.endpoint_id.map(EndpointId),
            kind: at("kind").parse(&row.kind)?,
            detail: row.detail,
            opened_at: row.opened_at,
            closed_at: row.closed_at,
            // What belongs to no office is shown on the clock of the head office.
            zone: zone.unwrap_or(Tz::Asia__Jakarta),
            closed_by: row.closed_by.map(StaffId).zip(row.closed_by_name),
            closing_note: row.closing_note,
        })
    }
}

/// Tasks of these offices, and perhaps of none, oldest first; those after the given one, at most `limit`.
pub async fn list_page(
    conn: &mut PgConnection,
    (offices, of_none): (&[OfficeCode], bool),
    open: Option<bool>,
    after: Option<(DateTime<Utc>, TaskId)>,
    limit: i64,
) -> Result<Vec<TaskRow>, StoreError> {
    let offices: Vec<String> = offices.iter().copied().map(String::from).collect();
    let (at, id) = after.map_or((None, None), |(at, id)| (Some(at), Some(id.0)));
    sqlx::query_as!(
        FullRow,
        r#"select task_id, tasks.office_code, request_id, taxpayer_id, endpoint_id, tasks.kind, detail, opened_at, closed_at,
                  time_zone as "time_zone?", closed_by, staff.name as "closed_by_name?", closing_note
           from tasks left join offices on offices.office_code = tasks.office_code left join staff on staff.staff_id = closed_by
           where (tasks.office_code = any($1) or ($6 and tasks.office_code is null)) and ($2::boolean is null or (closed_at is null) = $2)
             and ($3::timestamptz is null or (opened_at, task_id) > ($3, $4::uuid))
           order by opened_at, task_id limit $5"#,
        &offices,
        open,
        at,
        id,
        limit,
        of_none
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(TaskRow::try_from)
    .collect()
}

/// A task, locked: two who close it take turns.
pub async fn lock(conn: &mut PgConnection, id: TaskId) -> Result<Option<TaskRow>, StoreError> {
    sqlx::query_as!(
        FullRow,
        r#"select task_id, tasks.office_code, request_id, taxpayer_id, endpoint_id, tasks.kind, detail, opened_at, closed_at,
                  time_zone as "time_zone?", closed_by, staff.name as "closed_by_name?", closing_note
           from tasks left join offices on offices.office_code = tasks.office_code left join staff on staff.staff_id = closed_by
           where task_id = $1 for update of tasks"#,
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(TaskRow::try_from)
    .transpose()
}
