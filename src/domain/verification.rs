//! The token on a letter that leads to the page which says whether the letter is genuine.

use std::{fmt, str::FromStr};

use super::code_alphabet::{self, CodeError};

/// 24 characters of the code alphabet (118 bits): nobody guesses one, and a person can type it from paper.
///
/// It is no secret: whoever holds the letter may see what the page says. It names nothing of the letter itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerificationToken(String);

impl VerificationToken {
    pub const LENGTH: usize = 24;

    /// Draws a token from random bytes.
    pub fn sample(next_byte: impl FnMut() -> u8) -> Self {
        Self(code_alphabet::sample(Self::LENGTH, next_byte))
    }

    /// The token that a draft shows: as long as any other, and never given to a letter.
    pub fn of_a_draft() -> Self {
        Self("X".repeat(Self::LENGTH))
    }

    /// Bare characters, as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for VerificationToken {
    type Err = CodeError;

    fn from_str(typed: &str) -> Result<Self, CodeError> {
        code_alphabet::parse(typed, Self::LENGTH).map(Self)
    }
}

/// In groups of four.
impl fmt::Display for VerificationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&code_alphabet::grouped(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_people_type_it() {
        let token: VerificationToken = "k7qm 3xwb-9trd-k7qm3xwb-9trd".parse().unwrap();

        assert_eq!(token.to_string(), "K7QM-3XWB-9TRD-K7QM-3XWB-9TRD");
        assert_eq!(token.to_string().parse(), Ok(token));
    }

    #[test]
    fn the_token_of_a_draft_is_as_long_as_any_other() {
        assert_eq!(VerificationToken::of_a_draft().as_str().len(), VerificationToken::LENGTH);
    }
}
