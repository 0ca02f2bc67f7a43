use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use sqlx::PgConnection;

use super::{ImportError, Numbered, Summary, files::holidays_csv::HolidayRow, record};
use crate::{
    app::{
        Office,
        recompute_due_dates::{Moved, recompute_in},
    },
    domain::working_days::DayOff,
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

/// What an import of the calendar did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CalendarImport {
    /// Counts days off.
    pub days: Summary,
    /// Years that the file declares complete.
    pub years: BTreeSet<i32>,
    /// Days that the calendar had and the file, which is complete, does not have.
    pub removed: u64,
    /// The version that this import made; `None` when nothing changed.
    pub version: Option<i64>,
    /// Open rounds whose due date moved.
    pub moved: Vec<Moved>,
}

/// Replaces the national days off of every year that occurs in the file and declares these years complete. When
/// anything changed, the due date of every open round is computed anew in the same transaction.
pub async fn import_calendar(
    office: &Office,
    rows: &[Numbered<HolidayEntry>],
    source: &str,
) -> Result<CalendarImport, ImportError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let (mut outcome, changed) = compare(&mut tx, rows, today_of_the_country(now)).await?;
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

fn count(outcome: &mut CalendarImport, stored: &[ImportedDay], days: &[ImportedDay]) {
    let key = |day: &ImportedDay| -> (NaiveDate, String) { (day.date, day.kind.clone()) };
    let before: BTreeMap<_, _> = stored.iter().map(|day| (key(day), day)).collect();
    for day in days {
        match before.get(&key(day)) {
            None => outcome.days.added += 1,
            Some(old) if *old == day => outcome.days.unchanged += 1,
            Some(_) => outcome.days.changed += 1,
        }
    }
    let kept: BTreeSet<_> = days.iter().map(key).collect();
    outcome.removed += before.keys().filter(|old| !kept.contains(*old)).count() as u64;
}
