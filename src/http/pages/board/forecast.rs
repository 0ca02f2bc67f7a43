//! `/papan/prakiraan`: what is due at an office against what it completes, what will be late, and which moves would help. Every
//! figure has its arithmetic in words beside it.

use std::collections::BTreeMap;

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Query},
};
use chrono::NaiveDate;
use serde::Serialize;

use super::{
    charts::{Chart, Column, columns},
    forecast_accept::{Outcomes, outcomes},
};
use crate::{
    app::views::{
        board::{OfficeLoad, board, offices_to_see},
        forecast::{ForecastView, History, LateView, MoveView, OfficerView, Pace, forecast},
        parts::AtOffice,
    },
    domain::{
        forecast::{Basis, Day},
        ids::{RequestId, StaffId},
        names::Kind,
        office::OfficeCode,
    },
    http::pages::frame::{Page, PageError, Staff, Typed, WATCHES, page},
};

pub(super) const PATH: &str = "/papan/prakiraan";
/// Requests that are expected late and shown at once.
const ROWS: usize = 50;

pub(super) fn pages() -> Vec<Page> {
    vec![page("forecast_page", Method::GET, PATH, WATCHES, || web::to(show))]
}

/// Offices to choose from, the most urgent first.
#[derive(Serialize)]
struct Offices {
    lines: Vec<OfficeLoad>,
    all: usize,
    /// Some are left out.
    more: bool,
}

/// Offices that are shown before the rest is asked for.
const FIRST: usize = 20;

#[derive(Serialize)]
struct View {
    office: OfficeCode,
    as_of: AtOffice,
    today: NaiveDate,
    headline: Headline,
    days_say: String,
    chart: Chart,
    days: Vec<DayLine>,
    history: HistoryLine,
    overdue: u64,
    later: u64,
    awaiting_calendar: u64,
    /// The day after those that are told, for the list of what is due later.
    later_from: Option<NaiveDate>,
    /// Drafts that are due today.
    drafted: u64,
    not_assessed: u64,
    expected_late: u64,
    expected_late_after: u64,
    late: Vec<LateLine>,
    /// The first row that is shown, and the last.
    rows: (usize, usize),
    next: Option<String>,
    first: Option<String>,
    moves: Vec<MoveLine>,
    officers: Vec<OfficerLine>,
    outcomes: Option<Outcomes>,
}

#[derive(Serialize)]
struct Headline {
    /// Of the callout.
    tone: &'static str,
    key: &'static str,
    values: BTreeMap<&'static str, String>,
}

impl Headline {
    fn new(tone: &'static str, key: &'static str) -> Self {
        Self { tone, key, values: BTreeMap::new() }
    }

    fn with(mut self, name: &'static str, value: &impl ToString) -> Self {
        self.values.insert(name, value.to_string());
        self
    }
}

/// Twenty days, and the rate of the team with its arithmetic.
#[derive(Serialize)]
struct HistoryLine {
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
    business_days: u64,
    completed: u64,
    least: u64,
    hours: String,
    per_hour: Option<String>,
}

#[derive(Serialize)]
struct DayLine {
    day: NaiveDate,
    hours: String,
    due: u64,
    /// What is due.
    href: Option<String>,
    drafted: u64,
    carried: u64,
    to_do: u64,
    can_do: Option<u64>,
    so_far: Option<i64>,
    /// From now until the end of the day.
    load_so_far: u64,
    can_do_so_far: Option<i64>,
}

#[derive(Serialize)]
struct LateLine {
    request_id: RequestId,
    receipt_number: String,
    kind: Kind,
    due_on: NaiveDate,
    officer: Option<String>,
    why: String,
    how: Option<String>,
}

#[derive(Serialize)]
struct MoveLine {
    /// What names the move when it is accepted.
    value: String,
    request_id: RequestId,
    receipt_number: String,
    due_on: NaiveDate,
    from: String,
    to: String,
    why: String,
    how: Vec<String>,
}

#[derive(Serialize)]
struct OfficerLine {
    name: String,
    href: String,
    in_hand: u64,
    expected_late: u64,
    completed: u64,
    basis: Basis,
    per_hour: Option<String>,
    how: String,
}

