//! Documents: streamed in, thrown away, streamed out.

use actix_web::{
    HttpResponse,
    http::{
        Method,
        header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY},
    },
    web::{self, Bytes, Data, Payload, Query},
};
use futures_util::TryStreamExt;
use serde::Deserialize;
use serde_json::json;

use crate::{
    app::{
        Office,
        documents::{UploadError, discard_document, download_document, upload_document},
    },
    domain::{ids::DocumentId, names::DocumentKind},
    http::{
        Operation,
        extract::{Bearer, PathId, StaffSession},
        problem::{self, ApiError},
    },
};

/// Nothing in an uploaded file may run or load, even when a browser opens it.
pub(super) const SANDBOX: &str = "default-src 'none'; sandbox";

pub(super) fn operations() -> Vec<Operation> {
    const ONE: &str = "/api/v1/documents/{document_id}";
    vec![
        Operation {
            id: "upload_document",
            method: Method::POST,
            path: "/api/v1/documents",
            register: || web::to(upload),
        },
        Operation {
            id: "discard_document",
            method: Method::DELETE,
            path: ONE,
            register: || web::to(discard),
        },
        Operation { id: "download_document", method: Method::GET, path: ONE, register: || web::to(download) },
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Facts {
    kind: DocumentKind,
    file_name: String,
}

async fn upload(
    office: Data<Office>,
    Bearer(caller): Bearer,
    facts: Query<Facts>,
    body: Payload,
) -> Result<HttpResponse, ApiError> {
    let document = upload_document(&office, &caller, facts.kind, &facts.file_name, body).await?;
    Ok(HttpResponse::Created().json(json!({
        "id": document.id,
        "kind": document.kind,
        "media_type": document.media_type,
        "byte_count": document.byte_count,
        "sha256": hex(&document.sha256),
        "file_name": document.file_name,
    })))
}

impl std::convert::From<UploadError> for ApiError {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::App(error) => error.into(),
            UploadError::BrokenOff => problem::unreadable_request().into(),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut out, byte| {
        // Writing into a String cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

async fn discard(
    office: Data<Office>,
    Bearer(caller): Bearer,
    PathId(id): PathId<DocumentId>,
) -> Result<HttpResponse, ApiError> {
    discard_document(&office, &caller, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn download(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<DocumentId>,
) -> Result<HttpResponse, ApiError> {
    let download = download_document(&office, session, id).await?;
    let length = u64::try_from(download.document.byte_count).unwrap_or_default();
    // An error in the middle breaks the connection off, which the reader sees by the length.
    let chunks = Box::pin(
        download.chunks.map_ok(Bytes::from).map_err(|error| actix_web::Error::from(ApiError::from(error))),
    );
    Ok(HttpResponse::Ok()
        .content_type(download.document.media_type)
        .insert_header((CONTENT_DISPOSITION, attachment(&download.document.file_name)))
        .insert_header((CONTENT_SECURITY_POLICY, SANDBOX))
        .no_chunking(length)
        .streaming(chunks))
}

/// RFC 6266 with the name of RFC 5987, and a plain name for readers that do not know it.
pub(super) fn attachment(file_name: &str) -> String {
    let plain: String = file_name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' })
        .collect();
    let mut encoded = String::new();
    for byte in file_name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&hex(&[byte]).to_uppercase());
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_cannot_leave_its_header() {
        assert_eq!(
            attachment("surat \"é\".pdf"),
            "attachment; filename=\"surat ___.pdf\"; filename*=UTF-8''surat%20%22%C3%A9%22.pdf"
        );
    }
}
