//! Faults of the rows of a file, as the pages list them.

use serde::Serialize;

use crate::{
    app::registry::{RowFault, files::RowError},
    http::row_words::words_of,
};

/// Most faults that are listed.
const LISTED: usize = 100;

#[derive(Debug, Serialize)]
pub(super) struct RowLine {
    row: u64,
    column: String,
    /// The key of the words, when there are some.
    key: Option<&'static str>,
    message: String,
}

/// The first faults of a file, and how many more there are.
pub(super) fn told(faults: &[RowError]) -> (Vec<RowLine>, usize) {
    listed(faults, |fault| line(fault.row, &fault.column, &fault.message))
}

/// The first faults of rows against the registry, and how many more there are.
pub(super) fn told_by_registry(faults: &[RowFault]) -> (Vec<RowLine>, usize) {
    listed(faults, |fault| line(fault.row, fault.column, &fault.message))
}

fn listed<T>(faults: &[T], line: impl Fn(&T) -> RowLine) -> (Vec<RowLine>, usize) {
    (faults.iter().take(LISTED).map(line).collect(), faults.len().saturating_sub(LISTED))
}

fn line(row: u64, column: &str, message: &str) -> RowLine {
    RowLine { row, column: column.to_owned(), key: words_of(message), message: message.to_owned() }
}
