//! A signed letter that is wrong is replaced by a new one that names it; it is never changed. The decision stays: who
//! should have got another one files again.

pub mod choices;
pub mod draft;
pub mod read;
pub mod send_back;
pub mod sign;

use std::sync::Arc;

use chrono::NaiveDate;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use super::{
    AppError, Office,
    actor::Colleague,
    letter_templates::shelf,
    render_letter::template_of,
    signing::{
        decided::{self, Decided},
        letter_data::{number_of_draft, version},
    },
    words::{self, CorrectedRow, CorrectingLetter, Correction, OfficeWords, Sheet, Signatory},
};
use crate::{
    domain::{
        correction::Corrections,
        ids::LetterId,
        names::{CredentialState, Decision, Outcome},
        request::Request,
        state::State,
        verification::VerificationToken,
    },
    letters::{LetterTemplate, ReasonText},
    store::{self, corrections::Successor, letters::Letter, offices::OfficeRow},
};

/// A letter that may be corrected, with what belongs to it.
struct Wrong {
    letter: Letter,
    decided: Decided,
    /// The day of the first letter of the chain.
    first_on: NaiveDate,
}

/// The letter of a request that this colleague may hear of. Nobody else learns whether there is one.
async fn letter_of(
    conn: &mut PgConnection,
    colleague: &Colleague,
    id: LetterId,
    missing: &'static str,
) -> Result<Letter, AppError> {
    colleague.works_on_requests()?;
    store::letters::find(conn, id).await?.ok_or(AppError::NotFound(missing))
}

/// A request that is not visible is told as the thing that was asked for.
fn hidden(error: AppError, missing: &'static str) -> AppError {
    match error {
        AppError::NotFound(_) => AppError::NotFound(missing),
        other => other,
    }
}

/// Loads a letter for its correction. Errors: [`AppError::NotCorrectable`], [`AppError::LetterReplaced`], and
/// [`AppError::PairNotPossible`] when the letter shows a code that is not in force.
async fn load(conn: &mut PgConnection, request: Request, letter: Letter) -> Result<Wrong, AppError> {
    let numbered = letter.allocated.is_some() && letter.copy_number.is_none();
    let State::Issued { outcome, .. } = request.state else { return Err(AppError::NotCorrectable) };
    if !numbered {
        return Err(AppError::NotCorrectable);
    }
    if let Some(successor) = store::corrections::successor(conn, letter.id).await? {
        return Err(replaced(conn, successor).await?);
    }
    if let Some(credential) = letter.credential {
        let pair = store::credentials::find(conn, credential).await?;
        let state = pair.ok_or(AppError::NotFound("credential"))?.state;
        if state != CredentialState::Active {
            return Err(AppError::PairNotPossible(state));
        }
    }
    let decision = match outcome {
        Outcome::Granted => Decision::Grant,
        Outcome::Refused => Decision::Refuse,
    };
    let decided = decided::load(conn, request, decision, Vec::new()).await?;
    let first_on = store::corrections::first_day(conn, letter.id).await?;
    Ok(Wrong { letter, decided, first_on })
}

/// Tells the loser of a race which letter stands there now, and whose.
pub(in crate::app) async fn replaced(
    conn: &mut PgConnection,
    successor: Successor,
) -> Result<AppError, AppError> {
    let signer = match successor.signed_by {
        Some(id) => store::staff::find(conn, id).await?.map(|staff| staff.name),
        None => None,
    };
    Ok(AppError::LetterReplaced { number: successor.number, dated_on: successor.dated_on, signer })
}

/// The reasons of the corrections in words.
fn reason_texts(
    office: &Office,
    row: &OfficeRow,
    corrections: &Corrections,
) -> Result<Option<Vec<ReasonText>>, AppError> {
    let Some(reasons) = &corrections.reasons else { return Ok(None) };
    let text = |reason: &crate::domain::eligibility::FoundReason| {
        let data = words::reason_data(&reason.evidence, row);
        office.templates.reason_text(&reason.code, &data).map_err(AppError::NotRenderable)
    };
    reasons.iter().map(text).collect::<Result<_, _>>().map(Some)
}

