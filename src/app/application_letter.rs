//! The request letter filled in: ready to sign, or signed on a screen. Nothing is stored, nothing is looked up in the
//! registry.

use std::sync::Arc;

use serde_json::Value;

use super::{
    AppError, Office,
    letter_templates::shelf,
    render_letter::render,
    words::{self, SignedOnScreen},
};
use crate::{
    domain::{
        fault::Faults,
        form::{Filing, Form, RawForm},
        line::Line,
    },
    letters::{DrawnPage, LetterKind, LetterTemplate},
    store,
};

/// A letter takes at most this many enclosures beside the list.
const MOST_ENCLOSURES: usize = 10;

/// Renders the form letter of PER-17/PJ/2014 Lampiran IE with the options struck out that do not apply.
///
/// Errors: [`AppError::Invalid`] with every fault of the form at once.
pub async fn application_letter(
    office: &Office,
    raw: &RawForm,
    enclosures: &[String],
) -> Result<Vec<u8>, AppError> {
    let (template, data) = filled(office, raw, enclosures, None).await?;
    Ok(render(office, template, data).await?.pdf)
}

/// The same letter with the signature that its signer drew.
pub(in crate::app) async fn signed_letter(
    office: &Office,
    raw: &RawForm,
    signed: &SignedOnScreen,
) -> Result<Vec<u8>, AppError> {
    let (template, data) = filled(office, raw, &[], Some(signed)).await?;
    Ok(render(office, template, data).await?.pdf)
}

/// The letter as it is or will be signed, drawn for a screen.
pub(in crate::app) async fn drawn_letter(
    office: &Office,
    raw: &RawForm,
    signed: Option<&SignedOnScreen>,
) -> Result<Vec<DrawnPage>, AppError> {
    let (template, data) = filled(office, raw, &[], signed).await?;
    let templates = Arc::clone(&office.templates);
    tokio::task::spawn_blocking(move || templates.draw_sealed(&template, &data, None, None))
        .await
        .map_err(|error| AppError::Internal(error.into()))?
        .map_err(AppError::NotRenderable)
}

async fn filled(
    office: &Office,
    raw: &RawForm,
    enclosures: &[String],
    signed: Option<&SignedOnScreen>,
) -> Result<(Arc<LetterTemplate>, Value), AppError> {
    let mut tx = office.begin().await?;
    let row = match raw.office_code.parse() {
        Ok(code) => store::offices::find(&mut tx, code).await?,
        Err(_) => None,
    };
    let regime = store::regimes::default(&mut tx).await?;
    let today = row.as_ref().map(|row| office.now().with_timezone(&row.zone).date_naive());
    let template = match today {
        Some(today) => Some(shelf::in_force(office, &mut tx, LetterKind::ApplicationLetter, today).await?),
        None => None,
    };
    tx.rollback().await?;

    let mut faults = Faults::default();
    let form = match Form::parse(raw, Filing::Single, today) {
        Ok(form) => Some(form),
        Err(found) => {
            for fault in found {
                faults.add(fault.pointer, &fault.code, fault.detail);
            }
            None
        }
    };
    if row.is_none() && raw.office_code.parse::<crate::domain::office::OfficeCode>().is_ok() {
        faults.add(
            "/office_code",
            "unknown_office",
            "Kantor dengan kode ini tidak dilayani di sini. Periksa daftar kantor.",
        );
    }
    let enclosures = lines(enclosures, &mut faults);
    let kind = form.as_ref().and_then(|form| form.kinds.first().copied());
    let (true, Some(form), Some((row, template)), Some(kind)) =
        (faults.is_empty(), form, row.zip(template), kind)
    else {
        return Err(AppError::Invalid(faults.into_vec()));
    };
    let data = words::application_letter(&form, kind, &row, &regime, &enclosures, signed);
    Ok((template, data))
}

fn lines(enclosures: &[String], faults: &mut Faults) -> Vec<String> {
    if enclosures.len() > MOST_ENCLOSURES {
        faults.add("/enclosures", "too_many", format!("Paling banyak {MOST_ENCLOSURES} lampiran."));
    }
    enclosures
        .iter()
        .enumerate()
        .filter_map(|(index, text)| {
            let line = Line::<100>::parse(text).map_err(|error| (error.code(), error.detail()));
            faults.take(&format!("/enclosures/{index}"), line).map(|line| line.as_str().to_owned())
        })
        .collect()
}
