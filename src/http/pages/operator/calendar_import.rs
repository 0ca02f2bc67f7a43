//! `/operator/kalender/impor`: the national days off of whole years, from CSV or iCalendar, or hours of counters from CSV,
//! looked at before they hold.
//!
//! Whatever came is carried on as the rows of the calendar file, so that what was looked at is what is made.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use futures_util::TryStreamExt;
use serde::Serialize;

use super::{
    calendar::{MovedView, PATH, done, moved_file},
    desk,
    row_faults::{RowLine, told},
};
use crate::{
    app::{
        AppError,
        calendar_desk::{Change, Preview, make_change, preview_change},
        registry::{
            CONSENT, Consent, Difference, Doubt, FEWEST_DAYS,
            files::{self, RowError},
        },
    },
    domain::{fault::Fault, line::Line},
    http::pages::frame::{
        FormFaults, OPERATOR, Page, PageError, ProtectedFiles, ProtectedForm, SentFiles, Staff, Typed, Visit,
        page,
    },
};

const IMPORT: &str = "/operator/kalender/impor";
/// What the version is called when no name was given.
const SOURCE: &str = "impor kalender";
const HOURS_SOURCE: &str = "impor jam loket";
/// Twenty years of a country's days off are a tenth of it.
const MOST_BYTES: usize = 128 * 1024;

pub(super) fn pages() -> Vec<Page> {
    let post = |id, path, register| page(id, Method::POST, path, OPERATOR, register);
    vec![
        page("calendar_import_form", Method::GET, IMPORT, OPERATOR, || web::to(ask)),
        post("preview_calendar_import", IMPORT, || web::to(preview)),
        post("download_moved_by_import", "/operator/kalender/impor/bergeser", || web::to(moved_by_import)),
        post("make_calendar_import", "/operator/kalender/impor/berlaku", || web::to(make)),
    ]
}

#[derive(Default, Serialize)]
struct View<'a> {
    content: &'a str,
    source: &'a str,
    known_on: &'a str,
    rows: Vec<RowLine>,
    /// Faults beyond those that are listed.
    more: usize,
    faults: FormFaults,
}

async fn ask(staff: Staff) -> Result<HttpResponse, PageError> {
    if staff.who().colleague.operator()?.office.is_some() {
        return Err(AppError::Forbidden.into());
    }
    staff.show("operator/calendar_import.html", &View::default())
}

/// What was sent, a file before what was typed.
struct Sent {
    content: String,
    source: String,
    known_on: String,
}

async fn sent(form: &mut SentFiles) -> Result<Sent, PageError> {
    let mut bytes = Vec::new();
    while let Some(mut file) = form.next_file().await? {
        while let Some(piece) = file.bytes.try_next().await.map_err(|_| PageError::WrongForm)? {
            if bytes.len() + piece.len() > MOST_BYTES {
                return Err(PageError::TooLarge);
            }
            bytes.extend_from_slice(&piece);
        }
    }
    let content = if bytes.is_empty() {
        form.typed.get("content").to_owned()
    } else {
        // A byte that is no text becomes a sign that the rows refuse by their names.
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let typed = |name| form.typed.get(name).to_owned();
    Ok(Sent { content, source: typed("source"), known_on: typed("known_on") })
}

fn wrong(
    staff: &Staff,
    sent: &Sent,
    rows: &[RowError],
    faults: FormFaults,
) -> Result<HttpResponse, PageError> {
    let (rows, more) = told(rows);
    let Sent { content, source, known_on } = sent;
    let view = View { content, source, known_on, rows, more, faults };
    staff.show_as(StatusCode::UNPROCESSABLE_ENTITY, "operator/calendar_import.html", &view)
}

fn change(content: &str, agreed: Consent) -> Result<Change, Vec<RowError>> {
    if files::is_hours(content) {
        let rows = files::hours(content.as_bytes())?;
        return Ok(Change::ManyHours { rows, source: HOURS_SOURCE.to_owned() });
    }
    let rows = files::holidays(content.as_bytes())?;
    Ok(Change::National { rows, source: SOURCE.to_owned(), consent: agreed })
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
    differences: Vec<DifferenceLine>,
    doubts: Vec<DoubtLine>,
    /// Days that a whole year has at least.
    fewest: usize,
    moved: MovedView,
    changed: bool,
    faults: FormFaults,
}

/// A day off that comes, changes or goes.
#[derive(Serialize)]
struct DifferenceLine {
    /// What becomes of it, by the key of its words.
    what: &'static str,
    on: chrono::NaiveDate,
    kind: String,
    name: String,
    /// Its name before, when that was another.
    name_before: Option<String>,
    source: String,
}

impl DifferenceLine {
    fn of(difference: Difference) -> Option<Self> {
        let Difference { before, after } = difference;
        let what = match (&before, &after) {
            (None, _) => "added",
            (Some(_), Some(_)) => "changed",
            (Some(_), None) => "removed",
        };
        let name_before = before.as_ref().map(|day| day.name.clone());
        let day = after.or(before)?;
        let name_before = name_before.filter(|name| *name != day.name);
        Some(Self { what, on: day.date, kind: day.kind, name: day.name, name_before, source: day.source })
    }
}

/// A year of which the file may hold only a part.
#[derive(Serialize)]
struct DoubtLine {
    year: i32,
    days: usize,
    lost: usize,
}

impl From<Doubt> for DoubtLine {
    fn from(doubt: Doubt) -> Self {
        Self { year: doubt.year, days: doubt.days, lost: doubt.lost.len() }
    }
}

/// Why a preview is shown again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    No,
    /// The calendar is another one since.
    Changed,
    /// Nobody consented to what is doubtful about the file.
    Unconfirmed,
}