async fn show(staff: Staff, asked: Query<Typed>) -> Result<HttpResponse, PageError> {
    let code = match asked.get("kantor") {
        "" => {
            let offices = offices_to_see(staff.office(), staff.session()).await?;
            match offices.as_slice() {
                [(only, _)] => *only,
                all => return choose(&staff, all.len(), asked.get("semua") == "ya").await,
            }
        }
        code => code.parse().map_err(|_| PageError::Unknown)?,
    };
    let seen = forecast(staff.office(), staff.session(), code).await?;
    let outcomes = match asked.get("hasil") {
        "" => None,
        note => outcomes(&staff, note).await?,
    };
    let skip = asked.get("mulai").parse::<usize>().unwrap_or(0).min(seen.late.len());
    staff.show("board/forecast.html", &View::new(&staff, &seen, skip, outcomes))
}

/// Whoever watches several offices sees first where it presses.
async fn choose(staff: &Staff, all: usize, every: bool) -> Result<HttpResponse, PageError> {
    let mut lines = board(staff.office(), staff.session(), None).await?.open.by_office;
    if !every {
        lines.truncate(FIRST);
    }
    let more = lines.len() < all;
    staff.show("board/forecast_offices.html", &Offices { lines, all, more })
}

impl View {
    fn new(staff: &Staff, seen: &ForecastView, skip: usize, outcomes: Option<Outcomes>) -> Self {
        let words = Words { staff, seen };
        let until = seen.late.len().min(skip + ROWS);
        let part = |from: usize| format!("{PATH}?kantor={}&mulai={from}#terlambat", seen.office_code);
        Self {
            office: seen.office_code,
            as_of: seen.as_of,
            today: words.today(),
            headline: words.headline(),
            days_say: words.days_say(),
            chart: words.chart(),
            days: words.days(),
            history: words.history(),
            late: seen.late[skip..until].iter().map(|late| words.late(late)).collect(),
            rows: (skip + 1, until),
            next: (until < seen.late.len()).then(|| part(until)),
            first: (skip > 0).then(|| part(0)),
            moves: seen.moves.iter().map(|one| words.proposal(one)).collect(),
            officers: seen.officers.iter().map(|officer| words.officer(officer)).collect(),
            overdue: seen.overdue,
            later: seen.later,
            awaiting_calendar: seen.awaiting_calendar,
            later_from: seen.days.last().and_then(|day| day.day.succ_opt()),
            drafted: seen.days.first().map_or(0, |today| today.drafted),
            not_assessed: seen.not_assessed,
            expected_late: seen.expected_late,
            expected_late_after: seen.expected_late_after,
            outcomes,
        }
    }
}

/// `2,1`: what there is of two digits behind the comma.
fn decimal(pace: Pace) -> String {
    let text = format!("{:.2}", pace.per_hour);
    text.trim_end_matches('0').trim_end_matches('.').replace('.', ",")
}

struct Words<'a> {
    staff: &'a Staff,
    seen: &'a ForecastView,
}

