//! The plain text of an e-mail.

use textwrap::{Options, WordSplitter};

use super::email_parts::{Content, Line, Part};

/// An e-mail, ready to send. The subject is one line; lines of the body end in `\n` and are at most 76 characters long
/// where words allow it. The HTML says the same as the body.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailText {
    pub subject: String,
    pub body: String,
    pub html: String,
}

/// Bodies hold proof codes, links and passwords: they never show in logs.
impl std::fmt::Debug for EmailText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmailText(..)")
    }
}

const WIDTH: usize = 76;
/// Stands before codes, links and columns, which no program then joins to the lines around them.
const MARGIN: &str = "    ";

/// One line, whatever the fields held: a line break in a subject would begin another header.
pub fn subject(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Paragraphs and steps wrapped, rows of columns, links and codes as they are.
pub fn body(parts: &[Part]) -> String {
    let mut body = String::new();
    for part in parts {
        if part.apart && !body.is_empty() {
            body.push('\n');
        }
        match &part.content {
            Content::Paragraph(lines) => lines.iter().for_each(|line| push_wrapped(&mut body, "", "", line)),
            Content::Steps(items) => {
                for (index, lines) in items.iter().enumerate() {
                    let number = format!("{}. ", index + 1);
                    let hanging = " ".repeat(number.len());
                    for (index, line) in lines.iter().enumerate() {
                        let first = if index == 0 { &number } else { &hanging };
                        push_wrapped(&mut body, first, &hanging, line);
                    }
                }
            }
            Content::Verbatim(rows) => {
                for row in rows {
                    body.push_str(format!("{MARGIN}{}", row.text).trim_end());
                    body.push('\n');
                }
            }
        }
    }
    body
}

fn push_wrapped(body: &mut String, first: &str, hanging: &str, line: &Line) {
    let text: String = line.iter().map(|run| run.text.as_str()).collect();
    let options = Options::new(WIDTH)
        .initial_indent(first)
        .subsequent_indent(hanging)
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false);
    body.push_str(&textwrap::fill(text.trim(), options));
    body.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letters::email_parts::parse;

    fn text(wording: &str) -> String {
        body(&parse(wording).unwrap())
    }

    #[test]
    fn a_subject_is_one_line_whatever_it_holds() {
        assert_eq!(subject("Surat\r\nBcc: x@example.com\n  satu"), "Surat Bcc: x@example.com satu");
    }

    #[test]
    fn links_and_columns_are_not_wrapped() {
        let link = format!("    https://aktivasi.example/{}", "a".repeat(100));

        assert_eq!(text(&link), format!("{link}\n"));
    }

    #[test]
    fn a_numbered_line_hangs_under_its_text() {
        let body = text(&format!("1. {}", "kata ".repeat(30)));

        assert!(body.lines().skip(1).all(|line| line.starts_with("   kata")), "{body}");
        assert!(body.lines().all(|line| line.len() <= WIDTH));
    }

    #[test]
    fn bold_words_are_words() {
        assert_eq!(
            text("**Langkah berikutnya:** simpan **surat** itu."),
            "Langkah berikutnya: simpan surat itu.\n"
        );
    }
}
