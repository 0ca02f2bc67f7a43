//! The digest names exactly what is signed. It is the `ETag` of the draft.

use sha2::{Digest, Sha256};

use super::decided::Decided;
use crate::{app::AppError, domain::email_address::EmailAddress, letters::LetterKind};

/// SHA-256 of the canonical JSON of round, fields, decision, reasons, template version and signatory line.
pub(in crate::app) fn digest(
    decided: &Decided,
    kind: LetterKind,
    template_version: i32,
) -> Result<Vec<u8>, AppError> {
    let request = &decided.request;
    let filed = &request.filed;
    // serde_json sorts the keys of an object: the same content has one form.
    let content = serde_json::json!({
        "request": request.id,
        "round": { "number": decided.round.number, "receipt_number": decided.round.receipt_number },
        "kind": request.kind,
        "fields": {
            "tax_id": filed.tax_id.digits(),
            "pkp_name": filed.pkp_name, "pkp_address": filed.pkp_address,
            "letter": { "number": filed.letter_number, "place": filed.letter_place, "date": filed.letter_on },
            "signer": {
                "name": filed.signer_name, "position": filed.signer_position, "capacity": filed.signer_capacity,
            },
            "email": filed.email.canonical(),
            "alternate_email": filed.alternate_email.as_ref().map(EmailAddress::canonical),
            "reprint_reason": filed.reprint_reason,
            "previous_office": filed.previous_office,
            "old_letter": { "number": filed.old_letter_number, "date": filed.old_letter_on },
        },
        "decision": decided.decision,
        "reasons": decided.reasons,
        "template": { "kind": kind.as_str(), "version": template_version },
        "signatory": {
            "title": decided.row.signatory_title, "on_behalf": decided.row.signs_on_behalf,
            "drafting_code": decided.row.drafting_code,
        },
    });
    let bytes = serde_json::to_vec(&content).map_err(|error| AppError::Internal(error.into()))?;
    Ok(Sha256::digest(bytes).to_vec())
}

/// Lower-case hexadecimal, as the interface shows a digest.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
