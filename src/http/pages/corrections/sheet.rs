//! `/ralat/{correction_id}`: what is put right, row by row, and the letter that would be signed.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use serde::Serialize;

use crate::{
    app::corrections::read::{CorrectionSheet, preview_correction, read_correction},
    domain::ids::CorrectionId,
    http::pages::frame::{FormFaults, InPath, JUDGES, Leaf, Page, PageError, Staff, page, pdf},
};

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("correction_page", Method::GET, "/ralat/{correction_id}", JUDGES, || web::to(show)),
        page("correction_paper", Method::GET, "/ralat/{correction_id}/surat.pdf", JUDGES, || web::to(paper)),
    ]
}

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    sheet: &'a CorrectionSheet,
    pages: Vec<Leaf>,
    /// The reason for sending back, as it was typed.
    why: &'a str,
    /// Keys of what stopped an act.
    stopped: Option<&'static str>,
    faults: FormFaults,
}

pub(super) async fn draw(
    staff: &Staff,
    status: StatusCode,
    id: CorrectionId,
    why: &str,
    (faults, stopped): (FormFaults, Option<&'static str>),
) -> Result<HttpResponse, PageError> {
    let sheet = read_correction(staff.office(), staff.session(), id).await?;
    let pages = sheet.pages.iter().map(Leaf::of).collect();
    staff.show_as(status, "corrections/sheet.html", &View { sheet: &sheet, pages, why, stopped, faults })
}

async fn show(staff: Staff, InPath(id): InPath<CorrectionId>) -> Result<HttpResponse, PageError> {
    draw(&staff, StatusCode::OK, id, "", (FormFaults::default(), None)).await
}

/// With dots in place of the code.
async fn paper(staff: Staff, InPath(id): InPath<CorrectionId>) -> Result<HttpResponse, PageError> {
    let preview = preview_correction(staff.office(), staff.session(), id).await?;
    Ok(pdf("ralat-pratinjau.pdf", preview.rendered.pdf))
}
