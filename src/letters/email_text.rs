//! The text of an e-mail, ready to send.

use textwrap::{Options, WordSplitter};

/// Subject and plain-text body. The subject is one line; lines of the body end in `\n` and are at most 76 characters
/// long where words allow it.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailText {
    pub subject: String,
    pub body: String,
}

/// Bodies hold proof codes, links and passwords: they never show in logs.
impl std::fmt::Debug for EmailText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmailText(..)")
    }
}

const WIDTH: usize = 76;

/// One line, whatever the fields held: a line break in a subject would begin another header.
pub fn subject(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Paragraphs wrapped, runs of empty lines made one, lines that begin with four spaces (codes, links, columns) as they
/// are.
pub fn body(text: &str) -> String {
    let mut body = String::new();
    let mut empty_before = true;
    for line in text.lines() {
        let line = line.trim_end();
        if line.is_empty() {
            if !empty_before {
                body.push('\n');
            }
            empty_before = true;
            continue;
        }
        empty_before = false;
        if line.starts_with("    ") {
            body.push_str(line);
        } else {
            body.push_str(&wrapped(line));
        }
        body.push('\n');
    }
    let end = body.trim_end().len();
    body.truncate(end);
    body.push('\n');
    body
}

fn wrapped(line: &str) -> String {
    let content = line.trim_start();
    let margin = line.len() - content.len();
    let number =
        content.find(". ").filter(|at| *at > 0 && content[..*at].bytes().all(|b| b.is_ascii_digit()));
    let hanging = " ".repeat(margin + number.map_or(0, |at| at + 2));
    let options = Options::new(WIDTH)
        .initial_indent(&line[..margin])
        .subsequent_indent(&hanging)
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false);
    textwrap::fill(content, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_one_line_whatever_it_holds() {
        assert_eq!(subject("Surat\r\nBcc: x@example.com\n  satu"), "Surat Bcc: x@example.com satu");
    }

    #[test]
    fn links_and_columns_are_not_wrapped() {
        let link = format!("    https://aktivasi.example/{}", "a".repeat(100));

        assert_eq!(body(&link), format!("{link}\n"));
    }

    #[test]
    fn a_numbered_line_hangs_under_its_text() {
        let text = format!("12. {}", "kata ".repeat(30));

        let body = body(&text);

        assert!(body.lines().skip(1).all(|line| line.starts_with("    kata")), "{body}");
        assert!(body.lines().all(|line| line.len() <= WIDTH));
    }
}
