//! Papers that are made from a request: the draft as a letter, the receipt, the routing slip.

use actix_web::{
    HttpResponse,
    http::{
        Method,
        header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS},
    },
    web,
};

use super::super::InPath;
use crate::{
    app::{
        examination::draft::preview,
        views::{receipt_pdf::request_receipt, routing_slip::routing_slip},
    },
    domain::ids::RequestId,
    http::pages::frame::{Page, PageError, Staff, WORKS, page},
};

pub(super) fn pages() -> Vec<Page> {
    let get = |id, path, register| page(id, Method::GET, path, WORKS, register);
    vec![
        get("request_draft_paper", "/permohonan/{request_id}/konsep.pdf", || web::to(draft)),
        get("request_receipt_paper", "/permohonan/{request_id}/tanda-terima.pdf", || web::to(receipt)),
        get("request_slip_paper", "/permohonan/{request_id}/lembar-pengawasan.pdf", || web::to(slip)),
    ]
}

async fn draft(staff: Staff, InPath(id): InPath<RequestId>) -> Result<HttpResponse, PageError> {
    let preview = preview(staff.office(), staff.session(), id).await?;
    Ok(pdf("konsep-surat.pdf", preview.rendered.pdf))
}

async fn receipt(staff: Staff, InPath(id): InPath<RequestId>) -> Result<HttpResponse, PageError> {
    Ok(pdf("tanda-terima.pdf", request_receipt(staff.office(), staff.session(), id).await?))
}

async fn slip(staff: Staff, InPath(id): InPath<RequestId>) -> Result<HttpResponse, PageError> {
    Ok(pdf("lembar-pengawasan.pdf", routing_slip(staff.office(), staff.session(), id).await?))
}

/// A paper of ours, opened in the browser; only our own pages may frame it.
fn pdf(name: &str, bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header((CONTENT_DISPOSITION, format!("inline; filename=\"{name}\"")))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'self'"))
        .insert_header((X_FRAME_OPTIONS, "SAMEORIGIN"))
        .body(bytes)
}
