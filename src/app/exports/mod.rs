//! Lists as files: every row that the caller may see, of one moment, at the same memory for ten rows and for a million.
//!
//! Rows go from one statement of the database through the writer into pieces of the body; a piece waits until the reader
//! took the ones before it. A reader who stands still loses their place.

mod cover;
mod csv_file;
mod past;
mod requests;
mod rounds;
mod writing;
mod xlsx;

use std::time::Duration;

use futures_util::{Stream, stream};
use tokio::sync::mpsc;

pub use self::cover::Cover;
pub use self::past::export_past;
pub use self::requests::{Asked, export_requests};
pub use self::rounds::export_rounds;
use self::{csv_file::CsvFile, xlsx::XlsxFile};
use super::AppError;

/// How much is written before it is handed on.
const PIECE: usize = 64 * 1024;
/// Pieces that wait for the reader.
const WAITING: usize = 4;
/// How long one file may take: a place is not held for longer.
const LONGEST: Duration = Duration::from_mins(30);
/// How long a reader may stand still.
const STALLED: Duration = Duration::from_mins(1);

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Csv,
    Xlsx,
}

impl Format {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "csv" => Some(Self::Csv),
            "xlsx" => Some(Self::Xlsx),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// A file that is being written.
pub struct Export<S> {
    pub file_name: String,
    pub format: Format,
    pub bytes: S,
}

/// A value of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    Text(String),
    Number(i64),
    Day(chrono::NaiveDate),
    /// On the clock of the office.
    Time(chrono::NaiveDateTime),
    Empty,
}

impl Cell {
    fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// A table in one of the forms.
enum Table {
    Csv(Box<CsvFile>),
    Xlsx(Box<XlsxFile>),
}

impl Table {
    fn begin(format: Format, cover: &Cover, columns: &'static [&'static str]) -> anyhow::Result<Self> {
        Ok(match format {
            Format::Csv => Self::Csv(Box::new(CsvFile::begin(cover, columns)?)),
            Format::Xlsx => Self::Xlsx(Box::new(XlsxFile::begin(cover, columns)?)),
        })
    }

    fn row(&mut self, cells: &[Cell]) -> anyhow::Result<()> {
        match self {
            Self::Csv(file) => file.row(cells),
            Self::Xlsx(file) => file.row(cells),
        }
    }

    /// What was written since it was asked last, once it is a piece.
    fn piece(&mut self) -> anyhow::Result<Option<Vec<u8>>> {
        match self {
            Self::Csv(file) => file.piece(PIECE),
            Self::Xlsx(file) => Ok(file.piece(PIECE)),
        }
    }

    fn end(self) -> anyhow::Result<Vec<u8>> {
        match self {
            Self::Csv(file) => file.end(),
            Self::Xlsx(file) => file.end(),
        }
    }
}

type Piece = Result<Vec<u8>, AppError>;

/// What goes to a reader. Without an end the file broke off, whatever came before.
enum Sent {
    Piece(Piece),
    End,
}

/// The way of pieces to a reader.
struct Pieces(mpsc::Sender<Sent>);

/// The reader went away or stands still: nothing is written any more.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads the file")]
struct NobodyReads;

impl Pieces {
    fn channel() -> (Self, impl Stream<Item = Piece> + Send + 'static) {
        let (sender, receiver) = mpsc::channel(WAITING);
        let pieces = stream::unfold(Some(receiver), async |receiver| {
            let mut receiver: mpsc::Receiver<Sent> = receiver?;
            match receiver.recv().await {
                Some(Sent::Piece(piece)) => Some((piece, Some(receiver))),
                Some(Sent::End) => None,
                None => Some((Err(AppError::Internal(anyhow::anyhow!("a file broke off"))), None)),
            }
        });
        (Self(sender), Box::pin(pieces))
    }

    async fn send(&self, piece: Piece) -> Result<(), NobodyReads> {
        self.pass(Sent::Piece(piece)).await
    }

    /// Says that the file is whole.
    async fn end(&self) -> Result<(), NobodyReads> {
        self.pass(Sent::End).await
    }

    async fn pass(&self, sent: Sent) -> Result<(), NobodyReads> {
        match tokio::time::timeout(STALLED, self.0.send(sent)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(NobodyReads),
        }
    }
}

#[cfg(test)]
mod tests;
