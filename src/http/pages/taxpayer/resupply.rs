//! `/lacak/lengkapi`: what was returned comes back complete. First the files, each by its own form; then, on the page
//! that sends, what is to be corrected and what cannot be supplied.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web::{self, Path},
};
use serde::Serialize;

use super::{
    filing::{Refused, Upload, as_upload, day, shown, take},
    tracked, tracking,
};
use crate::{
    app::{
        AppError,
        callers::Caller,
        documents::{discard_document, read_upload, waiting_uploads},
        intake::resupply::{
            RawCorrections, RawLetterCorrection, RawOldLetterCorrection, RawResupply, RawSignerCorrection,
            resupply,
        },
        views::{request_parts::DeficiencyItem, tracked_request::TrackedRequest},
    },
    domain::{
        fault::Fault,
        form::RawExemption,
        ids::{DocumentId, RequestId},
        names::{DocumentKind, Kind},
        state::StateName,
    },
    http::pages::{
        frame::{
            Access, Flash, FormFaults, Language, Page, PageError, ProtectedForm, ProtectedUpload, Typed,
            Visit, page,
        },
        said::missing_documents,
    },
};

pub(super) const PATH: &str = "/lacak/lengkapi";
const SEND: &str = "/lacak/lengkapi/kirim";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("resupply_page", Method::GET, PATH, Access::Everyone, || web::to(show)),
        page("resupply_upload_page", Method::POST, PATH, Access::Everyone, || web::to(upload)),
        page("resupply_discard_page", Method::POST, "/lacak/lengkapi/hapus", Access::Everyone, || {
            web::to(discard)
        }),
        page("resupply_check_page", Method::GET, SEND, Access::Everyone, || web::to(check)),
        page("resupply_send_page", Method::POST, SEND, Access::Everyone, || web::to(send)),
        page("resupply_view_page", Method::GET, "/lacak/berkas/{document}", Access::Everyone, || {
            web::to(view)
        }),
    ]
}

/// What is asked for under one kind of document.
#[derive(Serialize)]
struct Needed<'a> {
    id: &'static str,
    items: Vec<&'a DeficiencyItem>,
    uploads: Vec<Upload>,
}

#[derive(Serialize)]
struct View<'a> {
    request: &'a TrackedRequest,
    needed: Vec<Needed<'a>>,
    /// Items that no document answers.
    corrections: Vec<&'a DeficiencyItem>,
    /// For anything else.
    kinds: Vec<&'static str>,
    others: Vec<Upload>,
    faults: FormFaults,
}

/// The returned request that this browser follows. Elsewhere, when there is none.
async fn returned(visit: &Visit) -> Result<(RequestId, TrackedRequest), PageError> {
    let id = visit.tracked().ok_or_else(tracking::none_open)?;
    let view = tracked::followed(visit).await?.ok_or_else(tracking::none_open)?;
    if view.request.state != StateName::Incomplete {
        return Err(PageError::elsewhere(tracked::PATH, Flash::note("resupply.not_now")));
    }
    Ok((id, view.request))
}

async fn draw(
    visit: &Visit,
    id: RequestId,
    request: &TrackedRequest,
    faults: FormFaults,
) -> Result<HttpResponse, PageError> {
    let uploads = waiting_uploads(visit.office(), id).await?;
    let items = request.returned.as_ref().map(|returned| returned.items.as_slice()).unwrap_or_default();
    let of = |kind: DocumentKind| uploads.iter().filter(move |upload| upload.kind == kind).map(as_upload);
    let mut asked: Vec<DocumentKind> = Vec::new();
    for kind in items.iter().filter_map(|item| DocumentKind::of_item(&item.code)) {
        if !asked.contains(&kind) {
            asked.push(kind);
        }
    }
    let needed = asked.iter().map(|kind| Needed {
        id: kind.as_str(),
        items: items.iter().filter(|item| DocumentKind::of_item(&item.code) == Some(*kind)).collect(),
        uploads: of(*kind).collect(),
    });
    let rest: Vec<DocumentKind> =
        DocumentKind::ALL.iter().copied().filter(|kind| !asked.contains(kind)).collect();
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let view = View {
        request,
        needed: needed.collect(),
        corrections: items.iter().filter(|item| DocumentKind::of_item(&item.code).is_none()).collect(),
        others: rest.iter().flat_map(|kind| of(*kind)).collect(),
        kinds: rest.iter().map(|kind| kind.as_str()).collect(),
        faults,
    };
    visit.show_as(status, "taxpayer/resupply.html", &view)
}

