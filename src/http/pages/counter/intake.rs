//! `/loket`: a letter on paper becomes a request. One form from top to bottom: fields, scans, one press, the receipt.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use serde::Serialize;

use super::{
    address::Address,
    said::{placed, unreadable},
    scans::take_scans,
};
use crate::{
    app::{
        AppError, Office,
        intake::{
            Receipt,
            file_request::{Filer, FilingCall, RawCounter, file_request, filed_at_counter},
        },
        officer_desk::intake::{registered, scans},
        views::{
            get_request::{RequestView, get_request},
            request_parts::DocumentView,
        },
    },
    domain::{
        form::{Filing, RawExemption, RawForm, RawLetter, RawOldLetter, RawReprint, RawSigner},
        ids::{DocumentId, RequestId, SessionId},
        names::{Capacity, DocumentKind, Kind, ReprintReason},
        tax_id::TaxId,
    },
    http::{
        extract::From,
        pages::frame::{
            COUNTER, FormFaults, InPath, Page, PageError, ProtectedFiles, Staff, Typed, Visit, page,
        },
    },
};

pub(super) const PATH: &str = "/loket";
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

#[derive(Serialize)]
struct View {
    values: std::collections::BTreeMap<&'static str, String>,
    kinds: Vec<&'static str>,
    capacities: Vec<&'static str>,
    reprint_reasons: Vec<&'static str>,
    papers: Vec<&'static str>,
    scans: Vec<DocumentView>,
    address: Address,
    /// The field where typing goes on.
    focus: &'static str,
    faults: FormFaults,
    /// Name and address were just filled from the registry.
    found: bool,
    /// The request of the same kind that is open already.
    duplicate: Option<String>,
}

async fn view(
    staff: &Staff,
    typed: &Typed,
    documents: &[DocumentId],
    address: Address,
) -> Result<View, PageError> {
    let kinds = Kind::ALL.iter().map(|kind| kind.as_str()).chain([BUNDLE]);
    Ok(View {
        values: FIELDS.iter().map(|field| (*field, typed.get(field).to_owned())).collect(),
        kinds: kinds.collect(),
        capacities: Capacity::ALL.iter().map(|capacity| capacity.as_str()).collect(),
        reprint_reasons: ReprintReason::ALL.iter().map(|reason| reason.as_str()).collect(),
        papers: DocumentKind::ALL.iter().map(|kind| kind.as_str()).collect(),
        scans: scans(staff.office(), staff.session(), documents).await?,
        address,
        focus: "",
        faults: FormFaults::default(),
        found: false,
        duplicate: None,
    })
}

async fn ask(staff: Staff) -> Result<HttpResponse, PageError> {
    let empty = Typed(vec![("channel".to_owned(), "counter".to_owned())]);
    let view = View { focus: "tax_id", ..view(&staff, &empty, &[], Address::default()).await? };
    staff.show("counter/intake.html", &view)
}

async fn key_in(visit: Visit, From(from): From, form: ProtectedFiles) -> Result<HttpResponse, PageError> {
    let (staff, mut sent) = form.from_staff(&visit).await?;
    let mut faults = FormFaults::default();
    let documents = take_scans(&staff, &mut sent, &mut faults).await?;
    let (typed, mut address) = (&sent.typed, Address::of(&sent.typed));
    let code = typed.get("code");
    let read_out = address.waits() && !code.is_empty();
    match typed.get("act") {
        "send_code" => {
            address.send_code(&staff, from, &mut faults).await?;
            let focus = if address.waits() { "code" } else { "" };
            return again(&staff, typed, &documents, address, faults, focus).await;
        }
        // The key for new lines presses the first button of the form; with a code at hand it is the code that is meant.
        "check_code" | "look_up" if address.waits() && (read_out || typed.get("act") == "check_code") => {
            address.try_code(&staff, code, &mut faults).await?;
            let focus = if address.waits() { "" } else { "berkas-application_letter" };
            return again(&staff, typed, &documents, address, faults, focus).await;
        }
        "look_up" => return look_up(&staff, typed.clone(), &documents, address, faults).await,
        _ => {}
    }
    let filing = if typed.get("kind") == BUNDLE { Filing::Bundle } else { Filing::Single };
    if read_out {
        address.try_code(&staff, code, &mut faults).await?;
        // Its proof was used: by the same press, when it came twice.
        let filed = filed_at_counter(staff.office(), staff.session(), filing, &sent.once).await?;
        if let Some(id) = filed.first().filter(|_| address.waits()) {
            return Ok(staff.go(&format!("{PATH}/{id}")));
        }
    }
    if !faults.is_empty() {
        return again(&staff, typed, &documents, address, faults, "").await;
    }
    let office = staff.who().colleague.office.map(|code| code.as_str().to_owned()).unwrap_or_default();
    let (form, counter) = (raw_form(typed, office, &documents), raw_counter(typed, &address));
    match file(staff.office(), staff.session(), &sent.once, filing, form, counter).await {
        Ok(receipts) => {
            let first = receipts.first().ok_or(PageError::Broken)?;
            Ok(staff.go(&format!("{PATH}/{}", first.request)))
        }
        Err(AppError::Invalid(found)) => {
            if found.iter().any(|fault| fault.pointer == "/counter/proof_token") {
                address.forget();
            }
            again(&staff, typed, &documents, address, placed(&staff, typed, &found), "").await
        }
        Err(AppError::DuplicateRequest { receipt_number }) => {
            faults.add("kind", staff.say("intake.duplicate", &[]));
            let view =
                View { faults, duplicate: receipt_number, ..view(&staff, typed, &documents, address).await? };
            staff.show_as(StatusCode::CONFLICT, "counter/intake.html", &view)
        }
        Err(error) => Err(error.into()),
    }
}

/// The form once more, with everything that was typed.
async fn again(
    staff: &Staff,
    typed: &Typed,
    documents: &[DocumentId],
    address: Address,
    faults: FormFaults,
    focus: &'static str,
) -> Result<HttpResponse, PageError> {
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let view = View { focus, faults, ..view(staff, typed, documents, address).await? };
    staff.show_as(status, "counter/intake.html", &view)
}

/// Fills name and address from the registry where nothing was typed: a letter may say something else.
async fn look_up(
    staff: &Staff,
    mut typed: Typed,
    documents: &[DocumentId],
    address: Address,
    mut faults: FormFaults,
) -> Result<HttpResponse, PageError> {
    match TaxId::parse(typed.get("tax_id")) {
        Err(_) => faults.add("tax_id", unreadable(staff, &typed)),
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
    let focus = if found { "kind" } else { "" };
    let view = View { focus, faults, found, ..view(staff, &typed, documents, address).await? };
    staff.show_as(status, "counter/intake.html", &view)
}

async fn file(
    office: &Office,
    session: SessionId,
    once: &str,
    filing: Filing,
    form: RawForm,
    counter: RawCounter,
) -> Result<Vec<Receipt>, AppError> {
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

fn raw_counter(typed: &Typed, address: &Address) -> RawCounter {
    let proof_token = address.token().map(str::to_owned);
    let reason = typed.get("counter-unproven_reason").to_owned();
    RawCounter {
        channel: typed.get("channel").to_owned(),
        unproven_reason: Some(reason).filter(|_| proof_token.is_none()),
        proof_token,
        arrived_on: typed.get("counter-arrived_on").parse().ok(),
    }
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
    staff.show("counter/intake_done.html", &view)
}
