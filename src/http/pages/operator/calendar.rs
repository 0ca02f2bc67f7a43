//! `/operator/kalender`: a year of an office, and changes that are looked at before they are made.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode, header::CONTENT_DISPOSITION},
    web,
    web::Query,
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    account::days,
    desk,
    faults::in_words,
    path_id,
    year_grid::{Month, months},
    zone,
};
use crate::{
    app::{
        AppError,
        calendar_coverage::coverage,
        calendar_desk::{Change, Made, make_change, moved_as_csv, preview_change, see_year, year_file},
        recompute_due_dates::Moved,
        registry::HolidayEntry,
        views::parts::AtOffice,
    },
    domain::{
        fault::{Fault, Faults},
        line::Line,
        office::OfficeCode,
        working_days::{Blocks, BlocksError, CLOSES_AT, DayOff, DayOffKind, SpecialHours, Weekdays},
    },
    http::pages::frame::{
        Flash, FormFaults, OPERATOR, Page, PageError, ProtectedForm, Staff, Typed, Visit, page,
    },
};

pub(super) const PATH: &str = "/operator/kalender";
/// Stands in addresses for all offices.
const COUNTRY: &str = "indonesia";
/// Most moved requests that a preview lists.
const LISTED: usize = 100;

pub(super) fn pages() -> Vec<Page> {
    let get = |id, path, register| page(id, Method::GET, path, OPERATOR, register);
    let post = |id, path, register| page(id, Method::POST, path, OPERATOR, register);
    vec![
        get("operator_calendar", PATH, || web::to(country)),
        get("office_calendar", "/operator/kalender/{office}", || web::to(show)),
        get("download_calendar", "/operator/kalender/unduh/{year}", || web::to(download)),
        post("preview_calendar_change", "/operator/kalender/{office}/pratinjau", || web::to(preview)),
        post("download_moved_by_change", "/operator/kalender/{office}/bergeser", || web::to(moved_by_change)),
        post("make_calendar_change", "/operator/kalender/{office}/berlaku", || web::to(make)),
    ]
}

#[derive(Deserialize)]
struct Asked {
    tahun: Option<i32>,
}

#[derive(Serialize)]
struct View<'a> {
    /// `None`: the whole country.
    office: Option<OfficeCode>,
    name: &'a str,
    year: i32,
    complete: bool,
    /// The end of what is known comes near.
    ends: Option<Ends>,
    version: i64,
    changed_at: Option<AtOffice>,
    /// The hours of every day without others.
    usual: String,
    months: Vec<Month>,
    days: Vec<DayLine>,
    hours: Vec<HoursLine>,
    counts: Counts,
    /// Whether national days are imported by whoever looks.
    imports: bool,
    typed: Shown<'a>,
    faults: FormFaults,
}

/// When the known days end, and which year is missing.
#[derive(Serialize)]
struct Ends {
    days_left: i64,
    next: i32,
}

#[derive(Serialize)]
struct Counts {
    national: usize,
    joint_leave: usize,
    closure: usize,
}

#[derive(Serialize)]
struct DayLine {
    id: i64,
    on: NaiveDate,
    kind: &'static str,
    name: String,
    source: String,
    known_on: NaiveDate,
}

#[derive(Serialize)]
struct HoursLine {
    id: i64,
    from: NaiveDate,
    until: NaiveDate,
    /// Weekdays by their keys; none: every weekday.
    weekdays: Vec<&'static str>,
    blocks: String,
    name: String,
    source: String,
    known_on: NaiveDate,
    own: bool,
}

/// What was typed into the forms of the page.
#[derive(Serialize)]
struct Shown<'a> {
    act: &'a str,
    /// Of a national day.
    kind: &'a str,
    from_on: &'a str,
    until_on: &'a str,
    /// Numbers of weekdays.
    weekdays: Vec<&'a str>,
    blocks: &'a str,
    name: &'a str,
    source: &'a str,
    known_on: &'a str,
}

impl<'a> Shown<'a> {
    fn of(typed: &'a Typed) -> Self {
        Self {
            act: typed.get("act"),
            kind: typed.get("kind"),
            from_on: typed.get("from_on"),
            until_on: typed.get("until_on"),
            weekdays: typed.all("weekdays").collect(),
            blocks: typed.get("blocks"),
            name: typed.get("name"),
            source: typed.get("source"),
            known_on: typed.get("known_on"),
        }
    }
}

/// The year of the address, or the present one at the office.
fn year_asked(staff: &Staff, asked: Option<i32>) -> i32 {
    use chrono::Datelike;
    let now = staff.office().now().with_timezone(&zone(staff)).year();
    asked.filter(|year| (2000..=2200).contains(year)).unwrap_or(now)
}

