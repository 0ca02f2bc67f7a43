//! What would have been due when, had other days been off or the counter closed at another time. Nothing is stored: each round is counted again by the calendar that
//! its due date was computed with, with the changes, by the same function as every due date.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use sqlx::PgConnection;

use super::{parts::AtOffice, sla_summary::scope};
use crate::{
    app::{AppError, Office, actor},
    domain::{
        fault::Faults,
        figures::Days,
        ids::{RequestId, SessionId},
        names::RoundEnding,
        office::OfficeCode,
        request::Round,
        working_days::{Calendar, DayOff, DayOffKind, Due, OPENS_AT, due},
    },
    store::{self, calendar::LoadedCalendar},
};

/// Rounds that one question looks at.
pub const MOST_ROUNDS: usize = 20_000;
/// Days off that one question adds, and as many that it takes away.
pub const MOST_DAYS: usize = 31;
/// Days of receipt that one question covers.
pub const LONGEST: i64 = 366;
/// Rounds that are listed.
const LISTED: usize = 200;
/// Rounds that are in memory at once.
const PAGE: i64 = 500;

/// The question.
#[derive(Debug, Clone)]
pub struct Question {
    pub received: Days,
    pub added: BTreeSet<NaiveDate>,
    pub removed: BTreeSet<NaiveDate>,
    /// When the counter closes on every day, in place of all hours of the calendar.
    pub closes_at: Option<NaiveTime>,
}

/// The answer.
#[derive(Debug, Serialize)]
pub struct WhatIf {
    pub office_code: OfficeCode,
    pub office_name: String,
    pub received_from: NaiveDate,
    pub received_until: NaiveDate,
    /// Rounds that were counted again.
    pub looked_at: i64,
    /// Rounds that could not be: they waited for the calendar, or that of their time is not kept.
    pub not_counted: i64,
    /// `false`: there were more rounds than one question looks at; the oldest were looked at.
    pub complete: bool,
    /// Rounds that would have had another due date.
    pub moved: i64,
    /// Of what the office ended.
    pub ended: Ended,
    /// Rounds that would have had another due date, oldest first.
    pub items: Vec<Moved>,
    /// There are more than are listed.
    pub more: bool,
}

/// Letters and returns, in time and late: as it was, and as it would have been.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Ended {
    pub on_time: i64,
    pub late: i64,
    pub on_time_if: i64,
    pub late_if: i64,
    pub became_on_time: i64,
    pub became_late: i64,
}

#[derive(Debug, Serialize)]
pub struct Moved {
    pub request_id: RequestId,
    pub receipt_number: String,
    pub received_at: AtOffice,
    pub due_on: NaiveDate,
    pub due_on_if: NaiveDate,
    pub ended_at: Option<AtOffice>,
    pub ending: Option<RoundEnding>,
    pub breached: Option<bool>,
    /// `None`: it has not ended.
    pub breached_if: Option<bool>,
}

/// Answers for the rounds that one office received in a period.
///
/// Errors: [`AppError::Invalid`] for a question that is too wide or contradicts itself; else those of [`super::board::board`].
pub async fn what_if(
    office: &Office,
    session: SessionId,
    code: OfficeCode,
    question: &Question,
) -> Result<WhatIf, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    store::summaries::as_of_one_moment(&mut tx).await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    scope(&mut tx, &colleague, Some(code)).await?;
    let row = store::offices::find(&mut tx, code).await?.ok_or(AppError::NotFound("office"))?;
    check(question)?;
    let mut calendars = Calendars { zone: row.zone, day: NaiveDate::MIN, kept: HashMap::new() };
    let mut answer = WhatIf {
        office_code: code,
        office_name: row.name,
        received_from: question.received.from,
        received_until: question.received.until,
        looked_at: 0,
        not_counted: 0,
        complete: true,
        moved: 0,
        ended: Ended::default(),
        items: Vec::new(),
        more: false,
    };
    let (mut after, mut seen) = (None, 0);
    'pages: loop {
        let page = store::past::received(&mut tx, code, question.received, after, PAGE).await?;
        let Some((last_on, last)) = page.last() else { break };
        after = Some((*last_on, last.id));
        for (received_on, round) in page {
            if seen == MOST_ROUNDS {
                answer.complete = false;
                break 'pages;
            }
            seen += 1;
            match calendars.dues(&mut tx, received_on, &round, question).await? {
                Some((was, would)) => answer.add(&round, &was, &would, row.zone),
                None => answer.not_counted += 1,
            }
        }
    }
    tx.rollback().await?;
    Ok(answer)
}

