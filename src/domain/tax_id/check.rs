//! The verdict on one line of text: what `aktivasi npwp check` prints.

use super::{TaxId, TaxIdKind};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Accept,
    /// The right shape, but check digit, province or date does not hold: the registry decides.
    Suspect,
    Reject,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Suspect => "suspect",
            Self::Reject => "reject",
        }
    }
}

/// `reason` is short English for operators and repeats no digit of the number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub kind: TaxIdKind,
    pub verdict: Verdict,
    pub reason: String,
}

/// Judges any text, also an empty one. Never fails.
pub fn check(input: &str) -> Checked {
    match TaxId::parse(input) {
        Err(error) => Checked { kind: error.kind(), verdict: Verdict::Reject, reason: error.to_string() },
        Ok(id) => match id.suspicion() {
            Some(suspicion) => {
                Checked { kind: id.kind(), verdict: Verdict::Suspect, reason: suspicion.reason() }
            }
            None => {
                Checked { kind: id.kind(), verdict: Verdict::Accept, reason: why_accepted(&id).to_owned() }
            }
        },
    }
}

fn why_accepted(id: &TaxId) -> &'static str {
    match id.kind() {
        TaxIdKind::Npwp15 => "check digit holds",
        TaxIdKind::Npwp16 if id.digits().starts_with('0') => "check digit holds",
        TaxIdKind::Npwp16 => "newer number, no check digit known",
        TaxIdKind::Nik16 => "province and birth date hold",
        TaxIdKind::Nitku22 => "the 16 digits before the serial hold",
        TaxIdKind::Unknown => "",
    }
}
