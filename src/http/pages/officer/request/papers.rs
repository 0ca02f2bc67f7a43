//! Papers that are made from a request: the draft as a letter, the receipt, the routing slip.

use actix_web::{HttpResponse, http::Method, web};

use super::super::InPath;
use crate::{
    app::{
        examination::draft::preview,
        views::{receipt_pdf::request_receipt, routing_slip::routing_slip},
    },
    domain::ids::RequestId,
    http::pages::frame::{COUNTER, JUDGES, Page, PageError, Staff, WORKS, page, pdf},
};

pub(super) fn pages() -> Vec<Page> {
    let get = |id, path, access, register| page(id, Method::GET, path, access, register);
    vec![
        get("request_draft_paper", "/permohonan/{request_id}/konsep.pdf", JUDGES, || web::to(draft)),
        get("request_receipt_paper", "/permohonan/{request_id}/tanda-terima.pdf", COUNTER, || {
            web::to(receipt)
        }),
        get("request_slip_paper", "/permohonan/{request_id}/lembar-pengawasan.pdf", WORKS, || web::to(slip)),
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
