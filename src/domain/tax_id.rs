//! Identity numbers of Indonesian taxpayers: NPWP of 15 and 16 digits, NIK, NITKU (PMK-112/PMK.03/2022,
//! PMK-136 Tahun 2023, PER-6/PJ/2024).
//!
//! Two questions are kept apart: *has it the shape of such a number* (parsing answers, a wrong shape has no
//! value of this type) and *does it look like a typing mistake* ([`TaxId::suspicion`]). Real numbers with a
//! wrong check digit exist, so only the registry of taxpayers can settle a suspicion.

mod check;
mod clean;
mod error;
mod suspicion;
#[cfg(test)]
mod tests;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

pub use check::{Checked, Verdict, check};
pub use error::TaxIdError;
pub use suspicion::Suspicion;

/// Which kind of number it is. `Unknown` occurs only in verdicts on what is no number at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaxIdKind {
    /// Fifteen digits, `AA.BBB.BBB.C-KKK.SSS`; the ninth is a check digit.
    Npwp15,
    /// Sixteen digits that are no NIK: `0` + fifteen, or the newer ones that start with `1000`.
    Npwp16,
    /// The sixteen digits of a resident, `PPRRSSDDMMYYXXXX`, which serve as NPWP since 2024.
    Nik16,
    /// A place of business: sixteen digits and a serial of six, `000000` for the head office.
    Nitku22,
    Unknown,
}

impl TaxIdKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Npwp15 => "npwp15",
            Self::Npwp16 => "npwp16",
            Self::Nik16 => "nik16",
            Self::Nitku22 => "nitku22",
            Self::Unknown => "unknown",
        }
    }

    /// The kind of a run of digits by its length and beginning.
    fn of_digits(digits: &str) -> Self {
        match digits.len() {
            15 => Self::Npwp15,
            16 if digits.starts_with('0') || digits.starts_with(NEWER_NUMBERS) => Self::Npwp16,
            16 => Self::Nik16,
            22 => Self::Nitku22,
            _ => Self::Unknown,
        }
    }
}

/// Numbers issued since the core system of 2025 begin so. No check digit of theirs is known.
const NEWER_NUMBERS: &str = "1000";
const HEAD_OFFICE: &str = "000000";

/// An identity number: canonical ASCII digits of one of the four known shapes, never all zeros.
///
/// Made only by parsing. Says nothing of who holds it: digits 10–12 of an NPWP are the office of *first*
/// registration, and the fifteen digits of a person are never computed into a NIK. `Debug` is masked because
/// it ends up in logs; `Display` shows the digits.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TaxId(String);

/// A column of the taxpayer registry that holds an identity number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RegistryColumn {
    Npwp15,
    Npwp16,
    Nik,
    Nitku,
}

impl RegistryColumn {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Npwp15 => "npwp15",
            Self::Npwp16 => "npwp16",
            Self::Nik => "nik",
            Self::Nitku => "nitku",
        }
    }
}

/// One exact pair to look a number up by.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RegistryKey {
    pub column: RegistryColumn,
    pub digits: String,
}

impl fmt::Debug for RegistryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegistryKey({}, ..)", self.column.as_str())
    }
}

impl TaxId {
    /// Parses what a person typed: spaces, dots and hyphens in any of their Unicode forms are dropped,
    /// full-width digits are read as digits.
    ///
    /// # Errors
    /// Only for a wrong shape. A number that fails its check digit parses, see [`TaxId::suspicion`].
    pub fn parse(input: &str) -> Result<Self, TaxIdError> {
        let digits = clean::digits_of(input)?;
        let kind = TaxIdKind::of_digits(&digits);
        // The serial of a NITKU cannot save sixteen zeros before it.
        if digits.bytes().take(16).all(|digit| digit == b'0') {
            return Err(TaxIdError::AllZero { kind });
        }
        Ok(Self(digits))
    }

    /// Why it looks like a typing mistake, and where; `None` when everything that can be computed holds.
    pub fn suspicion(&self) -> Option<Suspicion> {
        suspicion::of(self)
    }

    pub fn kind(&self) -> TaxIdKind {
        TaxIdKind::of_digits(&self.0)
    }

    pub fn digits(&self) -> &str {
        &self.0
    }

    /// As printed on letters: `AA.BBB.BBB.C-KKK.SSS` for fifteen digits, plain digits for the others.
    pub fn formatted(&self) -> String {
        match self.kind() {
            TaxIdKind::Npwp15 => punctuated(&self.0),
            TaxIdKind::Npwp16 | TaxIdKind::Nik16 | TaxIdKind::Nitku22 | TaxIdKind::Unknown => self.0.clone(),
        }
    }

