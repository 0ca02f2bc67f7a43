//! `/permohonan/{id}/bukti`: the officer enters what the registry lacks, with its source.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use serde::Serialize;

use super::{
    super::InPath,
    acts::version,
    path_of,
    screen::{Told, answer, receipt_number},
};
use crate::{
    app::{
        AppError,
        examination::enter_evidence::enter_evidence,
        views::get_request::{RequestView, get_request},
    },
    domain::{
        fault::Faults,
        ids::RequestId,
        line::Line,
        names::{EvidenceCase, PkpStatus},
        state::Act,
    },
    http::pages::frame::{
        Flash, FormFaults, OFFICER, Page, PageError, ProtectedForm, Staff, Typed, Visit, page,
    },
    store::taxpayers::EnteredEvidence,
};

const PATH: &str = "/permohonan/{request_id}/bukti";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("evidence_page", Method::GET, PATH, OFFICER, || web::to(ask)),
        page("enter_evidence_page", Method::POST, PATH, OFFICER, || web::to(enter)),
    ]
}

/// The fields in the order of the form.
const FIELDS: [&str; 10] = [
    "pkp_status",
    "evidence_case",
    "evidence_number",
    "evidence_date",
    "sppkp_number",
    "sppkp_date",
    "sppkp_office",
    "revocation_number",
    "revocation_date",
    "source",
];

#[derive(Serialize)]
struct View {
    path: String,
    number: String,
    name: String,
    version: i32,
    values: std::collections::BTreeMap<&'static str, String>,
    statuses: Vec<&'static str>,
    cases: Vec<&'static str>,
    faults: FormFaults,
}

impl View {
    fn new(id: RequestId, request: &RequestView, value: impl Fn(&str) -> String, version: i32) -> Self {
        Self {
            path: path_of(id),
            number: receipt_number(request).to_owned(),
            name: request.form.pkp_name.clone(),
            version,
            values: FIELDS.iter().map(|field| (*field, value(field))).collect(),
            statuses: PkpStatus::ALL.iter().map(|status| status.as_str()).collect(),
            cases: EvidenceCase::ALL.iter().map(|case| case.as_str()).collect(),
            faults: FormFaults::default(),
        }
    }
}

/// What the registry says so far.
fn known(request: &RequestView, field: &str) -> String {
    let taxpayer = &request.taxpayer;
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string());
    let value = match field {
        "pkp_status" => taxpayer.pkp_status.map(|status| status.as_str().to_owned()),
        "evidence_case" => taxpayer.evidence.as_ref().map(|one| one.case.as_str().to_owned()),
        "evidence_number" => taxpayer.evidence.as_ref().and_then(|one| one.number.clone()),
        "evidence_date" => taxpayer.evidence.as_ref().and_then(|one| day(one.date)),
        "sppkp_number" => taxpayer.sppkp.as_ref().and_then(|one| one.number.clone()),
        "sppkp_date" => taxpayer.sppkp.as_ref().and_then(|one| day(one.date)),
        "sppkp_office" => {
            taxpayer.sppkp.as_ref().and_then(|one| one.office_code).map(|code| code.as_str().to_owned())
        }
        "revocation_number" => taxpayer.revocation.as_ref().map(|one| one.number.clone()),
        "revocation_date" => taxpayer.revocation.as_ref().map(|one| one.date.to_string()),
        _ => None,
    };
    value.unwrap_or_default()
}

async fn ask(staff: Staff, InPath(id): InPath<RequestId>) -> Result<HttpResponse, PageError> {
    let request = get_request(staff.office(), staff.session(), id).await?;
    if !request.available_acts.contains(&Act::EnterEvidence) {
        return Ok(staff.go(&path_of(id)));
    }
    let view = View::new(id, &request, |field| known(&request, field), request.version);
    staff.show("officer/evidence.html", &view)
}

async fn enter(
    visit: Visit,
    InPath(id): InPath<RequestId>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let typed = &sent.typed;
    let (office, session) = (staff.office(), staff.session());
    let done = match entered(&staff, typed) {
        Err(error) => Err(error),
        Ok(entered) => enter_evidence(office, session, id, &entered, version(typed)).await,
    };
    if let Err(AppError::Invalid(faults)) = &done {
        let request = get_request(office, session, id).await?;
        let seen = version(typed).unwrap_or(request.version);
        let view = View {
            faults: FormFaults::told(&staff, "desk", faults),
            ..View::new(id, &request, |field| typed.get(field).to_owned(), seen)
        };
        return staff.show_as(StatusCode::UNPROCESSABLE_ENTITY, "officer/evidence.html", &view);
    }
    let kept = FIELDS.iter().map(|field| (field, typed.get(field))).filter(|(_, value)| !value.is_empty());
    let kept = kept.map(|(field, value)| (staff.say(&format!("evidence.{field}"), &[]), value.to_owned()));
    let told = Told { typed: kept.collect(), ..Told::default() };
    answer(&staff, id, done, &Flash::done("evidence.done"), told).await
}

/// Reads the form; every fault at once.
fn entered(staff: &Staff, typed: &Typed) -> Result<EnteredEvidence, AppError> {
    let mut faults = Faults::default();
    let mut line = |field: &str| {
        let text = typed.get(field);
        if text.is_empty() {
            return None;
        }
        let line = Line::<60>::parse(text).map_err(|error| (error.code(), error.detail()));
        faults.take(&format!("/{field}"), line).map(|line| line.as_str().to_owned())
    };
    let (evidence_number, sppkp_number, revocation_number) =
        (line("evidence_number"), line("sppkp_number"), line("revocation_number"));
    let mut day = |field: &str| {
        let text = typed.get(field);
        let day: Option<chrono::NaiveDate> = text.parse().ok();
        if !text.is_empty() && day.is_none() {
            faults.add(format!("/{field}"), "date", staff.say("evidence.no_date", &[]));
        }
        day
    };
    let (evidence_on, sppkp_on, revocation_on) =
        (day("evidence_date"), day("sppkp_date"), day("revocation_date"));
    let pairs = [
        ("evidence_number", "evidence_date"),
        ("revocation_number", "revocation_date"),
        ("sppkp_number", "sppkp_date"),
    ];
    for (number, date) in pairs {
        if typed.get(number).is_empty() != typed.get(date).is_empty() {
            let at = if typed.get(number).is_empty() { number } else { date };
            faults.add(format!("/{at}"), "incomplete", staff.say("evidence.both", &[]));
        }
    }
    let pkp_status: Option<PkpStatus> = typed.get("pkp_status").parse().ok();
    if pkp_status.is_none() {
        faults.add("/pkp_status", "required", staff.say("evidence.no_status", &[]));
    }
    let office = typed.get("sppkp_office");
    let sppkp_office: Option<crate::domain::office::OfficeCode> = office.parse().ok();
    if !office.is_empty() && sppkp_office.is_none() {
        faults.add("/sppkp_office", "office", staff.say("evidence.no_office", &[]));
    }
    let source = Line::<200>::parse(typed.get("source")).map_err(|error| (error.code(), error.detail()));
    let source = faults.take("/source", source);
    match (pkp_status, source) {
        (Some(pkp_status), Some(source)) if faults.is_empty() => Ok(EnteredEvidence {
            pkp_status,
            evidence_case: typed.get("evidence_case").parse().ok(),
            evidence_number,
            evidence_on,
            sppkp_number,
            sppkp_on,
            sppkp_office,
            revocation_number,
            revocation_on,
            source: source.as_str().to_owned(),
        }),
        _ => Err(AppError::Invalid(faults.into_vec())),
    }
}
