//! `aktivasi office|calendar|taxpayer|credential import`: files to typed rows, rows to the acts.

use std::{
    fs::File,
    io::{Read, Write},
    path::Path,
    time::Instant,
};

use super::{Failure, failure};
use crate::app::{
    AppError, Office,
    calendar_desk::{Change, make_change, preview_change},
    desk::Desk,
    registry::{
        self, CONSENT, Consent, Difference, ImportError, Progress, Run, Source, Summary,
        files::{self, RowError},
    },
};

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    Offices,
    Calendar,
    Hours,
    Taxpayers,
    Persons,
    Credentials,
}

/// Why nothing was imported: faults of the file itself, or of its rows against the registry.
#[derive(Debug)]
pub enum Refused {
    File(Vec<RowError>),
    Registry(ImportError),
}

/// Imports the file at `path` and says what became of its rows.
pub async fn run(
    office: &Office,
    content: Content,
    agreed: Consent,
    path: &Path,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let (file, name) = (open(path)?, name_of(path));
    let told = import(office, content, agreed, file, &name).await.map_err(|failed| match failed {
        Refused::File(faults) => Failure::rows(path, faults.iter().map(ToString::to_string)),
        Refused::Registry(error) => refused(path, error),
    })?;
    writeln!(out, "{}: {told}", path.display())?;
    Ok(())
}

fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| {
        Failure::usage(format!(
            "{} cannot be opened: {error}; check the path and the right to read it",
            path.display()
        ))
    })
}

fn name_of(path: &Path) -> std::borrow::Cow<'_, str> {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy()
}

/// Imports taxpayers, or only says what that would do. `err` is told how far it is.
pub async fn taxpayers(
    office: &Office,
    path: &Path,
    run: Run,
    out: &mut impl Write,
    err: &mut impl Write,
) -> Result<(), Failure> {
    /// A line for so many rows.
    const EVERY: u64 = 100_000;
    let (file, name) = (open(path)?, name_of(path));
    let begun = Instant::now();
    let mut told = 0;
    let mut say = |text: String| {
        // Who looks away misses nothing that counts.
        let _ = writeln!(err, "{:>4} s  {text}", begun.elapsed().as_secs());
    };
    let source = Source { desk: Desk::Console, name: &name, run };
    let imported =
        registry::import_taxpayers(office, files::taxpayers(file), source, |progress| match progress {
            Progress::Read(rows) if rows / EVERY > told => {
                told = rows / EVERY;
                say(format!("{rows} rows read"));
            }
            Progress::Read(_) => {}
            Progress::Comparing => say("comparing with the registry".to_owned()),
            Progress::Writing => say("writing what differs".to_owned()),
        })
        .await
        .map_err(|error| refused(path, error))?;
    let what = match run {
        Run::Keep => "",
        Run::Try => " (dry run, nothing is kept)",
    };
    writeln!(out, "{}: {imported}{what}", path.display())?;
    Ok(())
}

/// Says what a file of days off or of hours would change, and keeps nothing.
pub async fn try_calendar(
    office: &Office,
    content: Content,
    path: &Path,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let (file, source) = (open(path)?, name_of(path).into_owned());
    let change = if content == Content::Hours {
        files::hours(file).map(|rows| Change::ManyHours { rows, source })
    } else {
        files::holidays(file).map(|rows| Change::National { rows, source, consent: Consent::Missing })
    };
    let change = change.map_err(|faults| Failure::rows(path, faults.iter().map(ToString::to_string)))?;
    let made = preview_change(office, Desk::Console, &change).await?.made;
    for Difference { before, after } in &made.differences {
        let sign = match (before, after) {
            (None, _) => '+',
            (Some(_), Some(_)) => '~',
            (Some(_), None) => '-',
        };
        if let Some(day) = after.as_ref().or(before.as_ref()) {
            writeln!(out, "{sign} {} {} ({}, {})", day.date, day.name, day.kind, day.source)?;
        }
    }
    for doubt in &made.doubts {
        let (year, days, lost) = (doubt.year, doubt.days, doubt.lost.len());
        writeln!(out, "{year}: {days} days off, {lost} go; needs --replace")?;
    }
    let (days, removed, moved) = (made.days, made.removed, made.moved.len());
    let path = path.display();
    writeln!(
        out,
        "{path}: {days}, {removed} removed; {moved} due dates would move (dry run, nothing is kept)"
    )?;
    Ok(())
}

/// Imports from any reader; `source` names it in the registry. Gives the line to print. Only a calendar asks for consent.
pub async fn import(
    office: &Office,
    content: Content,
    agreed: Consent,
    reader: impl Read + Send + 'static,
    source: &str,
) -> Result<String, Refused> {
    let summary: Summary = match content {
        Content::Offices => {
            let rows = files::offices(reader).map_err(Refused::File)?;
            registry::import_offices(office, &rows, source).await?
        }
        Content::Calendar => {
            let rows = files::holidays(reader).map_err(Refused::File)?;
            let outcome = registry::import_calendar(office, &rows, source, agreed).await?;
            return Ok(calendar_told(&outcome));
        }
        Content::Hours => {
            let rows = files::hours(reader).map_err(Refused::File)?;
            let change = Change::ManyHours { rows, source: source.to_owned() };
            let seen = preview_change(office, Desk::Console, &change).await.map_err(ImportError::App)?;
            let made = make_change(office, Desk::Console, &change, seen.version).await;
            let made = made.map_err(ImportError::App)?;
            return Ok(format!("{}; {} due dates moved", made.days, made.moved.len()));
        }
        Content::Taxpayers => {
            let imported =
                registry::import_taxpayers(office, files::taxpayers(reader), source, |_| ()).await?;
            return Ok(imported.to_string());
        }
        Content::Persons => {
            let rows = files::persons(reader).map_err(Refused::File)?;
            registry::import_persons(office, &rows, source).await?
        }
        Content::Credentials => {
            let rows = files::credentials(reader).map_err(Refused::File)?;
            registry::import_credentials(office, &rows, source).await?
        }
    };
    Ok(summary.to_string())
}

/// What to tell about a file that the registry refused.
pub fn refused(path: &Path, error: ImportError) -> Failure {
    match error {
        ImportError::App(AppError::Invalid(faults))
            if faults.iter().all(|fault| fault.pointer == CONSENT) =>
        {
            let doubts: Vec<String> = faults.iter().map(|fault| format!("\n  {}", fault.detail)).collect();
            let doubts = doubts.concat();
            Failure::new(format!(
                "{} was not imported:{doubts}\ncomplete the file, or run it again with --replace if the calendar is to be so",
                path.display()
            ))
        }
        error => failure::of_import(path, error),
    }
}

impl From<ImportError> for Refused {
    fn from(error: ImportError) -> Self {
        Self::Registry(error)
    }
}

fn calendar_told(outcome: &registry::CalendarImport) -> String {
    let years: Vec<String> = outcome.years.iter().map(ToString::to_string).collect();
    let version =
        outcome.version.map_or_else(|| "nothing changed".to_owned(), |version| format!("version {version}"));
    format!(
        "{}, {} removed; complete years: {}; {version}; {} due dates moved",
        outcome.days,
        outcome.removed,
        years.join(", "),
        outcome.moved.len()
    )
}
