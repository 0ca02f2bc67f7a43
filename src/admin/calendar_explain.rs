//! `aktivasi calendar explain`: why a due date is what it is, for any instant. Needs no database.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use crate::{
    app::registry::files::{RowError, holidays_csv, hours_csv},
    domain::{
        office::OfficeCode,
        working_days::{Calendar, DayOff, Due, DueError, Outcome, SpecialHours, Step, due},
    },
};

/// The calendar that comes with the program: every year in it is complete.
const BUILT_IN: &str = include_str!("../../data/holidays-id.csv");

#[derive(Debug, Clone, clap::Args)]
pub struct ExplainArgs {
    /// Time zone of the office: Asia/Jakarta, Asia/Makassar or Asia/Jayapura
    #[arg(long, value_name = "ZONE")]
    pub zone: String,
    /// Instant of complete receipt: local time of that zone (2026-03-16T09:00:00), or with an offset
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub at: String,
    /// The limit in business days, 0 to 366
    #[arg(long, value_name = "N", default_value_t = 3, allow_hyphen_values = true, value_parser = clap::value_parser!(u16).range(0..=366))]
    pub days: u16,
    /// CSV with the columns `date,name_id,kind,source` instead of the built-in calendar; each year that occurs
    /// in it counts as complete
    #[arg(long, value_name = "FILE")]
    pub calendar: Option<PathBuf>,
    /// CSV with the columns `office_code,from_on,until_on,weekdays,hours,name,source`: other hours of the counter than
    /// 08.00-16.00. Rows of an office count when --office names it
    #[arg(long, value_name = "FILE")]
    pub hours: Option<PathBuf>,
    /// The office whose hours count beside those of every office
    #[arg(long, value_name = "CODE", requires = "hours")]
    pub office: Option<OfficeCode>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Each names the argument at fault and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    #[error("--zone {0:?} is no time zone; use Asia/Jakarta, Asia/Makassar or Asia/Jayapura")]
    Zone(String),
    #[error("--at {0:?} is no time; write 2026-03-16T09:00:00 or, with an offset, 2026-03-16T09:00:00+08:00")]
    At(String),
    #[error(
        "--at {0:?} occurs never or twice in {1} because clocks were changed; add the offset, as in +08:00"
    )]
    AtUnclear(String, &'static str),
    #[error("--days {0} is out of range; use 0 to 366")]
    Days(u16),
    #[error("--hours {} cannot be opened; check the path and the right to read it", .path.display())]
    HoursFile { path: PathBuf, source: io::Error },
    #[error("--hours {} is not usable; correct these rows:\n{}", .path.display(), listed(.faults))]
    HoursRows { path: PathBuf, faults: Vec<RowError> },
    #[error("--calendar {} cannot be opened; check the path and the right to read it", .path.display())]
    CalendarFile { path: PathBuf, source: io::Error },
    #[error("--calendar {} is not usable; correct these rows:\n{}", .path.display(), listed(.faults))]
    CalendarRows { path: PathBuf, faults: Vec<RowError> },
    #[error("--calendar {} has no rows, so no year is known; give at least one holiday of each year", .0.display())]
    CalendarEmpty(PathBuf),
    #[error(
        "the calendar of {year} is not known, and no due date is guessed; give it with --calendar FILE \
         (known years: {known})"
    )]
    YearUnknown { year: i32, known: String },
    #[error("--at lies outside the dates that can be computed; use a year between 1900 and 9999")]
    OutOfRange,
    #[error("the answer cannot be written")]
    Write(#[from] io::Error),
}

fn listed(faults: &[RowError]) -> String {
    faults.iter().map(|fault| format!("  {fault}")).collect::<Vec<_>>().join("\n")
}

/// Prints the explanation. On an error nothing has been written to `out`.
pub fn run(args: &ExplainArgs, out: &mut dyn Write) -> Result<(), ExplainError> {
    let zone: Tz = args.zone.parse().map_err(|_| ExplainError::Zone(args.zone.clone()))?;
    let received_at = instant(&args.at, zone)?;
    if args.days > 366 {
        return Err(ExplainError::Days(args.days));
    }
    let (days_off, version) = days_off(args.calendar.as_deref())?;
    let mut years: Vec<i32> = days_off.iter().map(|day| day.date.year()).collect();
    years.dedup();
    let calendar =
        Calendar::new(zone, version).with_complete_years(years.iter().copied()).with_days_off(days_off);
    let calendar = match &args.hours {
        Some(path) => calendar.with_special_hours(hours(path, args.office)?),
        None => calendar,
    };

    let due = due(&calendar, received_at, args.days).map_err(|error| match error {
        DueError::YearUnknown(year) => ExplainError::YearUnknown { year, known: shown_years(&years) },
        DueError::OutOfRange => ExplainError::OutOfRange,
    })?;
    if args.json {
        print_json(&due, out)?;
    } else {
        print_table(&due, out)?;
    }
    Ok(out.flush()?)
}

