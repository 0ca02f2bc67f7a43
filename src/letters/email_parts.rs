//! The wording of an e-mail as parts: read once, so that its plain text and its HTML cannot say different things.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::literal::reveal;

/// Why a text cannot become an e-mail.
type Refused = &'static str;

/// A piece of the e-mail, from the top.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    pub look: Look,
    /// An empty line stands above it.
    pub apart: bool,
    pub content: Content,
}

/// What a part is to a reader: the plain text does not show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    Body,
    /// What protects the reader.
    Warning,
    /// Where to ask, and the number of the e-mail.
    Foot,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Content {
    Paragraph(Vec<Line>),
    /// Numbered from 1.
    Steps(Vec<Vec<Line>>),
    /// Columns, a link or a code: each row stays as it is.
    Verbatim(Vec<Row>),
}

/// A line of the wording; long ones are wrapped.
pub type Line = Vec<Run>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub text: String,
    pub bold: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    pub text: String,
    /// Name and value, when the wording has a colon between spaces.
    pub pair: Option<(String, String)>,
}

/// Reads a filled-in text whose values are still hidden; the parts hold what is to be shown.
pub fn parse(text: &str) -> Result<Vec<Part>, Refused> {
    let mut reader =
        Reader { parts: Vec::new(), look: Look::Body, apart: false, open: Open::Nothing, bold: false };
    for (event, range) in Parser::new_ext(text, Options::empty()).into_offset_iter() {
        if matches!(event, Event::Start(_)) && matches!(reader.open, Open::Nothing) {
            reader.apart |= is_apart(text, range.start);
        }
        reader.event(event)?;
    }
    if reader.look == Look::Body { Ok(reader.parts) } else { Err("a region is not closed") }
}

/// Whether the line above is empty.
fn is_apart(text: &str, at: usize) -> bool {
    let blank = [' ', '\t'];
    let above = text[..at].trim_end_matches(blank).strip_suffix('\n');
    above.is_some_and(|above| above.trim_end_matches(blank).ends_with('\n'))
}

struct Reader {
    parts: Vec<Part>,
    look: Look,
    apart: bool,
    open: Open,
    bold: bool,
}

/// The part that is being read.
enum Open {
    Nothing,
    Paragraph(Vec<Line>),
    Steps(Vec<Vec<Line>>),
    Verbatim(String),
}

impl Reader {
    fn event(&mut self, event: Event<'_>) -> Result<(), Refused> {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => {
                self.end(tag);
                Ok(())
            }
            Event::Text(text) => {
                self.text(&text);
                Ok(())
            }
            Event::SoftBreak | Event::HardBreak => {
                self.new_line();
                Ok(())
            }
            Event::Html(html) => self.marker(html.trim()),
            Event::InlineHtml(_) => Err("HTML inside a paragraph"),
            Event::Code(_) => Err("code inside a paragraph; indent a line of its own by four spaces"),
            Event::Rule => Err("a horizontal rule"),
            Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::FootnoteReference(_)
            | Event::TaskListMarker(_) => Err("Markdown that e-mails do not use"),
        }
    }

    fn start(&mut self, tag: &Tag<'_>) -> Result<(), Refused> {
        match tag {
            Tag::Paragraph => match &self.open {
                Open::Nothing => self.open = Open::Paragraph(vec![Line::new()]),
                Open::Steps(items)
                    if items.last().is_some_and(|lines| lines.iter().any(|line| !line.is_empty())) =>
                {
                    return Err("an empty line, or a row of columns, inside a step of an enumeration");
                }
                Open::Paragraph(_) | Open::Steps(_) | Open::Verbatim(_) => {}
            },
            Tag::Strong => self.bold = true,
            Tag::CodeBlock(CodeBlockKind::Indented) if matches!(self.open, Open::Nothing) => {
                self.open = Open::Verbatim(String::new());
            }
            Tag::List(Some(1)) if matches!(self.open, Open::Nothing) => self.open = Open::Steps(Vec::new()),
            Tag::Item => {
                if let Open::Steps(items) = &mut self.open {
                    items.push(vec![Line::new()]);
                }
            }
            Tag::HtmlBlock => {}
            Tag::CodeBlock(_) => return Err("a fenced block, or an indented one inside an enumeration"),
            Tag::List(Some(_)) => {
                return Err(
                    "an enumeration inside another one, or one that begins with another number than 1",
                );
            }
            Tag::List(None) => return Err("a list without numbers"),
            Tag::Link { .. } | Tag::Image { .. } => {
                return Err("a link in Markdown or a picture; a field that is a URL becomes a link");
            }
            Tag::Emphasis => return Err("italics"),
            Tag::Heading { .. } => return Err("a heading; the subject is the heading"),
            Tag::BlockQuote(_)
            | Tag::Strikethrough
            | Tag::Table(_)
            | Tag::TableHead
            | Tag::TableRow
            | Tag::TableCell
            | Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => return Err("Markdown that e-mails do not use"),
        }
        Ok(())
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Strong => self.bold = false,
            TagEnd::Paragraph if matches!(self.open, Open::Paragraph(_)) => self.close(),
            TagEnd::List(_) | TagEnd::CodeBlock => self.close(),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if let Open::Verbatim(code) = &mut self.open {
            code.push_str(text);
            return;
        }
        let (bold, text) = (self.bold, reveal(text));
        if let Some(line) = self.lines().and_then(|lines| lines.last_mut()) {
            match line.last_mut() {
                Some(last) if last.bold == bold => last.text.push_str(&text),
                Some(_) | None => line.push(Run { text, bold }),
            }
        }
    }

    fn new_line(&mut self) {
        if let Some(lines) = self.lines()
            && lines.last().is_some_and(|line| !line.is_empty())
        {
            lines.push(Line::new());
        }
    }

    fn lines(&mut self) -> Option<&mut Vec<Line>> {
        match &mut self.open {
            Open::Paragraph(lines) => Some(lines),
            Open::Steps(items) => items.last_mut(),
            Open::Nothing | Open::Verbatim(_) => None,
        }
    }

    fn close(&mut self) {
        let content = match std::mem::replace(&mut self.open, Open::Nothing) {
            Open::Nothing => return,
            Open::Paragraph(lines) => Content::Paragraph(lines),
            Open::Steps(items) => Content::Steps(items),
            Open::Verbatim(code) => Content::Verbatim(code.trim_end().lines().map(row).collect()),
        };
        self.parts.push(Part { look: self.look, apart: self.apart, content });
        self.apart = false;
    }

    fn marker(&mut self, html: &str) -> Result<(), Refused> {
        let name = html.strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->")).map(str::trim);
        self.look = match (name, self.look) {
            (Some("peringatan"), Look::Body) => Look::Warning,
            (Some("kaki"), Look::Body) => Look::Foot,
            (Some("/peringatan"), Look::Warning) | (Some("/kaki"), Look::Foot) => Look::Body,
            (Some(_), _) => return Err("a region that e-mails do not know, or one inside another one"),
            (None, _) => return Err("HTML other than the marker of a region"),
        };
        Ok(())
    }
}

