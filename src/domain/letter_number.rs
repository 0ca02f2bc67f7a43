//! Numbers of letters: `S-{seq}/KPP.{office}/{year}`, gap-free per office and year.

use std::fmt;

use super::office::OfficeCode;

/// A number of the series `S`. Allocated by the signing transaction, never typed, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LetterNumber {
    pub office: OfficeCode,
    /// Year of the signature in the zone of the office.
    pub year: i32,
    pub sequence: i32,
}

impl fmt::Display for LetterNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S-{}/KPP.{}/{}", self.sequence, self.office, self.year)
    }
}
