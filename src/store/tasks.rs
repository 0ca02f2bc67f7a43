//! What somebody at the office has to look after.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    error::{Column, one_row},
};
use crate::domain::{
    ids::{RequestId, StaffId, TaskId, TaxpayerId},
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
    }
}

#[derive(Debug, Clone)]
pub struct Task {
    pub id: TaskId,
    pub office: OfficeCode,
    pub request: Option<RequestId>,
    pub taxpayer: Option<TaxpayerId>,
    pub kind: TaskKind,
    pub detail: String,
    pub opened_at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
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

/// Opens a task that was never opened before, also when it was closed since.
pub async fn open_once(conn: &mut PgConnection, task: &Task) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into tasks (task_id, office_code, kind, detail, opened_at)
         select $1, $2, $3, $4, $5
         where not exists (select from tasks where office_code = $2 and kind = $3 and detail = $4)",
        task.id.0,
        task.office.as_str(),
        task.kind.as_str(),
        task.detail,
        task.opened_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct Row {
    task_id: Uuid,
    office_code: String,
    request_id: Option<Uuid>,
    taxpayer_id: Option<Uuid>,
    kind: String,
    detail: String,
    opened_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Task {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let at = |column| Column("tasks", column);
        Ok(Self {
            id: TaskId(row.task_id),
            office: at("office_code").parse(&row.office_code)?,
            request: row.request_id.map(RequestId),
            taxpayer: row.taxpayer_id.map(TaxpayerId),
            kind: at("kind").parse(&row.kind)?,
            detail: row.detail,
            opened_at: row.opened_at,
            closed_at: row.closed_at,
        })
    }
}

/// Tasks of an office, oldest first; at most a thousand.
pub async fn list(
    conn: &mut PgConnection,
    office: OfficeCode,
    open_only: bool,
) -> Result<Vec<Task>, StoreError> {
    sqlx::query_as!(
        Row,
        "select task_id, office_code, request_id, taxpayer_id, kind, detail, opened_at, closed_at from tasks
         where office_code = $1 and (closed_at is null or not $2) order by opened_at, task_id limit 1000",
        office.as_str(),
        open_only
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Task::try_from)
    .collect()
}

pub async fn find(conn: &mut PgConnection, id: TaskId) -> Result<Option<Task>, StoreError> {
    sqlx::query_as!(
        Row,
        "select task_id, office_code, request_id, taxpayer_id, kind, detail, opened_at, closed_at from tasks where task_id = $1",
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(Task::try_from)
    .transpose()
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

/// A task with how it ended and where its office is.
#[derive(Debug, Clone)]
pub struct TaskRow {
    pub task: Task,
    pub zone: chrono_tz::Tz,
    pub closed_by: Option<(StaffId, String)>,
    pub closing_note: Option<String>,
}

struct FullRow {
    task_id: Uuid,
    office_code: String,
    request_id: Option<Uuid>,
    taxpayer_id: Option<Uuid>,
    kind: String,
    detail: String,
    opened_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
    time_zone: String,
    closed_by: Option<Uuid>,
    closed_by_name: Option<String>,
    closing_note: Option<String>,
}

impl TryFrom<FullRow> for TaskRow {
    type Error = StoreError;
    fn try_from(row: FullRow) -> Result<Self, StoreError> {
        Ok(Self {
            zone: Column("offices", "time_zone").parse(&row.time_zone)?,
            closed_by: row.closed_by.map(StaffId).zip(row.closed_by_name),
            closing_note: row.closing_note,
            task: Row {
                task_id: row.task_id,
                office_code: row.office_code,
                request_id: row.request_id,
                taxpayer_id: row.taxpayer_id,
                kind: row.kind,
                detail: row.detail,
                opened_at: row.opened_at,
                closed_at: row.closed_at,
            }
            .try_into()?,
        })
    }
}

/// Tasks of these offices, oldest first; those after the given one, at most `limit`.
pub async fn list_page(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
    open: Option<bool>,
    after: Option<(DateTime<Utc>, TaskId)>,
    limit: i64,
) -> Result<Vec<TaskRow>, StoreError> {
    let offices: Vec<String> = offices.iter().copied().map(String::from).collect();
    let (at, id) = after.map_or((None, None), |(at, id)| (Some(at), Some(id.0)));
    sqlx::query_as!(
        FullRow,
        r#"select task_id, tasks.office_code, request_id, taxpayer_id, tasks.kind, detail, opened_at, closed_at, time_zone,
                  closed_by, staff.name as "closed_by_name?", closing_note
           from tasks join offices using (office_code) left join staff on staff.staff_id = closed_by
           where tasks.office_code = any($1) and ($2::boolean is null or (closed_at is null) = $2)
             and ($3::timestamptz is null or (opened_at, task_id) > ($3, $4::uuid))
           order by opened_at, task_id limit $5"#,
        &offices,
        open,
        at,
        id,
        limit
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
        r#"select task_id, tasks.office_code, request_id, taxpayer_id, tasks.kind, detail, opened_at, closed_at, time_zone,
                  closed_by, staff.name as "closed_by_name?", closing_note
           from tasks join offices using (office_code) left join staff on staff.staff_id = closed_by
           where task_id = $1 for update of tasks"#,
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(TaskRow::try_from)
    .transpose()
}
