//! `/ajukan/dokumen`: what has to be enclosed. Each document has its own form, so that no file is sent twice.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web::{self, Path, Query},
};
use serde::Serialize;

use super::{Refused, Step, Upload, as_upload, checked, current, keep, letter, shown, take};
use crate::{
    app::{
        AppError,
        callers::Caller,
        documents::discard_document,
        filings::{Filing, uploaded_document},
    },
    domain::{document_policy::Requirement, form::RawExemption, ids::DocumentId, names::DocumentKind},
    http::pages::frame::{
        Access, Flash, FormFaults, Page, PageError, ProtectedForm, ProtectedUpload, Typed, Visit, page,
    },
};

pub(super) const PATH: &str = "/ajukan/dokumen";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("filing_documents_page", Method::GET, PATH, Access::Everyone, || web::to(show)),
        page("upload_page", Method::POST, PATH, Access::Everyone, || web::to(upload)),
        page("discard_page", Method::POST, "/ajukan/dokumen/hapus", Access::Everyone, || web::to(discard)),
        page("cannot_supply_page", Method::POST, "/ajukan/dokumen/tanpa", Access::Everyone, || {
            web::to(do_without)
        }),
        page("documents_done_page", Method::POST, "/ajukan/dokumen/lanjut", Access::Everyone, || {
            web::to(done)
        }),
        page("upload_view_page", Method::GET, "/ajukan/berkas/{document}", Access::Everyone, || {
            web::to(view)
        }),
    ]
}

/// One thing that is asked for.
#[derive(Serialize)]
pub(super) struct Wanted {
    /// The id of its field; the kind that an upload gets when there is no choice.
    id: &'static str,
    /// One of these.
    kinds: Vec<&'static str>,
    uploads: Vec<Upload>,
    /// Why it cannot be supplied.
    without: Option<String>,
}

impl Wanted {
    fn is_met(&self) -> bool {
        !self.uploads.is_empty() || self.without.is_some()
    }
}

fn is_letter(requirement: &Requirement) -> bool {
    requirement.any_of.contains(&DocumentKind::ApplicationLetter)
}

/// The requirements of a filing with what is there for each.
pub(super) fn wanted(filing: &Filing) -> Vec<Wanted> {
    let one = |requirement: &Requirement| Wanted {
        id: requirement.any_of.first().map_or("", |kind| kind.as_str()),
        kinds: requirement.any_of.iter().map(|kind| kind.as_str()).collect(),
        uploads: filing
            .documents
            .iter()
            .filter(|document| requirement.any_of.contains(&document.kind))
            .map(as_upload)
            .collect(),
        without: filing
            .form
            .cannot_supply
            .iter()
            .find(|exemption| requirement.any_of.iter().any(|kind| kind.as_str() == exemption.document))
            .map(|exemption| exemption.reason.clone()),
    };
    let mut wanted: Vec<Wanted> = Vec::new();
    for requirement in filing.required.iter().filter(|requirement| !is_letter(requirement)) {
        let found = one(requirement);
        if !wanted.iter().any(|earlier| earlier.kinds == found.kinds) {
            wanted.push(found);
        }
    }
    wanted
}

#[derive(Serialize)]
struct View {
    wanted: Vec<Wanted>,
    faults: FormFaults,
}

fn draw(
    visit: &Visit,
    filing: &Filing,
    status: StatusCode,
    faults: FormFaults,
) -> Result<HttpResponse, PageError> {
    let view = View { wanted: wanted(filing), faults };
    visit.show_as(status, "taxpayer/filing/documents.html", &view)
}

async fn show(visit: Visit, step: Query<Step>) -> Result<HttpResponse, PageError> {
    let (_, filing) = current(&visit).await?;
    let mut faults = FormFaults::default();
    if step.is_checked() {
        for (field, text) in missing(&visit, &filing) {
            faults.add(&field, text);
        }
    }
    draw(&visit, &filing, StatusCode::OK, faults)
}

