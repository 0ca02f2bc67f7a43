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
        views::{
            board::{OfficerLoad, OpenNow, board},
            list_requests::{Page as Part, read_cursor},
            parts::AtOffice,
            past::{Month, NotKnown, Past, PastRow, past, zone_to_see},
        },
    },
    domain::{figures::Counted, office::OfficeCode},
    http::pages::frame::{FormFaults, Page, PageError, Staff, Typed, WATCHES, page},
    store::queue::After,
};

/// Rows of one part of the queue.
const ROWS: i64 = 100;
const LONGEST: usize = 20;

pub(super) fn pages() -> Vec<Page> {
    vec![page("past_of_board", Method::GET, "/papan/waktu", WATCHES, || web::to(show))]
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
    total: i64,
    rows: Vec<PastRow>,
    next: Option<String>,
    first: Option<String>,
}

/// A count with the key of its words.
#[derive(Serialize)]
struct Line {
    key: String,
    then: i64,
    now: i64,
}

#[derive(Serialize)]
struct OfficerLine {
    name: Option<String>,
    then: i64,
    overdue: i64,
    now: i64,
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
    let clock = ["%H:%M", "%H.%M", "%H:%M:%S"];
    let clock = clock.iter().find_map(|form| NaiveTime::parse_from_str(&view.pukul, form).ok());
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
                match past(staff.office(), staff.session(), code, at, page).await {
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
    let here = format!("{PATH}/waktu?kantor={code}&hari={day}&pukul={clock}");
    let Past { office_code, office_name, at, begins_on, open, not_known, month, items, next_cursor } = then;
    let Month { days, counted, on_time_share } = month;
    Ok(Seen {
        office_code,
        office_name,
        at,
        now: now.as_of,
        begins_on,
        before_data: begins_on.is_none_or(|begins_on| days.until < begins_on),
        not_known,
        month: months(&counted, &now.this_month.counted),
        share: (on_time_share.map(per_cent), now.this_month.on_time_share.map(per_cent)),
        officers: officers(&open.by_officer, &now.open.by_officer),
        total: open.total,
        open: counts(&open, &now.open),
        rows: items,
        next: next_cursor.map(|cursor| format!("{here}&setelah={cursor}")),
        first: (!asked.get("setelah").is_empty()).then_some(here),
    })
}

fn counts(then: &OpenNow, now: &OpenNow) -> Vec<Line> {
    let line =
        |key: &str, of: fn(&OpenNow) -> i64| Line { key: key.to_owned(), then: of(then), now: of(now) };
    vec![
        line("past.running", |open| open.running),
        line("past.t.overdue", |open| open.by_threshold.overdue),
        line("past.t.due_today", |open| open.by_threshold.due_today),
        line("past.t.due_tomorrow", |open| open.by_threshold.due_tomorrow),
        line("past.t.on_track", |open| open.by_threshold.on_track),
        line("th.no_calendar", |open| open.awaiting_calendar),
        line("board.unclaimed", |open| open.unclaimed),
        line("board.drafted", |open| open.drafted),
        line("board.incomplete", |open| open.incomplete),
        line("queue.kind.new_credentials", |open| open.by_kind.new_credentials),
        line("queue.kind.reprint", |open| open.by_kind.reprint),
        line("queue.kind.update_email", |open| open.by_kind.update_email),
        line("queue.kind.move_office", |open| open.by_kind.move_office),
    ]
}

fn months(then: &Counted, now: &Counted) -> Vec<Line> {
    let line =
        |key: &str, of: fn(&Counted) -> i64| Line { key: key.to_owned(), then: of(then), now: of(now) };
    vec![
        line("board.arrived", Counted::arrived),
        line("board.ended", Counted::ended),
        line("board.late", Counted::late),
        line("board.returned", Counted::returned),
        line("board.withdrawn", |counted| counted.withdrawn),
    ]
}

/// Everybody who has or had something in hand, by name; last what nobody took.
fn officers(then: &[OfficerLoad], now: &[OfficerLoad]) -> Vec<OfficerLine> {
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
        lines.push(OfficerLine { name: load.name.clone(), then, overdue, now });
    }
    lines.sort_by(|a, b| (a.name.is_none(), &a.name).cmp(&(b.name.is_none(), &b.name)));
    lines
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
