//! What acts make and open with the keys of the vault. A secret is derived or sealed here and nowhere else, so that
//! the place where each one is bound to its row is found at a glance.

pub(in crate::app) mod codes;
pub(in crate::app) mod links;
pub(in crate::app) mod passwords;

use uuid::Uuid;

use super::{AppError, Office};
use crate::{
    domain::{
        ids::{DecreeDocumentId, LetterId, ProofId, ReportId},
        request::Request,
    },
    vault::seal::Aad,
};

const PROOF_CODE_PURPOSE: &str = "proof_code";
const PROOF_CODES: u32 = 1_000_000;
/// The largest multiple of a million that fits into 32 bits: draws from here on are thrown away, because a plain
/// remainder would favour the first codes.
const UNBIASED_BELOW: u32 = u32::MAX - u32::MAX % PROOF_CODES;

/// The tracking code of a request as printed: `XXXX-XXXX`.
pub(in crate::app) fn tracking_code(office: &Office, request: &Request) -> Result<String, AppError> {
    Ok(office.vault.tracking_code(&request.tracking_key_id, &[request.id.0.as_bytes()])?)
}

/// The six digits that prove an address: an HMAC of the proof's id, so that a repeated mail carries the same ones.
pub(in crate::app) fn proof_code(office: &Office, proof: ProofId, key_id: &str) -> Result<String, AppError> {
    for block in 0_u32.. {
        let parts: [&[u8]; 2] = [proof.0.as_bytes(), &block.to_be_bytes()];
        let bytes = office.vault.token_with(key_id, PROOF_CODE_PURPOSE, &parts)?;
        if let Some(code) = first_unbiased(&bytes) {
            return Ok(code);
        }
    }
    Err(AppError::Internal(anyhow::anyhow!("no proof code could be drawn")))
}

/// Whether typed digits are the code of the proof. Blanks do not count; in constant time.
pub(in crate::app) fn proof_code_matches(
    office: &Office,
    proof: ProofId,
    key_id: &str,
    typed: &str,
) -> Result<bool, AppError> {
    use subtle::ConstantTimeEq;
    let typed: String = typed.chars().filter(|character| !character.is_whitespace()).collect();
    Ok(proof_code(office, proof, key_id)?.as_bytes().ct_eq(typed.as_bytes()).into())
}

fn first_unbiased(bytes: &[u8]) -> Option<String> {
    let (draws, _) = bytes.as_chunks::<4>();
    let draw = draws.iter().map(|draw| u32::from_be_bytes(*draw)).find(|draw| *draw < UNBIASED_BELOW)?;
    Some(format!("{:06}", draw % PROOF_CODES))
}

/// Seals the bytes of a letter for its row.
pub(in crate::app) fn seal_letter(
    office: &Office,
    letter: LetterId,
    pdf: &[u8],
) -> Result<Vec<u8>, AppError> {
    Ok(office.vault.seal(&letter_place(letter.0), pdf)?)
}

/// Opens what [`seal_letter`] made for the same letter.
pub(in crate::app) fn open_letter(
    office: &Office,
    letter: LetterId,
    sealed: &[u8],
) -> Result<Vec<u8>, AppError> {
    Ok(office.vault.open(&letter_place(letter.0), sealed)?.to_vec())
}

/// Seals the unsigned paper of a decree for its row.
pub(in crate::app) fn seal_decree(
    office: &Office,
    decree: DecreeDocumentId,
    pdf: &[u8],
) -> Result<Vec<u8>, AppError> {
    Ok(office.vault.seal(&decree_place(decree.0), pdf)?)
}

/// Opens what [`seal_decree`] made for the same decree.
pub(in crate::app) fn open_decree(
    office: &Office,
    decree: DecreeDocumentId,
    sealed: &[u8],
) -> Result<Vec<u8>, AppError> {
    Ok(office.vault.open(&decree_place(decree.0), sealed)?.to_vec())
}

/// Seals the file of a signed report for its row.
pub(in crate::app) fn seal_report(
    office: &Office,
    report: ReportId,
    pdf: &[u8],
) -> Result<Vec<u8>, AppError> {
    Ok(office.vault.seal(&report_place(report.0), pdf)?)
}

/// Opens what [`seal_report`] made for the same report.
pub(in crate::app) fn open_report(
    office: &Office,
    report: ReportId,
    sealed: &[u8],
) -> Result<Vec<u8>, AppError> {
    Ok(office.vault.open(&report_place(report.0), sealed)?.to_vec())
}

fn report_place(report: Uuid) -> Aad {
    Aad::new("monthly_reports", "sealed", report)
}

fn decree_place(decree: Uuid) -> Aad {
    Aad::new("decree_files", "sealed", decree)
}

fn letter_place(letter: Uuid) -> Aad {
    Aad::new("letter_files", "sealed", letter)
}

#[cfg(test)]
mod tests;
