//! A line of text that people typed and that a letter prints.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// Trimmed, without runs of space, not empty, at most `MAX` characters, only characters that the letters' typeface
/// has (Latin letters with their accents and common punctuation).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Line<const MAX: usize>(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    #[error("the line is empty")]
    Empty,
    #[error("the line is longer than {0} characters")]
    TooLong(usize),
    #[error("the line has the character U+{:04X}, which a letter cannot print", u32::from(*.0))]
    Character(char),
}

impl LineError {
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "required",
            Self::TooLong(_) => "too_long",
            Self::Character(_) => "character",
        }
    }

    /// For the filer.
    #[must_use]
    pub fn detail(self) -> String {
        match self {
            Self::Empty => "Wajib diisi.".to_owned(),
            Self::TooLong(max) => format!("Paling banyak {max} karakter; singkatkan."),
            // By its number: the character itself may be invisible, or turn the sentence around.
            Self::Character(character) => format!(
                "Karakter U+{:04X} tidak dapat dicetak pada surat. Pakai huruf Latin, angka, dan tanda baca biasa.",
                u32::from(character)
            ),
        }
    }
}

impl LineError {
    /// The error that [`Self::detail`] told so, for who says it in another language.
    #[must_use]
    pub fn told_as(detail: &str) -> Option<Self> {
        if detail == Self::Empty.detail() {
            return Some(Self::Empty);
        }
        if let Some(most) = detail.strip_prefix("Paling banyak ").and_then(|rest| rest.split(' ').next()) {
            return most.parse().ok().map(Self::TooLong).filter(|error| error.detail() == detail);
        }
        let hex = detail.strip_prefix("Karakter U+")?.split(' ').next()?;
        u32::from_str_radix(hex, 16).ok().and_then(char::from_u32).map(Self::Character)
    }
}

/// Whether the typeface of the letters has it.
#[must_use]
pub fn printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{17f}' | '–' | '—' | '‘' | '’' | '“' | '”' | '•' | '…')
}

impl<const MAX: usize> Line<MAX> {
    pub fn parse(text: &str) -> Result<Self, LineError> {
        // A letter and the mark above it, typed one after the other, are one character to a typeface.
        let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ").nfc().collect();
        if line.is_empty() {
            Err(LineError::Empty)
        } else if line.chars().count() > MAX {
            Err(LineError::TooLong(MAX))
        } else {
            match line.chars().find(|character| !printable(*character)) {
                None => Ok(Self(line)),
                Some(character) => Err(LineError::Character(character)),
            }
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> TryFrom<String> for Line<MAX> {
    type Error = LineError;
    fn try_from(text: String) -> Result<Self, LineError> {
        Self::parse(&text)
    }
}

impl<const MAX: usize> From<Line<MAX>> for String {
    fn from(line: Line<MAX>) -> Self {
        line.0
    }
}

impl<const MAX: usize> fmt::Debug for Line<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line(..)") // names and addresses stay out of logs
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_is_trimmed_and_says_what_is_wrong() {
        assert_eq!(Line::<20>::parse("  PT  Contoh\tMakmur ").unwrap().as_str(), "PT Contoh Makmur");
        assert_eq!(Line::<20>::parse(" \n "), Err(LineError::Empty));
        assert_eq!(Line::<3>::parse("abcd"), Err(LineError::TooLong(3)));
        assert_eq!(Line::<20>::parse("PT 漢字"), Err(LineError::Character('漢')));
        assert_eq!(Line::<20>::parse("PT \u{202e}x"), Err(LineError::Character('\u{202e}')));
    }

    #[test]
    fn a_mark_typed_after_its_letter_is_one_character_with_it() {
        assert_eq!(Line::<20>::parse("Rene\u{301}").unwrap().as_str(), "René");
        assert_eq!(Line::<20>::parse("x\u{301}"), Err(LineError::Character('\u{301}')));
    }

    #[test]
    fn who_types_a_picture_is_told_which_character_it_was() {
        let detail = Line::<40>::parse("PT Maju \u{1F600}").unwrap_err().detail();
        assert!(detail.starts_with("Karakter U+1F600 tidak dapat dicetak"), "{detail}");
    }

    #[test]
    fn what_was_told_is_known_again() {
        for error in [LineError::Empty, LineError::TooLong(150), LineError::Character('\u{202e}')] {
            assert_eq!(LineError::told_as(&error.detail()), Some(error));
        }
        assert_eq!(LineError::told_as("Paling banyak dua."), None);
    }

    proptest! {
        #[test]
        fn any_text_is_accepted_or_refused_and_parsing_again_changes_nothing(text in ".{0,60}") {
            if let Ok(line) = Line::<40>::parse(&text) {
                prop_assert_eq!(Line::<40>::parse(line.as_str()).unwrap(), line.clone());
                prop_assert!(!line.as_str().contains(['\r', '\n']));
            }
        }
    }
}