/// Who looks after one office is led to its calendar; the others see what holds for the whole country.
async fn country(staff: Staff, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    if let Some(own) = staff.who().colleague.operator()?.office {
        return Ok(staff.go(&format!("{PATH}/{own}")));
    }
    let year = year_asked(&staff, asked.tahun);
    draw(&staff, StatusCode::OK, None, year, &Typed::default(), FormFaults::default()).await
}

async fn show(staff: Staff, request: HttpRequest, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let year = year_asked(&staff, asked.tahun);
    let code = path_id(&request)?;
    draw(&staff, StatusCode::OK, Some(code), year, &Typed::default(), FormFaults::default()).await
}

/// The national days off of a year, in the form that the import takes.
async fn download(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let year: i32 = path_id(&request)?;
    let file = year_file(staff.office(), desk(&staff), year).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"hari-libur-{year}.csv\"")))
        .body(file))
}

async fn draw(
    staff: &Staff,
    status: StatusCode,
    code: Option<OfficeCode>,
    year: i32,
    typed: &Typed,
    faults: FormFaults,
) -> Result<HttpResponse, PageError> {
    let seen = see_year(staff.office(), desk(staff), code, year).await?;
    let (reach, next) = coverage(staff.office()).await?;
    let zone = seen.office.as_ref().map_or_else(|| zone(staff), |office| office.zone);
    let today = staff.office().now().with_timezone(&zone).date_naive();
    let of_kind = |kind| seen.year.days.iter().filter(|known| known.day.kind == kind).count();
    let counts = Counts {
        national: of_kind(DayOffKind::National),
        joint_leave: of_kind(DayOffKind::JointLeave),
        closure: of_kind(DayOffKind::Closure),
    };
    let months = months(year, today, seen.year.days.iter().map(|known| &known.day));
    let view = View {
        office: code,
        name: seen.office.as_ref().map_or("", |office| &office.name),
        year,
        complete: seen.year.complete,
        ends: reach.is_short().then_some(Ends { days_left: reach.days_left, next }),
        version: seen.year.version,
        changed_at: seen.year.changed_at.map(|at| AtOffice(at, zone)),
        usual: Blocks::until(CLOSES_AT).to_string(),
        months,
        days: seen
            .year
            .days
            .into_iter()
            .map(|known| DayLine {
                id: known.id,
                on: known.day.date,
                kind: known.day.kind.as_str(),
                name: known.day.name,
                source: known.day.source,
                known_on: known.known_on,
            })
            .collect(),
        hours: seen
            .year
            .hours
            .into_iter()
            .map(|known| HoursLine {
                id: known.id,
                from: known.hours.from,
                until: known.hours.until,
                weekdays: weekday_keys(known.hours.weekdays),
                blocks: known.hours.blocks.to_string(),
                name: known.hours.name,
                source: known.source,
                known_on: known.known_on,
                own: known.own,
            })
            .collect(),
        counts,
        imports: super::accounts::everywhere(staff),
        typed: Shown::of(typed),
        faults,
    };
    staff.show_as(status, "operator/calendar.html", &view)
}

/// The keys of weekdays in the catalogue; none for all of them.
fn weekday_keys(weekdays: Weekdays) -> Vec<&'static str> {
    const KEYS: [&str; 5] = ["mon", "tue", "wed", "thu", "fri"];
    if weekdays == Weekdays::ALL {
        return Vec::new();
    }
    let numbers = weekdays.numbers();
    KEYS.into_iter().zip(1..).filter(|(_, number)| numbers.contains(number)).map(|(key, _)| key).collect()
}

/// The change that a form asks for; every fault of it at once. Without an office: of the whole country.
fn change_of(office: Option<OfficeCode>, typed: &Typed) -> Result<Change, AppError> {
    let id = || typed.get("id").parse().map_err(|_| AppError::NotFound("closure"));
    let one_office = || office.ok_or(AppError::NotFound("office"));
    match typed.get("act") {
        "reopen" => Ok(Change::Reopen { office: one_office()?, day: id()? }),
        "end_hours" => Ok(Change::EndHours { office, hours: id()? }),
        "national" if office.is_none() => national_day(typed),
        act => {
            let mut faults = Faults::default();
            let period = days(typed, ["from_on", "until_on"]);
            if let Err(AppError::Invalid(wrong)) = &period {
                for fault in wrong {
                    faults.add(fault.pointer.clone(), "date", fault.detail.clone());
                }
            }
            let name = line::<100>(typed, "name", &mut faults);
            let source = line::<200>(typed, "source", &mut faults);
            let known_on = known_on(typed, &mut faults);
            let hours = if act == "hours" { hours_of(typed, &mut faults) } else { None };
            match (period, name, source) {
                (Ok([from, until]), Some(name), Some(source)) if faults.is_empty() => Ok(match hours {
                    Some((weekdays, blocks)) => {
                        let hours = SpecialHours { from, until, weekdays, blocks, name };
                        Change::Hours { office, hours, source, known_on }
                    }
                    None => Change::Close { office: one_office()?, from, until, name, source, known_on },
                }),
                _ => Err(AppError::Invalid(faults.into_vec())),
            }
        }
    }
}

