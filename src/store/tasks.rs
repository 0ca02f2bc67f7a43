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
        SenderUnknown = "sender_unknown",
        AwaitingCalendar = "awaiting_calendar",
        PostalReturn = "postal_return",
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
pub async fn list(conn: &mut PgConnection, office: OfficeCode, open_only: bool) -> Result<Vec<Task>, StoreError> {
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

pub async fn close(conn: &mut PgConnection, id: TaskId, by: StaffId, note: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
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
