//! XLSX (ECMA-376) as a stream: each sheet is written row by row into the archive and never held. Texts are texts and no
//! formulas, whatever they begin with.

use std::{
    fmt::Write as _,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{NaiveDate, NaiveDateTime, Timelike};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions, write::StreamWriter};

use super::{Cell, cover::Cover};

/// A sheet ends here and another one begins: spreadsheets take 1,048,576 rows.
const ROWS_OF_A_SHEET: u64 = 1_000_000;
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
/// Cell formats in the order of the style sheet: plain, heading, day, time.
const STYLES: &str = "<numFmts count=\"2\"><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\"/><numFmt numFmtId=\"165\" formatCode=\"yyyy\\-mm\\-dd\\ hh:mm:ss\"/></numFmts><fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font><font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts><fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills><borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs><cellXfs count=\"4\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/><xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\"/><xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/><xf numFmtId=\"165\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/></cellXfs><cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles>";
const HEADING: u8 = 1;

/// What the archive has written and nobody took yet.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn take(&self, at_least: usize) -> Option<Vec<u8>> {
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (bytes.len() >= at_least).then(|| std::mem::take(&mut *bytes))
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) struct XlsxFile {
    archive: ZipWriter<StreamWriter<Written>>,
    written: Written,
    columns: &'static [&'static str],
    /// Sheets of rows so far.
    sheets: usize,
    /// Rows of the sheet that is open.
    rows: u64,
    line: String,
}

impl XlsxFile {
    pub(super) fn begin(cover: &Cover, columns: &'static [&'static str]) -> anyhow::Result<Self> {
        let written = Written::default();
        let archive = ZipWriter::new_stream(written.clone());
        let mut file = Self { archive, written, columns, sheets: 0, rows: 0, line: String::new() };
        file.open("xl/worksheets/sheet1.xml")?;
        file.say(&format!("{DECLARATION}<worksheet xmlns=\"{MAIN}\"><cols><col min=\"1\" max=\"1\" width=\"18\" customWidth=\"1\"/><col min=\"2\" max=\"2\" width=\"70\" customWidth=\"1\"/></cols><sheetData>"))?;
        for (name, value) in cover.lines() {
            file.cells([(&Cell::Text(name), HEADING), (&Cell::Text(value), 0)].into_iter())?;
        }
        file.say("</sheetData></worksheet>")?;
        file.next_sheet()?;
        Ok(file)
    }

    fn open(&mut self, name: &str) -> anyhow::Result<()> {
        // One time for all: a file says on its cover when it was made.
        let options =
            SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).large_file(false);
        Ok(self.archive.start_file(name, options)?)
    }

    fn say(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(self.archive.write_all(text.as_bytes())?)
    }

    fn next_sheet(&mut self) -> anyhow::Result<()> {
        if self.sheets > 0 {
            self.say("</sheetData></worksheet>")?;
        }
        self.sheets += 1;
        self.rows = 0;
        self.open(&format!("xl/worksheets/sheet{}.xml", self.sheets + 1))?;
        self.say(&format!("{DECLARATION}<worksheet xmlns=\"{MAIN}\"><sheetViews><sheetView workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews><cols><col min=\"1\" max=\"{}\" width=\"22\" customWidth=\"1\"/></cols><sheetData>", self.columns.len()))?;
        let heads: Vec<Cell> = self.columns.iter().map(|name| Cell::text(*name)).collect();
        self.cells(heads.iter().map(|cell| (cell, HEADING)))
    }

    pub(super) fn row(&mut self, cells: &[Cell]) -> anyhow::Result<()> {
        if self.rows == ROWS_OF_A_SHEET {
            self.next_sheet()?;
        }
        self.rows += 1;
        self.cells(cells.iter().map(|cell| (cell, 0)))
    }

    fn cells<'a>(&mut self, cells: impl Iterator<Item = (&'a Cell, u8)>) -> anyhow::Result<()> {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        line.push_str("<row>");
        for (cell, style) in cells {
            match cell {
                Cell::Text(text) => {
                    write!(line, "<c t=\"inlineStr\" s=\"{style}\"><is><t xml:space=\"preserve\">")?;
                    escape(text, &mut line);
                    line.push_str("</t></is></c>");
                }
                Cell::Number(number) => write!(line, "<c><v>{number}</v></c>")?,
                Cell::Day(day) => write!(line, "<c s=\"2\"><v>{}</v></c>", days(*day))?,
                Cell::Time(time) => write!(line, "<c s=\"3\"><v>{}</v></c>", days_and_time(*time))?,
                Cell::Empty => line.push_str("<c/>"),
            }
        }
        line.push_str("</row>");
        self.say(&line)?;
        self.line = line;
        Ok(())
    }

    pub(super) fn piece(&mut self, size: usize) -> Option<Vec<u8>> {
        self.written.take(size)
    }

    /// The parts that name the sheets, and the end of the archive.
    pub(super) fn end(mut self) -> anyhow::Result<Vec<u8>> {
        self.say("</sheetData></worksheet>")?;
        let (mut sheets, mut relations, mut types) = (String::new(), String::new(), String::new());
        for number in 1..=self.sheets + 1 {
            let name = match number {
                1 => "Sampul".to_owned(),
                2 => "Data".to_owned(),
                more => format!("Data {}", more - 1),
            };
            write!(sheets, "<sheet name=\"{name}\" sheetId=\"{number}\" r:id=\"rId{number}\"/>")?;
            write!(
                relations,
                "<Relationship Id=\"rId{number}\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>"
            )?;
            write!(
                types,
                "<Override PartName=\"/xl/worksheets/sheet{number}.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>"
            )?;
        }
        let style = self.sheets + 2;
        let package = "http://schemas.openxmlformats.org/package/2006";
        let parts = [
            (
                "xl/workbook.xml",
                format!(
                    "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheets>{sheets}</sheets></workbook>"
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    "<Relationships xmlns=\"{package}/relationships\">{relations}<Relationship Id=\"rId{style}\" Type=\"{RELATIONS}/styles\" Target=\"styles.xml\"/></Relationships>"
                ),
            ),
            ("xl/styles.xml", format!("<styleSheet xmlns=\"{MAIN}\">{STYLES}</styleSheet>")),
            (
                "_rels/.rels",
                format!(
                    "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"rId1\" Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                ),
            ),
            (
                "[Content_Types].xml",
                format!(
                    "<Types xmlns=\"{package}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/><Override PartName=\"/xl/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/>{types}</Types>"
                ),
            ),
        ];
        for (name, text) in parts {
            self.open(name)?;
            self.say(DECLARATION)?;
            self.say(&text)?;
        }
        self.archive.finish()?;
        Ok(self.written.take(0).unwrap_or_default())
    }
}

/// Days since the one that spreadsheets count from.
fn days(day: NaiveDate) -> i64 {
    day.signed_duration_since(NaiveDate::from_ymd_opt(1899, 12, 30).unwrap_or_default()).num_days()
}

fn days_and_time(time: NaiveDateTime) -> String {
    // Ten digits of a day are finer than a millisecond.
    let seconds = u64::from(time.num_seconds_from_midnight());
    format!("{}.{:010}", days(time.date()), seconds * 10_000_000_000 / 86_400)
}

/// Text of XML; characters that XML 1.0 has no place for are left out.
fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' | '\n' | '\r' => out.push(' '),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            other => out.push(other),
        }
    }
}
