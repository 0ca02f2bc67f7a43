//! What a person was told of limits.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Data},
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    app::{
        Office,
        notices::{acknowledge_all, acknowledge_these, see_notices},
    },
    domain::ids::NoticeId,
    http::{Operation, extract::StaffSession, json::Json, problem::ApiError},
};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_notices",
            method: Method::GET,
            path: "/api/v1/notices",
            register: || web::to(list),
        },
        Operation {
            id: "acknowledge_notices",
            method: Method::POST,
            path: "/api/v1/notices/acknowledgement",
            register: || web::to(acknowledge),
        },
    ]
}

async fn list(office: Data<Office>, StaffSession(session): StaffSession) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(see_notices(&office, session).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    notice_ids: Option<Vec<NoticeId>>,
}

async fn acknowledge(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    Json(which): Json<Which>,
) -> Result<HttpResponse, ApiError> {
    let acknowledged = match which.notice_ids {
        Some(ids) => acknowledge_these(&office, session, ids).await?,
        None => acknowledge_all(&office, session).await?,
    };
    Ok(HttpResponse::Ok().json(json!({ "acknowledged": acknowledged })))
}
