//! Markdown to blocks. Only the structures that `letter-templates/README.md` names are known; others are refused.

use pulldown_cmark::{Alignment, CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::blocks::{Block, FaceName, Line, Placed, ReferenceRow, Region, Span};
use super::literal::{reveal, reveal_with_divisions};

/// Why a text cannot become a letter.
type Refused = &'static str;

/// Reads a filled-in text. Values in it are still hidden; the blocks hold what is to be printed.
pub fn parse(text: &str) -> Result<Vec<Placed>, Refused> {
    let mut reader = Reader::default();
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        reader.event(event)?;
    }
    if reader.region.is_some() {
        return Err("a region is not closed");
    }
    Ok(reader.blocks)
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Placed>,
    region: Option<Region>,
    quoted: bool,
    style: Style,
    /// Next number of each open enumeration.
    counters: Vec<u64>,
    marker: Option<Line>,
    paragraph: Option<Paragraph>,
    code: Option<Fenced>,
    table: Option<Table>,
}

/// A fenced block: the code, or a QR code with its address and the words beside it.
struct Fenced {
    qr: bool,
    text: String,
}

/// What the text that comes next looks like.
#[derive(Default)]
struct Style {
    bold: bool,
    italic: bool,
    struck: bool,
}

struct Paragraph {
    lines: Vec<Line>,
    marker: Option<Line>,
    tight: bool,
}

struct Table {
    /// Columns whose texts stand at the right.
    right: Vec<bool>,
    rows: Vec<Vec<Line>>,
}

