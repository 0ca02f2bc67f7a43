//! What can be computed of a well-shaped number: the check digit of an NPWP, province and birth date of a NIK.

use chrono::NaiveDate;

use super::{TaxId, TaxIdKind};

/// Why a number looks like a typing mistake. Positions count its digits from 1.
///
/// Says nothing of what the registry knows, so it may be shown to anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suspicion {
    /// The check digit of an NPWP, at `position`, does not fit the digits before it (Luhn).
    CheckDigit { position: usize },
    /// The first two digits of a NIK are no province.
    Province,
    /// Digits 7 and 8 of a NIK are no day: 01–31, or 41–71 for women.
    BirthDay,
    /// Digits 9 and 10 of a NIK are no month.
    BirthMonth,
    /// Day and month exist, but not together, in neither century (31 February).
    BirthDate,
}

impl Suspicion {
    /// The first and last position in doubt.
    pub fn positions(self) -> (usize, usize) {
        match self {
            Self::CheckDigit { position } => (position, position),
            Self::Province => (1, 2),
            Self::BirthDay => (7, 8),
            Self::BirthMonth => (9, 10),
            Self::BirthDate => (7, 12),
        }
    }

    /// Short English reason for operators.
    pub fn reason(self) -> String {
        let (first, last) = self.positions();
        match self {
            Self::CheckDigit { .. } => {
                format!("digit {first} is not the check digit of the digits before it")
            }
            Self::Province => format!("digits {first}-{last} are not a province code"),
            Self::BirthDay => format!("digits {first}-{last} are not a day of birth"),
            Self::BirthMonth => format!("digits {first}-{last} are not a month of birth"),
            Self::BirthDate => format!("digits {first}-{last} are not a date that exists"),
        }
    }

    /// The sentence for the person who typed it.
    pub fn message_id(&self) -> String {
        let (first, last) = self.positions();
        match self {
            Self::CheckDigit { .. } => {
                format!("Angka ke-{first} (angka pemeriksa) tidak cocok; periksa kembali salah ketik.")
            }
            Self::Province => format!(
                "Angka ke-{first} dan ke-{last} (kode provinsi) tidak lazim; periksa kembali salah ketik."
            ),
            Self::BirthDay => format!(
                "Angka ke-{first} dan ke-{last} (hari lahir) tidak lazim; periksa kembali salah ketik."
            ),
            Self::BirthMonth => format!(
                "Angka ke-{first} dan ke-{last} (bulan lahir) tidak lazim; periksa kembali salah ketik."
            ),
            Self::BirthDate => format!(
                "Angka ke-{first} sampai dengan ke-{last} (tanggal lahir) tidak lazim; periksa kembali salah ketik."
            ),
        }
    }
}

pub(super) fn of(id: &TaxId) -> Option<Suspicion> {
    // A NITKU is as good as the number in it.
    let number = match id.kind() {
        TaxIdKind::Nitku22 => &id.digits()[..16],
        TaxIdKind::Npwp15 | TaxIdKind::Npwp16 | TaxIdKind::Nik16 | TaxIdKind::Unknown => id.digits(),
    };
    match TaxIdKind::of_digits(number) {
        TaxIdKind::Npwp15 => check_digit(number, 9),
        TaxIdKind::Npwp16 if number.starts_with('0') => check_digit(number, 10),
        TaxIdKind::Nik16 => nik(number),
        // No check digit of the newer numbers is known.
        TaxIdKind::Npwp16 | TaxIdKind::Nitku22 | TaxIdKind::Unknown => None,
    }
}

/// Luhn over the digits up to and including `position`. Office and branch, after it, are not covered.
fn check_digit(digits: &str, position: usize) -> Option<Suspicion> {
    let sum: u32 = digits[..position]
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            let digit = u32::from(digit - b'0');
            match (index % 2 == 1, digit) {
                (false, _) => digit,
                (true, 0..=4) => digit * 2,
                (true, _) => digit * 2 - 9,
            }
        })
        .sum();
    (!sum.is_multiple_of(10)).then_some(Suspicion::CheckDigit { position })
}

fn nik(digits: &str) -> Option<Suspicion> {
    let pair =
        |at: usize| digits[at..at + 2].bytes().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    let (province, day, month, year) = (pair(0), pair(6), pair(8), pair(10));
    if !is_province(province) {
        return Some(Suspicion::Province);
    }
    let day = match day {
        1..=31 => day,
        41..=71 => day - 40,
        _ => return Some(Suspicion::BirthDay),
    };
    if !(1..=12).contains(&month) {
        return Some(Suspicion::BirthMonth);
    }
    let exists = [1900, 2000].into_iter().any(|century| {
        i32::try_from(century + year).is_ok_and(|year| NaiveDate::from_ymd_opt(year, month, day).is_some())
    });
    (!exists).then_some(Suspicion::BirthDate)
}

/// Province codes of Permendagri 72/2019 with the four Papuan provinces of 2022.
fn is_province(code: u32) -> bool {
    matches!(code, 11..=19 | 21 | 31..=36 | 51..=53 | 61..=65 | 71..=76 | 81 | 82 | 91..=96)
}