/// What is put right, row by row.
fn rows(
    office: &Office,
    row: &OfficeRow,
    wrong: &Letter,
    corrections: &Corrections,
) -> Result<Vec<CorrectedRow>, AppError> {
    let reasons = reason_texts(office, row, corrections)?;
    Ok(Correction { wrong, corrections, reasons: reasons.as_deref() }.rows())
}

/// Number, day and signature of a correcting letter.
struct Frame<'a> {
    template: &'a LetterTemplate,
    number: &'a str,
    dated_on: NaiveDate,
    signatory: &'a Signatory,
    verification_link: &'a str,
}

/// What the correcting letter prints, with dots where the code will be.
fn data(
    office: &Office,
    wrong: &Wrong,
    corrections: &Corrections,
    frame: &Frame<'_>,
) -> Result<Value, AppError> {
    let reasons = reason_texts(office, &wrong.decided.row, corrections)?;
    let wrong_subject = words::printed_subject(&wrong.letter);
    Ok(words::correcting_letter(&CorrectingLetter {
        correction: Correction { wrong: &wrong.letter, corrections, reasons: reasons.as_deref() },
        wrong_subject: &wrong_subject,
        first_on: wrong.first_on,
        sheet: Sheet {
            template: frame.template,
            office: &wrong.decided.row,
            number: frame.number,
            dated_on: frame.dated_on,
            signatory: frame.signatory,
            verification_link: frame.verification_link,
        },
    }))
}

/// The same for a draft: placeholders as long as what will stand there.
fn data_of_draft(
    office: &Office,
    wrong: &Wrong,
    corrections: &Corrections,
    template: &LetterTemplate,
) -> Result<Value, AppError> {
    let row = &wrong.decided.row;
    let frame = Frame {
        template,
        number: &number_of_draft(&wrong.decided),
        dated_on: office.now().with_timezone(&row.zone).date_naive(),
        signatory: &Signatory::of(row, "(menunggu tanda tangan)", "-", ""),
        verification_link: &office.verification_link(&VerificationToken::of_a_draft()),
    };
    data(office, wrong, corrections, &frame)
}

/// SHA-256 of the canonical JSON of the wrong letter, the corrections with their reason, template version, letterhead and
/// line of the signatory. It is the `ETag` of the draft.
fn digest(
    wrong: &Wrong,
    reason: &str,
    corrections: &Corrections,
    template_version: i32,
) -> Result<Vec<u8>, AppError> {
    let row = &wrong.decided.row;
    // serde_json sorts the keys of an object: the same content has one form.
    let content = json!({
        "corrects": wrong.letter.id,
        "reason": reason,
        "corrections": corrections,
        "template": { "kind": template_of(wrong.letter.kind).as_str(), "version": template_version },
        "letterhead": OfficeWords::new(row).kop(),
        "signatory": {
            "title": row.signatory_title, "on_behalf": row.signs_on_behalf, "drafting_code": row.drafting_code,
        },
    });
    let bytes = serde_json::to_vec(&content).map_err(|error| AppError::Internal(error.into()))?;
    Ok(Sha256::digest(bytes).to_vec())
}

/// The wording that a draft of today takes. One that does not say what a correction corrects is of no use for it.
async fn wording(
    office: &Office,
    conn: &mut PgConnection,
    wrong: &Wrong,
) -> Result<Arc<LetterTemplate>, AppError> {
    let today = office.now().with_timezone(&wrong.decided.row.zone).date_naive();
    let template = shelf::in_force(office, conn, template_of(wrong.letter.kind), today).await?;
    if template.declares("ralat.nomor") {
        return Ok(template);
    }
    Err(AppError::fault(
        "",
        "wording_without_correction",
        "Naskah surat yang berlaku tidak memuat bagian ralat. Buat versi naskah yang memuatnya lebih dahulu.",
    ))
}

/// The wording of a draft that waits, whatever came in force since.
async fn wording_of_draft(
    office: &Office,
    conn: &mut PgConnection,
    wrong: &Wrong,
    template_version: i32,
) -> Result<Arc<LetterTemplate>, AppError> {
    let kind = template_of(wrong.letter.kind);
    shelf::kept(office, conn, kind, template_version).await?.ok_or(AppError::DraftChanged)
}
