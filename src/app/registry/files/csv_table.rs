//! CSV files with a header, read so that every fault of every row is reported at once.

use std::{collections::VecDeque, fmt, io::Read};

use chrono::NaiveDate;
use csv::{ByteRecord, ReaderBuilder};

use crate::domain::{
    email_address::EmailAddress,
    office::OfficeCode,
    tax_id::{TaxId, TaxIdKind},
};

/// One fault. The message never repeats an identity number, address or code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// The line of the file on which the row begins; the header is line 1.
    pub row: u64,
    pub column: String,
    pub message: String,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}, column {}: {}", self.row, self.column, self.message)
    }
}

/// One row while it is read: values are asked for by column name, faults are collected.
pub(super) struct Fields<'a> {
    pub(super) row: u64,
    values: Vec<(&'static str, &'a str)>,
    errors: &'a mut Vec<RowError>,
}

/// Reads all rows, or gives all faults. Columns may stand in any order; each of `columns` must be there, and
/// nothing else. Spaces around values are dropped, blank lines are skipped.
pub(super) fn read<T>(
    reader: impl Read,
    columns: &'static [&'static str],
    row: impl FnMut(&mut Fields<'_>) -> Option<T>,
) -> Result<Vec<T>, Vec<RowError>> {
    read_with(reader, columns, &[], row)
}

/// The same with columns that a file may have: without one, its values are empty.
pub(super) fn read_with<T>(
    reader: impl Read,
    columns: &'static [&'static str],
    optional: &'static [&'static str],
    row: impl FnMut(&mut Fields<'_>) -> Option<T>,
) -> Result<Vec<T>, Vec<RowError>> {
    let mut rows = Vec::new();
    let mut errors = Vec::new();
    for read in Table::new(reader, columns, optional, row) {
        match read {
            Ok(row) => rows.push(row),
            Err(faults) => errors.extend(faults),
        }
    }
    if errors.is_empty() { Ok(rows) } else { Err(errors) }
}

/// The rows of a file one after the other, each as it is read: a file of any size takes the memory of one row.
pub(super) struct Table<R: Read, F> {
    reader: csv::Reader<Lines<R>>,
    columns: &'static [&'static str],
    optional: &'static [&'static str],
    /// The known column at each place; none before the header is read.
    order: Vec<&'static str>,
    record: ByteRecord,
    row: F,
    ended: bool,
}

impl<R: Read, F> Table<R, F> {
    pub(super) fn new(
        reader: R,
        columns: &'static [&'static str],
        optional: &'static [&'static str],
        row: F,
    ) -> Self {
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(Lines { inner: reader, passed: 0, breaks: VecDeque::new(), line: 1 });
        let (order, record) = (Vec::new(), ByteRecord::new());
        Self { reader, columns, optional, order, record, row, ended: false }
    }

    /// The next record: `false` at the end of the file.
    fn advance(&mut self) -> Result<bool, Vec<RowError>> {
        self.reader.read_byte_record(&mut self.record).map_err(|error| {
            self.ended = true;
            vec![fault(1, "(file)", format!("the file cannot be read: {}", std::io::Error::from(error)))]
        })
    }

    fn read_header(&mut self) -> Result<(), Vec<RowError>> {
        self.ended = true;
        if !self.advance()? {
            return Err(vec![fault(1, "(file)", "the file is empty; a header row is needed")]);
        }
        self.order = header(&self.record, self.columns, self.optional)?;
        self.ended = false;
        Ok(())
    }
}

