//! `/papan/waktu`: an office as it was at a past moment, beside what it is now. The moment is read on the clock of the office.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web::{self, Query},
};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use super::{PATH, findings::per_cent, office_asked};
use crate::{
    app::{
        AppError,
        exports::{Format, export_past},
        views::{
            behind_figure::LimitIs,
            board::{OfficerLoad, OpenNow, board},
            list_requests::{Page as Part, read_cursor},
            parts::AtOffice,
            past::{Month, Narrowed, NotKnown, Past, PastRow, past, zone_to_see},
        },
    },
    domain::{
        figures::{Counted, Days},
        names::Kind,
        office::OfficeCode,
        state::StateName,
    },
    http::pages::frame::{FormFaults, Page, PageError, Staff, Typed, WATCHES, list_file, page},
    store::queue::After,
};

/// Rows of one part of the queue.
const ROWS: i64 = 100;
const LONGEST: usize = 20;

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("past_of_board", Method::GET, "/papan/waktu", WATCHES, || web::to(show)),
        page("export_past_of_board", Method::GET, "/papan/waktu/unduh", WATCHES, || web::to(download)),
    ]
}

#[derive(Serialize)]
struct View {
    /// To choose from; of one office there is nothing to choose.
    offices: Vec<(String, String)>,
    kantor: String,
    hari: String,
    pukul: String,
    faults: FormFaults,
    seen: Option<Seen>,
}

#[derive(Serialize)]
struct Seen {
    office_code: OfficeCode,
    office_name: String,
    at: AtOffice,
    now: AtOffice,
    begins_on: Option<NaiveDate>,
    /// Before the first receipt.
    before_data: bool,
    not_known: NotKnown,
    open: Vec<Line>,
    month: Vec<Line>,
    /// On time, in per cent.
    share: (Option<i64>, Option<i64>),
    officers: Vec<OfficerLine>,
    /// How many the filters leave.
    shown: usize,
    filters: Filters,
    /// The same list as a file is asked by this.
    query: String,
    /// The same moment without a filter.
    all: Option<String>,
    rows: Vec<PastRow>,
    next: Option<String>,
    first: Option<String>,
}

/// What the queue of then is narrowed by, with what there is to choose.
#[derive(Serialize)]
struct Filters {
    batas: &'static str,
    keadaan: &'static str,
    petugas: String,
    jenis: &'static str,
    officers: Vec<(String, String)>,
}

/// A count with the key of its words, and the lists behind its two numbers.
#[derive(Serialize)]
struct Line {
    key: String,
    then: i64,
    now: i64,
    list_then: Option<String>,
    list_now: String,
}

#[derive(Serialize)]
struct OfficerLine {
    name: Option<String>,
    then: i64,
    overdue: i64,
    now: i64,
    list_then: String,
    list_now: String,
}

