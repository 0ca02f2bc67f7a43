//! The form as JSON: what every filing has, and what only some operations take.

use serde::Deserialize;

use crate::{
    app::{AppError, intake::file_request::RawCounter},
    domain::{
        fault::Faults,
        form::{RawExemption, RawForm, RawLetter, RawOldLetter, RawReprint, RawSigner},
        ids::DocumentId,
    },
};

/// Fields are optional here so that the form itself can name everything that is missing at once.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FormBody {
    kind: Option<String>,
    office_code: String,
    tax_id: String,
    pkp_name: String,
    pkp_address: String,
    letter: RawLetter,
    signer: RawSigner,
    email: String,
    alternate_email: Option<String>,
    reprint: Option<RawReprint>,
    old_letter: Option<RawOldLetter>,
    previous_office: Option<String>,
    documents: Vec<DocumentId>,
    cannot_supply: Vec<RawExemption>,
    counter: Option<RawCounter>,
    enclosures: Option<Vec<String>>,
}

impl FormBody {
    /// For filing: the form and what the counter says.
    pub fn filing(self) -> Result<(RawForm, Option<RawCounter>), AppError> {
        if self.enclosures.is_some() {
            return Err(unknown("/enclosures"));
        }
        let (form, counter, _) = self.parts();
        Ok((form, counter))
    }

    /// For the letter: the form and the enclosures to list.
    pub fn letter(self) -> Result<(RawForm, Vec<String>), AppError> {
        if self.counter.is_some() {
            return Err(unknown("/counter"));
        }
        let (form, _, enclosures) = self.parts();
        Ok((form, enclosures))
    }

    fn parts(self) -> (RawForm, Option<RawCounter>, Vec<String>) {
        let form = RawForm {
            kind: self.kind,
            office_code: self.office_code,
            tax_id: self.tax_id,
            pkp_name: self.pkp_name,
            pkp_address: self.pkp_address,
            letter: self.letter,
            signer: self.signer,
            email: self.email,
            alternate_email: self.alternate_email,
            reprint: self.reprint,
            old_letter: self.old_letter,
            previous_office: self.previous_office,
            documents: self.documents,
            cannot_supply: self.cannot_supply,
        };
        (form, self.counter, self.enclosures.unwrap_or_default())
    }
}

fn unknown(pointer: &str) -> AppError {
    let mut faults = Faults::default();
    faults.add(pointer, "unknown_field", "Isian ini tidak dikenal.");
    AppError::Invalid(faults.into_vec())
}