impl<R, F, T> Table<R, F>
where
    R: Read,
    F: FnMut(&mut Fields<'_>) -> Option<T>,
{
    /// The record at hand: a row, its faults, or nothing.
    fn parsed(&mut self) -> Option<Result<T, Vec<RowError>>> {
        let (order, record) = (&self.order, &self.record);
        let line = self.reader.get_mut().line_of(record.position().map_or(0, csv::Position::byte));
        let mut errors = Vec::new();
        if record.len() != order.len() {
            let message = format!("{} values, but the header has {} columns", record.len(), order.len());
            return Some(Err(vec![fault(line, "(row)", message)]));
        }
        let mut values = Vec::with_capacity(order.len());
        for (column, value) in order.iter().zip(record) {
            match std::str::from_utf8(value) {
                // A quote that is not closed swallows the rows after it: say so instead of storing them.
                Ok(value) if value.contains(['\n', '\r']) => {
                    errors.push(fault(line, *column, "contains a line break; is a quote not closed?"));
                }
                Ok(value) => values.push((*column, value)),
                Err(_) => errors.push(fault(line, *column, "is not UTF-8; save the file as UTF-8")),
            }
        }
        if !errors.is_empty() {
            return Some(Err(errors));
        }
        let parsed = (self.row)(&mut Fields { row: line, values, errors: &mut errors });
        if errors.is_empty() { parsed.map(Ok) } else { Some(Err(errors)) }
    }
}

impl<R, F, T> Iterator for Table<R, F>
where
    R: Read,
    F: FnMut(&mut Fields<'_>) -> Option<T>,
{
    type Item = Result<T, Vec<RowError>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.order.is_empty()
            && !self.ended
            && let Err(faults) = self.read_header()
        {
            return Some(Err(faults));
        }
        while !self.ended {
            match self.advance() {
                Ok(true) => {
                    if let Some(row) = self.parsed() {
                        return Some(row);
                    }
                }
                Ok(false) => self.ended = true,
                Err(faults) => return Some(Err(faults)),
            }
        }
        None
    }
}

/// The known column at each place of the file.
fn header(
    record: &ByteRecord,
    columns: &'static [&'static str],
    optional: &'static [&'static str],
) -> Result<Vec<&'static str>, Vec<RowError>> {
    let known = || columns.iter().chain(optional);
    let mut order = Vec::new();
    let mut errors = Vec::new();
    for name in record {
        let name = String::from_utf8_lossy(name);
        match known().find(|column| **column == name) {
            Some(column) if order.contains(column) => {
                errors.push(fault(1, *column, "stands twice in the header"));
            }
            Some(column) => order.push(*column),
            None => {
                let shown: String = name.chars().take(40).collect();
                errors.push(fault(
                    1,
                    shown,
                    format!(
                        "is not a column of this file; known: {}",
                        known().copied().collect::<Vec<_>>().join(", ")
                    ),
                ));
            }
        }
    }
    let missing = columns.iter().filter(|column| !order.contains(column));
    errors.extend(missing.map(|column| fault(1, *column, "is missing in the header")));
    if errors.is_empty() { Ok(order) } else { Err(errors) }
}

fn fault(row: u64, column: impl Into<String>, message: impl Into<String>) -> RowError {
    RowError { row, column: column.into(), message: message.into() }
}

/// Counts the lines that pass, as an editor counts. The reader's own count is off after CRLF and blank lines, which it
/// takes for the beginning of the next record.
struct Lines<R> {
    inner: R,
    passed: u64,
    /// Where CR and LF stand that were read and not counted yet, and which of them end a line.
    breaks: VecDeque<(u64, bool)>,
    line: u64,
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        for (place, byte) in (self.passed..).zip(buffer.iter().take(count)) {
            if matches!(byte, b'\r' | b'\n') {
                self.breaks.push_back((place, *byte == b'\n'));
            }
        }
        self.passed += u64::try_from(count).unwrap_or_default();
        Ok(count)
    }
}

impl<R> Lines<R> {
    /// The line of the record whose bytes begin at `offset`. Offsets must not go backwards.
    fn line_of(&mut self, mut offset: u64) -> u64 {
        while let Some((place, ends_a_line)) = self.breaks.front().copied().filter(|(at, _)| *at <= offset) {
            offset += u64::from(place == offset);
            self.line += u64::from(ends_a_line);
            self.breaks.pop_front();
        }
        self.line
    }
}