/// One day off more for the whole country; every fault of it at once.
fn national_day(typed: &Typed) -> Result<Change, AppError> {
    let mut faults = Faults::default();
    let date = match days(typed, ["from_on"]) {
        Ok([date]) => Some(date),
        Err(AppError::Invalid(wrong)) => {
            for fault in wrong {
                faults.add(fault.pointer, "date", fault.detail);
            }
            None
        }
        Err(error) => return Err(error),
    };
    let kind = DayOffKind::parse(typed.get("kind")).filter(|kind| *kind != DayOffKind::Closure);
    if kind.is_none() {
        faults.add("/kind", "required", "Pilih libur nasional atau cuti bersama.");
    }
    let name = line::<100>(typed, "name", &mut faults);
    let source = line::<200>(typed, "source", &mut faults);
    let known_on = known_on(typed, &mut faults);
    match (date, kind, name, source) {
        (Some(date), Some(kind), Some(name), Some(source)) if faults.is_empty() => {
            let day = DayOff { date, kind, name, source };
            Ok(Change::AddNational { entry: HolidayEntry { day, known_on } })
        }
        _ => Err(AppError::Invalid(faults.into_vec())),
    }
}

/// The day since when it is known, if one was typed.
fn known_on(typed: &Typed, faults: &mut Faults) -> Option<NaiveDate> {
    let known_on = typed.get("known_on");
    let known_on = if known_on.is_empty() { None } else { Some(known_on.parse()) };
    if matches!(known_on, Some(Err(_))) {
        faults.add("/known_on", "date", "Isi tanggal, misalnya 2026-07-15.");
    }
    known_on.and_then(Result::ok)
}

/// On which weekdays, and when, the counter is open.
fn hours_of(typed: &Typed, faults: &mut Faults) -> Option<(Weekdays, Blocks)> {
    let numbers: Vec<&str> = typed.all("weekdays").filter(|text| !text.is_empty()).collect();
    let weekdays = numbers.join(",").parse::<Weekdays>().ok();
    if weekdays.is_none() {
        faults.add("/weekdays", "required", "Pilih sedikitnya satu hari.");
    }
    let blocks = typed.get("blocks").parse::<Blocks>();
    if let Err(error) = &blocks {
        let code = match error {
            BlocksError::Form => "form",
            BlocksError::Order => "order",
            BlocksError::TooMany => "too_many",
        };
        faults.add("/blocks", code, "Isi jam, misalnya 08.00-12.00, 13.00-16.00.");
    }
    weekdays.zip(blocks.ok())
}

fn line<const MAX: usize>(typed: &Typed, name: &str, faults: &mut Faults) -> Option<String> {
    let line = Line::<MAX>::parse(typed.get(name)).map_err(|error| (error.code(), error.detail()));
    faults.take(&format!("/{name}"), line).map(String::from)
}

/// What a preview shows of the requests that move.
#[derive(Serialize)]
pub(super) struct MovedView {
    pub count: usize,
    /// Those that had waited for the calendar.
    pub awaited: usize,
    /// Those that were overdue and would not be any more.
    pub no_longer_overdue: usize,
    pub rows: Vec<MovedLine>,
}

#[derive(Serialize)]
pub(super) struct MovedLine {
    receipt_number: String,
    old_due_on: Option<NaiveDate>,
    new_due_on: NaiveDate,
}

