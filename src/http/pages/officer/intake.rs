//! `/loket`: a letter on paper becomes a request. One form from top to bottom: fields, scans, one press, the receipt.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use serde::Serialize;

use super::InPath;
use crate::{
    app::{
        AppError, Office,
        callers::Caller,
        documents::{UploadError, upload_document},
        intake::{
            Receipt,
            file_request::{Filer, FilingCall, RawCounter, file_request},
        },
        officer_desk::intake::{registered, scans},
        views::{
            get_request::{RequestView, get_request},
            request_parts::DocumentView,
        },
    },
    domain::{
        fault::Fault,
        form::{Filing, RawExemption, RawForm, RawLetter, RawOldLetter, RawReprint, RawSigner},
        ids::{DocumentId, RequestId, SessionId},
        names::{Capacity, DocumentKind, Kind, ReprintReason},
        tax_id::TaxId,
    },
    http::pages::frame::{
        COUNTER, FormFaults, Page, PageError, ProtectedFiles, SentFiles, Staff, Typed, Visit, page,
    },
};

const PATH: &str = "/loket";
const BUNDLE: &str = "bundle";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("intake_page", Method::GET, PATH, COUNTER, || web::to(ask)),
        page("key_in_request", Method::POST, PATH, COUNTER, || web::to(key_in)),
        page("intake_done_page", Method::GET, "/loket/{request_id}", COUNTER, || web::to(done)),
    ]
}

/// The fields of the form by their ids, which are those of the faults.
const FIELDS: [&str; 20] = [
    "channel",
    "counter-arrived_on",
    "kind",
    "tax_id",
    "pkp_name",
    "pkp_address",
    "letter-number",
    "letter-place",
    "letter-date",
    "signer-name",
    "signer-position",
    "signer-capacity",
    "email",
    "counter-unproven_reason",
    "reprint-reason",
    "previous_office",
    "old_letter-number",
    "old_letter-date",
    "cannot_supply-0-document",
    "cannot_supply-0-reason",
];

/// What a fault calls a field that was left empty.
const LABELS: [(&str, &str); 6] = [
    ("pkp_name", "f.pkp_name.label"),
    ("pkp_address", "f.address.label"),
    ("letter-number", "f.letter_no.label"),
    ("letter-place", "f.city.label"),
    ("signer-name", "f.signer_name.label"),
    ("signer-position", "f.position.label"),
];

#[derive(Serialize)]
struct View {
    values: std::collections::BTreeMap<&'static str, String>,
    kinds: Vec<&'static str>,
    capacities: Vec<&'static str>,
    reprint_reasons: Vec<&'static str>,
    papers: Vec<&'static str>,
    scans: Vec<DocumentView>,
    faults: FormFaults,
    /// Name and address were just filled from the registry.
    found: bool,
    /// The request of the same kind that is open already.
    duplicate: Option<String>,
}

async fn view(staff: &Staff, typed: &Typed, documents: &[DocumentId]) -> Result<View, PageError> {
    let kinds = Kind::ALL.iter().map(|kind| kind.as_str()).chain([BUNDLE]);
    Ok(View {
        values: FIELDS.iter().map(|field| (*field, typed.get(field).to_owned())).collect(),
        kinds: kinds.collect(),
        capacities: Capacity::ALL.iter().map(|capacity| capacity.as_str()).collect(),
        reprint_reasons: ReprintReason::ALL.iter().map(|reason| reason.as_str()).collect(),
        papers: DocumentKind::ALL.iter().map(|kind| kind.as_str()).collect(),
        scans: scans(staff.office(), staff.session(), documents).await?,
        faults: FormFaults::default(),
        found: false,
        duplicate: None,
    })
}

async fn ask(staff: Staff) -> Result<HttpResponse, PageError> {
    let view = view(&staff, &Typed(vec![("channel".to_owned(), "counter".to_owned())]), &[]).await?;
    staff.show("officer/intake.html", &view)
}

