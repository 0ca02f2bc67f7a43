//! `aktivasi npwp check FILE|-`: one verdict per line of text. Needs no database.

use std::{
    borrow::Cow,
    io::{self, BufRead, Write},
};

use crate::domain::tax_id::check;

/// Reads lines to the end and writes one line `input<TAB>kind<TAB>verdict<TAB>reason` for each, blank ones too.
///
/// The input stands in the first column as it was read, without its line end (LF or CRLF; a last line without
/// one counts). So that a line stays one line of four columns, a backslash, tab, carriage return or other
/// control character in it is written as `\\`, `\t`, `\r`, `\u{7f}`; bytes that are no UTF-8 as `\xff`.
/// One line at a time is held in memory.
pub fn run(mut input: impl BufRead, mut out: impl Write) -> io::Result<()> {
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        let text = without_line_end(&line);
        // A byte that is no text becomes U+FFFD, which no number contains: the verdict is `reject`.
        let checked = check(&String::from_utf8_lossy(text));
        writeln!(
            out,
            "{}\t{}\t{}\t{}",
            escaped(text),
            checked.kind.as_str(),
            checked.verdict.as_str(),
            checked.reason
        )?;
        line.clear();
    }
    out.flush()
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let Some(line) = line.strip_suffix(b"\n") else { return line };
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn escaped(text: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(text)
        && !text.chars().any(must_be_escaped)
    {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            if must_be_escaped(c) {
                escaped.extend(c.escape_default());
            } else {
                escaped.push(c);
            }
        }
        for byte in chunk.invalid() {
            escaped.extend(byte.escape_ascii().map(char::from));
        }
    }
    Cow::Owned(escaped)
}

/// Control characters and the Unicode line separators, which some readers take for a line end.
fn must_be_escaped(c: char) -> bool {
    c == '\\' || c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(input: &[u8]) -> Vec<String> {
        let mut out = Vec::new();
        run(input, &mut out).unwrap();
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn every_line_gets_one_line_also_blank_and_unfinished_ones() {
        let lines = output(b"99.999.001.3-001.000\r\n\n  \n999990014001000\n123");
        assert_eq!(
            lines,
            [
                "99.999.001.3-001.000\tnpwp15\taccept\tcheck digit holds",
                "\tunknown\treject\tempty",
                "  \tunknown\treject\tempty",
                "999990014001000\tnpwp15\tsuspect\tdigit 9 is not the check digit of the digits before it",
                "123\tunknown\treject\t3 digits; an NPWP has 15 or 16, a NIK 16, a NITKU 22",
            ]
        );
        assert!(output(b"").is_empty());
    }

    #[test]
    fn the_columns_hold_whatever_the_line_contains() {
        let lines = output(b"99999\t0013001000\r\r\n\xff\xfe\\\n\0\x0b\xc2\x85\xe2\x80\xa8\n");
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| line.split('\t').count() == 4), "{lines:?}");
        assert!(lines[0].starts_with("99999\\t0013001000\\r\tnpwp15\taccept\t"), "{}", lines[0]);
        assert!(lines[1].starts_with("\\xff\\xfe\\\\\tunknown\treject\t"), "{}", lines[1]);
        assert!(lines[2].starts_with("\\u{0}\\u{b}\\u{85}\\u{2028}\t"), "{}", lines[2]);
    }

    #[test]
    fn every_published_case_comes_out_in_its_order() {
        let cases: Vec<csv::StringRecord> =
            csv::Reader::from_reader(include_str!("../../tests/data/npwp-cases.csv").as_bytes())
                .records()
                .collect::<Result<_, _>>()
                .unwrap();
        let input = cases.iter().map(|case| &case[0]).collect::<Vec<_>>().join("\n");

        let lines = output(input.as_bytes());

        assert_eq!(lines.len(), cases.len());
        for (line, case) in lines.iter().zip(&cases) {
            let columns: Vec<&str> = line.split('\t').collect();
            assert_eq!(columns[..3], [&case[0], &case[1], &case[2]]);
        }
    }
}
