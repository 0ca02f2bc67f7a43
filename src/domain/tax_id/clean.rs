//! From what a person typed or pasted to bare digits.

use super::{TaxIdError, TaxIdKind};

/// The longest number there is. Beyond it digits are counted, not kept, so that input of any size is cheap.
const LONGEST: usize = 22;

/// One character of the input, after its look-alikes are folded.
enum Mark {
    Digit(char),
    /// Printed between groups of digits, or not visible at all.
    Ignored,
    Other(char),
}

fn mark(c: char) -> Mark {
    match c {
        '0'..='9' => Mark::Digit(c),
        // Full-width and mathematical digits are typographic forms of the same ten digits (NFKC). Digits of
        // other scripts are not: nobody prints an NPWP with them.
        '\u{FF10}'..='\u{FF19}' => Mark::Digit(ascii_digit(u32::from(c) - 0xFF10)),
        '\u{1D7CE}'..='\u{1D7FF}' => Mark::Digit(ascii_digit(u32::from(c) - 0x1D7CE)),
        c if c.is_whitespace() => Mark::Ignored,
        // Dots: full stop, one-dot leader, middle dots, ideographic, small and full-width stops.
        '.' | '\u{00B7}' | '\u{2024}' | '\u{2027}' | '\u{2219}' | '\u{22C5}' | '\u{3002}' | '\u{FE52}'
        | '\u{FF0E}' | '\u{FF61}'
        // Hyphens, dashes and the minus sign.
        | '-' | '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}'
        // Invisible: nobody can see, let alone correct, what a copied PDF or chat message brings along.
        | '\u{00AD}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => Mark::Ignored,
        c => Mark::Other(c),
    }
}

fn ascii_digit(offset: u32) -> char {
    char::from_digit(offset % 10, 10).unwrap_or('0')
}

/// The digits of the input if it consists of nothing else and has one of the known lengths.
pub(super) fn digits_of(input: &str) -> Result<String, TaxIdError> {
    let mut digits = String::with_capacity(LONGEST);
    let mut count = 0;
    for (index, c) in input.chars().enumerate() {
        match mark(c) {
            Mark::Digit(digit) => {
                count += 1;
                if count <= LONGEST {
                    digits.push(digit);
                }
            }
            Mark::Ignored => {}
            Mark::Other(found) => {
                return Err(TaxIdError::Character { position: index + 1, found, kind: meant_kind(input) });
            }
        }
    }
    match count {
        0 => Err(TaxIdError::Empty),
        15 | 16 | 22 => Ok(digits),
        digits => Err(TaxIdError::Length { digits }),
    }
}

/// What the writer of a text with foreign characters probably meant, for the message only.
///
/// A letter after a digit (or a single one at the start) stands where a digit should be, as `O` for `0`;
/// other signs are separators, and several letters at the start are a label.
fn meant_kind(input: &str) -> TaxIdKind {
    let signs: Vec<Mark> = input.chars().map(mark).filter(|mark| !matches!(mark, Mark::Ignored)).collect();
    let is_letter = |mark: &&Mark| matches!(mark, Mark::Other(c) if c.is_alphanumeric());
    let label = match signs.iter().take_while(is_letter).count() {
        1 => 0,
        letters => letters,
    };
    let after_label: Vec<&Mark> =
        signs.iter().skip(label).filter(|mark| matches!(mark, Mark::Digit(_)) || is_letter(mark)).collect();
    let digits: Vec<&Mark> = signs.iter().filter(|mark| matches!(mark, Mark::Digit(_))).collect();
    let all: Vec<&Mark> =
        signs.iter().filter(|mark| matches!(mark, Mark::Digit(_)) || is_letter(mark)).collect();
    [after_label, digits, all]
        .iter()
        .map(|marks| kind_of_length(marks))
        .find(|kind| *kind != TaxIdKind::Unknown)
        .unwrap_or(TaxIdKind::Unknown)
}

fn kind_of_length(marks: &[&Mark]) -> TaxIdKind {
    // A letter in the place of a digit is taken for the zero it usually is.
    let digits: String = marks
        .iter()
        .take(LONGEST + 1)
        .map(|mark| match mark {
            Mark::Digit(digit) => *digit,
            Mark::Ignored | Mark::Other(_) => '0',
        })
        .collect();
    TaxIdKind::of_digits(&digits)
}
