//! What is done with a decree that was prepared: it gets its number, its scan puts it in force, or it is not signed at all.

use actix_web::{HttpRequest, HttpResponse, http::Method, web};

use super::{
    confirm::{self, Fact, Question},
    decrees::PATH,
    path_id,
    scans::{attachment, why_not},
};
use crate::{
    app::{
        AppError,
        decree_documents::{
            end::void_decree,
            number::number_decree,
            read::{DecreeDocumentView, get_decree_document},
            scan::{download_scan, upload_scan},
        },
    },
    domain::ids::DecreeDocumentId,
    http::pages::frame::{
        Flash, OPERATOR, Page, PageError, ProtectedForm, ProtectedUpload, Staff, Typed, Visit, page,
    },
    store::decree_documents::ScanOf,
};

pub(super) fn pages() -> Vec<Page> {
    const NUMBER: &str = "/operator/kep/{decree}/nomor";
    const VOID: &str = "/operator/kep/{decree}/batal";
    const SCAN: &str = "/operator/kep/{decree}/pindaian";
    let get = |id, path, register| page(id, Method::GET, path, OPERATOR, register);
    let post = |id, path, register| page(id, Method::POST, path, OPERATOR, register);
    vec![
        get("ask_to_number_decree", NUMBER, || web::to(ask_number)),
        post("number_decree_on_page", NUMBER, || web::to(number)),
        get("ask_to_void_decree", VOID, || web::to(ask_void)),
        post("void_decree_on_page", VOID, || web::to(void)),
        get("download_decree_scan_on_page", SCAN, || web::to(download)),
        post("upload_decree_scan_on_page", SCAN, || web::to(upload)),
    ]
}

fn facts(decree: &DecreeDocumentView) -> Vec<Fact> {
    let officers: Vec<&str> = decree.officers.iter().map(|officer| officer.name.as_str()).collect();
    let mut facts = vec![Fact::text("op.kep.officers", officers.join(", "))];
    facts.extend(decree.number.as_deref().map(|number| Fact::text("op.decree.number", number)));
    facts
}

async fn question(
    staff: &Staff,
    id: DecreeDocumentId,
    words: &'static str,
    act: &str,
    ends: bool,
) -> Result<Question, PageError> {
    staff.who().colleague.operator()?;
    let decree = get_decree_document(staff.office(), staff.session(), id).await?;
    Ok(Question {
        words,
        facts: facts(&decree),
        action: format!("{PATH}/{id}/{act}"),
        back: format!("{PATH}/{id}"),
        danger: ends,
        asks_why: ends,
    })
}

async fn ask_number(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let question = question(&staff, path_id(&request)?, "op.kep.numbering", "nomor", false).await?;
    confirm::ask(&staff, &question)
}

async fn number(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, _) = form.from_staff(&visit)?;
    let id = path_id(&request)?;
    let flash = match number_decree(staff.office(), staff.session(), id).await {
        Ok(()) => Flash::done("op.kep.numbered"),
        Err(AppError::AlreadyDone(_)) => Flash::note("op.kep.past"),
        Err(AppError::Invalid(_)) => Flash::stopped("op.kep.other_year"),
        Err(error) => return Err(error.into()),
    };
    staff.go_saying(&format!("{PATH}/{id}"), &flash)
}

async fn ask_void(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let question = question(&staff, path_id(&request)?, "op.kep.voiding", "batal", true).await?;
    confirm::ask(&staff, &question)
}

async fn void(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let id = path_id(&request)?;
    let typed = sent.typed.get("reason");
    let reason = match confirm::reason(typed) {
        Ok(reason) => reason,
        Err(AppError::Invalid(faults)) => {
            let question = question(&staff, id, "op.kep.voiding", "batal", true).await?;
            return confirm::ask_again(&staff, &question, typed, &faults);
        }
        Err(error) => return Err(error.into()),
    };
    let flash = match void_decree(staff.office(), staff.session(), id, &reason).await {
        Ok(()) => Flash::done("op.kep.voided"),
        Err(AppError::AlreadyDone(_)) => Flash::note("op.kep.past"),
        Err(error) => return Err(error.into()),
    };
    staff.go_saying(&format!("{PATH}/{id}"), &flash)
}

async fn upload(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedUpload,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit).await?;
    let id: DecreeDocumentId = path_id(&request)?;
    let back = format!("{PATH}/{id}");
    if sent.name.is_empty() {
        return staff.go_saying(&back, &Flash::stopped("op.scan.none"));
    }
    let of = ScanOf::Document(id);
    let flash = match upload_scan(staff.office(), staff.session(), of, &sent.name, sent.bytes).await {
        Ok(()) => Flash::done("op.kep.in_force"),
        Err(error) => why_not(error)?,
    };
    staff.go_saying(&back, &flash)
}

async fn download(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let of = ScanOf::Document(path_id(&request)?);
    Ok(attachment(download_scan(staff.office(), staff.session(), of).await?))
}
