//! CSV (RFC 4180) as spreadsheets open it: UTF-8 with its mark, and no value that a spreadsheet takes for a formula.

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};

use super::{Cell, cover::Cover};

const MARK: &[u8] = "\u{feff}".as_bytes();

pub(super) struct CsvFile(Writer<Vec<u8>>);

impl CsvFile {
    pub(super) fn begin(cover: &Cover, columns: &[&str]) -> anyhow::Result<Self> {
        let mut file = WriterBuilder::new()
            .flexible(true)
            .terminator(Terminator::CRLF)
            .quote_style(QuoteStyle::Necessary)
            .from_writer(MARK.to_vec());
        for (name, value) in cover.lines() {
            file.write_record([harmless(&name), harmless(&value)])?;
        }
        file.write_record([""])?;
        file.write_record(columns)?;
        Ok(Self(file))
    }

    pub(super) fn row(&mut self, cells: &[Cell]) -> anyhow::Result<()> {
        for cell in cells {
            match cell {
                Cell::Text(text) => self.0.write_field(harmless(text))?,
                Cell::Number(number) => self.0.write_field(number.to_string())?,
                Cell::Day(day) => self.0.write_field(day.to_string())?,
                Cell::Time(time) => self.0.write_field(time.format("%Y-%m-%d %H:%M:%S").to_string())?,
                Cell::Empty => self.0.write_field("")?,
            }
        }
        Ok(self.0.write_record(None::<&[u8]>)?)
    }

    pub(super) fn piece(&mut self, size: usize) -> anyhow::Result<Option<Vec<u8>>> {
        if self.0.get_ref().len() < size {
            return Ok(None);
        }
        self.0.flush()?;
        // A writer begins a record anew only between records, and that is where this is called.
        let full = std::mem::replace(
            &mut self.0,
            WriterBuilder::new().flexible(true).terminator(Terminator::CRLF).from_writer(Vec::new()),
        );
        Ok(Some(full.into_inner().map_err(csv::IntoInnerError::into_error)?))
    }

    pub(super) fn end(self) -> anyhow::Result<Vec<u8>> {
        Ok(self.0.into_inner().map_err(csv::IntoInnerError::into_error)?)
    }
}

/// How a formula begins; some spreadsheets read the full-width signs as the plain ones.
const FORMULA: [char; 13] = ['=', '+', '-', '@', '\t', '\r', '\n', '|', '%', '＝', '＋', '－', '＠'];

/// A text that begins as a formula does gets an apostrophe, which spreadsheets take for "this is text".
pub(super) fn harmless(text: &str) -> String {
    let formula = text.starts_with(FORMULA);
    if formula { format!("'{text}") } else { text.to_owned() }
}
