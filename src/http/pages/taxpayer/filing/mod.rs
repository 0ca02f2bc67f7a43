//! Filing in steps: over the same acts as the interface, with what was typed kept between the steps.

mod begin;
mod code;
mod documents;
mod letter;
mod letter_data;
mod receipt;
mod review;
mod said;
mod saved;
mod uploads;

use actix_web::HttpResponse;
use serde::Deserialize;

use crate::{
    app::{
        AppError,
        callers::ProofToken,
        filings::{Filing, Progress, open_filing, save_filing},
    },
    domain::form::RawForm,
    http::pages::frame::{Flash, Page, PageError, Visit},
};

pub(super) use letter_data::day;
pub(super) use uploads::{Refused, Upload, as_upload, shown, take};

pub(super) const TEMPLATES: &[(&str, &str)] = &[
    ("taxpayer/filing/begin.html", include_str!("../../../templates/taxpayer/filing/begin.html")),
    ("taxpayer/filing/code.html", include_str!("../../../templates/taxpayer/filing/code.html")),
    ("taxpayer/filing/resume.html", include_str!("../../../templates/taxpayer/filing/resume.html")),
    ("taxpayer/filing/saved.html", include_str!("../../../templates/taxpayer/filing/saved.html")),
    ("taxpayer/filing/letter_data.html", include_str!("../../../templates/taxpayer/filing/letter_data.html")),
    ("taxpayer/filing/documents.html", include_str!("../../../templates/taxpayer/filing/documents.html")),
    ("taxpayer/filing/letter.html", include_str!("../../../templates/taxpayer/filing/letter.html")),
    ("taxpayer/filing/review.html", include_str!("../../../templates/taxpayer/filing/review.html")),
    ("taxpayer/filing/receipt.html", include_str!("../../../templates/taxpayer/filing/receipt.html")),
    ("parts/steps.html", include_str!("../../../templates/parts/steps.html")),
    ("parts/upload.html", include_str!("../../../templates/parts/upload.html")),
    ("parts/files.html", include_str!("../../../templates/parts/files.html")),
    ("parts/due.html", include_str!("../../../templates/parts/due.html")),
];

pub(super) fn pages() -> Vec<Page> {
    [
        begin::pages(),
        code::pages(),
        saved::pages(),
        letter_data::pages(),
        documents::pages(),
        letter::pages(),
        review::pages(),
        receipt::pages(),
    ]
    .concat()
}

/// The filing that this browser goes on with. Where there is none to show, another page comes first and says why.
async fn current(visit: &Visit) -> Result<(ProofToken, Box<Filing>), PageError> {
    let token = token(visit)?;
    let progress = open_filing(visit.office(), &token).await;
    Ok((token, opened(progress)?))
}

/// Keeps what a step changes, also when the proof has ended meanwhile.
async fn keep(
    visit: &Visit,
    change: impl FnOnce(&mut RawForm),
) -> Result<(ProofToken, Box<Filing>), PageError> {
    let token = token(visit)?;
    let progress = save_filing(visit.office(), &token, change).await;
    Ok((token, opened(progress)?))
}

fn token(visit: &Visit) -> Result<ProofToken, PageError> {
    visit.filing().cloned().ok_or_else(none_here)
}

fn none_here() -> PageError {
    PageError::elsewhere("/", Flash::note("filing.none"))
}

fn opened(progress: Result<Progress, AppError>) -> Result<Box<Filing>, PageError> {
    match progress {
        Ok(Progress::Open(filing)) => Ok(filing),
        Ok(Progress::ProveAgain(id)) => {
            Err(PageError::elsewhere(&saved::path(id), Flash::note("filing.prove_again")))
        }
        Ok(Progress::Sent) => Err(PageError::elsewhere(receipt::PATH, Flash::note("c.double"))),
        Err(AppError::NotFound(_)) => Err(none_here()),
        Err(error) => Err(error.into()),
    }
}

/// Whether a step says what is wrong with it. What was typed is kept by then, so its page is led to like any other, and
/// the way back through the history asks nothing to be sent again.
#[derive(Deserialize)]
struct Step {
    periksa: Option<String>,
}

impl Step {
    fn is_checked(&self) -> bool {
        self.periksa.is_some()
    }
}

/// The page of a step with its faults.
fn checked(path: &str) -> String {
    format!("{path}?periksa=1")
}

/// A document or letter that the browser keeps or shows.
fn file(media_type: &str, disposition: String, bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(media_type)
        .insert_header((actix_web::http::header::CONTENT_DISPOSITION, disposition))
        .body(bytes)
}
