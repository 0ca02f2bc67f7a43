//! Staff and their decrees, for operators.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Data, Query},
};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    sessions::roles,
    text::{self, Page},
};
use crate::{
    app::{
        Office,
        decrees::{StaffMember, list_staff, record_decree, revoke_decree},
    },
    domain::ids::StaffId,
    http::{
        Operation,
        extract::{PathId, StaffSession},
        json::Json,
        problem::ApiError,
    },
    store::staff::Decree,
};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_staff",
            method: Method::GET,
            path: "/api/v1/staff",
            register: || web::to(list),
        },
        Operation {
            id: "record_decree",
            method: Method::POST,
            path: "/api/v1/staff/{staff_id}/decrees",
            register: || web::to(record),
        },
        Operation {
            id: "revoke_decree",
            method: Method::POST,
            path: "/api/v1/decrees/{decree_id}/revocation",
            register: || web::to(revoke),
        },
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn list(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    asked: Query<Asked>,
) -> Result<HttpResponse, ApiError> {
    let limit = text::limit(asked.limit)?;
    let after = text::read_cursor(asked.cursor.as_deref())?.map(|(name, id)| (name, StaffId(id)));
    let members = list_staff(&office, session, after, limit + 1).await?;
    let cursor = |member: &StaffMember| text::cursor(&member.staff.name, member.staff.id.0);
    let page = Page::new(members, usize::try_from(limit).unwrap_or_default(), cursor, |member| show(&member));
    Ok(HttpResponse::Ok().json(page))
}

fn show(member: &StaffMember) -> Value {
    let staff = &member.staff;
    json!({
        "id": staff.id,
        "username": staff.username,
        "name": staff.name,
        "nip": staff.nip,
        "office_code": staff.office,
        "active": staff.active,
        "roles": roles(&member.roles),
        "decrees": member.decrees.iter().map(show_decree).collect::<Vec<_>>(),
    })
}

fn show_decree(decree: &Decree) -> Value {
    json!({
        "decree_id": decree.id,
        "number": decree.number,
        "dated_on": decree.dated_on,
        "in_force_on": decree.in_force_on,
        "until_on": decree.until_on,
        "revoked_on": decree.revoked_on,
        "decree_document_id": decree.document,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    number: String,
    dated_on: NaiveDate,
    in_force_on: NaiveDate,
}

async fn record(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(staff): PathId<StaffId>,
    Json(entry): Json<Entry>,
) -> Result<HttpResponse, ApiError> {
    let decree =
        record_decree(&office, session, staff, &entry.number, entry.dated_on, entry.in_force_on).await?;
    Ok(HttpResponse::Created().json(show_decree(&decree)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    revoked_on: NaiveDate,
}

async fn revoke(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(decree): PathId<Uuid>,
    Json(end): Json<End>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(show_decree(&revoke_decree(&office, session, decree, end.revoked_on).await?)))
}
