//! Decrees that are made here, and scans of decrees.

use actix_web::{
    HttpResponse,
    http::{
        Method,
        header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, LOCATION},
    },
    web::{self, Bytes, Data, Payload, Query},
};
use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::TryStreamExt;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    answers::{self, Nothing, Reason},
    documents::{SANDBOX, attachment},
    text::{self, Page, bad_cursor},
};
use crate::{
    app::{
        Office,
        decree_documents::{
            end::void_decree,
            number::number_decree,
            prepare::{RawDecree, prepare_decree},
            read::{DecreeDocumentView, decree_paper, get_decree_document, list_decree_documents},
            scan::{download_scan, upload_scan},
        },
    },
    domain::{
        ids::{DecreeDocumentId, SessionId},
        office::OfficeCode,
    },
    http::{
        Operation,
        extract::{PathId, StaffSession},
        json::Json,
        problem::ApiError,
    },
    store::decree_documents::ScanOf,
};

pub(super) fn operations() -> Vec<Operation> {
    const OF_OFFICE: &str = "/api/v1/offices/{office_code}/decree-documents";
    const SCAN: &str = "/api/v1/decree-documents/{decree_document_id}/scan";
    const RECORDED: &str = "/api/v1/decrees/{decree_id}/scan";
    let get = |id, path, register| Operation { id, method: Method::GET, path, register };
    let post = |id, path, register| Operation { id, method: Method::POST, path, register };
    vec![
        post("prepare_decree", OF_OFFICE, || web::to(prepare)),
        get("list_decree_documents", OF_OFFICE, || web::to(list)),
        get("get_decree_document", "/api/v1/decree-documents/{decree_document_id}", || web::to(see)),
        get("decree_paper", "/api/v1/decree-documents/{decree_document_id}/paper", || web::to(paper)),
        post("number_decree", "/api/v1/decree-documents/{decree_document_id}/number", || web::to(number)),
        post("void_decree", "/api/v1/decree-documents/{decree_document_id}/void", || web::to(void)),
        post("upload_decree_scan", SCAN, || web::to(upload)),
        get("download_decree_scan", SCAN, || web::to(download)),
        post("upload_recorded_scan", RECORDED, || web::to(upload_recorded)),
        get("download_recorded_scan", RECORDED, || web::to(download_recorded)),
    ]
}

async fn after(office: &Office, session: SessionId, id: DecreeDocumentId) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(get_decree_document(office, session, id).await?))
}

async fn prepare(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(code): PathId<OfficeCode>,
    Json(body): Json<RawDecree>,
) -> Result<HttpResponse, ApiError> {
    let id = prepare_decree(&office, session, code, &body).await?;
    let view = get_decree_document(&office, session, id).await?;
    let location = (LOCATION, format!("/api/v1/decree-documents/{id}"));
    Ok(HttpResponse::Created().insert_header(location).json(view))
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
    PathId(code): PathId<OfficeCode>,
    asked: Query<Asked>,
) -> Result<HttpResponse, ApiError> {
    let limit = text::limit(asked.limit)?;
    let after = match text::read_cursor(asked.cursor.as_deref())? {
        None => None,
        Some((at, id)) => {
            let at: DateTime<Utc> = at.parse().map_err(|_| ApiError::from(bad_cursor()))?;
            Some((at, DecreeDocumentId(id)))
        }
    };
    let views = list_decree_documents(&office, session, code, after, limit + 1).await?;
    let cursor = |view: &DecreeDocumentView| {
        let at = view.prepared_at.0.to_rfc3339_opts(SecondsFormat::Micros, true);
        text::cursor(&at, view.decree_document_id.0)
    };
    let page = Page::new(views, usize::try_from(limit).unwrap_or_default(), cursor, |view| view);
    Ok(HttpResponse::Ok().json(page))
}

async fn see(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<DecreeDocumentId>,
) -> Result<HttpResponse, ApiError> {
    after(&office, session, id).await
}

async fn paper(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<DecreeDocumentId>,
) -> Result<HttpResponse, ApiError> {
    Ok(answers::pdf("keputusan.pdf", decree_paper(&office, session, id).await?))
}

async fn number(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<DecreeDocumentId>,
    _: Nothing,
) -> Result<HttpResponse, ApiError> {
    number_decree(&office, session, id).await?;
    after(&office, session, id).await
}

async fn void(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<DecreeDocumentId>,
    Json(body): Json<Reason>,
) -> Result<HttpResponse, ApiError> {
    void_decree(&office, session, id, &body.line()?).await?;
    after(&office, session, id).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Facts {
    file_name: String,
}

async fn upload(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<DecreeDocumentId>,
    facts: Query<Facts>,
    body: Payload,
) -> Result<HttpResponse, ApiError> {
    upload_scan(&office, session, ScanOf::Document(id), &facts.file_name, body).await?;
    after(&office, session, id).await
}

async fn upload_recorded(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<Uuid>,
    facts: Query<Facts>,
    body: Payload,
) -> Result<HttpResponse, ApiError> {
    upload_scan(&office, session, ScanOf::Recorded(id), &facts.file_name, body).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn download(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<DecreeDocumentId>,
) -> Result<HttpResponse, ApiError> {
    send(&office, session, ScanOf::Document(id)).await
}

async fn download_recorded(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<Uuid>,
) -> Result<HttpResponse, ApiError> {
    send(&office, session, ScanOf::Recorded(id)).await
}

/// As documents leave: an attachment under a sandbox, broken off when a chunk does not open.
async fn send(office: &Office, session: SessionId, of: ScanOf) -> Result<HttpResponse, ApiError> {
    let download = download_scan(office, session, of).await?;
    let length = u64::try_from(download.scan.byte_count).unwrap_or_default();
    let chunks = Box::pin(
        download.chunks.map_ok(Bytes::from).map_err(|error| actix_web::Error::from(ApiError::from(error))),
    );
    Ok(HttpResponse::Ok()
        .content_type(download.scan.media_type)
        .insert_header((CONTENT_DISPOSITION, attachment(&download.scan.file_name)))
        .insert_header((CONTENT_SECURITY_POLICY, SANDBOX))
        .no_chunking(length)
        .streaming(chunks))
}
