//! Versions of the wording of letters, for operators.

use std::collections::BTreeMap;

use actix_web::{
    HttpResponse,
    http::{Method, header::ETAG},
    web::{self, Data, Query},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answers::{self, Reason},
    text::{self, Page},
};
use crate::{
    app::{
        AppError, Office,
        letter_templates::{
            ZONE,
            approve::approve_version,
            check::check_version,
            come_in_force::bring_into_force,
            difference::version_difference,
            draft::{RawText, draft_version, edit_version},
            preview::preview_version,
            view::{TemplateView, get_version, list_versions},
            withdraw::withdraw_version,
        },
        signing::digest::hex,
    },
    domain::{
        ids::{SessionId, StaffId, TemplateId},
        letter_template::TemplateState,
    },
    http::{
        Operation,
        extract::{IfMatch, PathId, StaffSession},
        json::Json,
        problem::{self, ApiError},
    },
    letters::LetterKind,
};

pub(super) fn operations() -> Vec<Operation> {
    const ALL: &str = "/api/v1/letter-templates";
    const ONE: &str = "/api/v1/letter-templates/{template_id}";
    let get = |id, path, register| Operation { id, method: Method::GET, path, register };
    let post = |id, path, register| Operation { id, method: Method::POST, path, register };
    vec![
        get("list_letter_templates", ALL, || web::to(list)),
        post("draft_letter_template", ALL, || web::to(draft)),
        get("get_letter_template", ONE, || web::to(read)),
        Operation { id: "edit_letter_template", method: Method::PUT, path: ONE, register: || web::to(edit) },
        get("check_letter_template", "/api/v1/letter-templates/{template_id}/check", || web::to(check)),
        get("letter_template_preview", "/api/v1/letter-templates/{template_id}/preview", || web::to(see)),
        get("letter_template_difference", "/api/v1/letter-templates/{template_id}/difference", || {
            web::to(difference)
        }),
        post("approve_letter_template", "/api/v1/letter-templates/{template_id}/approval", || {
            web::to(approve)
        }),
        post("bring_letter_template_into_force", "/api/v1/letter-templates/{template_id}/in-force", || {
            web::to(come_in_force)
        }),
        post("withdraw_letter_template", "/api/v1/letter-templates/{template_id}/withdrawal", || {
            web::to(withdraw)
        }),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    kind: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn list(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    asked: Query<Asked>,
) -> Result<HttpResponse, ApiError> {
    let limit = text::limit(asked.limit)?;
    let kind = match asked.kind.as_deref().map(str::parse) {
        None => None,
        Some(Ok(kind)) => Some(kind),
        Some(Err(_)) => return Err(problem::bad_query("/kind", "Isi jenis surat, misalnya receipt.").into()),
    };
    let after = match text::read_cursor(asked.cursor.as_deref())? {
        None => None,
        Some((order, _)) => Some(read_order(&order).ok_or_else(text::bad_cursor)?),
    };
    let rows = list_versions(&office, session, kind, after, limit + 1).await?;
    let cursor =
        |view: &TemplateView| text::cursor(&format!("{} {}", view.row.kind, view.row.version), view.row.id.0);
    Ok(HttpResponse::Ok()
        .json(Page::new(rows, usize::try_from(limit).unwrap_or_default(), cursor, |view| summary(&view))))
}

fn read_order(order: &str) -> Option<(String, i32)> {
    let (kind, version) = order.split_once(' ')?;
    Some((kind.to_owned(), version.parse().ok()?))
}

fn summary(view: &TemplateView) -> Value {
    let row = &view.row;
    let person = |id: StaffId| json!({ "id": id, "name": view.name_of(id) });
    let instant = |at: DateTime<Utc>| text::at_office(at, ZONE);
    let (mut approved_by, mut approved_at, mut withdrawn_by, mut withdrawn_at) = (None, None, None, None);
    match row.state {
        TemplateState::Draft => {}
        TemplateState::Approved { by, at, .. } => {
            (approved_by, approved_at) = (by.map(person), Some(instant(at)));
        }
        TemplateState::Withdrawn { by, at } => {
            (withdrawn_by, withdrawn_at) = (Some(person(by)), Some(instant(at)));
        }
    }
    json!({
        "template_id": row.id,
        "kind": row.kind,
        "version": row.version,
        "origin": row.origin,
        "state": row.state.name(),
        "in_force_on": row.state.in_force_on(),
        "sha256": hex(&row.sha256),
        "drafted_by": row.drafted_by.map(person),
        "drafted_at": instant(row.drafted_at),
        "approved_by": approved_by,
        "approved_at": approved_at,
        "withdrawn_by": withdrawn_by,
        "withdrawn_at": withdrawn_at,
    })
}

async fn whole(
    office: &Office,
    session: SessionId,
    id: TemplateId,
    mut answer: actix_web::HttpResponseBuilder,
) -> Result<HttpResponse, ApiError> {
    let (view, text) = get_version(office, session, id).await?;
    let mut body = summary(&view);
    body["source"] = json!(text.source);
    body["pieces"] = json!(text.pieces);
    Ok(answer.insert_header((ETAG, format!("\"v{}\"", view.row.revision))).json(body))
}

async fn read(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<TemplateId>,
) -> Result<HttpResponse, ApiError> {
    whole(&office, session, id, HttpResponse::Ok()).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    kind: String,
    source: String,
    #[serde(default)]
    pieces: BTreeMap<String, String>,
}

async fn draft(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    Json(body): Json<Draft>,
) -> Result<HttpResponse, ApiError> {
    let kind: LetterKind = body
        .kind
        .parse()
        .map_err(|_| AppError::fault("/kind", "unknown_kind", "Isi jenis surat, misalnya receipt."))?;
    let text = RawText { source: body.source, pieces: body.pieces };
    let id = draft_version(&office, session, kind, text).await?;
    whole(&office, session, id, HttpResponse::Created()).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    source: String,
    #[serde(default)]
    pieces: BTreeMap<String, String>,
}

async fn edit(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<TemplateId>,
    if_match: IfMatch,
    Json(body): Json<Edit>,
) -> Result<HttpResponse, ApiError> {
    let text = RawText { source: body.source, pieces: body.pieces };
    edit_version(&office, session, id, if_match.version()?, text).await?;
    whole(&office, session, id, HttpResponse::Ok()).await
}

async fn check(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<TemplateId>,
) -> Result<HttpResponse, ApiError> {
    let checked = check_version(&office, session, id).await?;
    Ok(HttpResponse::Ok().json(json!({ "pages": checked.pages, "faults": checked.faults })))
}

async fn see(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<TemplateId>,
) -> Result<HttpResponse, ApiError> {
    Ok(answers::pdf("naskah-pratinjau.pdf", preview_version(&office, session, id).await?.pdf))
}

async fn difference(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<TemplateId>,
) -> Result<HttpResponse, ApiError> {
    let difference = version_difference(&office, session, id).await?;
    Ok(HttpResponse::Ok().json(json!({ "against": difference.against, "text": difference.text })))
}

async fn approve(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<TemplateId>,
    if_match: IfMatch,
    answers::Nothing: answers::Nothing,
) -> Result<HttpResponse, ApiError> {
    approve_version(&office, session, id, if_match.version()?).await?;
    whole(&office, session, id, HttpResponse::Ok()).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Day {
    in_force_on: NaiveDate,
}

async fn come_in_force(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<TemplateId>,
    if_match: IfMatch,
    Json(body): Json<Day>,
) -> Result<HttpResponse, ApiError> {
    bring_into_force(&office, session, id, if_match.version()?, body.in_force_on).await?;
    whole(&office, session, id, HttpResponse::Ok()).await
}

async fn withdraw(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<TemplateId>,
    if_match: IfMatch,
    Json(body): Json<Reason>,
) -> Result<HttpResponse, ApiError> {
    withdraw_version(&office, session, id, if_match.version()?, &body.line()?).await?;
    whole(&office, session, id, HttpResponse::Ok()).await
}
