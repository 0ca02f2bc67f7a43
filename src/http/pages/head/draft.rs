//! `/tanda-tangan/{request_id}`: the letter of one draft, what it rests on, and the two acts on it.

use actix_web::{
    HttpResponse,
    http::{
        Method, StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY},
    },
    web,
};
use serde::Serialize;

use super::{PATH, confirm::choices, outcome::go_on};
use crate::{
    app::{
        AppError,
        examination::{draft::preview, send_back::send_back},
        signing::read_draft::{DraftToSign, read_draft},
    },
    domain::ids::RequestId,
    http::{
        headers::API_POLICY,
        pages::frame::{
            Flash, FormFaults, InPath, Leaf, Page, PageError, ProtectedForm, SECTION_HEAD, Sent, Staff,
            Typed, Visit, page,
        },
    },
};

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("draft_to_sign", Method::GET, "/tanda-tangan/{request_id}", SECTION_HEAD, || web::to(show)),
        page("draft_to_sign_pdf", Method::GET, "/tanda-tangan/{request_id}/surat.pdf", SECTION_HEAD, || {
            web::to(pdf)
        }),
        page(
            "send_back_on_page",
            Method::POST,
            "/tanda-tangan/{request_id}/kirim-balik",
            SECTION_HEAD,
            || web::to(back),
        ),
    ]
}

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    draft: &'a DraftToSign,
    pages: Vec<Leaf>,
    /// The reason for sending back, as it was typed.
    reason: &'a str,
    /// The causes to choose from when it is overdue.
    causes: Vec<(String, String)>,
    faults: FormFaults,
}

/// The page of a draft; `None` for one that waits no more.
async fn drawn(
    staff: &Staff,
    id: RequestId,
    reason: &str,
    faults: FormFaults,
) -> Result<Option<HttpResponse>, PageError> {
    let draft = match read_draft(staff.office(), staff.session(), id).await {
        Err(AppError::NotFound("draft")) => return Ok(None),
        other => other?,
    };
    let pages = draft.pages.iter().map(Leaf::of).collect();
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let causes = if draft.overdue { choices(staff).await? } else { Vec::new() };
    let view = View { draft: &draft, pages, reason, causes, faults };
    staff.show_as(status, "head/draft.html", &view).map(Some)
}

async fn show(staff: Staff, InPath(id): InPath<RequestId>) -> Result<HttpResponse, PageError> {
    match drawn(&staff, id, "", FormFaults::default()).await? {
        Some(page) => Ok(page),
        // Somebody was faster: the desk says who.
        None => go_on(&staff, id),
    }
}

/// The same letter as a file. Opened beside the page, never inside of it.
async fn pdf(staff: Staff, InPath(id): InPath<RequestId>) -> Result<HttpResponse, PageError> {
    staff.who().colleague.section_head()?;
    let preview = preview(staff.office(), staff.session(), id).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header((CONTENT_DISPOSITION, "inline; filename=\"konsep.pdf\""))
        .insert_header((CONTENT_SECURITY_POLICY, API_POLICY))
        .body(preview.rendered.pdf))
}

async fn back(
    visit: Visit,
    InPath(id): InPath<RequestId>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, Sent { typed, .. }) = form.from_staff(&visit)?;
    let text = typed.get("reason");
    let mut faults = FormFaults::default();
    let reason = if text.is_empty() {
        faults.add("reason", staff.say("head.back.missing", &[]));
        None
    } else {
        faults.line(&staff, "reason", text)
    };
    let Some(reason) = reason else {
        return match drawn(&staff, id, text, faults).await? {
            Some(page) => Ok(page),
            None => go_on(&staff, id),
        };
    };
    // What is sent back is the version that was read.
    let version = typed.get("version").parse().map_err(|_| PageError::WrongForm)?;
    match send_back(staff.office(), staff.session(), id, &reason, Some(version)).await {
        Ok(()) => staff.go_saying(PATH, &Flash::done("head.back.done").with("nomor", typed.get("receipt"))),
        Err(AppError::NotPossible { .. } | AppError::Stale) => go_on(&staff, id),
        Err(error) => Err(error.into()),
    }
}
