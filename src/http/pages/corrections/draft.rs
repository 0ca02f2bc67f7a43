//! `/surat/{letter_id}/ralat`: what is wrong in a signed letter. What stays as it is printed is left empty.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use serde::Serialize;

use super::PATH;
use crate::{
    app::{
        AppError,
        corrections::{
            choices::{CorrectableReason, correctable_reasons},
            draft::{RawCorrection, draft_correction},
        },
        letters::sheet::{LetterSheet, letter_sheet},
    },
    domain::{
        correction::{RawCorrections, RawPaper, RawReason},
        fault::Fault,
        ids::LetterId,
    },
    http::pages::frame::{
        Flash, FormFaults, InPath, OFFICER, Page, PageError, ProtectedForm, Staff, Typed, Visit, page,
    },
};

pub(super) fn pages() -> Vec<Page> {
    let at = "/surat/{letter_id}/ralat";
    vec![
        page("draft_correction_form", Method::GET, at, OFFICER, || web::to(ask)),
        page("draft_correction_on_page", Method::POST, at, OFFICER, || web::to(draft)),
    ]
}

#[derive(Serialize)]
struct View<'a> {
    letter: LetterSheet,
    values: Values<'a>,
    /// Of a refusal.
    reasons: Vec<Reason>,
    /// Somebody else's draft waits for its signature.
    in_hand_of: Option<String>,
    faults: FormFaults,
}

/// A reason that the letter can state.
#[derive(Serialize)]
struct Reason {
    code: String,
    text: String,
    stated: bool,
    chosen: bool,
    fields: Vec<Field>,
}

#[derive(Serialize)]
struct Field {
    id: String,
    name: String,
    value: String,
    date: bool,
}

fn field_id(code: &str, field: &str) -> String {
    format!("bukti-{code}-{field}")
}

/// As typed, or as they stand before anything is.
fn shown(reason: CorrectableReason, typed: &Typed) -> Reason {
    let fresh = typed.0.is_empty();
    let code = reason.code;
    let field = |(name, known): (String, String)| {
        let id = field_id(&code, &name);
        let value = if fresh { known } else { typed.get(&id).to_owned() };
        Field { date: name.contains("tanggal"), id, name, value }
    };
    let fields = reason.evidence.into_iter().map(field).collect();
    let chosen = if fresh { reason.stated } else { typed.all("alasan").any(|chosen| chosen == code) };
    Reason { text: reason.text, stated: reason.stated, chosen, fields, code }
}

/// What was typed.
#[derive(Serialize)]
struct Values<'a> {
    reason: &'a str,
    pkp_name: &'a str,
    pkp_address: &'a str,
    tax_id: &'a str,
    is_entity: &'a str,
    previous_office: &'a str,
    request_number: &'a str,
    request_date: &'a str,
    old_number: &'a str,
    old_date: &'a str,
    signatory: &'a str,
    letterhead: &'a str,
    reasons: &'a str,
}

async fn draw(
    staff: &Staff,
    status: StatusCode,
    id: LetterId,
    typed: &Typed,
    (faults, in_hand_of): (FormFaults, Option<String>),
) -> Result<HttpResponse, PageError> {
    let letter = letter_sheet(staff.office(), staff.session(), id).await?;
    let values = Values {
        reason: typed.get("reason"),
        pkp_name: typed.get("corrections-pkp_name"),
        pkp_address: typed.get("corrections-pkp_address"),
        tax_id: typed.get("corrections-tax_id"),
        is_entity: typed.get("corrections-is_entity"),
        previous_office: typed.get("corrections-previous_office"),
        request_number: typed.get("corrections-request_letter-number"),
        request_date: typed.get("corrections-request_letter-date"),
        old_number: typed.get("corrections-old_letter-number"),
        old_date: typed.get("corrections-old_letter-date"),
        signatory: typed.get("corrections-signatory"),
        letterhead: typed.get("corrections-letterhead"),
        reasons: typed.get("corrections-reasons"),
    };
    let reasons = correctable_reasons(staff.office(), staff.session(), id).await?;
    let reasons = reasons.into_iter().map(|reason| shown(reason, typed)).collect();
    staff.show_as(status, "corrections/draft.html", &View { letter, values, reasons, in_hand_of, faults })
}

