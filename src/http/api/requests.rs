//! The list, one request, and what is read beside it.

use actix_web::{
    HttpResponse,
    http::{Method, header::ETAG},
    web::{self, Data, Query},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{answers, text};
use crate::{
    app::{
        AppError, Office,
        examination::draft::preview,
        exports::{self, export_requests},
        signing::digest::hex,
        verdict::{VerdictView, get_verdict},
        views::{
            get_request::get_request,
            history::get_history,
            list_requests::{InHandOf, Page, Wanted, list_requests, read_cursor, search_requests},
            receipt_pdf::request_receipt,
            routing_slip::routing_slip,
        },
    },
    domain::{
        eligibility::Verdict, ids::RequestId, names::Kind, office::OfficeCode, state::StateName,
        tax_id::TaxId, working_days::Threshold,
    },
    http::{
        Operation,
        extract::{PathId, StaffSession},
        json::Json,
        problem::{self, ApiError},
    },
};

pub(super) fn operations() -> Vec<Operation> {
    let get = |id, path, register| Operation { id, method: Method::GET, path, register };
    vec![
        get("list_requests", "/api/v1/requests", || web::to(list)),
        Operation {
            id: "search_requests",
            method: Method::POST,
            path: "/api/v1/requests/search",
            register: || web::to(search),
        },
        get("export_requests", "/api/v1/requests/export", || web::to(export)),
        get("get_request", "/api/v1/requests/{request_id}", || web::to(one)),
        get("get_verdict", "/api/v1/requests/{request_id}/verdict", || web::to(verdict)),
        get("get_history", "/api/v1/requests/{request_id}/history", || web::to(history)),
        get("request_receipt", "/api/v1/requests/{request_id}/receipt", || web::to(receipt)),
        get("routing_slip", "/api/v1/requests/{request_id}/routing-slip", || web::to(slip)),
        get("draft_preview", "/api/v1/requests/{request_id}/draft/preview", || web::to(draft_preview)),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    office_code: Option<OfficeCode>,
    kind: Option<Kind>,
    state: Option<StateName>,
    threshold: Option<Threshold>,
    officer: Option<String>,
    q: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn list(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    asked: Query<Asked>,
) -> Result<HttpResponse, ApiError> {
    let asked = asked.into_inner();
    let wanted = Wanted {
        office: asked.office_code,
        kind: asked.kind,
        state: asked.state,
        threshold: asked.threshold,
        officer: asked.officer.as_deref().map(officer).transpose()?,
        receipt_number: asked.q.as_deref().map(receipt_number).transpose()?,
        page: page(asked.limit, asked.cursor.as_deref())?,
    };
    Ok(HttpResponse::Ok().json(list_requests(&office, session, &wanted).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileAsked {
    format: String,
    office_code: Option<OfficeCode>,
    kind: Option<Kind>,
    state: Option<StateName>,
    threshold: Option<Threshold>,
    officer: Option<String>,
}

async fn export(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    asked: Query<FileAsked>,
) -> Result<HttpResponse, ApiError> {
    let asked = exports::Asked {
        office: asked.office_code,
        format: answers::format(&asked.format)?,
        kind: asked.kind,
        state: asked.state,
        threshold: asked.threshold,
        officer: asked.officer.as_deref().map(officer).transpose()?,
    };
    Ok(answers::list_file(export_requests(&office, session, asked).await?))
}

fn officer(text: &str) -> Result<InHandOf, ApiError> {
    match text {
        "me" => Ok(InHandOf::Me),
        id => id
            .parse()
            .map(InHandOf::Officer)
            .map_err(|_| problem::bad_query("/officer", "Isi me atau id petugas.").into()),
    }
}

/// Only receipt numbers: an identity number never stands in an address, which logs and histories keep.
fn receipt_number(text: &str) -> Result<String, ApiError> {
    let text = text.trim().to_ascii_uppercase();
    if text.starts_with("BPE-") || text.starts_with("BPS-") {
        return Ok(text);
    }
    let detail =
        "Isi nomor bukti penerimaan, misalnya BPE-031-20260710-00037. Untuk NPWP pakai pencarian NPWP.";
    Err(problem::bad_query("/q", detail).into())
}

fn page(limit: Option<i64>, cursor: Option<&str>) -> Result<Page, ApiError> {
    let after = match cursor {
        None => None,
        Some(cursor) => Some(read_cursor(cursor).ok_or_else(text::bad_cursor)?),
    };
    Ok(Page { limit: text::limit(limit)?, after })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    tax_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pages {
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn search(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    pages: Query<Pages>,
    Json(body): Json<Search>,
) -> Result<HttpResponse, ApiError> {
    let page = page(pages.limit, pages.cursor.as_deref())?;
    let tax_id = tax_id(&body.tax_id)?;
    Ok(HttpResponse::Ok().json(search_requests(&office, session, &tax_id, page).await?))
}

/// A number in any form that people type.
pub(super) fn tax_id(text: &str) -> Result<TaxId, AppError> {
    TaxId::parse(text).map_err(|error| AppError::fault("/tax_id", "tax_id", &error.message_id()))
}

async fn one(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<RequestId>,
) -> Result<HttpResponse, ApiError> {
    Ok(answers::request(&get_request(&office, session, id).await?))
}

async fn verdict(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<RequestId>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(show_verdict(&get_verdict(&office, session, id).await?)))
}

fn show_verdict(view: &VerdictView) -> Value {
    let (name, unknown) = match &view.verdict {
        Verdict::Grant => ("grant", [].as_slice()),
        Verdict::Refuse { .. } => ("refuse", [].as_slice()),
        Verdict::Undetermined { unknown } => ("undetermined", unknown.as_slice()),
    };
    let reasons = view.reasons.iter().map(|reason| {
        json!({
            "code": reason.found.code,
            "text": reason.text,
            "evidence": reason.found.evidence,
            "missing": reason.missing,
        })
    });
    json!({
        "verdict": name,
        "reasons": reasons.collect::<Vec<_>>(),
        "unknown": unknown,
        "sender": view.sender,
        "warnings": view.warnings,
    })
}

async fn history(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<RequestId>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(get_history(&office, session, id).await?))
}

async fn receipt(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<RequestId>,
) -> Result<HttpResponse, ApiError> {
    Ok(answers::pdf("bukti-penerimaan-salinan.pdf", request_receipt(&office, session, id).await?))
}

async fn slip(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<RequestId>,
) -> Result<HttpResponse, ApiError> {
    Ok(answers::pdf("lembar-pengawasan-arus-dokumen.pdf", routing_slip(&office, session, id).await?))
}

async fn draft_preview(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<RequestId>,
) -> Result<HttpResponse, ApiError> {
    let preview = preview(&office, session, id).await?;
    let tag = format!("\"{}\"", hex(&preview.digest)).parse().map_err(|_| problem::internal())?;
    let mut response = answers::pdf("konsep-surat.pdf", preview.rendered.pdf);
    response.headers_mut().insert(ETAG, tag);
    Ok(response)
}