impl Fields<'_> {
    pub(super) fn fault(&mut self, column: &str, message: impl Into<String>) {
        self.errors.push(fault(self.row, column, message));
    }

    /// The value, empty when it is.
    pub(super) fn text(&self, column: &str) -> &str {
        self.values.iter().find(|(name, _)| *name == column).map(|(_, value)| *value).unwrap_or_default()
    }

    pub(super) fn optional(&self, column: &str) -> Option<String> {
        Some(self.text(column)).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    pub(super) fn required(&mut self, column: &str) -> Option<String> {
        let value = self.optional(column);
        if value.is_none() {
            self.fault(column, "is empty");
        }
        value
    }

    /// A required value of a fixed list. `shown` names the list in the message.
    pub(super) fn one_of<T>(
        &mut self,
        column: &str,
        shown: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let parsed = parse(self.text(column));
        if parsed.is_none() {
            self.fault(column, format!("must be one of {shown}"));
        }
        parsed
    }

    pub(super) fn required_date(&mut self, column: &str) -> Option<NaiveDate> {
        if self.required(column).is_some() { self.optional_date(column) } else { None }
    }

    pub(super) fn optional_date(&mut self, column: &str) -> Option<NaiveDate> {
        let text = self.optional(column)?;
        // Strictly ISO: `parse` alone would take 2026-1-2 as well.
        let date = (text.len() == 10).then(|| text.parse::<NaiveDate>().ok()).flatten();
        if date.is_none() {
            self.fault(column, "is not a date that exists, written YYYY-MM-DD");
        }
        date
    }

    /// A required office code: three digits, leading zeros included.
    pub(super) fn office_code(&mut self, column: &str) -> Option<OfficeCode> {
        let code = self.required(column)?.parse();
        if code.is_err() {
            self.fault(column, "is not an office code of three digits (leading zeros included)");
        }
        code.ok()
    }

    /// An identity number of one of `kinds`. A suspicious one is taken: the registry decides, and this is it.
    pub(super) fn optional_tax_id(&mut self, column: &str, kinds: &[TaxIdKind]) -> Option<TaxId> {
        let text = self.optional(column)?;
        match TaxId::parse(&text) {
            Ok(id) if kinds.contains(&id.kind()) => Some(id),
            Ok(id) => {
                self.fault(
                    column,
                    format!("holds a number of the kind {}, which does not belong here", id.kind().as_str()),
                );
                None
            }
            Err(error) => {
                self.fault(column, format!("is not an identity number: {error}"));
                None
            }
        }
    }

    /// The number of a taxpayer in any of its forms.
    pub(super) fn tax_id(&mut self, column: &str) -> Option<TaxId> {
        self.required(column)?;
        self.optional_tax_id(
            column,
            &[TaxIdKind::Npwp15, TaxIdKind::Npwp16, TaxIdKind::Nik16, TaxIdKind::Nitku22],
        )
    }

    pub(super) fn optional_email(&mut self, column: &str) -> Option<EmailAddress> {
        match self.optional(column)?.parse() {
            Ok(address) => Some(address),
            Err(error) => {
                self.fault(column, error.to_string());
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Pair = (u64, String, Option<NaiveDate>);

    fn pairs(text: &[u8]) -> Result<Vec<Pair>, Vec<RowError>> {
        read(text, &["code", "on"], |fields| {
            let code = fields.office_code("code");
            let on = fields.optional_date("on");
            Some((fields.row, code?.to_string(), on))
        })
    }

    fn faults(text: &[u8]) -> Vec<String> {
        pairs(text).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn columns_may_stand_in_any_order_and_codes_keep_their_zeros() {
        let rows = pairs(b"\xef\xbb\xbfon,code\r\n2026-01-02, 001\r\n\r\n,\"052\"\r\n").unwrap();
        assert_eq!(rows, [(2, "001".to_owned(), "2026-01-02".parse().ok()), (4, "052".to_owned(), None)]);
    }

    #[test]
    fn every_fault_of_every_row_is_reported_at_once() {
        assert_eq!(
            faults(b"code,on\n1,2026-02-30\n001\n002,2026-1-2\n,\xff\n,\n"),
            [
                "row 2, column code: is not an office code of three digits (leading zeros included)",
                "row 2, column on: is not a date that exists, written YYYY-MM-DD",
                "row 3, column (row): 1 values, but the header has 2 columns",
                "row 4, column on: is not a date that exists, written YYYY-MM-DD",
                "row 5, column on: is not UTF-8; save the file as UTF-8",
                "row 6, column code: is empty",
            ]
        );
    }

    #[test]
    fn a_quote_that_is_not_closed_is_told() {
        assert_eq!(
            faults(b"on,code\n2026-01-02,\"001\n2026-01-03,002\n"),
            ["row 2, column code: contains a line break; is a quote not closed?"]
        );
    }

    #[test]
    fn the_header_is_checked_by_name() {
        assert_eq!(
            faults(b"on,on,name\n"),
            [
                "row 1, column on: stands twice in the header",
                "row 1, column name: is not a column of this file; known: code, on",
                "row 1, column code: is missing in the header",
            ]
        );
        assert_eq!(faults(b""), ["row 1, column (file): the file is empty; a header row is needed"]);
        assert_eq!(pairs(b"code,on\n"), Ok(Vec::new()));
    }
}