/// The colon between name and value belongs to the wording; one inside a value is still hidden here.
fn row(line: &str) -> Row {
    let pair = line.split_once(" : ").map(|(key, value)| (reveal(key.trim()), reveal(value.trim())));
    Row { text: reveal(line.trim_end()), pair }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letters::literal::hide_in_email as hide;

    fn plain(text: &str) -> Line {
        vec![Run { text: text.to_owned(), bold: false }]
    }

    #[test]
    fn paragraphs_steps_and_columns_are_told_apart() {
        let text =
            "Halo,\n\nLangkah:\n1. Satu.\n   Caranya: a\n2. Dua.\n\nData:\n\n    Nomor : 7\n    Nama  : B\n";

        let parts = parse(text).unwrap();

        let apart: Vec<bool> = parts.iter().map(|part| part.apart).collect();
        assert_eq!(apart, [false, true, false, true, true]);
        assert_eq!(parts[1].content, Content::Paragraph(vec![plain("Langkah:")]));
        assert_eq!(
            parts[2].content,
            Content::Steps(vec![vec![plain("Satu."), plain("Caranya: a")], vec![plain("Dua.")]])
        );
        let row = |text: &str, key: &str, value: &str| Row {
            text: text.to_owned(),
            pair: Some((key.to_owned(), value.to_owned())),
        };
        assert_eq!(
            parts[4].content,
            Content::Verbatim(vec![row("Nomor : 7", "Nomor", "7"), row("Nama  : B", "Nama", "B")])
        );
    }

    #[test]
    fn a_value_is_no_markdown_no_html_and_no_column() {
        let hostile = "**x** <b>y</b> <!-- kaki --> 1. a [l](http://j.example) : z";
        let text = format!("{}\n\n    Nama : {}\n", hide(hostile), hide(hostile));

        let parts = parse(&text).unwrap();

        assert_eq!(parts[0].content, Content::Paragraph(vec![plain(hostile)]));
        let pair = Some(("Nama".to_owned(), hostile.to_owned()));
        assert_eq!(
            parts[1].content,
            Content::Verbatim(vec![Row { text: format!("Nama : {hostile}"), pair }])
        );
        assert!(parts.iter().all(|part| part.look == Look::Body));
    }

    #[test]
    fn regions_change_the_look_and_leave_the_lines_where_they_are() {
        let parts = parse(
            "A\n\n<!-- kaki -->\nB\n<!-- /kaki -->\n\n<!-- peringatan -->\n**C** D\n<!-- /peringatan -->\n",
        )
        .unwrap();

        let seen: Vec<(Look, bool)> = parts.iter().map(|part| (part.look, part.apart)).collect();
        assert_eq!(seen, [(Look::Body, false), (Look::Foot, true), (Look::Warning, true)]);
        let Content::Paragraph(lines) = &parts[2].content else { panic!("{parts:?}") };
        assert_eq!(lines[0][0], Run { text: "C".to_owned(), bold: true });
    }

    #[test]
    fn what_would_read_differently_as_text_and_as_html_is_refused() {
        for text in [
            "# A",
            "> A",
            "- a",
            "3. a",
            "`a`",
            "*a*",
            "a <b>b</b>",
            "<div>a</div>",
            "[a](http://b.example)",
            "![a](b)",
            "```\na\n```",
            "a\n***\nb",
            "<!-- kop -->",
            "<!-- kaki -->\na",
            "1. a\n   1. b",
            "1. a\n\n    b : c",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
