//! Imports of the registry: offices, calendar, taxpayers, persons, existing pairs.
//!
//! Every import is one transaction: the whole file or nothing, with every fault told at once by its row. Running the
//! same file again changes nothing. The service may run meanwhile.

pub mod files;
mod import_calendar;
mod import_credentials;
mod import_offices;
mod import_persons;
mod import_taxpayers;
mod put_taxpayer;
mod see_taxpayer;
#[cfg(test)]
mod tests;

use std::fmt;

use sqlx::{PgConnection, Postgres, Transaction};

use super::{
    AppError, Office,
    desk::{Desk, Keeper},
};
use crate::{
    domain::tax_id::TaxId,
    store::{
        StoreError,
        audit::{self, By, Event},
        taxpayers::{self, Imported, Taxpayer},
    },
};

pub use import_calendar::{
    CONSENT, CalendarImport, Consent, Difference, Doubt, FEWEST_DAYS, HolidayEntry, import_calendar,
};
pub(in crate::app) use import_calendar::{agreed, replace_national_days, today_of_the_country};
pub use import_credentials::{CredentialEntry, import_credentials};
pub use import_offices::import_offices;
pub use import_persons::{PersonEntry, import_persons};
pub use import_taxpayers::{Faulty, Progress, TaxpayersImported, import_taxpayers};
pub use put_taxpayer::{Put, RawTaxpayer, put_taxpayer};
pub use see_taxpayer::{TaxpayerEntryView, see_taxpayer};

/// A value with the line of the file that it came from; the header is line 1.
#[derive(Debug, Clone)]
pub struct Numbered<T> {
    pub row: u64,
    pub value: T,
}

/// Whether what was read is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    Keep,
    /// Everything is done, told and taken back.
    Try,
}

/// Where rows come from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub desk: Desk,
    /// The name of the file.
    pub name: &'a str,
    pub run: Run,
}

/// A file of the command line is kept.
impl<'a> From<&'a str> for Source<'a> {
    fn from(name: &'a str) -> Self {
        Self { desk: Desk::Console, name, run: Run::Keep }
    }
}

impl Source<'_> {
    /// The registry belongs to no office: only who looks after all of them changes it.
    async fn keeper(&self, office: &Office, conn: &mut PgConnection) -> Result<Keeper, AppError> {
        let keeper = self.desk.keeper(conn, office.now()).await?;
        keeper.of_everything()?;
        Ok(keeper)
    }

    async fn end(
        &self,
        mut tx: Transaction<'_, Postgres>,
        keeper: &Keeper,
        (act, summary): (&str, Summary),
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<Summary, ImportError> {
        match self.run {
            Run::Try => tx.rollback().await?,
            Run::Keep => {
                let detail = serde_json::json!({ "source": self.name, "summary": summary });
                audit::record(&mut tx, Event::new(keeper.by, act).detail(detail), now).await?;
                tx.commit().await?;
            }
        }
        Ok(summary)
    }
}

/// Why a row cannot be taken. Never repeats an identity number, address or code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFault {
    pub row: u64,
    pub column: &'static str,
    pub message: String,
}

impl RowFault {
    fn new(row: u64, column: &'static str, message: impl Into<String>) -> Self {
        Self { row, column, message: message.into() }
    }
}

impl fmt::Display for RowFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}, column {}: {}", self.row, self.column, self.message)
    }
}

/// Nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// All faults that were found.
    #[error("{} rows cannot be imported", .0.len())]
    Rows(Vec<RowFault>),
    /// The same of a file that is too long to list them all.
    #[error("{} rows cannot be imported", .0.rows)]
    Faulty(Box<Faulty>),
    #[error(transparent)]
    App(#[from] AppError),
}

impl From<StoreError> for ImportError {
    fn from(error: StoreError) -> Self {
        Self::App(error.into())
    }
}

impl From<sqlx::Error> for ImportError {
    fn from(error: sqlx::Error) -> Self {
        Self::App(error.into())
    }
}

/// What became of the rows of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    pub added: u64,
    pub changed: u64,
    pub unchanged: u64,
}

impl Summary {
    fn count(&mut self, outcome: Imported) {
        match outcome {
            Imported::Added => self.added += 1,
            Imported::Changed => self.changed += 1,
            Imported::Unchanged => self.unchanged += 1,
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} added, {} changed, {} unchanged", self.added, self.changed, self.unchanged)
    }
}

fn all_or_nothing(faults: Vec<RowFault>) -> Result<(), ImportError> {
    if faults.is_empty() { Ok(()) } else { Err(ImportError::Rows(faults)) }
}

/// The registered taxpayer of a number, or the fault that says it is unknown.
async fn registered(
    conn: &mut PgConnection,
    row: u64,
    number: &TaxId,
    faults: &mut Vec<RowFault>,
) -> Result<Option<Taxpayer>, ImportError> {
    let found = taxpayers::find_by_tax_id(conn, number).await?.filter(Taxpayer::is_registered);
    if found.is_none() {
        faults.push(RowFault::new(
            row,
            "npwp15",
            "the registry knows no taxpayer of this number; import it first",
        ));
    }
    Ok(found)
}

/// Records that a file was imported. `source` is the name of the file.
async fn record(
    conn: &mut PgConnection,
    act: &str,
    source: &str,
    summary: Summary,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), StoreError> {
    let detail = serde_json::json!({ "source": source, "summary": summary });
    audit::record(conn, Event::new(By::Console, act).detail(detail), now).await
}
