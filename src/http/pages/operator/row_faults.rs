//! Faults of the rows of a file: told on the command line in English, here in the words of the catalogue.

use serde::Serialize;

use crate::app::registry::files::RowError;

/// Most faults that are listed.
const LISTED: usize = 100;

/// What a message begins with, and the key of its words.
const KNOWN: [(&str, &str); 12] = [
    ("the file is empty", "op.row.no_header"),
    ("the file cannot be read", "op.row.unreadable"),
    ("is missing in the header", "op.row.column_missing"),
    ("stands twice in the header", "op.row.column_twice"),
    ("is not a column of this file", "op.row.column_unknown"),
    ("contains a line break", "op.row.line_break"),
    ("is not UTF-8", "op.row.utf8"),
    ("is empty", "op.row.empty"),
    ("is not a date that exists", "op.row.date"),
    ("must be one of", "op.row.one_of"),
    ("stands already in row", "op.row.twice"),
    ("is not an office code", "op.row.office"),
];

#[derive(Debug, Serialize)]
pub(super) struct RowLine {
    row: u64,
    column: String,
    /// The key of the words, when there are some.
    key: Option<&'static str>,
    message: String,
}

/// The first faults, and how many more there are.
pub(super) fn told(faults: &[RowError]) -> (Vec<RowLine>, usize) {
    let line = |fault: &RowError| RowLine {
        row: fault.row,
        column: fault.column.clone(),
        key: KNOWN.iter().find(|(begin, _)| fault.message.starts_with(begin)).map(|(_, key)| *key),
        message: fault.message.clone(),
    };
    (faults.iter().take(LISTED).map(line).collect(), faults.len().saturating_sub(LISTED))
}
