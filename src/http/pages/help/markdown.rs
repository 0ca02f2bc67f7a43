//! The Markdown of help as HTML: paragraphs, lists, tables, bold, emphasis, links within the site. Anything else is an
//! error, so that a text never looks otherwise than its author saw it.

use std::fmt::Write as _;

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::http::pages::frame::escape;

/// A piece of a text, being written.
#[derive(Debug, Default)]
pub struct Writer {
    pub html: String,
    /// What a person reads, for the search.
    pub plain: String,
    /// Where the links lead, as they were written.
    pub links: Vec<String>,
    table: Option<Table>,
}

#[derive(Debug, Default)]
struct Table {
    rows: Vec<Vec<String>>,
    cell: Option<String>,
}

impl Writer {
    pub fn event(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => {
                self.put(&escape(&text));
                self.plain.push_str(&text);
                Ok(())
            }
            Event::SoftBreak => {
                self.put(" ");
                self.plain.push(' ');
                Ok(())
            }
            other => Err(format!("help does not use {other:?}")),
        }
    }

    fn put(&mut self, html: &str) {
        match self.table.as_mut().and_then(|table| table.cell.as_mut()) {
            Some(cell) => cell.push_str(html),
            None => self.html.push_str(html),
        }
    }

    fn start(&mut self, tag: &Tag<'_>) -> Result<(), String> {
        match tag {
            Tag::Paragraph => self.put("<p>"),
            Tag::List(Some(1)) => self.put("<ol>"),
            Tag::List(None) => self.put("<ul>"),
            Tag::Item => self.put("<li>"),
            Tag::Strong => self.put("<strong>"),
            Tag::Emphasis => self.put("<em>"),
            Tag::Table(_) => self.table = Some(Table::default()),
            Tag::TableHead | Tag::TableRow => self.rows()?.push(Vec::new()),
            Tag::TableCell => {
                self.table.as_mut().ok_or("a cell outside of a table")?.cell = Some(String::new());
            }
            Tag::Link { dest_url, .. } => {
                let href = match dest_url.strip_prefix('#') {
                    Some(topic) => format!("/bantuan/{topic}"),
                    None if dest_url.starts_with('/') => dest_url.to_string(),
                    None => return Err(format!("{dest_url} leads away from the site")),
                };
                self.put(&format!("<a href=\"{}\">", escape(&href)));
                self.links.push(dest_url.to_string());
            }
            other => return Err(format!("help does not use {other:?}")),
        }
        Ok(())
    }

    fn rows(&mut self) -> Result<&mut Vec<Vec<String>>, String> {
        Ok(&mut self.table.as_mut().ok_or("a row outside of a table")?.rows)
    }

    fn end(&mut self, tag: TagEnd) -> Result<(), String> {
        match tag {
            TagEnd::Paragraph => self.block("</p>"),
            TagEnd::List(true) => self.block("</ol>"),
            TagEnd::List(false) => self.block("</ul>"),
            TagEnd::Item => self.block("</li>"),
            TagEnd::Strong => self.put("</strong>"),
            TagEnd::Emphasis => self.put("</em>"),
            TagEnd::Link => self.put("</a>"),
            TagEnd::TableCell => {
                self.plain.push(' ');
                let cell = self.table.as_mut().and_then(|table| table.cell.take()).unwrap_or_default();
                self.rows()?.last_mut().ok_or("a cell without its row")?.push(cell);
            }
            TagEnd::TableHead | TagEnd::TableRow => {}
            TagEnd::Table => {
                let table = self.table.take().unwrap_or_default();
                self.html.push_str(&drawn(&table.rows).ok_or("a table needs a head and rows")?);
            }
            other => return Err(format!("help does not use {other:?}")),
        }
        Ok(())
    }

    fn block(&mut self, close: &str) {
        self.put(close);
        self.plain.push(' ');
    }
}

/// A table for wide windows, and the same column by column for narrow ones, where it would not fit.
fn drawn(rows: &[Vec<String>]) -> Option<String> {
    let (head, body) = rows.split_first().filter(|(_, body)| !body.is_empty())?;
    let mut html = String::from("<div class=\"only-w\"><table class=\"ak-compare\"><thead><tr><td></td>");
    for name in head.iter().skip(1) {
        let _ = write!(html, "<th scope=\"col\">{name}</th>");
    }
    html.push_str("</tr></thead><tbody>");
    for row in body {
        let (name, cells) = row.split_first()?;
        let _ = write!(html, "<tr><th scope=\"row\">{name}</th>");
        for cell in cells {
            let _ = write!(html, "<td>{cell}</td>");
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table></div><div class=\"only-n ak-stack\">");
    for (column, name) in head.iter().enumerate().skip(1) {
        let _ = write!(html, "<section class=\"ak-panel\"><h2>{name}</h2><dl class=\"ak-kv\">");
        for row in body {
            let _ = write!(html, "<dt>{}</dt><dd>{}</dd>", row.first()?, row.get(column)?);
        }
        html.push_str("</dl></section>");
    }
    html.push_str("</div>");
    Some(html)
}