async fn key_in(visit: Visit, form: ProtectedFiles) -> Result<HttpResponse, PageError> {
    let (staff, mut sent) = form.from_staff(&visit).await?;
    let mut documents: Vec<DocumentId> =
        sent.typed.all("document").filter_map(|id| id.parse().ok()).collect();
    let mut faults = FormFaults::default();
    take_scans(&staff, &mut sent, &mut documents, &mut faults).await?;
    let typed = &sent.typed;
    if typed.get("act") == "look_up" {
        return look_up(&staff, typed.clone(), &documents, faults).await;
    }
    let again = async |status, faults, duplicate| {
        let view = View { faults, duplicate, ..view(&staff, typed, &documents).await? };
        staff.show_as(status, "officer/intake.html", &view)
    };
    if !faults.is_empty() {
        return again(StatusCode::UNPROCESSABLE_ENTITY, faults, None).await;
    }
    let office = staff.who().colleague.office.map(|code| code.as_str().to_owned()).unwrap_or_default();
    let (form, counter) = (raw_form(typed, office, &documents), raw_counter(typed));
    match file(staff.office(), staff.session(), &sent.once, typed, form, counter).await {
        Ok(receipts) => {
            let first = receipts.first().ok_or(PageError::Broken)?;
            Ok(staff.go(&format!("{PATH}/{}", first.request)))
        }
        Err(AppError::Invalid(found)) => {
            again(StatusCode::UNPROCESSABLE_ENTITY, placed(&staff, &found), None).await
        }
        Err(AppError::DuplicateRequest { receipt_number }) => {
            faults.add("kind", staff.say("intake.duplicate", &[]));
            again(StatusCode::CONFLICT, faults, receipt_number).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Takes the scans in, whatever else is wrong with the form: they are there when it is shown again.
async fn take_scans(
    staff: &Staff,
    sent: &mut SentFiles,
    documents: &mut Vec<DocumentId>,
    faults: &mut FormFaults,
) -> Result<(), PageError> {
    let caller = Caller::Staff(staff.session());
    while let Some(file) = sent.next_file().await? {
        let Some(kind) =
            file.field.strip_prefix("berkas-").and_then(|kind| kind.parse::<DocumentKind>().ok())
        else {
            continue;
        };
        if file.name.is_empty() {
            continue;
        }
        let why = match upload_document(staff.office(), &caller, kind, &file.name, file.bytes).await {
            Ok(document) => {
                documents.push(document.id);
                continue;
            }
            Err(UploadError::BrokenOff) => return Err(PageError::WrongForm),
            Err(UploadError::App(AppError::Invalid(found))) => {
                found.first().map(|fault| fault.detail.clone()).unwrap_or_default()
            }
            Err(UploadError::App(AppError::UploadsBusy)) => staff.say("intake.busy", &[]),
            Err(UploadError::App(AppError::UnsupportedFile)) => staff.say("intake.unsupported", &[]),
            Err(UploadError::App(AppError::TooLarge { .. })) => staff.say("intake.too_large", &[]),
            Err(UploadError::App(error)) => return Err(error.into()),
        };
        faults.add(&file.field, why);
    }
    Ok(())
}

/// Fills name and address from the registry where nothing was typed: a letter may say something else.
async fn look_up(
    staff: &Staff,
    mut typed: Typed,
    documents: &[DocumentId],
    mut faults: FormFaults,
) -> Result<HttpResponse, PageError> {
    match TaxId::parse(typed.get("tax_id")) {
        Err(error) => faults.add("tax_id", error.message_id()),
        Ok(tax_id) => match registered(staff.office(), staff.session(), &tax_id).await? {
            None => faults.add("tax_id", staff.say("intake.not_registered", &[])),
            Some(found) => {
                for (field, known) in [("pkp_name", found.name), ("pkp_address", found.address)] {
                    if typed.get(field).is_empty() {
                        typed.0.retain(|(name, _)| name != field);
                        typed.0.push((field.to_owned(), known));
                    }
                }
            }
        },
    }
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let found = faults.is_empty();
    let view = View { faults, found, ..view(staff, &typed, documents).await? };
    staff.show_as(status, "officer/intake.html", &view)
}

async fn file(
    office: &Office,
    session: SessionId,
    once: &str,
    typed: &Typed,
    form: RawForm,
    counter: RawCounter,
) -> Result<Vec<Receipt>, AppError> {
    let filing = if typed.get("kind") == BUNDLE { Filing::Bundle } else { Filing::Single };
    let (acting, key) = (office.clone(), once.to_owned());
    let filed = async move {
        let call = FilingCall { filing, form: &form, counter: Some(&counter), idempotency_key: &key };
        file_request(&acting, Filer::Counter(session), &call).await
    };
    office.see_through(filed).await
}

fn raw_form(typed: &Typed, office_code: String, documents: &[DocumentId]) -> RawForm {
    let text = |name: &str| typed.get(name).to_owned();
    let some = |name: &str| Some(text(name)).filter(|text| !text.is_empty());
    let kind = text("kind");
    let reprints = kind == Kind::Reprint.as_str() || kind == BUNDLE;
    let exempt = some("cannot_supply-0-document");
    RawForm {
        kind: Some(kind).filter(|kind| kind != BUNDLE),
        office_code,
        tax_id: text("tax_id"),
        pkp_name: text("pkp_name"),
        pkp_address: text("pkp_address"),
        letter: RawLetter {
            number: text("letter-number"),
            place: text("letter-place"),
            date: text("letter-date"),
        },
        signer: RawSigner {
            name: text("signer-name"),
            position: text("signer-position"),
            capacity: text("signer-capacity"),
        },
        email: text("email"),
        alternate_email: None,
        reprint: some("reprint-reason").filter(|_| reprints).map(|reason| RawReprint { reason }),
        old_letter: some("old_letter-number")
            .or_else(|| some("old_letter-date"))
            .map(|_| RawOldLetter { number: text("old_letter-number"), date: text("old_letter-date") }),
        previous_office: some("previous_office"),
        documents: documents.to_vec(),
        cannot_supply: exempt
            .map(|document| RawExemption { document, reason: text("cannot_supply-0-reason") })
            .into_iter()
            .collect(),
    }
}

fn raw_counter(typed: &Typed) -> RawCounter {
    RawCounter {
        channel: typed.get("channel").to_owned(),
        proof_token: None,
        unproven_reason: Some(typed.get("counter-unproven_reason").to_owned()),
        arrived_on: typed.get("counter-arrived_on").parse().ok(),
    }
}

/// Faults of the act beside the fields of the form, in the words of people where the act speaks to programs.
fn placed(staff: &Staff, found: &[Fault]) -> FormFaults {
    let mut faults = FormFaults::default();
    for fault in found {
        let field = fault.pointer.trim_start_matches('/').replace('/', "-");
        let (field, text) = match (field.as_str(), fault.code.as_str()) {
            ("counter-channel", _) => ("channel", staff.say("intake.no_channel", &[])),
            ("kind", _) => ("kind", staff.say("e.kind.none", &[])),
            ("signer-capacity", _) => ("signer-capacity", staff.say("e.capacity.none", &[])),
            ("reprint-reason" | "reprint", _) => ("reprint-reason", staff.say("intake.no_reason", &[])),
            ("documents", "missing_document") => {
                let said = fault.detail.split(" Unggah sebagai").next().unwrap_or_default();
                ("berkas", said.to_owned())
            }
            ("documents", _) => ("berkas", fault.detail.clone()),
            ("old_letter", _) => ("old_letter-number", fault.detail.clone()),
            ("letter-date", "date") => ("letter-date", staff.say("e.letter_date.empty", &[])),
            (field, "required") => {
                let label =
                    LABELS.iter().find(|(known, _)| *known == field).map(|(_, key)| staff.say(key, &[]));
                let said = label.map(|label| staff.say("intake.required", &[("isian", &label)]));
                (field, said.unwrap_or_else(|| fault.detail.clone()))
            }
            (field, _) => (field, fault.detail.clone()),
        };
        faults.add(field, text);
    }
    faults
}

/// What the filer takes along.
#[derive(Serialize)]
struct Done {
    papers: Vec<Paper>,
    request: RequestView,
}

#[derive(Serialize)]
struct Paper {
    number: String,
    src: String,
}

async fn done(staff: Staff, InPath(id): InPath<RequestId>) -> Result<HttpResponse, PageError> {
    staff.who().colleague.counter()?;
    let request = get_request(staff.office(), staff.session(), id).await?;
    let paper = |id: RequestId, number: &str| Paper {
        number: number.to_owned(),
        src: format!("/permohonan/{id}/tanda-terima.pdf"),
    };
    let own = request.rounds.last().map(|round| paper(id, &round.receipt_number));
    let sibling = request
        .bundle
        .as_ref()
        .map(|bundle| paper(bundle.sibling_request_id, &bundle.sibling_receipt_number));
    let view = Done { papers: own.into_iter().chain(sibling).collect(), request };
    staff.show("officer/intake_done.html", &view)
}
