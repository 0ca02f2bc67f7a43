//! The code of the mail: it opens a filing, a new one or one that was saved.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web::{self, Path},
};
use serde::Serialize;

use super::{super::situation, letter_data, saved};
use crate::{
    app::{
        AppError,
        callers::ProofToken,
        email_proof::{Proven, confirm_email_proof},
        filings::{begin_filing, resume_filing},
    },
    domain::ids::{FilingId, ProofId},
    http::pages::frame::{
        Access, Flash, FormFaults, Page, PageError, ProtectedForm, Remembered, Typed, Visit, page, seconds,
    },
};

const NEW: &str = "/ajukan/mulai/{what}/kode/{proof}";
const SAVED: &str = "/ajukan/lanjut/{filing}/kode/{proof}";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("filing_code_page", Method::GET, NEW, Access::Everyone, || web::to(show_new)),
        page("confirm_filing_code_page", Method::POST, NEW, Access::Everyone, || web::to(confirm_new)),
        page("resume_code_page", Method::GET, SAVED, Access::Everyone, || web::to(show_saved)),
        page("confirm_resume_code_page", Method::POST, SAVED, Access::Everyone, || web::to(confirm_saved)),
    ]
}

pub(super) fn path(what: &str, proof: ProofId) -> String {
    format!("/ajukan/mulai/{what}/kode/{proof}")
}

pub(super) fn path_of_saved(id: FilingId, proof: ProofId) -> String {
    format!("{}/kode/{proof}", saved::path(id))
}

#[derive(Serialize)]
struct View<'a> {
    /// Where a new code is asked for.
    back: &'a str,
    resuming: bool,
    faults: FormFaults,
}

fn ask(visit: &Visit, status: StatusCode, back: &str, faults: FormFaults) -> Result<HttpResponse, PageError> {
    let resuming = back.starts_with("/ajukan/lanjut/");
    visit.show_as(status, "taxpayer/filing/code.html", &View { back, resuming, faults })
}

async fn show_new(visit: Visit, path: Path<(String, String)>) -> Result<HttpResponse, PageError> {
    let (what, _) = path.into_inner();
    situation::wanted(&what).ok_or(PageError::Unknown)?;
    ask(&visit, StatusCode::OK, &format!("/ajukan/mulai/{what}"), FormFaults::default())
}

async fn show_saved(visit: Visit, path: Path<(String, String)>) -> Result<HttpResponse, PageError> {
    let (filing, _) = path.into_inner();
    let id: FilingId = filing.parse().map_err(|_| PageError::Unknown)?;
    ask(&visit, StatusCode::OK, &saved::path(id), FormFaults::default())
}

async fn confirm_new(
    visit: Visit,
    path: Path<(String, String)>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let typed = form.from_anyone(&visit)?.typed;
    let (what, proof) = path.into_inner();
    let wanted = situation::wanted(&what).ok_or(PageError::Unknown)?;
    let back = format!("/ajukan/mulai/{what}");
    let proven = match prove(&visit, &proof, &typed, &back).await? {
        Ok(proven) => proven,
        Err(again) => return Ok(again),
    };
    let token = ProofToken::parse(&proven.token).ok_or(PageError::Broken)?;
    let begun = begin_filing(visit.office(), &token, wanted).await?;
    go_on(&visit, proven, if begun.continued { "filing.continued" } else { "c.email_proven" })
}

async fn confirm_saved(
    visit: Visit,
    path: Path<(String, String)>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let typed = form.from_anyone(&visit)?.typed;
    let (filing, proof) = path.into_inner();
    let id: FilingId = filing.parse().map_err(|_| PageError::Unknown)?;
    let proven = match prove(&visit, &proof, &typed, &saved::path(id)).await? {
        Ok(proven) => proven,
        Err(again) => return Ok(again),
    };
    let token = ProofToken::parse(&proven.token).ok_or(PageError::Broken)?;
    resume_filing(visit.office(), &token, id).await?;
    go_on(&visit, proven, "filing.continued")
}

/// The proof of a right code, or the page that asks once more.
async fn prove(
    visit: &Visit,
    proof: &str,
    typed: &Typed,
    back: &str,
) -> Result<Result<Proven, HttpResponse>, PageError> {
    let digits: String = typed.get("code").chars().filter(char::is_ascii_digit).collect();
    let proof: ProofId = proof.parse().map_err(|_| PageError::Unknown)?;
    let (status, said) = match confirm_email_proof(visit.office(), proof, &digits).await {
        Ok(proven) => return Ok(Ok(proven)),
        Err(AppError::WrongProofCode) => {
            (StatusCode::UNPROCESSABLE_ENTITY, visit.say("filing.code.wrong", &[]))
        }
        Err(AppError::NotFound(_)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, visit.say("e.email_code.expired", &[]))
        }
        Err(AppError::TooManyAttempts { retry_after }) => {
            let n = seconds(retry_after);
            (StatusCode::TOO_MANY_REQUESTS, visit.say("sign_in.wait", &[("n", &n)]))
        }
        Err(error) => return Err(error.into()),
    };
    let mut faults = FormFaults::default();
    faults.add("code", said);
    Ok(Err(ask(visit, status, back, faults)?))
}

fn go_on(visit: &Visit, proven: Proven, said: &str) -> Result<HttpResponse, PageError> {
    let mut response = visit.go_saying(letter_data::PATH, &Flash::done(said))?;
    visit.remember(&mut response, &Remembered::Filing(proven.token));
    Ok(response)
}
