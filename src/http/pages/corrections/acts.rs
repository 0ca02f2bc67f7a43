//! A section head signs a correction that was seen, or sends it back with a reason.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};

use super::{PATH, sheet::draw};
use crate::{
    app::{
        AppError,
        corrections::{send_back::send_back_correction, sign::sign_correction},
    },
    domain::ids::CorrectionId,
    http::{
        extract::IfMatch,
        pages::frame::{
            Flash, FormFaults, InPath, Page, PageError, ProtectedForm, SECTION_HEAD, Sent, Staff, Typed,
            Visit, page,
        },
    },
};

const DESK: &str = "/tanda-tangan";

pub(super) fn pages() -> Vec<Page> {
    let post = |id, path, register| page(id, Method::POST, path, SECTION_HEAD, register);
    vec![
        post("sign_correction_on_page", "/ralat/{correction_id}/tanda-tangan", || web::to(sign)),
        post("send_back_correction_on_page", "/ralat/{correction_id}/kirim-balik", || web::to(back)),
    ]
}

async fn sign(
    visit: Visit,
    InPath(id): InPath<CorrectionId>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, Sent { typed, .. }) = form.from_staff(&visit)?;
    let Ok(IfMatch::Digest(seen)) = format!("\"{}\"", typed.get("digest")).parse() else {
        return Err(PageError::WrongForm);
    };
    match sign_correction(staff.office(), staff.session(), id, &seen).await {
        Ok(()) => staff.go_saying(&format!("{PATH}/{id}"), &Flash::done("correction.signed")),
        Err(error) => stopped(&staff, id, error).await,
    }
}

async fn back(
    visit: Visit,
    InPath(id): InPath<CorrectionId>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, Sent { typed, .. }) = form.from_staff(&visit)?;
    let mut faults = FormFaults::default();
    let Some(reason) = faults.line(&staff, "reason", typed.get("reason")) else {
        let told = (faults, None);
        return draw(&staff, StatusCode::UNPROCESSABLE_ENTITY, id, typed.get("reason"), told).await;
    };
    match send_back_correction(staff.office(), staff.session(), id, &reason).await {
        Ok(()) => staff.go_saying(DESK, &Flash::done("correction.sent_back")),
        Err(error) => stopped(&staff, id, error).await,
    }
}

/// The fresh state says who was faster; above it stands why nothing was done.
async fn stopped(staff: &Staff, id: CorrectionId, error: AppError) -> Result<HttpResponse, PageError> {
    let key = match &error {
        AppError::DraftChanged => "correction.stop.changed",
        AppError::SignerDraftedIt => "head.hindrance.drafted_it",
        AppError::SignerKeyedItIn => "head.hindrance.keyed_it_in",
        AppError::OfficeWithoutAddress => "head.outcome.no_address",
        AppError::PairNotPossible(_) => "correction.pair",
        AppError::LetterReplaced { number, .. } => {
            let flash = Flash::stopped("post.stop.replaced").with("nomor", number.clone());
            return staff.go_saying(&format!("{PATH}/{id}"), &flash);
        }
        _ => return Err(error.into()),
    };
    draw(staff, StatusCode::CONFLICT, id, "", (FormFaults::default(), Some(key))).await
}
