//! `sign_filing`: the letters of a filing, signed with a drawing. The strokes come from the filer, the letter never does.

use std::convert::Infallible;

use futures_util::stream;
use serde_json::json;

use super::{Filing, KEPT_FOR, place_of_ink, unsealed};
use crate::{
    app::{
        AppError, Office,
        application_letter::{drawn_letter, signed_letter},
        callers::{self, ProofToken},
        documents::{Coming, UploadError, keep_document},
        words::SignedOnScreen,
    },
    domain::{
        form::RawForm,
        ink::Ink,
        names::{DocumentKind, Kind},
    },
    letters::DrawnPage,
    store::{
        self,
        audit::{By, Event},
        documents::Owner,
    },
};

/// Signs every letter of a filing with what was drawn and keeps each as a document, as an upload would be. Signed again,
/// the new ones take the place of those before.
///
/// Errors: [`AppError::Invalid`] with `/goresan` for what is no signature and with the faults of a form that is not
/// complete; [`AppError::Forbidden`] where the regime does not let such a letter count; [`AppError::Stale`] when the form
/// was changed meanwhile.
pub async fn sign_filing(
    office: &Office,
    token: &ProofToken,
    filing: &Filing,
    drawn: &str,
) -> Result<(), AppError> {
    if !filing.on_screen {
        return Err(AppError::Forbidden);
    }
    let ink = Ink::parse(drawn).map_err(|error| AppError::fault("/goresan", error.code(), error.detail()))?;
    let signed = SignedOnScreen { ink, at: office.now() };
    let mut letters = Vec::new();
    for kind in filing.wanted.kinds() {
        letters.push(signed_letter(office, &filing.letter_form(kind), &signed).await?);
    }
    keep(office, token, filing, &signed, letters).await
}

async fn keep(
    office: &Office,
    token: &ProofToken,
    filing: &Filing,
    signed: &SignedOnScreen,
    letters: Vec<Vec<u8>>,
) -> Result<(), AppError> {
    let mut tx = office.begin().await?;
    let now = office.now();
    let proof = callers::live_proof(&mut tx, token, now).await?.id;
    let found = store::saved_filings::lock_by_token(&mut tx, token.sha256()).await?;
    let saved = found
        .filter(|saved| saved.sent_at.is_none() && saved.expires_at > now)
        .ok_or(AppError::NotFound("filing"))?;
    // What was signed is what was shown.
    if !unsealed(office, saved.id, &saved.sealed)?.says_the_same(&filing.form) {
        return Err(AppError::Stale);
    }
    store::documents::discard_signed(&mut tx, proof).await?;
    let mut documents = Vec::new();
    let one = letters.len() == 1;
    for (index, pdf) in letters.into_iter().enumerate() {
        let number = if one { String::new() } else { format!("-{}", index + 1) };
        let coming = Coming {
            owner: Owner::Proof(proof),
            by: By::Taxpayer,
            kind: DocumentKind::ApplicationLetter,
            file_name: &format!("surat-permohonan{number}.pdf"),
            signed_at: Some(signed.at),
            now,
        };
        let kept = keep_document(office, &mut tx, coming, stream::iter([Ok::<_, Infallible>(pdf)])).await;
        documents.push(kept.map_err(whole)?.id);
    }
    let sealed = office.vault.seal(&place_of_ink(saved.id), signed.ink.to_string().as_bytes())?;
    store::saved_filings::keep_ink(&mut tx, saved.id, Some(&sealed)).await?;
    store::saved_filings::save(&mut tx, saved.id, &saved.sealed, now + KEPT_FOR, now).await?;
    let event = Event::new(By::Taxpayer, "sign_on_screen").subject(saved.id.0);
    store::audit::record(&mut tx, event.detail(json!({ "documents": documents })), now).await?;
    tx.commit().await?;
    Ok(())
}

/// Bytes that are at hand do not break off.
fn whole(error: UploadError) -> AppError {
    match error {
        UploadError::App(error) => error,
        UploadError::BrokenOff => AppError::Internal(anyhow::anyhow!("a letter at hand broke off")),
    }
}

impl Filing {
    /// The form of the letter of one kind. In a bundle each request has its own.
    #[must_use]
    pub fn letter_form(&self, kind: Kind) -> RawForm {
        let mut form = self.form.clone();
        form.kind = Some(kind.to_string());
        if kind != Kind::Reprint {
            form.reprint = None;
        }
        form
    }
}

/// The letters of a filing as they are or will be signed, one after the other; none while the form has faults.
pub async fn drawn_letters(office: &Office, filing: &Filing) -> Result<Vec<DrawnPage>, AppError> {
    let mut pages = Vec::new();
    for kind in filing.wanted.kinds() {
        match drawn_letter(office, &filing.letter_form(kind), filing.signed.as_ref()).await {
            Ok(drawn) => pages.extend(drawn),
            Err(AppError::Invalid(_)) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        }
    }
    Ok(pages)
}
