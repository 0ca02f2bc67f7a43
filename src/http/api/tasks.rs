//! Tasks of an office.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Data, Query},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::text::{self, Page};
use crate::{
    app::{
        Office,
        tasks::{Wanted, close_task, list_tasks},
    },
    domain::ids::TaskId,
    http::{
        Operation,
        extract::{PathId, StaffSession},
        json::Json,
        problem::ApiError,
    },
    store::tasks::TaskRow,
};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_tasks",
            method: Method::GET,
            path: "/api/v1/tasks",
            register: || web::to(list),
        },
        Operation {
            id: "close_task",
            method: Method::POST,
            path: "/api/v1/tasks/{task_id}/completion",
            register: || web::to(close),
        },
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    open: Option<bool>,
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn list(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    asked: Query<Asked>,
) -> Result<HttpResponse, ApiError> {
    let limit = text::limit(asked.limit)?;
    let after = match text::read_cursor(asked.cursor.as_deref())? {
        None => None,
        Some((at, id)) => Some((at.parse().map_err(|_| text::bad_cursor())?, TaskId(id))),
    };
    let wanted = Wanted { open: asked.open, after, limit: limit + 1 };
    let rows = list_tasks(&office, session, &wanted).await?;
    let cursor = |row: &TaskRow| text::cursor(&row.opened_at.to_rfc3339(), row.id.0);
    Ok(HttpResponse::Ok()
        .json(Page::new(rows, usize::try_from(limit).unwrap_or_default(), cursor, |row| show(&row))))
}

fn show(row: &TaskRow) -> Value {
    json!({
        "task_id": row.id,
        "office_code": row.office,
        "request_id": row.request,
        "taxpayer_id": row.taxpayer,
        "endpoint_id": row.endpoint,
        "kind": row.kind,
        "detail": row.detail,
        "opened_at": text::at_office(row.opened_at, row.zone),
        "closed_at": row.closed_at.map(|at| text::at_office(at, row.zone)),
        "closed_by": row.closed_by.as_ref().map(|(id, name)| json!({ "id": id, "name": name })),
        "closing_note": row.closing_note,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    note: String,
}

async fn close(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(task): PathId<TaskId>,
    Json(body): Json<Note>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(show(&close_task(&office, session, task, &body.note).await?)))
}
