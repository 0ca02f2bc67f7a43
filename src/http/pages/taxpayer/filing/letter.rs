//! `/ajukan/surat`: the request letter, to print and sign, and the signed one to hand in.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web::{self, Path, Query},
};
use serde::Serialize;

use super::{Refused, Step, Upload, as_upload, checked, current, file, letter_data, review, take};
use crate::{
    app::{AppError, application_letter::application_letter, callers::Caller, filings::Filing},
    domain::{
        form::RawForm,
        names::{DocumentKind, Kind},
    },
    http::pages::frame::{
        Access, Flash, FormFaults, Page, PageError, ProtectedForm, ProtectedUpload, Typed, Visit, page,
    },
};

pub(super) const PATH: &str = "/ajukan/surat";
const FIELD: &str = "berkas-application_letter";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("filing_letter_page", Method::GET, PATH, Access::Everyone, || web::to(show)),
        page("upload_letter_page", Method::POST, PATH, Access::Everyone, || web::to(upload)),
        page("letter_done_page", Method::POST, "/ajukan/surat/lanjut", Access::Everyone, || web::to(done)),
        page("filing_letter_pdf", Method::GET, "/ajukan/surat/unduh/{kind}", Access::Everyone, || {
            web::to(download)
        }),
    ]
}

#[derive(Serialize)]
struct View {
    /// One letter for each request.
    kinds: Vec<Kind>,
    uploads: Vec<Upload>,
    faults: FormFaults,
}

pub(super) fn signed(filing: &Filing) -> Vec<Upload> {
    let letters = filing.documents.iter().filter(|document| document.kind == DocumentKind::ApplicationLetter);
    letters.map(as_upload).collect()
}

fn draw(
    visit: &Visit,
    filing: &Filing,
    status: StatusCode,
    faults: FormFaults,
) -> Result<HttpResponse, PageError> {
    let view = View { kinds: filing.wanted.kinds(), uploads: signed(filing), faults };
    visit.show_as(status, "taxpayer/filing/letter.html", &view)
}

async fn show(visit: Visit, step: Query<Step>) -> Result<HttpResponse, PageError> {
    let (_, filing) = current(&visit).await?;
    let mut faults = FormFaults::default();
    if step.is_checked() && signed(&filing).is_empty() {
        faults.add(FIELD, missing(&visit));
    }
    draw(&visit, &filing, StatusCode::OK, faults)
}

async fn upload(visit: Visit, form: ProtectedUpload) -> Result<HttpResponse, PageError> {
    let sent = form.from_anyone(&visit).await?;
    let (token, filing) = current(&visit).await?;
    match take(&visit, &Caller::Proof(token), DocumentKind::ApplicationLetter, sent).await? {
        Ok(()) => visit.go_saying(PATH, &Flash::done("filing.file.taken")),
        Err(Refused(said)) => {
            let mut faults = FormFaults::default();
            faults.add(FIELD, said);
            draw(&visit, &filing, StatusCode::UNPROCESSABLE_ENTITY, faults)
        }
    }
}

pub(super) fn missing(visit: &Visit) -> String {
    let letter = visit.say("filing.doc.application_letter", &[]);
    visit.say("e.doc.missing", &[("dokumen", &letter)])
}

async fn done(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    form.from_anyone(&visit)?;
    let (_, filing) = current(&visit).await?;
    let is_there = !signed(&filing).is_empty();
    Ok(if is_there { visit.go(review::PATH) } else { visit.go(&checked(PATH)) })
}

/// The letter of one kind, filled in. In a bundle each request has its own.
fn form_of(filing: &Filing, kind: Kind) -> RawForm {
    let mut form = filing.form.clone();
    form.kind = Some(kind.to_string());
    if kind != Kind::Reprint {
        form.reprint = None;
    }
    form
}

async fn download(visit: Visit, kind: Path<String>) -> Result<HttpResponse, PageError> {
    let (_, filing) = current(&visit).await?;
    let kinds = filing.wanted.kinds();
    let kind = kinds.into_iter().find(|known| known.as_str() == kind.as_str()).ok_or(PageError::Unknown)?;
    match application_letter(visit.office(), &form_of(&filing, kind), &[]).await {
        Ok(pdf) => {
            let name = format!("attachment; filename=\"surat-permohonan-{kind}.pdf\"");
            Ok(file("application/pdf", name, pdf))
        }
        // Its data are not complete yet.
        Err(AppError::Invalid(_)) => {
            visit.go_saying(letter_data::PATH, &Flash::stopped("filing.letter.first"))
        }
        Err(error) => Err(error.into()),
    }
}
