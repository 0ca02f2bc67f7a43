//! `/permohonan/{id}/kabulkan` and `/tolak`: the letter is drafted for the signature of the section head.

use std::collections::BTreeMap;

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
        examination::draft::{RawDraft, RawReason, draft},
        officer_desk::view::{Desk, desk},
        verdict::{VerdictView, get_verdict},
        views::get_request::{RequestView, get_request},
    },
    domain::{
        eligibility::Verdict,
        fault::Fault,
        ids::RequestId,
        names::{Decision, DocumentKind},
        state::Act,
    },
    http::pages::frame::{
        Flash, FormFaults, OFFICER, Page, PageError, ProtectedForm, Staff, Typed, Visit, page,
    },
};

const GRANT: &str = "/permohonan/{request_id}/kabulkan";
const REFUSE: &str = "/permohonan/{request_id}/tolak";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("grant_page", Method::GET, GRANT, OFFICER, || web::to(ask_to_grant)),
        page("draft_grant", Method::POST, GRANT, OFFICER, || web::to(grant)),
        page("refusal_page", Method::GET, REFUSE, OFFICER, || web::to(ask_to_refuse)),
        page("draft_refusal", Method::POST, REFUSE, OFFICER, || web::to(refuse)),
    ]
}

#[derive(Serialize)]
struct View {
    path: String,
    refuses: bool,
    version: i32,
    verdict: &'static str,
    reasons: Vec<Reason>,
    checked: usize,
    to_check: usize,
    amiss: usize,
    warnings: Vec<String>,
    open_exemptions: Vec<DocumentKind>,
    faults: FormFaults,
    number: String,
    request: RequestView,
}

/// A reason that the officer may choose.
#[derive(Serialize)]
struct Reason {
    code: String,
    text: String,
    /// The data say so; otherwise the officer judges it.
    found: bool,
    chosen: bool,
    known: Vec<(String, String)>,
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

fn reasons(verdict: &VerdictView, desk: &Desk, typed: Option<&Typed>) -> Vec<Reason> {
    let fields = |code: &str, names: &[String]| -> Vec<Field> {
        names
            .iter()
            .map(|name| {
                let id = field_id(code, name);
                Field {
                    value: typed.map_or("", |typed| typed.get(&id)).to_owned(),
                    id,
                    name: name.clone(),
                    date: name.contains("tanggal"),
                }
            })
            .collect()
    };
    let chosen = |code: &str, proposed: bool| {
        typed.map_or(proposed, |typed| typed.all("reason").any(|chosen| chosen == code))
    };
    let found = verdict.reasons.iter().map(|reason| Reason {
        code: reason.found.code.clone(),
        text: reason.text.clone(),
        found: true,
        chosen: chosen(&reason.found.code, true),
        known: reason.found.evidence.clone().into_iter().collect(),
        fields: fields(&reason.found.code, &reason.missing),
    });
    let judged = desk.judged_reasons.iter().map(|reason| Reason {
        code: reason.code.clone(),
        text: reason.text.clone(),
        found: false,
        chosen: chosen(&reason.code, false),
        known: Vec::new(),
        fields: fields(&reason.code, &reason.fields),
    });
    found.chain(judged).collect()
}

async fn view(
    staff: &Staff,
    id: RequestId,
    refuses: bool,
    typed: Option<&Typed>,
    faults: FormFaults,
) -> Result<View, PageError> {
    let (office, session) = (staff.office(), staff.session());
    let request = get_request(office, session, id).await?;
    let verdict = get_verdict(office, session, id).await?;
    let desk = desk(office, session, id).await?;
    Ok(View {
        path: path_of(id),
        refuses,
        version: typed.and_then(version).unwrap_or(request.version),
        verdict: match verdict.verdict {
            Verdict::Grant => "grant",
            Verdict::Refuse { .. } => "refuse",
            Verdict::Undetermined { .. } => "undetermined",
        },
        reasons: reasons(&verdict, &desk, typed),
        checked: desk.judged,
        to_check: desk.checklist.len(),
        amiss: desk.amiss,
        warnings: verdict.warnings,
        open_exemptions: desk.open_exemptions,
        faults,
        number: receipt_number(&request).to_owned(),
        request,
    })
}

async fn ask(staff: &Staff, id: RequestId, refuses: bool) -> Result<HttpResponse, PageError> {
    let view = view(staff, id, refuses, None, FormFaults::default()).await?;
    if !view.request.available_acts.contains(&Act::Draft) {
        return Ok(staff.go(&path_of(id)));
    }
    staff.show("officer/decide.html", &view)
}

async fn ask_to_grant(staff: Staff, InPath(id): InPath<RequestId>) -> Result<HttpResponse, PageError> {
    ask(&staff, id, false).await
}

async fn ask_to_refuse(staff: Staff, InPath(id): InPath<RequestId>) -> Result<HttpResponse, PageError> {
    ask(&staff, id, true).await
}

async fn grant(
    visit: Visit,
    InPath(id): InPath<RequestId>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let raw = RawDraft { decision: Decision::Grant, reasons: Vec::new() };
    let done = draft(staff.office(), staff.session(), id, &raw, version(&sent.typed)).await;
    answer(&staff, id, done, &Flash::done("draft.done"), Told::default()).await
}

async fn refuse(
    visit: Visit,
    InPath(id): InPath<RequestId>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let typed = &sent.typed;
    let reasons: Vec<RawReason> = typed
        .all("reason")
        .map(|code| {
            let prefix = field_id(code, "");
            let evidence: BTreeMap<String, String> =
                typed.starting(&prefix).map(|(field, value)| (field.to_owned(), value.to_owned())).collect();
            RawReason { code: code.to_owned(), evidence }
        })
        .collect();
    let raw = RawDraft { decision: Decision::Refuse, reasons };
    let done = draft(staff.office(), staff.session(), id, &raw, version(typed)).await;
    if let Err(AppError::Invalid(faults)) = &done {
        let first = view(&staff, id, true, Some(typed), FormFaults::default()).await?;
        let faults = placed(faults, &raw.reasons, &first.reasons);
        let view = View { faults, ..first };
        return staff.show_as(StatusCode::UNPROCESSABLE_ENTITY, "officer/decide.html", &view);
    }
    let kept = raw.reasons.iter().flat_map(|reason| {
        reason
            .evidence
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(field, value)| (staff.say(&format!("field.{field}"), &[]), value.clone()))
    });
    let told = Told { typed: kept.collect(), ..Told::default() };
    answer(&staff, id, done, &Flash::done("draft.done"), told).await
}

/// Faults of the act beside the fields of the form.
fn placed(faults: &[Fault], sent: &[RawReason], shown: &[Reason]) -> FormFaults {
    let mut placed = FormFaults::default();
    let first = shown.first().map(|reason| reason.code.clone()).unwrap_or_default();
    for fault in faults {
        let mut parts = fault.pointer.trim_start_matches('/').split('/').skip(1);
        let reason = parts.next().and_then(|index| index.parse::<usize>().ok()).and_then(|at| sent.get(at));
        let field = parts.nth(1);
        let place = match (reason, field) {
            (Some(reason), Some(field)) => field_id(&reason.code, field),
            (Some(reason), None) => format!("reason-{}", reason.code),
            (None, _) => format!("reason-{first}"),
        };
        placed.add(&place, fault.detail.clone());
    }
    placed
}