async fn show(staff: Staff, asked: Query<Typed>) -> Result<HttpResponse, PageError> {
    let text = |name: &str| asked.get(name).chars().take(LONGEST).collect::<String>();
    let (kantor, hari, pukul) = (text("kantor"), text("hari"), text("pukul"));
    let mut faults = FormFaults::default();
    let (office, offices) = office_asked(&staff, &kantor, !hari.is_empty(), &mut faults).await?;
    let now = staff.office().now();
    let mut view = View { offices, kantor, hari, pukul, faults, seen: None };
    if view.hari.is_empty() && view.pukul.is_empty() {
        let zone = match office {
            Some(code) => zone_to_see(staff.office(), staff.session(), code).await?,
            None => staff.who().zone.unwrap_or(chrono_tz::Asia::Jakarta),
        };
        let yesterday = now.with_timezone(&zone).date_naive().pred_opt().unwrap_or_default();
        (view.hari, view.pukul) = (yesterday.to_string(), "16:00".to_owned());
        return staff.show("board/past.html", &view);
    }
    let day = view.hari.parse::<NaiveDate>().ok();
    let clock = read_clock(&view.pukul);
    if day.is_none() {
        view.faults.add("hari", staff.say("past.e.day", &[]));
    }
    if clock.is_none() {
        view.faults.add("pukul", staff.say("past.e.time", &[]));
    }
    if let (Some(code), Some(day), Some(clock)) = (office, day, clock) {
        let zone = zone_to_see(staff.office(), staff.session(), code).await?;
        match moment(zone, day, clock, now) {
            Some(at) => {
                let page = Part { limit: ROWS, after: after(&asked)? };
                match past(staff.office(), staff.session(), code, at, narrowed(&asked), page).await {
                    Ok(then) => view.seen = Some(seen(&staff, then, &asked).await?),
                    Err(AppError::Invalid(_)) => {
                        view.faults.add("hari", staff.say("past.e.future", &[]));
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            None => view.faults.add("hari", staff.say("past.e.range", &[])),
        }
    }
    let status = if view.faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    staff.show_as(status, "board/past.html", &view)
}

/// The queue of then as a file; an address without a moment of an office leads to none.
async fn download(staff: Staff, asked: Query<Typed>) -> Result<HttpResponse, PageError> {
    let format = Format::parse(asked.get("bentuk")).ok_or(PageError::Unknown)?;
    let code: OfficeCode = asked.get("kantor").parse().map_err(|_| PageError::Unknown)?;
    let day = asked.get("hari").parse::<NaiveDate>().map_err(|_| PageError::Unknown)?;
    let clock = read_clock(asked.get("pukul")).ok_or(PageError::Unknown)?;
    let zone = zone_to_see(staff.office(), staff.session(), code).await?;
    let at = moment(zone, day, clock, staff.office().now()).ok_or(PageError::Unknown)?;
    let export = export_past(staff.office(), staff.session(), code, at, narrowed(&asked), format);
    Ok(list_file(export.await?))
}

fn read_clock(text: &str) -> Option<NaiveTime> {
    let forms = ["%H:%M", "%H.%M", "%H:%M:%S"];
    forms.iter().find_map(|form| NaiveTime::parse_from_str(text, form).ok())
}

/// The filters of an address. What is not on a list is no filter.
fn narrowed(asked: &Typed) -> Narrowed {
    Narrowed {
        limit: LimitIs::parse(asked.get("batas")),
        state: asked.get("keadaan").parse().ok(),
        officer: asked.get("petugas").parse().ok(),
        kind: asked.get("jenis").parse().ok(),
    }
}

/// The end of that minute, which is what a person means by it; of the minute that runs, now.
fn moment(zone: Tz, day: NaiveDate, clock: NaiveTime, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if !(2000..=2200).contains(&chrono::Datelike::year(&day)) {
        return None;
    }
    let begins = zone.from_local_datetime(&day.and_time(clock)).earliest()?.to_utc();
    let ends = begins + TimeDelta::minutes(1) - TimeDelta::microseconds(1);
    Some(if begins <= now { ends.min(now) } else { ends })
}

/// Where this part of the queue begins.
fn after(asked: &Typed) -> Result<Option<After>, PageError> {
    match asked.get("setelah") {
        "" => Ok(None),
        cursor => read_cursor(cursor).map(Some).ok_or(PageError::Unknown),
    }
}

async fn seen(staff: &Staff, then: Past, asked: &Typed) -> Result<Seen, PageError> {
    let now = board(staff.office(), staff.session(), Some(then.office_code)).await?;
    let (code, day, clock) = (then.office_code, asked.get("hari"), asked.get("pukul"));
    let moment = format!("kantor={code}&hari={day}&pukul={clock}");
    let Past { office_code, office_name, at, begins_on, open, not_known, month, shown, items, next_cursor } =
        then;
    let narrowed = narrowed(asked);
    let filters = Filters::new(narrowed, &open.by_officer);
    let query = format!("{moment}{}", filters.query());
    let here = format!("{PATH}/waktu?{query}");
    let lists = Lists { then: format!("{PATH}/waktu?{moment}"), code, this_month: now.this_month.days };
    let Month { days, counted, on_time_share } = month;
    Ok(Seen {
        office_code,
        office_name,
        at,
        now: now.as_of,
        begins_on,
        before_data: begins_on.is_none_or(|begins_on| days.until < begins_on),
        not_known,
        month: lists.months(&counted, &now.this_month.counted),
        share: (on_time_share.map(per_cent), now.this_month.on_time_share.map(per_cent)),
        officers: lists.officers(&open.by_officer, &now.open.by_officer),
        shown,
        all: (narrowed != Narrowed::default()).then(|| format!("{}#antrean", lists.then)),
        filters,
        query,
        open: lists.counts(&open, &now.open),
        rows: items,
        next: next_cursor.map(|cursor| format!("{here}&setelah={cursor}")),
        first: (!asked.get("setelah").is_empty()).then_some(here),
    })
}

impl Filters {
    fn new(narrowed: Narrowed, officers: &[OfficerLoad]) -> Self {
        let named =
            officers.iter().filter_map(|load| Some((load.officer_id?.to_string(), load.name.clone()?)));
        Self {
            batas: narrowed.limit.map_or("", LimitIs::as_str),
            keadaan: narrowed.state.map_or("", StateName::as_str),
            petugas: narrowed.officer.map(|id| id.to_string()).unwrap_or_default(),
            jenis: narrowed.kind.map_or("", Kind::as_str),
            officers: named.collect(),
        }
    }

    /// As an address carries them on, with its `&`.
    fn query(&self) -> String {
        let parts = [
            ("batas", self.batas),
            ("keadaan", self.keadaan),
            ("petugas", &self.petugas),
            ("jenis", self.jenis),
        ];
        let set = parts.iter().filter(|(_, value)| !value.is_empty());
        set.flat_map(|(name, value)| ["&", name, "=", value]).collect()
    }
}

/// Where the requests of a count are: the queue of then, narrowed, and the lists of now.
struct Lists {
    then: String,
    code: OfficeCode,
    this_month: Days,
}

impl Lists {
    fn of_then(&self, filter: &str) -> String {
        format!("{}&{filter}#antrean", self.then)
    }

    fn queue(&self, filter: &str) -> String {
        format!("/antrean?kantor={}&{filter}", self.code)
    }

    fn counts(&self, then: &OpenNow, now: &OpenNow) -> Vec<Line> {
        let line = |key: &str, filter: Option<&str>, list_now: String, of: fn(&OpenNow) -> i64| Line {
            key: key.to_owned(),
            then: of(then),
            now: of(now),
            list_then: filter.map(|filter| self.of_then(filter)),
            list_now,
        };
        let queued = |key: &str, filter: &str, of: fn(&OpenNow) -> i64| {
            line(key, Some(filter), self.queue(filter), of)
        };
        let running = format!("{PATH}/permohonan?angka=running&kantor={}", self.code);
        let no_calendar = format!("{running}&batas=no_calendar");
        vec![
            line("past.running", None, running, |open| open.running),
            queued("past.t.overdue", "batas=overdue", |open| open.by_threshold.overdue),
            queued("past.t.due_today", "batas=due_today", |open| open.by_threshold.due_today),
            queued("past.t.due_tomorrow", "batas=due_tomorrow", |open| open.by_threshold.due_tomorrow),
            queued("past.t.on_track", "batas=on_track", |open| open.by_threshold.on_track),
            line("th.no_calendar", Some("batas=no_calendar"), no_calendar, |open| open.awaiting_calendar),
            queued("board.unclaimed", "keadaan=received", |open| open.unclaimed),
            queued("board.drafted", "keadaan=drafted", |open| open.drafted),
            queued("board.incomplete", "keadaan=incomplete", |open| open.incomplete),
            queued("queue.kind.new_credentials", "jenis=new_credentials", |open| {
                open.by_kind.new_credentials
            }),
            queued("queue.kind.reprint", "jenis=reprint", |open| open.by_kind.reprint),
            queued("queue.kind.update_email", "jenis=update_email", |open| open.by_kind.update_email),
            queued("queue.kind.move_office", "jenis=move_office", |open| open.by_kind.move_office),
        ]
    }

    /// The counts of then end with the moment; a list of days would not.
    fn months(&self, then: &Counted, now: &Counted) -> Vec<Line> {
        let Days { from, until } = self.this_month;
        let line = |key: &str, measure: &str, of: fn(&Counted) -> i64| Line {
            key: key.to_owned(),
            then: of(then),
            now: of(now),
            list_then: None,
            list_now: format!(
                "{PATH}/permohonan?angka={measure}&dari={from}&sampai={until}&kantor={}",
                self.code
            ),
        };
        vec![
            line("board.arrived", "arrived", Counted::arrived),
            line("board.ended", "ended", Counted::ended),
            line("board.late", "late", Counted::late),
            line("board.returned", "returned", Counted::returned),
            line("board.withdrawn", "withdrawn", |counted| counted.withdrawn),
        ]
    }

    /// Everybody who has or had something in hand, by name; last what nobody took.
    fn officers(&self, then: &[OfficerLoad], now: &[OfficerLoad]) -> Vec<OfficerLine> {
        let mut lines: Vec<OfficerLine> = Vec::new();
        let total = |loads: &[OfficerLoad], id| {
            loads
                .iter()
                .find(|load| load.officer_id == id)
                .map_or((0, 0), |load| (load.total, load.by_threshold.overdue))
        };
        let fresh = now.iter().filter(|load| then.iter().all(|other| other.officer_id != load.officer_id));
        for load in then.iter().chain(fresh) {
            let ((then, overdue), (now, _)) = (total(then, load.officer_id), total(now, load.officer_id));
            let filter = match load.officer_id {
                Some(id) => format!("petugas={id}"),
                None => "keadaan=received".to_owned(),
            };
            lines.push(OfficerLine {
                name: load.name.clone(),
                then,
                overdue,
                now,
                list_then: self.of_then(&filter),
                list_now: self.queue(&filter),
            });
        }
        lines.sort_by(|a, b| (a.name.is_none(), &a.name).cmp(&(b.name.is_none(), &b.name)));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_meant_to_its_end_on_the_clock_of_the_office_and_never_beyond_now() {
        let now: DateTime<Utc> = "2026-07-10T09:00:30Z".parse().unwrap();
        let (jayapura, day) = (chrono_tz::Asia::Jayapura, "2026-07-10".parse().unwrap());
        let at = |clock: &str| moment(jayapura, day, clock.parse().unwrap(), now).unwrap().to_rfc3339();
        assert_eq!(at("08:00:00"), "2026-07-09T23:00:59.999999+00:00");
        assert_eq!(at("18:00:00"), "2026-07-10T09:00:30+00:00");
        assert_eq!(at("18:01:00"), "2026-07-10T09:01:59.999999+00:00");
        assert_eq!(moment(jayapura, NaiveDate::MIN, NaiveTime::MIN, now), None);
    }
}
