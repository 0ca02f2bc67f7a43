//! `aktivasi office|calendar|taxpayer|credential import`: files to typed rows, rows to the acts.

use std::{
    fs::File,
    io::{Read, Write},
    path::Path,
};

use super::{Failure, failure};
use crate::app::{
    Office,
    calendar_desk::{Change, make_change, preview_change},
    desk::Desk,
    registry::{
        self, ImportError, Summary,
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
    path: &Path,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let file = File::open(path).map_err(|error| {
        Failure::usage(format!(
            "{} cannot be opened: {error}; check the path and the right to read it",
            path.display()
        ))
    })?;
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let told = import(office, content, file, &name).await.map_err(|failed| match failed {
        Refused::File(faults) => Failure::rows(path, faults.iter().map(ToString::to_string)),
        Refused::Registry(error) => refused(path, error),
    })?;
    writeln!(out, "{}: {told}", path.display())?;
    Ok(())
}

/// Imports from any reader; `source` names it in the registry. Gives the line to print.
pub async fn import(
    office: &Office,
    content: Content,
    reader: impl Read,
    source: &str,
) -> Result<String, Refused> {
    let summary: Summary = match content {
        Content::Offices => {
            let rows = files::offices(reader).map_err(Refused::File)?;
            registry::import_offices(office, &rows, source).await?
        }
        Content::Calendar => {
            let rows = files::holidays(reader).map_err(Refused::File)?;
            let outcome = registry::import_calendar(office, &rows, source).await?;
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
            let rows = files::taxpayers(reader).map_err(Refused::File)?;
            registry::import_taxpayers(office, &rows, source).await?
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
    failure::of_import(path, error)
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
