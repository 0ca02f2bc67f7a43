//! The HTML of an e-mail: the same parts in the look of the office.
//!
//! Loads nothing, runs nothing, follows nobody: no picture, no script, no address but those of links. A link is made only
//! where a field that the template declares as URL stands, never from what people typed.

use minijinja::{AutoEscape, Environment, syntax::SyntaxConfig, value::Serde};
use serde::Serialize;

use super::email_parts::{Content, Line, Look, Part, Run};

const FRAME: &str = include_str!("email_html/frame.html");
const NAME: &str = "frame.html";
/// Begins every subject; below the name of the office it stands as the name of the service.
const SERVICE: &str = "Permohonan Kode Aktivasi";

/// The page around the parts, parsed once.
pub struct Frame(Environment<'static>);

/// What a page is made of.
pub struct Page<'a> {
    pub subject: &'a str,
    /// Who writes; may be empty.
    pub office: &'a str,
    pub parts: &'a [Part],
    /// The addresses that become links.
    pub links: &'a [&'a str],
}

#[derive(Serialize)]
struct View<'a> {
    subject: &'a str,
    heading: String,
    office: &'a str,
    service: &'a str,
    parts: Vec<PartView>,
}

#[derive(Serialize)]
struct PartView {
    look: &'static str,
    #[serde(flatten)]
    content: ContentView,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum ContentView {
    Paragraph { lines: Vec<Vec<Piece>> },
    Steps { items: Vec<Vec<Vec<Piece>>> },
    Table { rows: Vec<TableRow> },
    Link { address: String },
    Code { lines: Vec<String> },
}

#[derive(Serialize)]
struct TableRow {
    name: String,
    value: Vec<Piece>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Piece {
    text: String,
    bold: bool,
    link: bool,
}

impl Frame {
    pub fn new() -> Result<Self, minijinja::Error> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        // Debug mode would keep the data inside errors.
        environment.set_debug(false);
        environment.add_template(NAME, FRAME)?;
        Ok(Self(environment))
    }

    pub fn html(&self, page: &Page<'_>) -> Result<String, minijinja::Error> {
        let view = View {
            subject: page.subject,
            heading: heading(page.subject),
            office: page.office,
            service: SERVICE,
            parts: page.parts.iter().map(|part| shown(part, page.links)).collect(),
        };
        self.0.get_template(NAME)?.render(Serde(view))
    }
}

/// The subject without what all subjects begin with.
fn heading(subject: &str) -> String {
    let rest = subject.strip_prefix(SERVICE).map_or(subject, |rest| rest.trim_start_matches([':', ' ']));
    let mut letters = rest.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn shown(part: &Part, links: &[&str]) -> PartView {
    let look = match part.look {
        Look::Body => "body",
        Look::Warning => "warn",
        Look::Foot => "soft",
    };
    let line = |line: &Line| line.iter().flat_map(|run| pieces(run, links)).collect::<Vec<_>>();
    let all = |lines: &[Line]| lines.iter().map(line).collect::<Vec<_>>();
    let content = match &part.content {
        Content::Paragraph(paragraph) => ContentView::Paragraph { lines: all(paragraph) },
        Content::Steps(items) => ContentView::Steps { items: items.iter().map(|item| all(item)).collect() },
        Content::Verbatim(rows) => {
            let pairs: Option<Vec<_>> = rows.iter().map(|row| row.pair.as_ref()).collect();
            match (pairs, rows.as_slice()) {
                (Some(pairs), _) => ContentView::Table {
                    rows: pairs
                        .into_iter()
                        .map(|(name, value)| TableRow {
                            name: name.clone(),
                            value: pieces(&plain(value), links),
                        })
                        .collect(),
                },
                (None, [only]) if is_address(&only.text, links) => {
                    ContentView::Link { address: only.text.clone() }
                }
                (None, _) => ContentView::Code { lines: rows.iter().map(|row| row.text.clone()).collect() },
            }
        }
    };
    PartView { look, content }
}

fn plain(text: &str) -> Run {
    Run { text: text.to_owned(), bold: false }
}

fn is_address(text: &str, links: &[&str]) -> bool {
    links.contains(&text)
}

/// Cuts a run at the addresses in it. Nothing is lost: joined, the pieces are the run.
fn pieces(run: &Run, links: &[&str]) -> Vec<Piece> {
    let piece = |text: &str, link| Piece { text: text.to_owned(), bold: run.bold, link };
    let (mut pieces, mut rest) = (Vec::new(), run.text.as_str());
    // The longest of those that begin at the first place where one begins.
    let next = |rest: &str| {
        let found = links.iter().filter_map(|link| rest.find(link).map(|at| (at, link.len())));
        found.min_by_key(|(at, length)| (*at, std::cmp::Reverse(*length)))
    };
    while let Some((at, length)) = next(rest) {
        if at > 0 {
            pieces.push(piece(&rest[..at], false));
        }
        pieces.push(piece(&rest[at..at + length], true));
        rest = &rest[at + length..];
    }
    if !rest.is_empty() {
        pieces.push(piece(rest, false));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn html(parts: &[Part], links: &[&str]) -> String {
        let page =
            Page { subject: "Permohonan Kode Aktivasi: surat S-1", office: "KPP <b>A</b>", parts, links };
        Frame::new().unwrap().html(&page).unwrap()
    }

    fn paragraph(text: &str) -> Part {
        Part { look: Look::Body, apart: true, content: Content::Paragraph(vec![vec![plain(text)]]) }
    }

    #[test]
    fn markup_in_a_value_is_shown_and_means_nothing() {
        let html = html(&[paragraph("<script>alert(1)</script> & \"x\"")], &[]);

        assert!(html.contains("&lt;script&gt;") && !html.contains("<script"), "{html}");
        assert!(html.contains("KPP &lt;b&gt;A&lt;"), "{html}");
    }

    #[test]
    fn only_addresses_of_fields_become_links() {
        let ours = "https://aktivasi.example/lacak";
        let text = format!("Buka {ours}, bukan https://jahat.example/lacak.");

        let html = html(&[paragraph(&text)], &[ours]);

        assert_eq!(html.matches("<a ").count(), 1, "{html}");
        assert!(html.contains("href=\"https:&#x2f;&#x2f;aktivasi.example&#x2f;lacak\""), "{html}");
    }

    #[test]
    fn the_heading_is_the_subject_without_its_beginning() {
        assert_eq!(heading("Permohonan Kode Aktivasi: kode bukti email Anda"), "Kode bukti email Anda");
        assert_eq!(heading("[H-1] 3 permohonan"), "[H-1] 3 permohonan");
        assert_eq!(heading(""), "");
    }

    proptest! {
        #[test]
        fn cutting_at_links_loses_nothing(text in "(a|b|ab|é| ){0,30}") {
            let run = plain(&text);
            let joined: String = pieces(&run, &["ab", "aba"]).into_iter().map(|piece| piece.text).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