async fn show(visit: Visit) -> Result<HttpResponse, PageError> {
    let (id, request) = returned(&visit).await?;
    draw(&visit, id, &request, FormFaults::default()).await
}

async fn upload(visit: Visit, form: ProtectedUpload) -> Result<HttpResponse, PageError> {
    let sent = form.from_anyone(&visit).await?;
    let (id, request) = returned(&visit).await?;
    let kind: DocumentKind = sent.typed.get("kind").parse().map_err(|_| PageError::WrongForm)?;
    let items = request.returned.as_ref().map(|returned| returned.items.as_slice()).unwrap_or_default();
    let asked = items.iter().any(|item| DocumentKind::of_item(&item.code) == Some(kind));
    match take(&visit, &Caller::Tracking(id), kind, sent).await? {
        Ok(()) => visit.go_saying(PATH, &Flash::done("filing.file.taken")),
        Err(Refused(said)) => {
            let mut faults = FormFaults::default();
            faults.add(&format!("berkas-{}", if asked { kind.as_str() } else { "lain" }), said);
            draw(&visit, id, &request, faults).await
        }
    }
}

async fn discard(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let typed = form.from_anyone(&visit)?.typed;
    let (id, _) = returned(&visit).await?;
    let document: DocumentId = typed.get("document").parse().map_err(|_| PageError::WrongForm)?;
    match discard_document(visit.office(), &Caller::Tracking(id), document).await {
        Ok(()) | Err(AppError::NotFound(_)) => visit.go_saying(PATH, &Flash::done("filing.file.removed")),
        Err(error) => Err(error.into()),
    }
}

#[derive(Serialize)]
struct Check<'a> {
    request: &'a TrackedRequest,
    uploads: Vec<Upload>,
    kinds: Vec<&'static str>,
    moves: bool,
    /// Corrections are asked for, or were begun.
    correcting: bool,
    without: bool,
    typed: TypedText<'a>,
    faults: FormFaults,
}

/// What was typed, by the name of its field.
#[derive(Serialize)]
#[serde(transparent)]
struct TypedText<'a>(std::collections::BTreeMap<&'a str, &'a str>);

async fn draw_check(
    visit: &Visit,
    id: RequestId,
    request: &TrackedRequest,
    typed: &Typed,
    faults: FormFaults,
) -> Result<HttpResponse, PageError> {
    let uploads = waiting_uploads(visit.office(), id).await?;
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let has_typed = |prefix: &str| typed.starting(prefix).any(|(_, text)| !text.is_empty());
    let view = Check {
        uploads: uploads.iter().map(as_upload).collect(),
        kinds: DocumentKind::ALL.iter().map(|kind| kind.as_str()).collect(),
        moves: request.kind == Kind::MoveOffice,
        correcting: asks_corrections(request) || has_typed("corrections-"),
        without: ["without", "reason"].iter().any(|name| !typed.get(name).is_empty()),
        typed: TypedText(typed.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()),
        request,
        faults,
    };
    visit.show_as(status, "taxpayer/resupply_check.html", &view)
}

fn asks_corrections(request: &TrackedRequest) -> bool {
    let items = request.returned.as_ref().map(|returned| returned.items.as_slice()).unwrap_or_default();
    items.iter().any(|item| DocumentKind::of_item(&item.code).is_none())
}

async fn check(visit: Visit) -> Result<HttpResponse, PageError> {
    let (id, request) = returned(&visit).await?;
    draw_check(&visit, id, &request, &Typed::default(), FormFaults::default()).await
}

