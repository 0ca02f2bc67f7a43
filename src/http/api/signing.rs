//! Drafts become letters.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Data},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answers::{self, changed, take_line};
use crate::{
    app::{
        AppError, Office,
        signing::{
            overdue_cause::{StatedCause, overdue_causes},
            sign::{BulkRow, Signature, sign, sign_many},
        },
    },
    domain::{fault::Faults, ids::RequestId, line::Line},
    http::{
        Operation,
        extract::{IfMatch, PathId, StaffSession},
        json::Json,
        problem::{ApiError, IntoProblem},
    },
};

/// Most drafts in one call.
const MOST: usize = 50;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "sign",
            method: Method::POST,
            path: "/api/v1/requests/{request_id}/signature",
            register: || web::to(one),
        },
        Operation {
            id: "sign_many",
            method: Method::POST,
            path: "/api/v1/signatures",
            register: || web::to(many),
        },
        Operation {
            id: "list_overdue_causes",
            method: Method::GET,
            path: "/api/v1/overdue-causes",
            register: || web::to(causes),
        },
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    overdue_cause_code: Option<String>,
    overdue_cause: Option<String>,
}

/// A sentence alone is no cause: the list says which there are.
fn stated(code: Option<String>, detail: Option<Line<500>>) -> Option<StatedCause> {
    code.map(|code| StatedCause { code, detail })
}

async fn one(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<RequestId>,
    seen: IfMatch,
    Json(body): Json<Entry>,
) -> Result<HttpResponse, ApiError> {
    let digest = match seen {
        IfMatch::Digest(digest) => digest.to_vec(),
        // A version is never the digest of a draft.
        IfMatch::Version(_) => return Err(AppError::DraftChanged.into()),
    };
    let detail = body.overdue_cause.map(|text| answers::line("/overdue_cause", &text)).transpose()?;
    let overdue_cause = stated(body.overdue_cause_code, detail);
    sign(&office, session, &Signature { request: id, digest, overdue_cause }).await?;
    changed(&office, session, id).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Many {
    items: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    request_id: RequestId,
    digest: String,
    overdue_cause_code: Option<String>,
    overdue_cause: Option<String>,
}

async fn many(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    Json(body): Json<Many>,
) -> Result<HttpResponse, ApiError> {
    let signatures = signatures(body.items)?;
    let rows = sign_many(&office, session, &signatures).await?;
    let items: Vec<Value> = rows.into_iter().map(show).collect();
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

fn signatures(items: Vec<Item>) -> Result<Vec<Signature>, AppError> {
    let mut faults = Faults::default();
    if items.is_empty() || items.len() > MOST {
        faults.add("/items", "count", format!("Pilih 1 sampai {MOST} konsep."));
    }
    let mut signatures = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        let digest = match format!("\"{}\"", item.digest).parse() {
            Ok(IfMatch::Digest(digest)) => digest.to_vec(),
            Ok(IfMatch::Version(_)) | Err(()) => {
                faults.add(format!("/items/{index}/digest"), "digest", "Kirim digest konsep yang dibaca.");
                continue;
            }
        };
        let detail = item
            .overdue_cause
            .and_then(|text| take_line(&mut faults, &format!("/items/{index}/overdue_cause"), &text));
        let overdue_cause = stated(item.overdue_cause_code, detail);
        signatures.push(Signature { request: item.request_id, digest, overdue_cause });
    }
    answers::hold(faults)?;
    Ok(signatures)
}

async fn causes(office: Data<Office>, StaffSession(session): StaffSession) -> Result<HttpResponse, ApiError> {
    let items = overdue_causes(&office, session).await?;
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
}

fn show(row: BulkRow) -> Value {
    match row.result {
        Ok(signed) => json!({
            "request_id": row.request, "status": 200, "letter_number": signed.letter_number, "problem": null,
        }),
        Err(error) => {
            let problem = error.into_problem();
            json!({
                "request_id": row.request,
                "status": problem.status().as_u16(),
                "letter_number": null,
                "problem": problem.json(),
            })
        }
    }
}
