use std::{collections::BTreeSet, fmt};

use sqlx::PgConnection;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{ImportError, Numbered, Run, Source, files::RowError};
use crate::{
    app::{AppError, Office},
    domain::office::OfficeCode,
    store::{
        StoreError,
        audit::{self, Event},
        offices,
        taxpayer_import::{self, Refused},
        taxpayers::ImportedTaxpayer,
    },
};

/// Most faults that are listed; all are counted.
const MOST_LISTED: usize = 500;
/// Rows travel to the database in pieces of about this size.
const PIECE_BYTES: usize = 256 * 1024;
/// Pieces that wait while the database is busy.
const PIECES_WAITING: usize = 4;

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// So many rows are read.
    Read(u64),
    /// All of them are compared with the registry.
    Comparing,
    Writing,
}

/// What became of the rows of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct TaxpayersImported {
    pub added: u64,
    pub changed: u64,
    pub unchanged: u64,
    /// Open requests of those whose office, status or address changed: their officers are told.
    pub open_requests: u64,
}

impl fmt::Display for TaxpayersImported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { added, changed, unchanged, open_requests } = self;
        write!(
            f,
            "{added} added, {changed} changed, {unchanged} unchanged; {open_requests} open requests touched"
        )
    }
}

/// Rows that cannot be taken. Nothing of the file was.
#[derive(Debug, Default)]
pub struct Faulty {
    pub rows: u64,
    /// Every fault, of which the first are listed in the order of the file.
    pub total: u64,
    pub listed: Vec<RowError>,
    /// What would become of the other rows, when that was asked.
    pub others: Option<TaxpayersImported>,
}

impl Faulty {
    /// The faults of one row.
    fn add(&mut self, faults: Vec<RowError>) {
        self.rows += 1;
        self.total += u64::try_from(faults.len()).unwrap_or_default();
        let room = MOST_LISTED.saturating_sub(self.listed.len());
        self.listed.extend(faults.into_iter().take(room));
    }

    /// Rows that only the whole file, or the registry, shows to be at fault.
    fn add_refused(&mut self, refused: Refused, fault: impl Fn(u64, Option<(String, u64)>) -> RowError) {
        self.rows += refused.total;
        self.total += refused.total;
        self.listed.extend(refused.first.into_iter().map(|row| fault(row.row, row.twin)));
    }
}

/// Adds and renews taxpayers from a file of any size: rows are read as they come, compared by the database, and only
/// those that differ are written and logged. One transaction: whatever happens before its end, nothing is changed.
/// The address of an account is never touched. A number belongs to one taxpayer: a row that claims the numbers of
/// two, or one that another row claims as well, is a fault.
pub async fn import_taxpayers<I>(
    office: &Office,
    rows: I,
    source: impl Into<Source<'_>>,
    mut progress: impl FnMut(Progress),
) -> Result<TaxpayersImported, ImportError>
where
    I: Iterator<Item = Result<Numbered<ImportedTaxpayer>, Vec<RowError>>> + Send + 'static,
{
    let source = source.into();
    let mut tx = office.begin().await?;
    let taken = take(office, &mut tx, rows, &source, &mut progress).await;
    if taken.is_ok() && source.run == Run::Keep {
        tx.commit().await?;
        return taken;
    }
    // The place of the one import is free again when the answer is told, not some time later.
    let ended = tx.rollback().await;
    let imported = taken?;
    ended?;
    Ok(imported)
}

/// Everything within the transaction; what it answers is kept only when it is right and to be kept.
async fn take<I>(
    office: &Office,
    conn: &mut PgConnection,
    rows: I,
    source: &Source<'_>,
    progress: &mut impl FnMut(Progress),
) -> Result<TaxpayersImported, ImportError>
where
    I: Iterator<Item = Result<Numbered<ImportedTaxpayer>, Vec<RowError>>> + Send + 'static,
{
    let keeper = source.keeper(office, conn).await?;
    if !taxpayer_import::begin(conn).await? {
        return Err(AppError::AlreadyDone("import_runs").into());
    }
    let offices = offices::list(conn, "").await?.into_iter().map(|office| office.code).collect();
    let (staged, mut faulty) = stage(conn, rows, offices, progress).await?;
    progress(Progress::Comparing);
    let good = staged - compare(conn, &mut faulty).await?;
    if faulty.rows > 0 && (source.run == Run::Keep || staged == 0) {
        return Err(refused(faulty, None));
    }
    progress(Progress::Writing);
    let now = office.now();
    let written = async {
        let changed = taxpayer_import::change(conn, source.name, now).await?;
        let added = taxpayer_import::add(conn, source.name, now).await?;
        Ok::<_, StoreError>(TaxpayersImported {
            added,
            changed: changed.taxpayers,
            unchanged: good - added - changed.taxpayers,
            open_requests: changed.open_requests,
        })
    };
    let imported = written.await.map_err(taken_meanwhile)?;
    if source.run == Run::Try {
        return if faulty.rows > 0 { Err(refused(faulty, Some(imported))) } else { Ok(imported) };
    }
    taxpayer_import::clear(conn).await?;
    let detail = serde_json::json!({ "source": source.name, "summary": imported });
    audit::record(conn, Event::new(keeper.by, "import_taxpayers").detail(detail), now).await?;
    Ok(imported)
}

