//! The reasons that the correction of a refusal may state.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{draft::known_reasons, hidden, letter_of, load};
use crate::{
    app::{
        AppError, Office,
        actor::{self, visible_request},
        words,
    },
    domain::ids::{LetterId, SessionId},
    store::{self, letters::LetterRowKind},
};

/// A reason with its evidence as it is known.
#[derive(Debug, Serialize)]
pub struct CorrectableReason {
    pub code: String,
    pub text: String,
    /// The signed letter states it.
    pub stated: bool,
    /// Every field of its evidence; empty where nobody wrote it yet.
    pub evidence: Vec<(String, String)>,
}

/// What the officer chooses from: the reasons of the signed letter, those that the data show, and those that an officer
/// judges. None for a letter that is no refusal or is not corrected any more; the act says why.
pub async fn correctable_reasons(
    office: &Office,
    session: SessionId,
    id: LetterId,
) -> Result<Vec<CorrectableReason>, AppError> {
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, office.now()).await?;
    let letter = letter_of(&mut tx, &colleague, id, "letter").await?;
    if letter.kind != LetterRowKind::RefusalNotice {
        return Ok(Vec::new());
    }
    let request = visible_request(&mut tx, &colleague, letter.request)
        .await
        .map_err(|error| hidden(error, "letter"))?;
    let stated = store::drafts::signed_reasons(&mut tx, request.id).await?;
    let wrong = match load(&mut tx, request, letter).await {
        Ok(wrong) => wrong,
        Err(AppError::NotCorrectable | AppError::LetterReplaced { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let known = known_reasons(office, &mut tx, &wrong).await?;
    tx.rollback().await?;
    let decided = &wrong.decided;
    let kind = decided.request.kind.as_str();
    let mut reasons = Vec::new();
    for listed in office.templates.refusal_reasons() {
        let before = known.iter().find(|reason| reason.code == listed.code);
        let judged = decided.regime.officer_judges(&listed.code);
        if !listed.kinds.iter().any(|known| known == kind) || (before.is_none() && !judged) {
            continue;
        }
        let mut evidence: BTreeMap<String, String> =
            listed.evidence_fields.iter().map(|field| (field.clone(), String::new())).collect();
        evidence.extend(before.map(|reason| reason.evidence.clone()).unwrap_or_default());
        let dots = evidence.keys().map(|field| (field.clone(), "…".to_owned())).collect();
        let data = words::reason_data(&dots, &decided.row);
        let text = office.templates.reason_text(&listed.code, &data).map_err(AppError::NotRenderable)?;
        reasons.push(CorrectableReason {
            stated: stated.iter().any(|reason| reason.code == listed.code),
            code: listed.code.clone(),
            text: text.text,
            evidence: evidence.into_iter().collect(),
        });
    }
    Ok(reasons)
}