impl Reader {
    fn event(&mut self, event: Event<'_>) -> Result<(), Refused> {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text),
            Event::SoftBreak | Event::HardBreak => {
                self.open_paragraph();
                if let Some(paragraph) = &mut self.paragraph {
                    paragraph.lines.push(Line::new());
                }
                Ok(())
            }
            Event::Html(html) => self.region_marker(html.trim()),
            Event::InlineHtml(_) => Err("HTML inside a paragraph"),
            Event::Code(_) => Err("code inside a paragraph; use a fenced block"),
            Event::Rule => Err("a horizontal rule"),
            Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::FootnoteReference(_)
            | Event::TaskListMarker(_) => Err("Markdown that letters do not use"),
        }
    }

    fn start(&mut self, tag: &Tag<'_>) -> Result<(), Refused> {
        match tag {
            Tag::Paragraph => {
                self.close_paragraph();
                self.open_paragraph();
                if let Some(paragraph) = &mut self.paragraph {
                    paragraph.tight = false;
                }
            }
            Tag::Strong => self.style.bold = true,
            Tag::Emphasis => self.style.italic = true,
            Tag::Strikethrough => self.style.struck = true,
            Tag::BlockQuote(_) => self.quoted = true,
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => {
                self.close_paragraph();
                let qr = match info.as_ref() {
                    "" => false,
                    "qr" => true,
                    _ => return Err("a fenced block of another kind than qr"),
                };
                self.code = Some(Fenced { qr, text: String::new() });
            }
            Tag::CodeBlock(CodeBlockKind::Indented) => {
                return Err("an indented block; use a fenced block for the code");
            }
            Tag::List(Some(first)) => {
                self.close_paragraph();
                self.counters.push(*first);
            }
            Tag::List(None) => return Err("a list without numbers"),
            Tag::Item => {
                let outermost = self.counters.len() == 1;
                if let Some(number) = self.counters.last_mut() {
                    let sign = if outermost { '.' } else { ')' };
                    self.marker = Some(vec![plain(&format!("{number}{sign}"))]);
                    *number += 1;
                }
            }
            Tag::Table(columns) => {
                self.close_paragraph();
                let right = columns.iter().map(|column| *column == Alignment::Right).collect();
                self.table = Some(Table { right, rows: Vec::new() });
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.rows.push(Vec::new());
                }
            }
            Tag::TableCell => {
                if let Some(row) = self.table.as_mut().and_then(|table| table.rows.last_mut()) {
                    row.push(Line::new());
                }
            }
            Tag::HtmlBlock => self.close_paragraph(),
            Tag::Heading { .. } => return Err("a heading; use a paragraph in bold"),
            Tag::Link { .. } | Tag::Image { .. } => return Err("a link or a picture"),
            Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => return Err("Markdown that letters do not use"),
        }
        Ok(())
    }

    fn end(&mut self, tag: TagEnd) -> Result<(), Refused> {
        match tag {
            TagEnd::Paragraph => self.close_paragraph(),
            TagEnd::Item => {
                self.close_paragraph();
                self.marker = None;
            }
            TagEnd::Strong => self.style.bold = false,
            TagEnd::Emphasis => self.style.italic = false,
            TagEnd::Strikethrough => self.style.struck = false,
            TagEnd::BlockQuote(_) => self.quoted = false,
            TagEnd::List(_) => {
                self.counters.pop();
            }
            TagEnd::CodeBlock => {
                if let Some(Fenced { qr, text }) = self.code.take() {
                    let mut lines = text.trim().lines().map(reveal);
                    let first = lines.next().unwrap_or_default();
                    let block = if qr {
                        Block::Qr { address: first, caption: lines.collect() }
                    } else {
                        Block::Code { text: first, depth: self.depth() }
                    };
                    self.place(block);
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    let block = table.into_block(self.depth())?;
                    self.place(block);
                }
            }
            TagEnd::TableHead
            | TagEnd::TableRow
            | TagEnd::TableCell
            | TagEnd::HtmlBlock
            | TagEnd::Heading(_)
            | TagEnd::Link
            | TagEnd::Image
            | TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::MetadataBlock(_) => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Refused> {
        if let Some(code) = &mut self.code {
            code.text.push_str(text);
            return Ok(());
        }
        let face = match (self.style.bold, self.style.italic) {
            (false, false) => FaceName::Regular,
            (true, false) => FaceName::Bold,
            (false, true) => FaceName::Italic,
            (true, true) => return Err("text that is bold and italic at once"),
        };
        let span = Span { text: text.to_owned(), face, struck: self.style.struck };
        if let Some(table) = &mut self.table {
            if let Some(cell) = table.rows.last_mut().and_then(|row| row.last_mut()) {
                push(cell, span);
            }
            return Ok(());
        }
        self.open_paragraph();
        if let Some(line) = self.paragraph.as_mut().and_then(|paragraph| paragraph.lines.last_mut()) {
            push(line, span);
        }
        Ok(())
    }

    fn region_marker(&mut self, html: &str) -> Result<(), Refused> {
        let name = html.strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->")).map(str::trim);
        match (name, self.region) {
            (Some("ruang"), _) => self.place(Block::Room),
            (Some(name), None) => {
                self.region =
                    Some(Region::from_marker(name).ok_or("a region that the layout does not know")?);
            }
            (Some(name), Some(open)) => {
                let closed = name.strip_prefix('/').and_then(Region::from_marker);
                if closed != Some(open) {
                    return Err("a region inside another one");
                }
                self.region = None;
            }
            (None, _) => return Err("HTML other than the marker of a region"),
        }
        Ok(())
    }

    /// Levels of enumeration: numbers are the first (1.), paragraphs with a letter the second (a.), numbers inside
    /// numbers the third (1)).
    fn depth(&self) -> u8 {
        match self.counters.len() {
            0 => 0,
            1 => 1,
            _ => 3,
        }
    }

    /// Markdown tells no beginning of a paragraph inside the items of a list without empty lines.
    fn open_paragraph(&mut self) {
        if self.paragraph.is_none() {
            let marker = self.marker.take();
            self.paragraph = Some(Paragraph { lines: vec![Line::new()], marker, tight: true });
        }
    }

    fn close_paragraph(&mut self) {
        let Some(mut paragraph) = self.paragraph.take() else { return };
        let mut depth = self.depth();
        // Inside a numbered item, a paragraph that begins with "a. " is its next level.
        if paragraph.marker.is_none()
            && depth == 1
            && let Some(letter) = take_letter(&mut paragraph.lines)
        {
            paragraph.marker = Some(vec![plain(&letter)]);
            depth = 2;
        }
        let lines: Vec<Line> =
            paragraph.lines.into_iter().map(divisible).filter(|line| !line.is_empty()).collect();
        if !lines.is_empty() {
            self.place(Block::Paragraph { lines, marker: paragraph.marker, depth, tight: paragraph.tight });
        }
    }

    fn place(&mut self, block: Block) {
        self.close_paragraph();
        let region = if self.quoted { Region::Margin } else { self.region.unwrap_or(Region::Body) };
        self.blocks.push(Placed { region, block });
    }
}

impl Table {
    fn into_block(self, depth: u8) -> Result<Block, Refused> {
        let mut rows = self.rows.into_iter();
        let header = rows.next().unwrap_or_default();
        let headless = header.iter().all(Vec::is_empty);
        match (headless, header.len()) {
            (true, 3) => {
                let rows = rows.map(|row| {
                    let [key, value, right] = cells(row)?;
                    Ok(ReferenceRow {
                        key: printed(key),
                        value: without_colon(value)?,
                        right: printed(right),
                    })
                });
                Ok(Block::Reference(rows.collect::<Result<_, Refused>>()?))
            }
            (true, 2) => {
                let rows = rows.map(|row| {
                    let [key, value] = cells(row)?;
                    let key = printed(key);
                    // A row without a name goes on with the value above it.
                    let value = if key.is_empty() { divisible(value) } else { without_colon(value)? };
                    Ok((key, value))
                });
                Ok(Block::KeyValue { rows: rows.collect::<Result<_, Refused>>()?, depth })
            }
            (true, _) => Err("a table without a header that has neither two nor three columns"),
            (false, _) => Ok(Block::Grid {
                right: self.right,
                header: header.into_iter().map(printed).collect(),
                rows: rows.map(|row| row.into_iter().map(printed).collect()).collect(),
            }),
        }
    }
}

fn cells<const N: usize>(row: Vec<Line>) -> Result<[Line; N], Refused> {
    row.try_into().map_err(|_| "a table row with a missing cell")
}

/// The colon belongs to the wording and is drawn by the layout; one inside a value is still hidden here.
fn without_colon(mut value: Line) -> Result<Line, Refused> {
    let first = value.first_mut().ok_or("a value without its colon")?;
    let rest = first.text.trim_start().strip_prefix(':').ok_or("a value without its colon")?;
    first.text = rest.trim_start().to_owned();
    Ok(divisible(value))
}

fn take_letter(lines: &mut [Line]) -> Option<String> {
    let first = lines.first_mut()?.first_mut()?;
    let mut characters = first.text.chars();
    let letter = characters.next().filter(char::is_ascii_lowercase)?;
    let rest = characters.as_str().strip_prefix(". ")?.to_owned();
    first.text = rest;
    Some(format!("{letter}."))
}

fn plain(text: &str) -> Span {
    Span { text: text.to_owned(), face: FaceName::Regular, struck: false }
}

fn push(line: &mut Line, span: Span) {
    match line.last_mut() {
        Some(last) if last.face == span.face && last.struck == span.struck => last.text.push_str(&span.text),
        _ => line.push(span),
    }
}

fn printed(line: Line) -> Line {
    shown(line, reveal)
}

/// Text that may be justified: its words carry the places where they may be divided.
fn divisible(line: Line) -> Line {
    shown(line, reveal_with_divisions)
}

fn shown(line: Line, reveal: fn(&str) -> String) -> Line {
    line.into_iter()
        .map(|span| Span { text: reveal(&span.text), ..span })
        .filter(|span| !span.text.is_empty())
        .collect()
}
