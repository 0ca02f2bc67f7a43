//! Acts on the screen of a request that need no page of their own.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, http::Method, web};

use super::{
    super::InPath,
    screen::{Told, answer},
};
use crate::{
    app::{
        AppError,
        examination::{claim::claim, reassign::reassign, release::release, waive::waive},
        officer_desk::{check::check, note::note},
    },
    domain::{
        checklist::{Item, Mark},
        ids::RequestId,
        line::Line,
    },
    http::pages::frame::{
        Access, Flash, OFFICER, Page, PageError, ProtectedForm, SECTION_HEAD, Typed, Visit, WORKS, page,
    },
};

pub(super) fn pages() -> Vec<Page> {
    let post = |id, path, access: Access, register| page(id, Method::POST, path, access, register);
    vec![
        post("claim_request", "/permohonan/{request_id}/ambil", OFFICER, || web::to(take)),
        post("release_request", "/permohonan/{request_id}/lepas", WORKS, || web::to(put_back)),
        post("reassign_request", "/permohonan/{request_id}/alihkan", WORKS, || web::to(give)),
        post("check_papers", "/permohonan/{request_id}/periksa", OFFICER, || web::to(judge)),
        post("note_on_request", "/permohonan/{request_id}/catatan", WORKS, || web::to(write)),
        post("waive_document", "/permohonan/{request_id}/bebaskan", SECTION_HEAD, || web::to(let_off)),
    ]
}

/// The version of the request that the page showed.
pub(super) fn version(typed: &Typed) -> Option<i32> {
    typed.get("version").parse().ok()
}

async fn take(
    visit: Visit,
    InPath(id): InPath<RequestId>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, _) = form.from_staff(&visit)?;
    // Without a version: whoever is first has it, whatever else changed meanwhile.
    let done = claim(staff.office(), staff.session(), id, None).await;
    answer(&staff, id, done, &Flash::done("claim.done"), Told::default()).await
}

async fn put_back(
    visit: Visit,
    InPath(id): InPath<RequestId>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let done = release(staff.office(), staff.session(), id, version(&sent.typed)).await;
    answer(&staff, id, done, &Flash::done("release.done"), Told::default()).await
}

async fn give(
    visit: Visit,
    InPath(id): InPath<RequestId>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let reason = sent.typed.get("reason");
    let line =
        Line::<500>::parse(reason).map_err(|error| AppError::fault("/reason", error.code(), &error.detail()));
    let officer = sent.typed.get("officer_id").parse();
    let done = match (line, officer) {
        (Err(fault), _) => Err(fault),
        (Ok(_), Err(_)) => {
            Err(AppError::fault("/officer_id", "required", &staff.say("reassign.nobody", &[])))
        }
        (Ok(line), Ok(officer)) => {
            let seen = version(&sent.typed);
            reassign(staff.office(), staff.session(), id, officer, &line, seen).await
        }
    };
    let told = Told {
        reason: reason.to_owned(),
        typed: kept(&staff.say("reassign.reason", &[]), reason),
        ..Told::default()
    };
    answer(&staff, id, done, &Flash::done("reassign.done"), told).await
}

/// What was typed, for an act that cannot be done any more.
fn kept(label: &str, text: &str) -> Vec<(String, String)> {
    if text.is_empty() { Vec::new() } else { vec![(label.to_owned(), text.to_owned())] }
}

async fn judge(
    visit: Visit,
    InPath(id): InPath<RequestId>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let marks: BTreeMap<Item, Mark> = sent
        .typed
        .starting("item-")
        .filter_map(|(item, mark)| Some((item.parse().ok()?, mark.parse().ok()?)))
        .collect();
    let done = check(staff.office(), staff.session(), id, &marks).await;
    answer(&staff, id, done, &Flash::done("check.done"), Told::default()).await
}

async fn write(
    visit: Visit,
    InPath(id): InPath<RequestId>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let text = sent.typed.get("note");
    let done = note(staff.office(), staff.session(), id, text).await;
    let told = Told { note: text.to_owned(), ..Told::default() };
    answer(&staff, id, done, &Flash::done("note.done"), told).await
}

async fn let_off(
    visit: Visit,
    InPath(id): InPath<RequestId>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let reason = sent.typed.get("waive_reason");
    let line = Line::<500>::parse(reason)
        .map_err(|error| AppError::fault("/waive_reason", error.code(), &error.detail()));
    let done = match (line, sent.typed.get("document").parse()) {
        (Err(fault), _) => Err(fault),
        (Ok(_), Err(_)) => Err(AppError::NotFound("document")),
        (Ok(line), Ok(document)) => {
            let seen = version(&sent.typed);
            waive(staff.office(), staff.session(), id, document, &line, seen).await
        }
    };
    let told = Told { typed: kept(&staff.say("waive.reason", &[]), reason), ..Told::default() };
    answer(&staff, id, done, &Flash::done("waive.done"), told).await
}