async fn ask(staff: Staff, InPath(id): InPath<LetterId>) -> Result<HttpResponse, PageError> {
    staff.who().colleague.special_officer()?;
    draw(&staff, StatusCode::OK, id, &Typed::default(), (FormFaults::default(), None)).await
}

/// The chosen reasons, in the order of the form.
fn reasons(typed: &Typed) -> Vec<RawReason> {
    let reason = |code: &str| {
        let prefix = field_id(code, "");
        let evidence = typed.starting(&prefix).filter(|(_, value)| !value.is_empty());
        RawReason {
            code: code.to_owned(),
            evidence: evidence.map(|(field, value)| (field.to_owned(), value.to_owned())).collect(),
        }
    };
    typed.all("alasan").map(reason).collect()
}

/// Faults of a reason beside its field, those of the rest where they belong.
fn told(staff: &Staff, typed: &Typed, found: &[Fault]) -> FormFaults {
    let of_reason = |fault: &Fault| {
        let rest = fault.pointer.strip_prefix("/corrections/reasons/")?;
        let (index, rest) = rest.split_once('/')?;
        let code = typed.all("alasan").nth(index.parse().ok()?)?;
        Some(match rest.strip_prefix("evidence/") {
            Some(field) => field_id(code, field),
            None => format!("alasan-{code}"),
        })
    };
    let (own, rest): (Vec<_>, Vec<_>) = found.iter().cloned().partition(|fault| of_reason(fault).is_some());
    let mut faults = FormFaults::told(staff, "correction", &rest);
    for fault in own {
        let words = staff.known(&format!("correction.e.evidence.{}", fault.code));
        faults.add(&of_reason(&fault).unwrap_or_default(), words.unwrap_or(fault.detail));
    }
    faults
}

fn read(typed: &Typed) -> RawCorrection {
    let text = |name: &str| Some(typed.get(&format!("corrections-{name}"))).filter(|text| !text.is_empty());
    let owned = |name: &str| text(name).map(str::to_owned);
    let paper = |name: &str| {
        let (number, date) = (owned(&format!("{name}-number")), owned(&format!("{name}-date")));
        (number.is_some() || date.is_some())
            .then(|| RawPaper { number: number.unwrap_or_default(), date: date.unwrap_or_default() })
    };
    RawCorrection {
        reason: typed.get("reason").to_owned(),
        corrections: RawCorrections {
            pkp_name: owned("pkp_name"),
            pkp_address: owned("pkp_address"),
            is_entity: text("is_entity").map(|kind| kind == "yes"),
            tax_id: owned("tax_id"),
            request_letter: paper("request_letter"),
            old_letter: paper("old_letter"),
            previous_office: owned("previous_office"),
            reasons: text("reasons").map(|_| reasons(typed)),
            signatory: text("signatory").is_some(),
            letterhead: text("letterhead").is_some(),
        },
    }
}

async fn draft(
    visit: Visit,
    InPath(id): InPath<LetterId>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    match draft_correction(staff.office(), staff.session(), id, &read(&sent.typed)).await {
        Ok(correction) => {
            staff.go_saying(&format!("{PATH}/{correction}"), &Flash::done("correction.drafted"))
        }
        Err(AppError::Invalid(of_act)) => {
            let faults = told(&staff, &sent.typed, &of_act);
            draw(&staff, StatusCode::UNPROCESSABLE_ENTITY, id, &sent.typed, (faults, None)).await
        }
        Err(AppError::NotPossible { officer: Some(officer), .. }) => {
            let told = (FormFaults::default(), Some(officer));
            draw(&staff, StatusCode::CONFLICT, id, &sent.typed, told).await
        }
        Err(AppError::LetterReplaced { number, .. }) => {
            let flash = Flash::stopped("post.stop.replaced").with("nomor", number);
            staff.go_saying(&format!("/surat/{id}"), &flash)
        }
        Err(AppError::NotCorrectable) => {
            staff.go_saying(&format!("/surat/{id}"), &Flash::stopped("correction.not_correctable"))
        }
        Err(AppError::PairNotPossible(_)) => {
            staff.go_saying(&format!("/surat/{id}"), &Flash::stopped("correction.pair"))
        }
        Err(error) => Err(error.into()),
    }
}
