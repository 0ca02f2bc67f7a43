use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use sqlx::PgConnection;

use super::{ImportError, Numbered, Summary, files::holidays_csv::HolidayRow, record};
use crate::{
    app::{
        AppError, Office,
        recompute_due_dates::{Moved, recompute_in},
    },
    domain::{fault::Fault, working_days::DayOff},
    store::{
        StoreError,
        calendar::{self, ImportedDay},
    },
};

/// A day off that holds for the whole country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolidayEntry {
    pub day: DayOff,
    /// When it became known. `None`: as the calendar has it, and today for what is new.
    pub known_on: Option<NaiveDate>,
}

impl From<HolidayRow> for HolidayEntry {
    fn from(row: HolidayRow) -> Self {
        Self { known_on: row.known_on, day: row.into() }
    }
}

/// The day on which what holds for the whole country becomes known: that of the capital.
pub(in crate::app) fn today_of_the_country(now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&chrono_tz::Asia::Jakarta).date_naive()
}

/// A whole year has at least so many days off: no published calendar of the country had fewer than sixteen.
pub const FEWEST_DAYS: usize = 10;

/// Where a fault points that asks for [`Consent`].
pub const CONSENT: &str = "/consent";

/// Whether somebody who saw the doubts about a file wants it in force all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    Missing,
    Given,
}

/// A day off that a file adds, changes or takes away: before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub before: Option<ImportedDay>,
    pub after: Option<ImportedDay>,
}

/// A year that a file may hold only a part of: days would go, or it would be complete with few of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    pub year: i32,
    /// Days off that it has with the file.
    pub days: usize,
    /// Days that it would lose.
    pub lost: Vec<ImportedDay>,
}

impl Doubt {
    fn fault(&self) -> Fault {
        let Self { year, days, lost } = self;
        let (code, detail) = if lost.is_empty() {
            ("few_days", format!("Tahun {year} akan dinyatakan lengkap dengan hanya {days} hari libur"))
        } else {
            let days: Vec<String> = lost.iter().map(|day| format!("{} {}", day.date, day.name)).collect();
            (
                "loses_days",
                format!("Tahun {year} akan kehilangan {} hari libur ({})", lost.len(), days.join("; ")),
            )
        };
        let detail = format!(
            "{detail}. Lengkapi berkas dengan semua hari libur tahun itu, atau setujui perubahan ini."
        );
        Fault { pointer: CONSENT.to_owned(), code: code.to_owned(), detail }
    }
}

/// A doubt is no error once somebody consented.
///
/// Errors: [`AppError::Invalid`] at [`CONSENT`], one fault for each doubt.
pub(in crate::app) fn agreed(doubts: &[Doubt], consent: Consent) -> Result<(), AppError> {
    match consent {
        Consent::Missing if !doubts.is_empty() => {
            Err(AppError::Invalid(doubts.iter().map(Doubt::fault).collect()))
        }
        Consent::Missing | Consent::Given => Ok(()),
    }
}

/// What an import of the calendar did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CalendarImport {
    /// Counts days off.
    pub days: Summary,
    /// Years that the file declares complete.
    pub years: BTreeSet<i32>,
    /// Days that the calendar had and the file, which is complete, does not have.
    pub removed: u64,
    /// The days that come, change or go, in order.
    pub differences: Vec<Difference>,
    /// Years of which the file may hold only a part.
    pub doubts: Vec<Doubt>,
    /// The version that this import made; `None` when nothing changed.
    pub version: Option<i64>,
    /// Open rounds whose due date moved.
    pub moved: Vec<Moved>,
}

/// Replaces the national days off of every year that occurs in the file and declares these years complete. When
/// anything changed, the due date of every open round is computed anew in the same transaction.
///
/// Errors: [`AppError::Invalid`] at [`CONSENT`] when the file may hold only a part of a year and nobody consented.
pub async fn import_calendar(
    office: &Office,
    rows: &[Numbered<HolidayEntry>],
    source: &str,
    consent: Consent,
) -> Result<CalendarImport, ImportError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let (mut outcome, changed) = compare(&mut tx, rows, today_of_the_country(now)).await?;
    agreed(&outcome.doubts, consent)?;
    if !changed.is_empty() {
        let version = calendar::new_version(&mut tx, "console", source, now).await?;
        let years: Vec<String> = changed.iter().map(|(year, _)| year.to_string()).collect();
        replace(&mut tx, &changed, version).await?;
        let reason = format!("kalender hari libur tahun {} telah dimuat", years.join(", "));
        outcome.version = Some(version);
        outcome.moved = recompute_in(office, &mut tx, None, &reason, now).await?;
    }
    record(&mut tx, "import_calendar", source, outcome.days, now).await?;
    tx.commit().await?;
    if !outcome.moved.is_empty() {
        office.wake().ring();
    }
    Ok(outcome)
}

