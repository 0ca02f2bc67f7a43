//! What is due at an office against what it completes, and the moves that a supervisor accepts.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Data},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    app::{
        Office,
        examination::accept_forecast::{MoveOutcome, MoveResult, ProposedMove, accept_forecast},
        views::forecast::forecast,
    },
    domain::office::OfficeCode,
    http::{
        Operation,
        extract::{IdempotencyKey, PathId, StaffSession},
        json::Json,
        problem::ApiError,
    },
};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "office_forecast",
            method: Method::GET,
            path: "/api/v1/offices/{office_code}/forecast",
            register: || web::to(see),
        },
        Operation {
            id: "accept_forecast",
            method: Method::POST,
            path: "/api/v1/offices/{office_code}/forecast/acceptance",
            register: || web::to(accept),
        },
    ]
}

/// Requests that are listed as expected late; the count is of all.
const MOST: usize = 200;

async fn see(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(code): PathId<OfficeCode>,
) -> Result<HttpResponse, ApiError> {
    let mut seen = forecast(&office, session, code).await?;
    seen.late.truncate(MOST);
    Ok(HttpResponse::Ok().json(seen))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Accepted {
    moves: Vec<ProposedMove>,
}

async fn accept(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(code): PathId<OfficeCode>,
    IdempotencyKey(key): IdempotencyKey,
    Json(body): Json<Accepted>,
) -> Result<HttpResponse, ApiError> {
    let results = accept_forecast(&office, session, code, &body.moves, &key).await?;
    let moved = results.iter().filter(|result| result.outcome == MoveOutcome::Moved).count();
    let items: Vec<Value> = results.iter().map(show).collect();
    Ok(HttpResponse::Ok().json(json!({ "moved": moved, "items": items })))
}

fn show(result: &MoveResult) -> Value {
    let now = result.now.as_ref().map(
        |now| json!({ "receipt_number": now.receipt_number, "state": now.state, "officer": now.officer }),
    );
    json!({ "request_id": result.request_id, "outcome": result.outcome, "now": now })
}
