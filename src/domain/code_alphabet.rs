//! The alphabet of every code that a person reads from paper or a screen and types again.

use thiserror::Error;

/// Capital letters and digits without `0 O`, `1 I` and `L`, which people mix up.
pub const CODE_ALPHABET: &[u8; 31] = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789";

/// Characters between two hyphens of a printed code.
const GROUP: usize = 4;

/// The largest multiple of the alphabet's size that fits into a byte: bytes from here on are thrown away, because
/// a plain remainder would favour the first letters.
const UNBIASED_BELOW: u8 = 248;

/// Draws `length` characters, each equally likely, from a stream of random bytes.
///
/// The stream must be endless and must look random; eight of 256 byte values are skipped.
pub fn sample(length: usize, mut next_byte: impl FnMut() -> u8) -> String {
    let mut code = String::with_capacity(length);
    while code.len() < length {
        let byte = next_byte();
        if byte < UNBIASED_BELOW {
            code.push(char::from(CODE_ALPHABET[usize::from(byte) % CODE_ALPHABET.len()]));
        }
    }
    code
}

/// Writes a code in groups of four with hyphens: `K7QM3XWB` becomes `K7QM-3XWB`.
pub fn grouped(code: &str) -> String {
    let mut out = String::with_capacity(code.len() + code.len() / GROUP);
    for (index, character) in code.chars().enumerate() {
        if index > 0 && index % GROUP == 0 {
            out.push('-');
        }
        out.push(character);
    }
    out
}

/// Why a typed code cannot be one of ours. Carries nothing of what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CodeError {
    /// The number of characters, without hyphens and blanks, is not the expected one.
    #[error("a code of {expected} characters was expected, not of {found}")]
    Length { expected: usize, found: usize },
    /// A character outside the alphabet.
    #[error("the code holds a character that no code contains")]
    Character,
}

/// Reads a code as people type it: any case, with or without hyphens and blanks. Returns the bare characters.
pub fn parse(input: &str, length: usize) -> Result<String, CodeError> {
    let bare: String = input
        .chars()
        .filter(|c| !c.is_whitespace() && !is_hyphen(*c))
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let found = bare.chars().count();
    if found != length {
        return Err(CodeError::Length { expected: length, found });
    }
    if bare.bytes().all(|byte| CODE_ALPHABET.contains(&byte)) { Ok(bare) } else { Err(CodeError::Character) }
}

/// A phone's keyboard and a copied PDF use other dashes than the ASCII one.
fn is_hyphen(character: char) -> bool {
    matches!(character, '-' | '\u{2010}' | '\u{2011}' | '\u{2012}' | '\u{2013}' | '\u{2014}' | '\u{2212}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_character_can_be_mistaken_for_another() {
        for confusing in b"0O1IL" {
            assert!(!CODE_ALPHABET.contains(confusing));
        }
    }

    #[test]
    fn every_character_is_drawn_equally_often_over_all_bytes() {
        let mut bytes = (0..=u8::MAX).filter(|byte| *byte < UNBIASED_BELOW);

        let drawn = sample(usize::from(UNBIASED_BELOW), || bytes.next().unwrap());

        for character in CODE_ALPHABET {
            assert_eq!(drawn.bytes().filter(|byte| byte == character).count(), 8);
        }
    }

    #[test]
    fn a_byte_that_would_favour_a_letter_is_skipped() {
        let mut bytes = [255, 248, 0, 251, 30].into_iter();

        assert_eq!(sample(2, || bytes.next().unwrap()), "A9");
    }

    #[test]
    fn a_code_is_printed_in_groups_of_four() {
        assert_eq!(grouped("K7QM3XWB9TRD"), "K7QM-3XWB-9TRD");
        assert_eq!(grouped(""), "");
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        assert_eq!(parse(" k7qm 3xwb\u{2013}9trd ", 12).unwrap(), "K7QM3XWB9TRD");
        assert_eq!(parse("K7QM-3XW", 8), Err(CodeError::Length { expected: 8, found: 7 }));
        assert_eq!(parse("K7QM-3XWO", 8), Err(CodeError::Character));
    }

    proptest! {
        #[test]
        fn what_is_printed_can_be_read_again(mut bytes in proptest::collection::vec(0u8..UNBIASED_BELOW, 12)) {
            let code = sample(12, || bytes.pop().unwrap());

            prop_assert_eq!(parse(&grouped(&code), 12), Ok(code));
        }

        #[test]
        fn any_text_is_read_or_refused_without_panic(text in ".*") {
            let _ = parse(&text, 8);
        }
    }
}