/// Replaces the national days off of every year that occurs among the rows, within the transaction of a change of the
/// calendar.
pub(in crate::app) async fn replace_national_days(
    conn: &mut PgConnection,
    rows: &[Numbered<HolidayEntry>],
    version: i64,
    now: DateTime<Utc>,
) -> Result<CalendarImport, StoreError> {
    let (outcome, changed) = compare(conn, rows, today_of_the_country(now)).await?;
    replace(conn, &changed, version).await?;
    Ok(outcome)
}

/// A year with its days, as it is to be.
type NewYear = (i32, Vec<ImportedDay>);

/// What the rows change, and the years in which they do.
async fn compare(
    conn: &mut PgConnection,
    rows: &[Numbered<HolidayEntry>],
    today: NaiveDate,
) -> Result<(CalendarImport, Vec<NewYear>), StoreError> {
    let mut outcome = CalendarImport::default();
    let mut changed = Vec::new();
    for (year, days) in by_year(rows) {
        let stored = calendar::national_days(conn, year).await?;
        let days: Vec<ImportedDay> = days.into_iter().map(|entry| stored_as(entry, &stored, today)).collect();
        let known = calendar::knows_year(conn, year).await?;
        count(&mut outcome, &stored, &days);
        outcome.doubts.extend(doubt(year, known, &stored, &days));
        outcome.years.insert(year);
        if !known || stored != days {
            changed.push((year, days));
        }
    }
    Ok((outcome, changed))
}

async fn replace(conn: &mut PgConnection, years: &[NewYear], version: i64) -> Result<(), StoreError> {
    for (year, days) in years {
        calendar::replace_year(conn, *year, days, version).await?;
    }
    Ok(())
}

/// The days of each year in the order of the store.
fn by_year(rows: &[Numbered<HolidayEntry>]) -> BTreeMap<i32, Vec<&HolidayEntry>> {
    let mut years: BTreeMap<i32, Vec<&HolidayEntry>> = BTreeMap::new();
    for Numbered { value, .. } in rows {
        years.entry(value.day.date.year()).or_default().push(value);
    }
    for days in years.values_mut() {
        days.sort_by_key(|entry| (entry.day.date, entry.day.kind.as_str()));
    }
    years
}

/// An entry as a row. One that does not say when it became known keeps the day that the calendar has.
fn stored_as(entry: &HolidayEntry, stored: &[ImportedDay], today: NaiveDate) -> ImportedDay {
    let DayOff { date, kind, name, source } = &entry.day;
    let day = ImportedDay {
        date: *date,
        kind: kind.as_str().to_owned(),
        name: name.clone(),
        source: source.clone(),
        known_on: entry.known_on.unwrap_or(today),
    };
    let same = |old: &&ImportedDay| {
        (old.date, &old.kind, &old.name, &old.source) == (day.date, &day.kind, &day.name, &day.source)
    };
    match stored.iter().find(same) {
        Some(old) if entry.known_on.is_none() => old.clone(),
        Some(_) | None => day,
    }
}

/// What names a day off: its date and kind.
fn key(day: &ImportedDay) -> (NaiveDate, &str) {
    (day.date, &day.kind)
}

fn doubt(year: i32, known: bool, stored: &[ImportedDay], days: &[ImportedDay]) -> Option<Doubt> {
    let kept: BTreeSet<_> = days.iter().map(key).collect();
    let lost: Vec<ImportedDay> = stored.iter().filter(|old| !kept.contains(&key(old))).cloned().collect();
    let doubtful = !lost.is_empty() || !known && days.len() < FEWEST_DAYS;
    doubtful.then_some(Doubt { year, days: days.len(), lost })
}

fn count(outcome: &mut CalendarImport, stored: &[ImportedDay], days: &[ImportedDay]) {
    let before: BTreeMap<_, _> = stored.iter().map(|day| (key(day), day)).collect();
    let after: BTreeMap<_, _> = days.iter().map(|day| (key(day), day)).collect();
    let all: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    for one in all {
        let (before, after) = (before.get(&one).copied(), after.get(&one).copied());
        match (before, after) {
            (None, _) => outcome.days.added += 1,
            (Some(_), None) => outcome.removed += 1,
            (Some(before), Some(after)) if before == after => {
                outcome.days.unchanged += 1;
                continue;
            }
            (Some(_), Some(_)) => outcome.days.changed += 1,
        }
        outcome.differences.push(Difference { before: before.cloned(), after: after.cloned() });
    }
}