async fn upload(visit: Visit, form: ProtectedUpload) -> Result<HttpResponse, PageError> {
    let sent = form.from_anyone(&visit).await?;
    let (token, filing) = current(&visit).await?;
    let kind = asked_kind(&filing, sent.typed.get("kind"))?;
    match take(&visit, &Caller::Proof(token), kind, sent).await? {
        Ok(()) => visit.go_saying(PATH, &Flash::done("filing.file.taken")),
        Err(Refused(said)) => {
            let mut faults = FormFaults::default();
            faults.add(&format!("berkas-{}", field_of(&filing, kind)), said);
            draw(&visit, &filing, StatusCode::UNPROCESSABLE_ENTITY, faults)
        }
    }
}

/// A kind of document that this filing asks for.
fn asked_kind(filing: &Filing, typed: &str) -> Result<DocumentKind, PageError> {
    let kind: DocumentKind = typed.parse().map_err(|_| PageError::WrongForm)?;
    let asked = filing.required.iter().any(|requirement| requirement.any_of.contains(&kind));
    if asked { Ok(kind) } else { Err(PageError::WrongForm) }
}

/// The requirement whose field a kind belongs to.
fn field_of(filing: &Filing, kind: DocumentKind) -> &'static str {
    let found = filing.required.iter().find(|requirement| requirement.any_of.contains(&kind));
    found.and_then(|requirement| requirement.any_of.first()).unwrap_or(&kind).as_str()
}

async fn discard(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let typed = form.from_anyone(&visit)?.typed;
    let (token, _) = current(&visit).await?;
    let back = if typed.get("back") == letter::PATH { letter::PATH } else { PATH };
    let id: DocumentId = typed.get("document").parse().map_err(|_| PageError::WrongForm)?;
    match discard_document(visit.office(), &Caller::Proof(token), id).await {
        // Pressed twice: it is gone already.
        Ok(()) | Err(AppError::NotFound(_)) => visit.go_saying(back, &Flash::done("filing.file.removed")),
        Err(error) => Err(error.into()),
    }
}

async fn do_without(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let typed = form.from_anyone(&visit)?.typed;
    let (_, filing) = current(&visit).await?;
    let kind = asked_kind(&filing, typed.get("kind"))?;
    let reason = typed.get("reason").split_whitespace().collect::<Vec<_>>().join(" ");
    let taken_back = !typed.get("undo").is_empty();
    if reason.is_empty() && !taken_back {
        let mut faults = FormFaults::default();
        faults.add(&format!("alasan-{}", kind.as_str()), visit.say("filing.without.no_reason", &[]));
        return draw(&visit, &filing, StatusCode::UNPROCESSABLE_ENTITY, faults);
    }
    keep(&visit, |form| {
        form.cannot_supply.retain(|exemption| exemption.document != kind.as_str());
        if !taken_back {
            form.cannot_supply.push(RawExemption { document: kind.to_string(), reason });
        }
    })
    .await?;
    Ok(visit.go(PATH))
}

/// What is asked for and not there: its field, and the sentence.
pub(super) fn missing(visit: &Visit, filing: &Filing) -> Vec<(String, String)> {
    let missing = |wanted: &Wanted| {
        let names: Vec<String> =
            wanted.kinds.iter().map(|kind| visit.say(&format!("filing.doc.{kind}"), &[])).collect();
        let names = names.join(&visit.say("filing.or", &[]));
        (format!("berkas-{}", wanted.id), visit.say("e.doc.missing", &[("dokumen", &names)]))
    };
    wanted(filing).iter().filter(|wanted| !wanted.is_met()).map(missing).collect()
}

/// On to the letter, once everything asked for is there.
async fn done(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    form.from_anyone(&visit)?;
    let (_, filing) = current(&visit).await?;
    let complete = missing(&visit, &filing).is_empty();
    Ok(if complete { visit.go(letter::PATH) } else { visit.go(&checked(PATH)) })
}

/// One of the filer's own uploads. Pictures are shown, other files are kept by the browser.
async fn view(visit: Visit, document: Path<String>) -> Result<HttpResponse, PageError> {
    let (token, _) = current(&visit).await?;
    let id: DocumentId = document.parse().map_err(|_| PageError::Unknown)?;
    let opened = uploaded_document(visit.office(), &token, id).await.map_err(|error| match error {
        AppError::NotFound(_) => PageError::Unknown,
        other => other.into(),
    })?;
    Ok(shown(opened))
}