impl Words<'_> {
    fn today(&self) -> NaiveDate {
        let AtOffice(now, zone) = self.seen.as_of;
        now.with_timezone(&zone).date_naive()
    }

    fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.staff.say(key, values)
    }

    /// `8 jam 20 menit`
    fn hours(&self, minutes: u64) -> String {
        let (hours, rest) = ((minutes / 60).to_string(), (minutes % 60).to_string());
        match (minutes / 60, minutes % 60) {
            (_, 0) => self.say("forecast.hours", &[("j", &hours)]),
            (0, _) => self.say("forecast.minutes", &[("m", &rest)]),
            _ => self.say("forecast.hours_minutes", &[("j", &hours), ("m", &rest)]),
        }
    }

    fn headline(&self) -> Headline {
        let history = &self.seen.history;
        let Some(team) = self.seen.team_rate else {
            return Headline::new("note", "forecast.head.unknown")
                .with("n", &history.completed)
                .with("hari", &history.business_days)
                .with("cukup", &history.least);
        };
        let Some(next) = self.seen.days.get(1) else {
            return Headline::new("note", "forecast.head.no_calendar");
        };
        let left: u64 = self.seen.days.iter().take(2).map(|day| day.open_minutes).sum();
        let late = self.seen.late.iter().filter(|late| late.due_on <= next.day).count();
        let all = self.seen.expected_late;
        let headline = match late {
            0 if all == 0 && self.seen.not_assessed > 0 => {
                Headline::new("note", "forecast.head.not_assessed")
            }
            0 if all == 0 => Headline::new("good", "forecast.head.none"),
            0 => Headline::new("bad", "forecast.head.after").with("lain", &all),
            _ => Headline::new("bad", "forecast.head.some").with("k", &late),
        };
        let when = if Some(next.day) == self.today().succ_opt() {
            self.say("forecast.tomorrow", &[])
        } else {
            self.say("forecast.next_day", &[("hari", &self.staff.write_date(next.day))])
        };
        headline
            .with("kapan", &when)
            .with("n", &next.due)
            .with("laju", &decimal(team))
            .with("jam", &self.hours(left))
    }

    /// The finding of the chart.
    fn days_say(&self) -> String {
        let short = self.seen.days.iter().find(|day| day.spare_so_far.is_some_and(|spare| spare < 0));
        match (short, self.seen.days.last(), self.seen.team_rate) {
            (Some(day), _, _) => {
                let lacks = day.spare_so_far.unwrap_or_default().unsigned_abs().to_string();
                let on = self.staff.write_date(day.day);
                self.say("forecast.days.short", &[("hari", &on), ("n", &lacks)])
            }
            (None, Some(last), Some(_)) => {
                self.say("forecast.days.enough", &[("hari", &self.staff.write_date(last.day))])
            }
            (None, _, _) => self.say("forecast.days.title", &[]),
        }
    }

    fn chart(&self) -> Chart {
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let days: Vec<Column> = self
            .seen
            .days
            .iter()
            .map(|day| Column {
                label: self.staff.write_short_date(day.day),
                load: count(day.to_do),
                can_do: day.can_do.map(count),
            })
            .collect();
        columns(&self.say("forecast.chart.said", &[]), &days)
    }

    fn days(&self) -> Vec<DayLine> {
        let mut load_so_far = 0;
        self.seen
            .days
            .iter()
            .enumerate()
            .map(|(place, day)| {
                load_so_far += day.to_do;
                let load = i64::try_from(load_so_far).unwrap_or(i64::MAX);
                DayLine {
                    day: day.day,
                    hours: self.hours(day.open_minutes),
                    due: day.due,
                    href: self.due_on(place, day),
                    drafted: day.drafted,
                    carried: day.carried,
                    to_do: day.to_do,
                    can_do: day.can_do,
                    so_far: day.spare_so_far,
                    load_so_far,
                    can_do_so_far: day.spare_so_far.map(|spare| spare + load),
                }
            })
            .collect()
    }

    /// The queue knows today and the next business day. What is due on a day off counts for the day after it.
    fn due_on(&self, place: usize, day: &Day) -> Option<String> {
        let office = self.seen.office_code;
        if day.due == 0 {
            return None;
        }
        if let Some(threshold) = ["due_today", "due_tomorrow"].get(place) {
            return Some(format!("/antrean?kantor={office}&batas={threshold}"));
        }
        let from = self.seen.days.get(place.checked_sub(1)?)?.day.succ_opt()?;
        let days = format!("jatuh_dari={from}&jatuh_sampai={}", day.day);
        Some(format!("/papan/permohonan?angka=running&{days}&kantor={office}"))
    }

    fn history(&self) -> HistoryLine {
        let History { from, until, business_days, open_minutes, completed, least } = self.seen.history;
        HistoryLine {
            from,
            until,
            business_days,
            completed,
            least,
            hours: self.hours(open_minutes),
            per_hour: self.seen.team_rate.map(decimal),
        }
    }

    /// How many somebody with this rate completes in so much time.
    fn times(&self, rate: Pace, minutes: u64, can_do: u64) -> String {
        self.say(
            "forecast.times",
            &[
                ("selesai", &rate.rate.completed.to_string()),
                ("sisa", &self.hours(minutes)),
                ("jam", &self.hours(rate.rate.open_minutes)),
                ("n", &can_do.to_string()),
            ],
        )
    }

    fn pace_of(&self, id: StaffId) -> Option<Pace> {
        self.seen.officers.iter().find(|officer| officer.officer_id == id)?.rate
    }

    fn late(&self, late: &LateView) -> LateLine {
        let (position, can_do) = (late.position.to_string(), late.can_do.to_string());
        let hours = self.hours(late.open_minutes_left);
        let team = late.team_can_do.zip(late.team_holds);
        let (why, how) = match (&late.officer, late.basis, team) {
            (Some(_), Some(Basis::MayNotWork), _) => (self.say("forecast.why.may_not_work", &[]), None),
            (None, _, Some((team, holds))) => (
                self.say("forecast.why.waiting", &[("ke", &position), ("n", &can_do), ("jam", &hours)]),
                Some(self.say(
                    "forecast.how.waiting",
                    &[("tim", &team.to_string()), ("pegang", &holds.to_string()), ("n", &can_do)],
                )),
            ),
            _ => (
                self.say("forecast.why.pile", &[("ke", &position), ("n", &can_do), ("jam", &hours)]),
                late.officer_id
                    .and_then(|id| self.pace_of(id))
                    .map(|rate| self.times(rate, late.open_minutes_left, late.can_do)),
            ),
        };
        LateLine {
            request_id: late.request_id,
            receipt_number: late.receipt_number.clone(),
            kind: late.kind,
            due_on: late.due_on,
            officer: late.officer.clone(),
            why,
            how,
        }
    }

    fn proposal(&self, one: &MoveView) -> MoveLine {
        let from = self.pace_of(one.from_officer_id);
        let key = if from.is_some() { "forecast.move.why" } else { "forecast.move.why.may_not_work" };
        let values = [
            ("dari", one.from_officer.as_str()),
            ("ke", &one.to_officer),
            ("urutan", &one.position.to_string()),
            ("mampu", &one.from_can_do.to_string()),
            ("penerima", &one.to_can_do.to_string()),
            ("pegang", &one.to_holds.to_string()),
        ];
        let sides = [
            (&one.from_officer, from, one.from_can_do),
            (&one.to_officer, self.pace_of(one.to_officer_id), one.to_can_do),
        ];
        MoveLine {
            value: format!(
                "{}.{}.{}.{}",
                one.request_id, one.version, one.from_officer_id, one.to_officer_id
            ),
            request_id: one.request_id,
            receipt_number: one.receipt_number.clone(),
            due_on: one.due_on,
            from: one.from_officer.clone(),
            to: one.to_officer.clone(),
            why: self.say(key, &values),
            how: sides
                .into_iter()
                .filter_map(|(name, rate, can_do)| {
                    Some(format!("{name}: {}", self.times(rate?, one.open_minutes_left, can_do)))
                })
                .collect(),
        }
    }

    fn officer(&self, officer: &OfficerView) -> OfficerLine {
        let rate = officer.rate.map(|rate| rate.rate);
        let values = [
            ("n", officer.completed.to_string()),
            ("semua", rate.map_or(0, |rate| rate.completed).to_string()),
            ("jam", self.hours(rate.map_or(0, |rate| rate.open_minutes))),
            ("laju", officer.rate.map(decimal).unwrap_or_default()),
            ("cukup", self.seen.history.least.to_string()),
        ];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        OfficerLine {
            name: officer.name.clone(),
            href: format!(
                "/antrean?kantor={}&keadaan=examining&petugas={}",
                self.seen.office_code, officer.officer_id
            ),
            in_hand: officer.in_hand,
            expected_late: officer.expected_late,
            completed: officer.completed,
            basis: officer.basis,
            per_hour: officer.rate.map(decimal),
            how: self.say(&format!("forecast.basis.{}", officer.basis), &values),
        }
    }
}