fn check(question: &Question) -> Result<(), AppError> {
    let mut faults = Faults::default();
    let Question { received: Days { from, until }, added, removed, closes_at } = question;
    if (*until - *from).num_days() >= LONGEST {
        faults.add("/received_until", "too_long", "Paling lama 366 hari sekali hitung.");
    }
    if added.is_empty() && removed.is_empty() && closes_at.is_none() {
        faults.add(
            "/days_off_added",
            "required",
            "Isi sedikitnya satu hari libur yang ditambah atau dihapus, atau jam tutup yang lain.",
        );
    }
    if closes_at.is_some_and(|closes_at| closes_at <= OPENS_AT) {
        faults.add("/closes_at", "too_early", "Isi jam tutup setelah pukul 08.00.");
    }
    for (pointer, days) in [("/days_off_added", added), ("/days_off_removed", removed)] {
        if days.len() > MOST_DAYS {
            faults.add(pointer, "too_many", "Paling banyak 31 hari.");
        }
        if days.iter().any(|day| !(2000..=2200).contains(&day.year())) {
            faults.add(pointer, "range", "Isi tahun 2000 sampai 2200.");
        }
    }
    if added.intersection(removed).next().is_some() {
        faults.add("/days_off_removed", "both", "Satu tanggal tidak dapat ditambah dan dihapus sekaligus.");
    }
    if faults.is_empty() { Ok(()) } else { Err(AppError::Invalid(faults.into_vec())) }
}

/// The calendars of the day of receipt that is looked at, by version: as it was, and with the changes.
struct Calendars {
    zone: Tz,
    day: NaiveDate,
    kept: HashMap<i64, Option<(Calendar, Calendar)>>,
}

impl Calendars {
    /// What the round was due by, and what it would have been due by. `None`: it cannot be counted again.
    async fn dues(
        &mut self,
        conn: &mut PgConnection,
        received_on: NaiveDate,
        round: &Round,
        question: &Question,
    ) -> Result<Option<(Due, Due)>, AppError> {
        let Some(kept) = &round.due else { return Ok(None) };
        if self.day != received_on {
            self.day = received_on;
            self.kept.clear();
        }
        let version = kept.calendar_version;
        if !self.kept.contains_key(&version) {
            let loaded =
                store::calendar::load_as_of(conn, round.office, self.zone, received_on, version).await?;
            self.kept.insert(version, loaded.map(|loaded| with_changes(loaded, question)));
        }
        let Some(Some((was, would))) = self.kept.get(&version) else { return Ok(None) };
        // More than the limit was counted where a change of the calendar came too late for it.
        let counted = kept.derivation.days_counted().unwrap_or(round.limit_days);
        let dues = due(was, round.received_at, counted).ok().zip(due(would, round.received_at, counted).ok());
        Ok(dues.filter(|(was, _)| was.due_on == kept.due_on && was.due_at == kept.instants.due_at))
    }
}

fn with_changes(loaded: LoadedCalendar, question: &Question) -> (Calendar, Calendar) {
    let added = question.added.iter().map(|date| DayOff {
        date: *date,
        kind: DayOffKind::Closure,
        name: String::new(),
        source: String::new(),
    });
    let other = loaded.calendar.clone().without_days_off(&question.removed).with_days_off(added);
    let other = match question.closes_at {
        Some(closes_at) => other.closing_daily_at(closes_at),
        None => other,
    };
    (loaded.calendar, other)
}

impl WhatIf {
    fn add(&mut self, round: &Round, was: &Due, would: &Due, zone: Tz) {
        self.looked_at += 1;
        let late = |end: DateTime<Utc>, due: &Due| end >= due.due_at;
        let end = round.end.as_ref();
        if let Some(end) = end.filter(|end| end.ending != RoundEnding::Withdrawn) {
            self.ended.count(end.breached, late(end.at, would));
        }
        if was.due_on == would.due_on {
            return;
        }
        self.moved += 1;
        if self.items.len() == LISTED {
            self.more = true;
            return;
        }
        self.items.push(Moved {
            request_id: round.request,
            receipt_number: round.receipt_number.clone(),
            received_at: AtOffice(round.received_at, zone),
            due_on: was.due_on,
            due_on_if: would.due_on,
            ended_at: end.map(|end| AtOffice(end.at, zone)),
            ending: end.map(|end| end.ending),
            breached: end.map(|end| end.breached),
            breached_if: end.map(|end| late(end.at, would)),
        });
    }
}

impl Ended {
    fn count(&mut self, late: bool, late_if: bool) {
        self.on_time += i64::from(!late);
        self.late += i64::from(late);
        self.on_time_if += i64::from(!late_if);
        self.late_if += i64::from(late_if);
        self.became_on_time += i64::from(late && !late_if);
        self.became_late += i64::from(!late && late_if);
    }
}

/// The days off of a year that an office has by the calendar as it is, for choosing those to take away.
///
/// Errors: those of [`what_if`].
pub async fn days_off_to_choose(
    office: &Office,
    session: SessionId,
    code: OfficeCode,
    years: std::ops::RangeInclusive<i32>,
) -> Result<Vec<DayOff>, AppError> {
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, office.now()).await?;
    scope(&mut tx, &colleague, Some(code)).await?;
    let mut days = Vec::new();
    for year in years {
        let known = store::calendar::year(&mut tx, Some(code), year).await?;
        days.extend(known.days.into_iter().map(|known| known.day));
    }
    tx.rollback().await?;
    days.dedup_by_key(|day| day.date);
    Ok(days)
}
