//! What is wrong with the shape of a number, for programs, operators and the person who typed it.

use super::TaxIdKind;

/// A wrong shape. Carries no digit of what was typed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaxIdError {
    #[error("empty")]
    Empty,
    /// `position` counts the characters as typed, from 1; `kind` is what was probably meant.
    #[error("character {position} is not a digit, space, dot or hyphen")]
    Character { position: usize, found: char, kind: TaxIdKind },
    #[error("{digits} digits; an NPWP has 15 or 16, a NIK 16, a NITKU 22")]
    Length { digits: usize },
    #[error("all digits are zero")]
    AllZero { kind: TaxIdKind },
}

impl TaxIdError {
    /// The kind that was probably meant.
    pub fn kind(&self) -> TaxIdKind {
        match self {
            Self::Character { kind, .. } | Self::AllZero { kind } => *kind,
            // Fifteen digits and the serial of a NITKU: the leading zero was forgotten.
            Self::Length { digits: 21 } => TaxIdKind::Nitku22,
            Self::Empty | Self::Length { .. } => TaxIdKind::Unknown,
        }
    }

    /// The sentence for the person who typed it: what is wrong, where, and what to do.
    pub fn message_id(&self) -> String {
        match self {
            Self::Empty => "Isi NPWP.".to_owned(),
            Self::Character { position, found, .. } => {
                let sign = if found.is_alphabetic() {
                    format!("huruf \"{found}\"")
                } else if found.is_control() {
                    "tanda yang tidak tampak".to_owned()
                } else {
                    format!("tanda \"{found}\"")
                };
                format!(
                    "NPWP hanya berisi angka, titik, spasi, dan tanda hubung; karakter ke-{position} adalah {sign}."
                )
            }
            Self::Length { digits: 21 } => {
                "NITKU terdiri atas 22 angka: NPWP 16 angka dan 6 angka tempat usaha; yang terisi 21 angka."
                    .to_owned()
            }
            Self::Length { digits } => {
                format!("NPWP terdiri atas 15 atau 16 angka; yang terisi {digits} angka.")
            }
            Self::AllZero { .. } => "NPWP tidak boleh seluruhnya angka nol.".to_owned(),
        }
    }
}