/// The hours of every office first, so that those of the office hold where both begin on one day.
fn hours(path: &Path, office: Option<OfficeCode>) -> Result<Vec<SpecialHours>, ExplainError> {
    let file =
        File::open(path).map_err(|source| ExplainError::HoursFile { path: path.to_owned(), source })?;
    let mut rows =
        hours_csv::parse(file).map_err(|faults| ExplainError::HoursRows { path: path.to_owned(), faults })?;
    rows.retain(|row| row.office.is_none() || row.office == office);
    rows.sort_by_key(|row| row.office.is_some());
    Ok(rows.into_iter().map(|row| row.hours).collect())
}

fn instant(text: &str, zone: Tz) -> Result<DateTime<Utc>, ExplainError> {
    let text = text.trim();
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Ok(instant.with_timezone(&Utc));
    }
    let local = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .ok_or_else(|| ExplainError::At(text.to_owned()))?;
    // Far outside, the shift by an offset would leave the calendar.
    if !(1..=9999).contains(&local.year()) {
        return Err(ExplainError::OutOfRange);
    }
    let instant = zone.from_local_datetime(&local).single();
    let unclear = || ExplainError::AtUnclear(text.to_owned(), zone.name());
    Ok(instant.ok_or_else(unclear)?.with_timezone(&Utc))
}

/// Days off sorted by date, and how the calendar is called in the explanation.
fn days_off(path: Option<&Path>) -> Result<(Vec<DayOff>, String), ExplainError> {
    let faulty = |path: &Path, faults| ExplainError::CalendarRows { path: path.to_owned(), faults };
    let (rows, name) = match path {
        None => {
            let rows = holidays_csv::parse(BUILT_IN.as_bytes());
            (rows.map_err(|faults| faulty(Path::new("holidays-id.csv"), faults))?, "bawaan".to_owned())
        }
        Some(path) => {
            let file = File::open(path)
                .map_err(|source| ExplainError::CalendarFile { path: path.to_owned(), source })?;
            let rows = holidays_csv::parse(file).map_err(|faults| faulty(path, faults))?;
            if rows.is_empty() {
                return Err(ExplainError::CalendarEmpty(path.to_owned()));
            }
            (rows, path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned())
        }
    };
    let mut days_off: Vec<DayOff> = rows.into_iter().map(DayOff::from).collect();
    days_off.sort_by_key(|day| day.date);
    let mut years: Vec<i32> = days_off.iter().map(|day| day.date.year()).collect();
    years.dedup();
    let version = format!("{name} {}", shown_years(&years));
    Ok((days_off, version))
}

/// `2019–2023, 2026` from sorted years.
fn shown_years(years: &[i32]) -> String {
    years
        .chunk_by(|a, b| a + 1 == *b)
        .map(|run| match run {
            [first, .., last] => format!("{first}–{last}"),
            single => single.iter().map(ToString::to_string).collect(),
        })
        .collect::<Vec<_>>()
        .join(", ")
}

#[derive(Serialize)]
struct Explanation<'a> {
    zone: &'a str,
    received_at: DateTime<Utc>,
    received_local: NaiveDateTime,
    closes_at: NaiveTime,
    late: bool,
    calendar_version: &'a str,
    day_zero: NaiveDate,
    due_on: NaiveDate,
    /// The first instant that is too late.
    due_at: DateTime<Utc>,
    steps: &'a [Step],
    sentences: String,
}

fn print_json(due: &Due, out: &mut dyn Write) -> Result<(), io::Error> {
    let derivation = &due.derivation;
    let explanation = Explanation {
        zone: derivation.zone.name(),
        received_at: derivation.received_at,
        received_local: derivation.received_local,
        closes_at: derivation.closes_at,
        late: derivation.late,
        calendar_version: &derivation.calendar_version,
        day_zero: due.day_zero,
        due_on: due.due_on,
        due_at: due.due_at,
        steps: &derivation.steps,
        sentences: derivation.sentences_id(),
    };
    let json = serde_json::to_string_pretty(&explanation)?;
    writeln!(out, "{json}")
}

fn print_table(due: &Due, out: &mut dyn Write) -> Result<(), io::Error> {
    let derivation = &due.derivation;
    writeln!(out, "{:<28}Keterangan", "Tanggal")?;
    for step in &derivation.steps {
        let meaning = match &step.outcome {
            Outcome::DayZero => "hari ke-0".to_owned(),
            Outcome::Counted { n } => format!("hari kerja ke-{n}"),
            Outcome::Skipped { reason } => format!("tidak dihitung: {}", reason.reason_id()),
        };
        let end = if step.date == due.due_on { "; jatuh tempo" } else { "" };
        writeln!(out, "{:<28}{meaning}{end}", step.date_id())?;
    }
    writeln!(out, "\n{} {}", derivation.sentences_id(), derivation.final_sentence_id())?;
    writeln!(out, "{}", derivation.basis_id(derivation.zone.name()))
}

#[cfg(test)]
mod tests;
