//! Kode Aktivasi and Password e-Nofa.

use std::fmt;

use super::code_alphabet::{self, CodeError};

const CODE_LENGTH: usize = 12;

/// What a preview and a staff download show in place of a code.
pub const DOTS: &str = "••••-••••-••••";

/// Twelve characters of the code alphabet. Shown only on the letter and in the PKP account; never in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct ActivationCode(String);

impl ActivationCode {
    /// Draws a new code from a stream of random bytes.
    pub fn mint(next_byte: impl FnMut() -> u8) -> Self {
        Self(code_alphabet::sample(CODE_LENGTH, next_byte))
    }

    /// Reads a code as people type it: any case, with or without hyphens.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        code_alphabet::parse(text, CODE_LENGTH).map(Self)
    }

    /// Without hyphens: what is hashed and sealed.
    pub fn bare(&self) -> &str {
        &self.0
    }

    /// As the letter prints it: `K7QM-3XWB-9TRD`.
    pub fn grouped(&self) -> String {
        code_alphabet::grouped(&self.0)
    }
}

impl fmt::Debug for ActivationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ActivationCode(..)")
    }
}

/// A freshly made Password e-Nofa. Lives only until it is shown; what is kept is its Argon2id hash.
#[derive(Clone)]
pub struct FreshPassword(String);

impl FreshPassword {
    pub fn mint(next_byte: impl FnMut() -> u8) -> Self {
        Self(code_alphabet::sample(CODE_LENGTH, next_byte))
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for FreshPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FreshPassword(..)")
    }
}

/// State of a one-time password link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    Open,
    /// A password was shown; it may be replaced within the window.
    Revealed,
    Closed,
    Expired,
}

/// Shown at most this often, each replacing the last.
pub const MAX_REVEALS: i32 = 5;
/// Minutes after the first reveal in which it can be repeated.
pub const REVEAL_WINDOW_MINUTES: i64 = 15;
/// Days that a password link lives, from signature or resend.
pub const LINK_DAYS: i64 = 7;
/// Days that a "not us" link lives.
pub const NOT_US_DAYS: i64 = 14;