    /// For lists and for strangers: `99.***.***.2-031.000`, or the last four digits only.
    pub fn masked(&self) -> String {
        match self.kind() {
            TaxIdKind::Npwp15 => punctuated(&format!("{}******{}", &self.0[..2], &self.0[8..])),
            TaxIdKind::Npwp16 | TaxIdKind::Nik16 | TaxIdKind::Nitku22 | TaxIdKind::Unknown => {
                let hidden = self.0.len() - 4;
                format!("{}{}", "*".repeat(hidden), &self.0[hidden..])
            }
        }
    }

    /// The fifteen-digit form where there is one by definition: never for a NIK, nor for a branch's NITKU.
    pub fn as_npwp15(&self) -> Option<String> {
        match self.kind() {
            TaxIdKind::Npwp15 => Some(self.0.clone()),
            TaxIdKind::Npwp16 => self.0.strip_prefix('0').map(str::to_owned),
            TaxIdKind::Nitku22 => self.head_office().and_then(|office| office.as_npwp15()),
            TaxIdKind::Nik16 | TaxIdKind::Unknown => None,
        }
    }

    /// The sixteen-digit form where there is one by definition. For fifteen digits that is `0` + the fifteen,
    /// the form of entities; what a *person's* sixteen digits are, only the registry knows.
    pub fn as_npwp16(&self) -> Option<String> {
        match self.kind() {
            TaxIdKind::Npwp15 => Some(format!("0{}", self.0)),
            TaxIdKind::Npwp16 | TaxIdKind::Nik16 => Some(self.0.clone()),
            TaxIdKind::Nitku22 => self.head_office().map(|office| office.0),
            TaxIdKind::Unknown => None,
        }
    }

    /// The exact column-and-digits pairs under which the registry may hold this number, so that every form of
    /// one taxpayer finds the same row. The NITKU of a branch is found by its own column only: a branch with
    /// its own pengukuhan is its own taxpayer.
    pub fn registry_keys(&self) -> Vec<RegistryKey> {
        let mut keys = Vec::new();
        let mut key = |column, digits| keys.push(RegistryKey { column, digits });
        if let Some(npwp15) = self.as_npwp15() {
            key(RegistryColumn::Npwp15, npwp15);
        }
        match self.as_npwp16() {
            Some(npwp16) => {
                if TaxIdKind::of_digits(&npwp16) == TaxIdKind::Nik16 {
                    key(RegistryColumn::Nik, npwp16.clone());
                }
                key(RegistryColumn::Nitku, format!("{npwp16}{HEAD_OFFICE}"));
                key(RegistryColumn::Npwp16, npwp16);
            }
            None => key(RegistryColumn::Nitku, self.0.clone()),
        }
        keys
    }

    /// The key of a provisional taxpayer whom the registry does not know: the same for fifteen digits, for
    /// `0` + fifteen, and for the head-office NITKU of either.
    pub fn canonical(&self) -> String {
        self.as_npwp16().unwrap_or_else(|| self.0.clone())
    }

    /// The number before the serial, if this is the NITKU of a head office.
    fn head_office(&self) -> Option<Self> {
        let number = self.0.strip_suffix(HEAD_OFFICE)?;
        (self.0.len() == 22).then(|| Self(number.to_owned()))
    }
}

/// `AA.BBB.BBB.C-KKK.SSS` from fifteen ASCII characters.
fn punctuated(fifteen: &str) -> String {
    format!(
        "{}.{}.{}.{}-{}.{}",
        &fifteen[..2],
        &fifteen[2..5],
        &fifteen[5..8],
        &fifteen[8..9],
        &fifteen[9..12],
        &fifteen[12..]
    )
}

impl FromStr for TaxId {
    type Err = TaxIdError;

    fn from_str(input: &str) -> Result<Self, TaxIdError> {
        Self::parse(input)
    }
}

impl TryFrom<String> for TaxId {
    type Error = TaxIdError;

    fn try_from(input: String) -> Result<Self, TaxIdError> {
        Self::parse(&input)
    }
}

impl From<TaxId> for String {
    fn from(id: TaxId) -> Self {
        id.0
    }
}

impl fmt::Display for TaxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TaxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaxId({} {})", self.kind().as_str(), self.masked())
    }
}
