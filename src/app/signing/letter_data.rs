//! The letter of a decision: its kind and its data, with dots where the code will be.

use std::sync::Arc;

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::decided::Decided;
use crate::{
    app::{
        AppError, Office,
        letter_templates::shelf,
        words::{self, ActivationNotice, EmailChangeNotice, RefusalNotice, Sheet, Signatory},
    },
    domain::names::{Decision, Kind},
    letters::{LetterKind, LetterTemplate, ReasonText},
    store::{drafts::Draft, letters::LetterRowKind},
};

/// The kind of letter that says this decision.
pub(in crate::app) fn letter_kind(kind: Kind, decision: Decision) -> LetterKind {
    match (decision, kind) {
        (Decision::Refuse, _) => LetterKind::RefusalNotice,
        (Decision::Grant, Kind::UpdateEmail) => LetterKind::EmailChangeNotice,
        (Decision::Grant, Kind::NewCredentials | Kind::Reprint | Kind::MoveOffice) => {
            LetterKind::ActivationNotice
        }
    }
}

/// The wording that a draft of today takes: a copy that of its original, everything else the one in force at the office.
pub(in crate::app) async fn wording(
    office: &Office,
    conn: &mut PgConnection,
    decided: &Decided,
    today: NaiveDate,
) -> Result<Arc<LetterTemplate>, AppError> {
    let kind = letter_kind(decided.request.kind, decided.decision);
    let is_copy = decided.request.kind == Kind::Reprint && decided.decision == Decision::Grant;
    if let Some(original) = decided.original.as_ref().filter(|_| is_copy)
        && let Some(kept) = shelf::kept(office, conn, kind, original.template_version).await?
    {
        return Ok(kept);
    }
    shelf::in_force(office, conn, kind, today).await
}

/// The wording of a draft that waits, whatever came in force since.
pub(in crate::app) async fn wording_of_draft(
    office: &Office,
    conn: &mut PgConnection,
    decided: &Decided,
    draft: &Draft,
) -> Result<Arc<LetterTemplate>, AppError> {
    let kind = letter_kind(decided.request.kind, decided.decision);
    shelf::kept(office, conn, kind, draft.template_version).await?.ok_or(AppError::DraftChanged)
}

/// The number of a wording as rows keep it.
pub(in crate::app) fn version(template: &LetterTemplate) -> i32 {
    i32::try_from(template.version()).unwrap_or(i32::MAX)
}

/// The same, as its row names it.
pub(super) fn row_kind(kind: Kind, decision: Decision) -> LetterRowKind {
    match (decision, kind) {
        (Decision::Refuse, _) => LetterRowKind::RefusalNotice,
        (Decision::Grant, Kind::UpdateEmail) => LetterRowKind::EmailChangeNotice,
        (Decision::Grant, Kind::NewCredentials | Kind::Reprint | Kind::MoveOffice) => {
            LetterRowKind::ActivationNotice
        }
    }
}

/// What the letter prints. `number` and `dated_on` are those of the signature, or placeholders of a draft.
pub(in crate::app) fn letter_data(
    office: &Office,
    decided: &Decided,
    template: &LetterTemplate,
    signatory: &Signatory,
    number: &str,
    dated_on: NaiveDate,
    verification_link: &str,
) -> Result<serde_json::Value, AppError> {
    let Decided { request, round, regime, taxpayer, .. } = decided;
    let sheet = Sheet { template, office: &decided.row, number, dated_on, signatory, verification_link };
    Ok(match (decided.decision, request.kind) {
        (Decision::Refuse, _) => {
            let reasons = reason_texts(office, decided)?;
            words::refusal_notice(&RefusalNotice {
                sheet,
                regime,
                request,
                round,
                taxpayer,
                reasons: &reasons,
            })
        }
        (Decision::Grant, Kind::UpdateEmail) => {
            let account = decided.account.as_ref().ok_or(AppError::VerdictForbids)?;
            let notice = decided.pair.as_ref().map(|pair| (pair.letter_number.as_str(), pair.letter_on));
            let old_email = &account.email;
            words::email_change_notice(&EmailChangeNotice {
                sheet,
                request,
                round,
                taxpayer,
                old_email,
                notice,
            })
        }
        (Decision::Grant, Kind::NewCredentials | Kind::MoveOffice) => {
            let previous_office = decided.previous_office.as_deref();
            words::activation_notice(&ActivationNotice {
                sheet,
                regime,
                request,
                round,
                taxpayer,
                previous_office,
            })
        }
        (Decision::Grant, Kind::Reprint) => {
            let pair = decided.pair.as_ref().ok_or(AppError::VerdictForbids)?;
            let original = match &decided.original {
                Some(original) => original.data.clone(),
                // Number and date are those of the letter that is printed again.
                None => words::activation_of_imported_pair(
                    &Sheet {
                        number: &pair.letter_number,
                        dated_on: pair.letter_on,
                        verification_link: "",
                        ..sheet
                    },
                    taxpayer,
                ),
            };
            words::activation_copy(&original, decided.copies + 1, dated_on, &round.receipt_number)
        }
    })
}

fn reason_texts(office: &Office, decided: &Decided) -> Result<Vec<ReasonText>, AppError> {
    decided
        .reasons
        .iter()
        .map(|reason| {
            let data = words::reason_data(&reason.evidence, &decided.row);
            office.templates.reason_text(&reason.code, &data).map_err(AppError::NotRenderable)
        })
        .collect()
}

/// The signatory of a draft: the office's title; the name is the signer's and comes with the signature.
pub(in crate::app) fn signatory_of_draft(decided: &Decided) -> Signatory {
    Signatory::of(&decided.row, "(menunggu tanda tangan)", "-", "")
}

/// The number of a draft: a number is given at signature only.
pub(in crate::app) fn number_of_draft(decided: &Decided) -> String {
    format!("S-…/KPP.{}/…", decided.row.code)
}
