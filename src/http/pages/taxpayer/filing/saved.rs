//! Leaving a filing and coming back: `/ajukan/lanjut/{filing}` is the link, which holds no secret.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web::{self, Path},
};
use serde::Serialize;

use super::{code, current};
use crate::{
    app::{AppError, filings::ask_to_resume},
    domain::ids::FilingId,
    http::{
        extract::From,
        pages::frame::{
            Access, Flash, FormFaults, Page, PageError, ProtectedForm, Remembered, Typed, Visit, page,
            seconds,
        },
    },
};

const LINK: &str = "/ajukan/lanjut/{filing}";
pub(super) const SAVED: &str = "/ajukan/tersimpan";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("saved_filing_page", Method::GET, SAVED, Access::Everyone, || web::to(show)),
        page("leave_filing_page", Method::POST, SAVED, Access::Everyone, || web::to(leave)),
        page("resume_page", Method::GET, LINK, Access::Everyone, || web::to(offer)),
        page("ask_resume_code_page", Method::POST, LINK, Access::Everyone, || web::to(ask)),
    ]
}

pub(super) fn path(id: FilingId) -> String {
    format!("/ajukan/lanjut/{id}")
}

#[derive(Serialize)]
struct Saved {
    path: String,
    link: String,
    kept_until: String,
}

async fn show(visit: Visit) -> Result<HttpResponse, PageError> {
    let (_, filing) = current(&visit).await?;
    let path = path(filing.id);
    let link = visit.office().page_link(&path);
    visit
        .show("taxpayer/filing/saved.html", &Saved { path, link, kept_until: filing.kept_until.to_rfc3339() })
}

/// For whoever shares the computer: this browser forgets the filing, which stays saved.
async fn leave(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    form.from_anyone(&visit)?;
    let mut response = visit.go_saying("/", &Flash::done("filing.left"))?;
    visit.remember(&mut response, &Remembered::NoFiling);
    Ok(response)
}

#[derive(Serialize)]
struct Offer<'a> {
    path: &'a str,
    faults: FormFaults,
}

/// Says nothing about the filing, not even whether it is there.
async fn offer(visit: Visit, filing: Path<String>) -> Result<HttpResponse, PageError> {
    let id: FilingId = filing.parse().map_err(|_| PageError::Unknown)?;
    visit.show("taxpayer/filing/resume.html", &Offer { path: &path(id), faults: FormFaults::default() })
}

async fn ask(
    visit: Visit,
    filing: Path<String>,
    From(address): From,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    form.from_anyone(&visit)?;
    let id: FilingId = filing.parse().map_err(|_| PageError::Unknown)?;
    let (status, said) = match ask_to_resume(visit.office(), id, address).await {
        Ok(asked) => {
            let said = Flash::done("filing.code_sent").with("email", asked.email);
            return visit.go_saying(&code::path_of_saved(id, asked.proof), &said);
        }
        Err(AppError::NotFound(_)) => (StatusCode::NOT_FOUND, visit.say("filing.gone", &[])),
        Err(AppError::TooManyAttempts { retry_after }) => {
            let n = seconds(retry_after);
            (StatusCode::TOO_MANY_REQUESTS, visit.say("e.email_code.wait", &[("n", &n)]))
        }
        Err(error) => return Err(error.into()),
    };
    let mut faults = FormFaults::default();
    faults.add("send", said);
    visit.show_as(status, "taxpayer/filing/resume.html", &Offer { path: &path(id), faults })
}
