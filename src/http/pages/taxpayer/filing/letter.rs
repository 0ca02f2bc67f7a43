//! `/ajukan/surat`: the request letter, to sign on the screen, or to print and sign, and the signed one to hand in.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web::{self, Path, Query},
};
use serde::Serialize;

use super::{Refused, Step, Upload, as_upload, checked, current, file, letter_data, review, take};
use crate::{
    app::{
        AppError,
        application_letter::application_letter,
        callers::Caller,
        filings::{Filing, drawn_letters, sign_filing},
    },
    domain::{
        ink,
        names::{DocumentKind, Kind},
    },
    http::pages::frame::{
        Access, Flash, FormFaults, Leaf, Page, PageError, ProtectedForm, ProtectedUpload, Typed, Visit, page,
    },
};

pub(super) const PATH: &str = "/ajukan/surat";
const FIELD: &str = "berkas-application_letter";
/// The field of the strokes, and the sheet that they are drawn on.
const DRAWN: &str = "goresan";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("filing_letter_page", Method::GET, PATH, Access::Everyone, || web::to(show)),
        page("upload_letter_page", Method::POST, PATH, Access::Everyone, || web::to(upload)),
        page("sign_letter_page", Method::POST, "/ajukan/surat/tanda-tangan", Access::Everyone, || {
            web::to(sign)
        }),
        page("letter_done_page", Method::POST, "/ajukan/surat/lanjut", Access::Everyone, || web::to(done)),
        page("filing_letter_pdf", Method::GET, "/ajukan/surat/unduh/{kind}", Access::Everyone, || {
            web::to(download)
        }),
    ]
}

#[derive(Serialize)]
struct View<'a> {
    /// One letter for each request.
    kinds: Vec<Kind>,
    /// What was uploaded, and what was signed here.
    uploads: Vec<Upload>,
    made: Vec<Upload>,
    /// Whether it may be signed here, and by whom.
    on_screen: bool,
    signer: &'a str,
    /// Strokes to go on with.
    drawn: &'a str,
    sheet: [u16; 2],
    /// The letters as they are or will be signed; none while the form has faults.
    leaves: Vec<Leaf>,
    faults: FormFaults,
}

pub(super) fn signed(filing: &Filing) -> Vec<Upload> {
    let letters = filing.documents.iter().filter(|document| document.kind == DocumentKind::ApplicationLetter);
    letters.map(as_upload).collect()
}

async fn draw(
    visit: &Visit,
    filing: &Filing,
    status: StatusCode,
    drawn: &str,
    faults: FormFaults,
) -> Result<HttpResponse, PageError> {
    let leaves = if filing.on_screen || filing.signed.is_some() {
        drawn_letters(visit.office(), filing).await?
    } else {
        Vec::new()
    };
    let (made, uploads) = signed(filing).into_iter().partition(Upload::is_made_here);
    let view = View {
        kinds: filing.wanted.kinds(),
        uploads,
        made,
        on_screen: filing.on_screen,
        signer: &filing.form.signer.name,
        drawn,
        sheet: [ink::WIDTH, ink::HEIGHT],
        leaves: leaves.iter().map(Leaf::of).collect(),
        faults,
    };
    visit.show_as(status, "taxpayer/filing/letter.html", &view)
}

async fn show(visit: Visit, step: Query<Step>) -> Result<HttpResponse, PageError> {
    let (_, filing) = current(&visit).await?;
    let mut faults = FormFaults::default();
    if step.is_checked() && signed(&filing).is_empty() {
        faults.add(FIELD, missing(&visit));
    }
    draw(&visit, &filing, StatusCode::OK, "", faults).await
}

async fn upload(visit: Visit, form: ProtectedUpload) -> Result<HttpResponse, PageError> {
    let sent = form.from_anyone(&visit).await?;
    let (token, filing) = current(&visit).await?;
    match take(&visit, &Caller::Proof(token), DocumentKind::ApplicationLetter, sent).await? {
        Ok(()) => visit.go_saying(PATH, &Flash::done("filing.file.taken")),
        Err(Refused(said)) => {
            let mut faults = FormFaults::default();
            faults.add(FIELD, said);
            draw(&visit, &filing, StatusCode::UNPROCESSABLE_ENTITY, "", faults).await
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

/// Signs with what was drawn. What is no signature is told; nothing else changes by it.
async fn sign(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let typed = form.from_anyone(&visit)?.typed;
    let (token, filing) = current(&visit).await?;
    let drawn = typed.get(DRAWN);
    match sign_filing(visit.office(), &token, &filing, drawn).await {
        Ok(()) => visit.go_saying(PATH, &Flash::done("filing.sign.done")),
        Err(AppError::Invalid(found)) => match found.iter().find(|fault| fault.pointer == "/goresan") {
            Some(fault) => {
                let mut faults = FormFaults::default();
                faults.add(DRAWN, visit.say(&format!("filing.sign.{}", fault.code), &[]));
                // A short one may be gone on with.
                let drawn = if fault.code == "too_short" { drawn } else { "" };
                draw(&visit, &filing, StatusCode::UNPROCESSABLE_ENTITY, drawn, faults).await
            }
            None => visit.go_saying(letter_data::PATH, &Flash::stopped("filing.letter.first")),
        },
        Err(AppError::Stale) => visit.go_saying(PATH, &Flash::stopped("filing.sign.stale")),
        Err(error) => Err(error.into()),
    }
}

async fn download(visit: Visit, kind: Path<String>) -> Result<HttpResponse, PageError> {
    let (_, filing) = current(&visit).await?;
    let kinds = filing.wanted.kinds();
    let kind = kinds.into_iter().find(|known| known.as_str() == kind.as_str()).ok_or(PageError::Unknown)?;
    match application_letter(visit.office(), &filing.letter_form(kind), &[]).await {
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