impl MovedView {
    pub(super) fn of(moved: Vec<Moved>) -> Self {
        Self {
            count: moved.len(),
            awaited: moved.iter().filter(|one| one.old_due_on.is_none()).count(),
            no_longer_overdue: moved.iter().filter(|one| one.no_longer_overdue).count(),
            rows: moved
                .into_iter()
                .take(LISTED)
                .map(|one| MovedLine {
                    receipt_number: one.receipt_number,
                    old_due_on: one.old_due_on,
                    new_due_on: one.new_due_on,
                })
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct PreviewView<'a> {
    /// The code of the office, or the word for all of them.
    place: String,
    back: String,
    year: i32,
    version: i64,
    fields: Vec<(&'a str, &'a str)>,
    typed: Shown<'a>,
    moved: MovedView,
    /// The calendar changed since it was looked at.
    changed: bool,
}

async fn preview(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    look(&staff, place_of(&request)?, &sent.typed, false).await
}

/// The place of an address: an office, or the whole country.
fn place_of(request: &HttpRequest) -> Result<Option<OfficeCode>, PageError> {
    if request.match_info().get("office") == Some(COUNTRY) {
        return Ok(None);
    }
    path_id(request).map(Some)
}

/// Where its calendar stands.
fn address(office: Option<OfficeCode>) -> String {
    office.map_or_else(|| PATH.to_owned(), |office| format!("{PATH}/{office}"))
}

/// Every request that a change would move, as a file.
async fn moved_by_change(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let change = change_of(place_of(&request)?, &sent.typed)?;
    Ok(moved_file(&preview_change(staff.office(), desk(&staff), &change).await?.made.moved)?)
}

/// Moved requests as CSV.
pub(super) fn moved_file(moved: &[Moved]) -> Result<HttpResponse, AppError> {
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"permohonan-bergeser.csv\""))
        .body(moved_as_csv(moved)?))
}

/// The preview of a change, or its form once more.
async fn look(
    staff: &Staff,
    office: Option<OfficeCode>,
    typed: &Typed,
    changed: bool,
) -> Result<HttpResponse, PageError> {
    let previewed = match change_of(office, typed) {
        Ok(change) => preview_change(staff.office(), desk(staff), &change).await,
        Err(error) => Err(error),
    };
    match previewed {
        Ok(preview) => {
            const KEPT: [&str; 10] =
                ["act", "id", "kind", "from_on", "until_on", "blocks", "name", "source", "known_on", "tahun"];
            let weekdays = typed.all("weekdays").map(|number| ("weekdays", number));
            let view = PreviewView {
                place: office.map_or_else(|| COUNTRY.to_owned(), String::from),
                back: address(office),
                year: year_asked(staff, typed.get("tahun").parse().ok()),
                version: preview.version,
                fields: KEPT.iter().map(|name| (*name, typed.get(name))).chain(weekdays).collect(),
                typed: Shown::of(typed),
                moved: MovedView::of(preview.made.moved),
                changed,
            };
            let status = if changed { StatusCode::CONFLICT } else { StatusCode::OK };
            staff.show_as(status, "operator/calendar_preview.html", &view)
        }
        Err(AppError::Invalid(faults)) => wrong(staff, office, typed, &faults).await,
        Err(AppError::NotFound(_)) if !typed.get("id").is_empty() => {
            staff.go_saying(&address(office), &Flash::note("op.cal.gone"))
        }
        Err(error) => Err(error.into()),
    }
}

async fn wrong(
    staff: &Staff,
    office: Option<OfficeCode>,
    typed: &Typed,
    faults: &[Fault],
) -> Result<HttpResponse, PageError> {
    let prefix = match typed.get("act") {
        act @ ("hours" | "national") => act,
        _ => "close",
    };
    // The forms of the page have fields of the same name; the faults belong to the one that was sent.
    let own: Vec<Fault> = faults
        .iter()
        .map(|fault| Fault {
            pointer: fault.pointer.replacen('/', &format!("/{prefix}/"), 1),
            ..fault.clone()
        })
        .collect();
    let year = year_asked(staff, typed.get("tahun").parse().ok());
    let faults = in_words(staff, &own);
    draw(staff, StatusCode::UNPROCESSABLE_ENTITY, office, year, typed, faults).await
}

async fn make(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let (office, typed) = (place_of(&request)?, sent.typed);
    let version = typed.get("version").parse().map_err(|_| PageError::WrongForm)?;
    let made = match change_of(office, &typed) {
        Ok(change) => make_change(staff.office(), desk(&staff), &change, version).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(made) => {
            let year = year_asked(&staff, typed.get("tahun").parse().ok());
            staff.go_saying(&format!("{}?tahun={year}", address(office)), &done(&made))
        }
        Err(AppError::Stale) => look(&staff, office, &typed, true).await,
        Err(AppError::Invalid(faults)) => wrong(&staff, office, &typed, &faults).await,
        Err(AppError::NotFound(_)) if !typed.get("id").is_empty() => {
            staff.go_saying(&address(office), &Flash::note("op.cal.gone"))
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) fn done(made: &Made) -> Flash {
    Flash::done("op.cal.made").with("n", made.moved.len().to_string())
}