/// A field that was left empty stays as it was filed.
fn corrections(typed: &Typed) -> RawCorrections {
    let text = |name: &str| Some(typed.get(name).to_owned()).filter(|text| !text.is_empty());
    let date = |name: &str| Some(day(typed, name)).filter(|date| date.chars().any(|c| c != '-'));
    let letter = RawLetterCorrection {
        number: text("corrections-letter-number"),
        place: text("corrections-letter-place"),
        date: date("corrections-letter-date"),
    };
    let signer = RawSignerCorrection {
        name: text("corrections-signer-name"),
        position: text("corrections-signer-position"),
        capacity: text("corrections-signer-capacity"),
    };
    let old = RawOldLetterCorrection {
        number: text("corrections-old_letter-number"),
        date: date("corrections-old_letter-date"),
    };
    RawCorrections {
        pkp_name: text("corrections-pkp_name"),
        pkp_address: text("corrections-pkp_address")
            .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")),
        letter: (letter != RawLetterCorrection::default()).then_some(letter),
        signer: (signer != RawSignerCorrection::default()).then_some(signer),
        old_letter: (old != RawOldLetterCorrection::default()).then_some(old),
    }
}

/// Pressed twice, it is received once: the second finds it complete.
async fn send(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let typed = form.from_anyone(&visit)?.typed;
    let (id, request) = returned(&visit).await?;
    let (document, reason) = (typed.get("without"), typed.get("reason"));
    let mut faults = FormFaults::default();
    if document.is_empty() != reason.is_empty() {
        let (field, key) = if document.is_empty() {
            ("without", "resupply.which")
        } else {
            ("reason", "filing.without.no_reason")
        };
        faults.add(field, visit.say(key, &[]));
        return draw_check(&visit, id, &request, &typed, faults).await;
    }
    let exemption = RawExemption { document: document.to_owned(), reason: reason.to_owned() };
    let raw = RawResupply {
        documents: waiting_uploads(visit.office(), id).await?.iter().map(|upload| upload.id).collect(),
        cannot_supply: (!document.is_empty()).then_some(exemption).into_iter().collect(),
        corrections: corrections(&typed),
    };
    match resupply(visit.office(), id, &raw).await {
        Ok(_) => visit.go_saying(tracked::PATH, &Flash::done("resupply.done")),
        Err(AppError::NotPossible { .. }) => {
            visit.go_saying(tracked::PATH, &Flash::stopped("resupply.not_now"))
        }
        Err(AppError::Invalid(found)) => {
            for fault in &found {
                faults.add(&field(fault), sentence(&visit, fault));
            }
            draw_check(&visit, id, &request, &typed, faults).await
        }
        Err(error) => Err(error.into()),
    }
}

fn field(fault: &Fault) -> String {
    match fault.pointer.as_str() {
        pointer if pointer.starts_with("/documents") => "berkas".to_owned(),
        pointer if pointer.starts_with("/cannot_supply") => "reason".to_owned(),
        pointer => pointer.trim_start_matches('/').replace('/', "-"),
    }
}

fn sentence(visit: &Visit, fault: &Fault) -> String {
    let key = match (fault.pointer.as_str(), fault.code.as_str()) {
        (_, "missing_document") => return missing_documents(visit, "filing.doc", fault),
        (pointer, "after_receipt") if pointer.ends_with("/date") => "counter.date_later",
        ("/documents", "required") => "resupply.nothing",
        ("/documents", "too_many") => "e.file.count",
        (pointer, "unknown_document") if pointer.starts_with("/documents/") => "filing.document_gone",
        (pointer, "date") if pointer.ends_with("/date") => "e.letter_date.invalid",
        (_, "too_long" | "character") => "filing.too_long",
        _ if visit.preferences().language == Language::Id => return fault.detail.clone(),
        _ => "filing.fault",
    };
    visit.say(key, &[])
}

/// One of the files that wait to be sent.
async fn view(visit: Visit, document: Path<String>) -> Result<HttpResponse, PageError> {
    let (id, _) = returned(&visit).await?;
    let document: DocumentId = document.parse().map_err(|_| PageError::Unknown)?;
    let opened = read_upload(visit.office(), &Caller::Tracking(id), document).await?;
    Ok(shown(opened))
}
