//! `/operator/kalender/impor`: the national days off of whole years, looked at before they hold.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use serde::Serialize;

use super::{
    calendar::{MovedView, PATH, done},
    desk,
    row_faults::{RowLine, told},
};
use crate::{
    app::{
        AppError,
        calendar_desk::{Change, make_change, preview_change},
        registry::files::{self, RowError},
    },
    http::pages::frame::{OPERATOR, Page, PageError, ProtectedForm, Staff, Typed, Visit, page},
};

const IMPORT: &str = "/operator/kalender/impor";
/// What the version is called when no name was given.
const SOURCE: &str = "impor kalender";

pub(super) fn pages() -> Vec<Page> {
    let post = |id, path, register| page(id, Method::POST, path, OPERATOR, register);
    vec![
        page("calendar_import_form", Method::GET, IMPORT, OPERATOR, || web::to(ask)),
        post("preview_calendar_import", IMPORT, || web::to(preview)),
        post("make_calendar_import", "/operator/kalender/impor/berlaku", || web::to(make)),
    ]
}

#[derive(Serialize)]
struct View<'a> {
    content: &'a str,
    faults: Vec<RowLine>,
    /// Faults beyond those that are listed.
    more: usize,
    empty: bool,
}

async fn ask(staff: Staff) -> Result<HttpResponse, PageError> {
    if staff.who().colleague.operator()?.office.is_some() {
        return Err(AppError::Forbidden.into());
    }
    let view = View { content: "", faults: Vec::new(), more: 0, empty: false };
    staff.show("operator/calendar_import.html", &view)
}

fn wrong(staff: &Staff, content: &str, faults: &[RowError]) -> Result<HttpResponse, PageError> {
    let (faults, more) = told(faults);
    let view = View { content, faults, more, empty: content.trim().is_empty() };
    staff.show_as(StatusCode::UNPROCESSABLE_ENTITY, "operator/calendar_import.html", &view)
}

fn change(content: &str) -> Result<Change, Vec<RowError>> {
    let rows = files::holidays(content.as_bytes())?;
    Ok(Change::National { rows, source: SOURCE.to_owned() })
}

#[derive(Serialize)]
struct PreviewView<'a> {
    content: &'a str,
    version: i64,
    years: Vec<i32>,
    added: u64,
    different: u64,
    unchanged: u64,
    removed: u64,
    moved: MovedView,
    changed: bool,
}

async fn preview(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    look(&staff, sent.typed.get("content"), false).await
}

async fn look(staff: &Staff, content: &str, changed: bool) -> Result<HttpResponse, PageError> {
    let change = match change(content) {
        Ok(change) => change,
        Err(faults) => return wrong(staff, content, &faults),
    };
    let preview = preview_change(staff.office(), desk(staff), &change).await?;
    let made = preview.made;
    let view = PreviewView {
        content,
        version: preview.version,
        years: made.years.into_iter().collect(),
        added: made.days.added,
        different: made.days.changed,
        unchanged: made.days.unchanged,
        removed: made.removed,
        moved: MovedView::of(made.moved),
        changed,
    };
    let status = if changed { StatusCode::CONFLICT } else { StatusCode::OK };
    staff.show_as(status, "operator/calendar_import_preview.html", &view)
}

async fn make(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let content = sent.typed.get("content");
    let version = sent.typed.get("version").parse().map_err(|_| PageError::WrongForm)?;
    let change = match change(content) {
        Ok(change) => change,
        Err(faults) => return wrong(&staff, content, &faults),
    };
    match make_change(staff.office(), desk(&staff), &change, version).await {
        Ok(made) => staff.go_saying(PATH, &done(&made)),
        Err(AppError::Stale) => look(&staff, content, true).await,
        Err(error) => Err(error.into()),
    }
}
