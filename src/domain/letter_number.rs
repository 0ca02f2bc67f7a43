//! Numbers of letters and decrees: `S-{seq}/KPP.{office}/{year}` and `KEP-…`, each gap-free per office and year.

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

/// A number of the series `KEP`. Allocated when the decree goes to be signed; one that is void keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecreeNumber {
    pub office: OfficeCode,
    /// Year in which it was given and the decree is dated, in the zone of the office.
    pub year: i32,
    pub sequence: i32,
}

impl fmt::Display for DecreeNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KEP-{}/KPP.{}/{}", self.sequence, self.office, self.year)
    }
}