async fn preview(visit: Visit, form: ProtectedFiles) -> Result<HttpResponse, PageError> {
    let (staff, mut form) = form.from_staff(&visit).await?;
    let sent = sent(&mut form).await?;
    let mut faults = FormFaults::default();
    if sent.content.trim().is_empty() {
        faults.add("content", staff.say("op.cal.nothing", &[]));
        return wrong(&staff, &sent, &[], faults);
    }
    if !files::is_ics(&sent.content) {
        return try_out(&staff, &sent, &sent.content).await;
    }
    let source: Option<Line<200>> = faults.line(&staff, "source", &sent.source);
    let known_on = match sent.known_on.as_str() {
        "" => Some(None),
        day => day.parse().ok().map(Some),
    };
    if known_on.is_none() {
        faults.add("known_on", staff.say("e.any.date", &[]));
    }
    match (source.zip(known_on), files::holidays_of_ics(&sent.content, &sent.source, known_on.flatten())) {
        (Some(_), Ok(rows)) => {
            let entries = rows.iter().map(|row| &row.value);
            try_out(&staff, &sent, &files::holidays_as_csv(entries)?).await
        }
        (_, read) => wrong(&staff, &sent, &read.err().unwrap_or_default(), faults),
    }
}

/// What these rows would move, or what is wrong with them.
async fn try_out(staff: &Staff, sent: &Sent, content: &str) -> Result<HttpResponse, PageError> {
    let change = match change(content, Consent::Missing) {
        Ok(change) => change,
        Err(rows) => return wrong(staff, sent, &rows, FormFaults::default()),
    };
    match preview_change(staff.office(), desk(staff), &change).await {
        Ok(preview) => shown(staff, content, preview, Again::No),
        // iCalendar has no place for it: it was typed beside the file.
        Err(AppError::Invalid(told))
            if files::is_ics(&sent.content)
                && told.iter().all(|fault| fault.pointer.ends_with("/known_on")) =>
        {
            let mut faults = FormFaults::default();
            faults.add("known_on", staff.say("op.row.known_on", &[]));
            wrong(staff, sent, &[], faults)
        }
        Err(AppError::Invalid(told)) => {
            let rows: Vec<RowError> = told.iter().map(of_row).collect();
            wrong(staff, sent, &rows, FormFaults::default())
        }
        Err(error) => Err(error.into()),
    }
}

/// Rows that were looked at before.
async fn look_again(staff: &Staff, content: &str, why: Again) -> Result<HttpResponse, PageError> {
    let change = change(content, Consent::Missing).map_err(|_| PageError::WrongForm)?;
    shown(staff, content, preview_change(staff.office(), desk(staff), &change).await?, why)
}

/// A fault that the act found in a row.
fn of_row(fault: &Fault) -> RowError {
    let mut parts = fault.pointer.split('/').skip(2);
    let row = parts.next().and_then(|row| row.parse().ok()).unwrap_or(1);
    RowError { row, column: parts.next().unwrap_or_default().to_owned(), message: fault.detail.clone() }
}

fn shown(staff: &Staff, content: &str, preview: Preview, again: Again) -> Result<HttpResponse, PageError> {
    let made = preview.made;
    let mut faults = FormFaults::default();
    if again == Again::Unconfirmed {
        faults.add("consent", staff.say("op.cal.consent.missing", &[]));
    }
    let view = PreviewView {
        content,
        version: preview.version,
        years: made.years.into_iter().collect(),
        added: made.days.added,
        different: made.days.changed,
        unchanged: made.days.unchanged,
        removed: made.removed,
        differences: made.differences.into_iter().filter_map(DifferenceLine::of).collect(),
        doubts: made.doubts.into_iter().map(DoubtLine::from).collect(),
        fewest: FEWEST_DAYS,
        moved: MovedView::of(made.moved),
        changed: again == Again::Changed,
        faults,
    };
    let status = match again {
        Again::No => StatusCode::OK,
        Again::Changed => StatusCode::CONFLICT,
        Again::Unconfirmed => StatusCode::UNPROCESSABLE_ENTITY,
    };
    staff.show_as(status, "operator/calendar_import_preview.html", &view)
}

/// Every request that the rows would move, as a file.
async fn moved_by_import(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let change = change(sent.typed.get("content"), Consent::Missing).map_err(|_| PageError::WrongForm)?;
    Ok(moved_file(&preview_change(staff.office(), desk(&staff), &change).await?.made.moved)?)
}

async fn make(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let content = sent.typed.get("content");
    let version = sent.typed.get("version").parse().map_err(|_| PageError::WrongForm)?;
    let agreed = if sent.typed.get("consent") == "yes" { Consent::Given } else { Consent::Missing };
    let change = change(content, agreed).map_err(|_| PageError::WrongForm)?;
    match make_change(staff.office(), desk(&staff), &change, version).await {
        Ok(made) => staff.go_saying(PATH, &done(&made)),
        Err(AppError::Stale) => look_again(&staff, content, Again::Changed).await,
        Err(AppError::Invalid(faults)) if faults.iter().all(|fault| fault.pointer == CONSENT) => {
            look_again(&staff, content, Again::Unconfirmed).await
        }
        Err(error) => Err(error.into()),
    }
}
