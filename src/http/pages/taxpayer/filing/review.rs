//! `/ajukan/periksa`: everything once more, as the letter says it; and sending it.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use serde::Serialize;

use super::{
    Upload, current,
    documents::{self, Wanted},
    letter, letter_data, receipt, said,
};
use crate::{
    app::{
        AppError,
        callers::ProofToken,
        filings::{Filing, check_filing, send_filing},
    },
    domain::{
        fault::Fault,
        form::RawForm,
        indonesian, ink,
        names::{Kind, ReprintReason},
        tax_id::TaxId,
    },
    http::pages::frame::{Access, Flash, Page, PageError, ProtectedForm, Typed, Visit, page},
};

pub(super) const PATH: &str = "/ajukan/periksa";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("review_page", Method::GET, PATH, Access::Everyone, || web::to(show)),
        page("send_filing_page", Method::POST, PATH, Access::Everyone, || web::to(send)),
    ]
}

#[derive(Serialize)]
struct View<'a> {
    papers: Vec<Paper>,
    form: &'a RawForm,
    tax_id: String,
    alternate_email: &'a str,
    /// One that the letter knows.
    reason: Option<ReprintReason>,
    previous_office: &'a str,
    old_number: &'a str,
    office: Option<&'a str>,
    documents: Vec<Wanted>,
    letters: Vec<Upload>,
    /// The signature that was drawn, as a path.
    signature: Option<String>,
    sheet: [u16; 2],
    problems: Vec<Problem>,
}

/// One request letter; a bundle has two.
#[derive(Serialize)]
struct Paper {
    kind: Kind,
    /// The option of the form that is left unstruck.
    option: &'static str,
    /// As the letter writes it.
    date: String,
}

/// What keeps it from being sent, and the page where it is mended.
#[derive(Serialize)]
struct Problem {
    text: String,
    href: Option<&'static str>,
}

fn problems(visit: &Visit, filing: &Filing, found: &[Fault], refusal: Option<String>) -> Vec<Problem> {
    let at = |href: &'static str| move |text: String| Problem { text, href: Some(href) };
    let missing = documents::missing(visit, filing).into_iter().map(|(_, text)| text);
    let letter = letter::signed(filing).is_empty().then(|| letter::missing(visit));
    said::sentences_of_data(visit, filing, found)
        .into_iter()
        .map(at(letter_data::PATH))
        .chain(missing.map(at(documents::PATH)))
        .chain(letter.map(at(letter::PATH)))
        .chain(said::of_the_rest(visit, filing, found).into_iter().map(at(documents::PATH)))
        .chain(refusal.map(|text| Problem { text, href: None }))
        .collect()
}

async fn draw(
    visit: &Visit,
    token: &ProofToken,
    filing: &Filing,
    status: StatusCode,
    refusal: Option<String>,
) -> Result<HttpResponse, PageError> {
    let found = check_filing(visit.office(), token, filing).await?;
    let form = &filing.form;
    let date = form.letter.date.parse().map_or_else(|_| form.letter.date.clone(), indonesian::date);
    let paper = |kind: Kind| Paper { kind, option: kind.form_option(), date: date.clone() };
    let view = View {
        papers: filing.wanted.kinds().into_iter().map(paper).collect(),
        tax_id: TaxId::parse(&form.tax_id).map_or_else(|_| form.tax_id.clone(), |tax_id| tax_id.formatted()),
        alternate_email: form.alternate_email.as_deref().unwrap_or_default(),
        reason: form.reprint.as_ref().and_then(|reprint| reprint.reason.parse().ok()),
        previous_office: form.previous_office.as_deref().unwrap_or_default(),
        old_number: form.old_letter.as_ref().map(|old| old.number.as_str()).unwrap_or_default(),
        office: filing.office_name.as_deref(),
        problems: problems(visit, filing, &found, refusal),
        documents: documents::wanted(filing),
        letters: letter::signed(filing),
        signature: filing.signed.as_ref().map(|signed| signed.ink.path()),
        sheet: [ink::WIDTH, ink::HEIGHT],
        form,
    };
    visit.show_as(status, "taxpayer/filing/review.html", &view)
}

async fn show(visit: Visit) -> Result<HttpResponse, PageError> {
    let (token, filing) = current(&visit).await?;
    draw(&visit, &token, &filing, StatusCode::OK, None).await
}

/// Pressed twice, it is received once.
async fn send(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    form.from_anyone(&visit)?;
    let (token, filing) = current(&visit).await?;
    match send_filing(visit.office(), &token).await {
        Ok(_) => Ok(visit.go(receipt::PATH)),
        Err(AppError::AlreadyDone(_)) => visit.go_saying(receipt::PATH, &Flash::note("c.double")),
        Err(AppError::Invalid(_)) => {
            draw(&visit, &token, &filing, StatusCode::UNPROCESSABLE_ENTITY, None).await
        }
        Err(AppError::DuplicateRequest { receipt_number }) => {
            let said = match receipt_number {
                Some(number) => visit.say("e.duplicate", &[("nomor", &number)]),
                None => visit.say("filing.duplicate", &[]),
            };
            draw(&visit, &token, &filing, StatusCode::CONFLICT, Some(said)).await
        }
        Err(error) => Err(error.into()),
    }
}