fn refused(mut faulty: Faulty, others: Option<TaxpayersImported>) -> ImportError {
    faulty.listed.sort_by_key(|fault| fault.row);
    faulty.listed.truncate(MOST_LISTED);
    ImportError::Faulty(Box::new(Faulty { others, ..faulty }))
}

/// Rows in the form of the database.
struct Piece {
    rows: u64,
    text: String,
}

/// Copies the rows beside the registry while they are read: how many, and the faults of the others.
async fn stage<I>(
    conn: &mut PgConnection,
    rows: I,
    offices: BTreeSet<OfficeCode>,
    progress: &mut impl FnMut(Progress),
) -> Result<(u64, Faulty), ImportError>
where
    I: Iterator<Item = Result<Numbered<ImportedTaxpayer>, Vec<RowError>>> + Send + 'static,
{
    let (sender, mut pieces) = mpsc::channel(PIECES_WAITING);
    let reading = tokio::task::spawn_blocking(move || read(rows, &offices, &sender));
    let mut incoming = taxpayer_import::receive(conn).await?;
    while let Some(Piece { rows, text }) = pieces.recv().await {
        // When this fails, nobody takes the pieces any more: the reader ends at its next one.
        incoming.send(text.as_bytes()).await?;
        progress(Progress::Read(rows));
    }
    let staged = incoming.end().await?;
    let faulty = reading.await.map_err(|error| AppError::Internal(error.into()))?;
    Ok((staged, faulty))
}

/// Reads to the end, or until nobody takes the pieces any more.
fn read(
    rows: impl Iterator<Item = Result<Numbered<ImportedTaxpayer>, Vec<RowError>>>,
    offices: &BTreeSet<OfficeCode>,
    pieces: &mpsc::Sender<Piece>,
) -> Faulty {
    let mut faulty = Faulty::default();
    let mut piece = Piece { rows: 0, text: String::with_capacity(PIECE_BYTES + 1024) };
    for row in rows {
        piece.rows += 1;
        match row.and_then(|row| at_known_offices(row, offices)) {
            Ok(Numbered { row, value }) => {
                taxpayer_import::write_row(&mut piece.text, row, Uuid::now_v7(), &value);
            }
            Err(found) => faulty.add(found),
        }
        if piece.text.len() >= PIECE_BYTES {
            let read = piece.rows;
            let next = Piece { rows: read, text: String::with_capacity(PIECE_BYTES + 1024) };
            if pieces.blocking_send(std::mem::replace(&mut piece, next)).is_err() {
                return faulty;
            }
        }
    }
    // Whoever does not wait for the last piece does not wait for the faults either.
    let _ = pieces.blocking_send(piece);
    faulty
}

fn at_known_offices(
    row: Numbered<ImportedTaxpayer>,
    offices: &BTreeSet<OfficeCode>,
) -> Result<Numbered<ImportedTaxpayer>, Vec<RowError>> {
    let named = [("office_code", Some(row.value.office)), ("sppkp_office", row.value.sppkp_office)];
    let faults: Vec<RowError> = named
        .into_iter()
        .filter_map(|(column, code)| Some((column, code.filter(|code| !offices.contains(code))?)))
        .map(|(column, code)| RowError {
            row: row.row,
            column: column.to_owned(),
            message: format!("office {code} is not known; import the offices first"),
        })
        .collect();
    if faults.is_empty() { Ok(row) } else { Err(faults) }
}

/// Finds whom the rows are about, and refuses those that are about two or about somebody else's; how many.
async fn compare(conn: &mut PgConnection, faulty: &mut Faulty) -> Result<u64, ImportError> {
    let most = i64::try_from(MOST_LISTED).unwrap_or(i64::MAX);
    let fault = |row, column: &str, message: String| RowError { row, column: column.to_owned(), message };
    let before = faulty.rows;
    faulty.add_refused(taxpayer_import::refuse_twins(conn, most).await?, |row, twin| {
        let (column, first) = twin.unwrap_or_default();
        fault(row, &column, format!("the same number stands already in row {first}"))
    });
    taxpayer_import::match_numbers(conn).await?;
    faulty.add_refused(taxpayer_import::refuse_mixed(conn, most).await?, |row, _| {
        fault(row, "npwp15", "its numbers belong to different taxpayers of the registry".to_owned())
    });
    faulty.add_refused(taxpayer_import::refuse_same(conn, most).await?, |row, twin| {
        let first = twin.unwrap_or_default().1;
        fault(row, "npwp15", format!("row {first} is the same taxpayer of the registry"))
    });
    taxpayer_import::match_canonical(conn).await?;
    Ok(faulty.rows - before)
}

/// Another transaction came first: somebody filed under a number, or an operator wrote it, since it was compared.
fn taken_meanwhile(error: StoreError) -> ImportError {
    let is_a_number =
        error.constraint().is_some_and(|name| name.starts_with("taxpayers_") && name.ends_with("_key"));
    if is_a_number { AppError::Stale.into() } else { error.into() }
}
