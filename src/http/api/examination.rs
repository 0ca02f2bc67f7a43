//! Acts before a signature, each on one request. Each answers how the request stands then.

use std::collections::BTreeMap;

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Data},
};
use chrono::NaiveDate;
use serde::Deserialize;

use super::answers::{self, Nothing, Reason, changed, take_line, version};
use crate::{
    app::{
        AppError, Office,
        examination::{
            claim::{claim, claim_next},
            draft::{RawDraft, draft},
            enter_evidence::enter_evidence,
            reassign::reassign,
            release::release,
            return_incomplete::return_incomplete,
            send_back::send_back,
            waive::waive,
        },
        intake::resupply::{RawResupply, resupply_at_counter},
        withdraw::withdraw_at_counter,
    },
    domain::{
        fault::Faults,
        ids::{RequestId, StaffId},
        line::Line,
        names::{DocumentKind, EvidenceCase, PkpStatus},
        office::OfficeCode,
    },
    http::{
        Operation,
        extract::{MaybeIfMatch, PathId, StaffSession},
        json::Json,
        problem::ApiError,
    },
    store::{returns::ReturnItem, taxpayers::EnteredEvidence},
};

/// More items than the list of deficiencies has.
const MOST_ITEMS: usize = 30;

pub(super) fn operations() -> Vec<Operation> {
    let post = |id, path, register| Operation { id, method: Method::POST, path, register };
    vec![
        post("claim", "/api/v1/requests/{request_id}/claim", || web::to(take)),
        post("claim_next", "/api/v1/requests/claim-next", || web::to(take_next)),
        post("release", "/api/v1/requests/{request_id}/release", || web::to(give_back)),
        post("reassign", "/api/v1/requests/{request_id}/reassignment", || web::to(hand_on)),
        post("return_incomplete", "/api/v1/requests/{request_id}/return", || web::to(returned)),
        post("waive", "/api/v1/requests/{request_id}/waivers", || web::to(waived)),
        Operation {
            id: "enter_evidence",
            method: Method::PUT,
            path: "/api/v1/requests/{request_id}/evidence",
            register: || web::to(evidence),
        },
        post("draft", "/api/v1/requests/{request_id}/draft", || web::to(drafted)),
        post("send_back", "/api/v1/requests/{request_id}/send-back", || web::to(sent_back)),
        post("withdraw_at_counter", "/api/v1/requests/{request_id}/withdrawal", || web::to(withdrawn)),
        post("resupply_at_counter", "/api/v1/requests/{request_id}/resupply", || web::to(resupplied)),
    ]
}

async fn take(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<RequestId>,
    seen: MaybeIfMatch,
    _: Nothing,
) -> Result<HttpResponse, ApiError> {
    claim(&office, session, id, version(seen)?).await?;
    changed(&office, session, id).await
}

async fn take_next(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    _: Nothing,
) -> Result<HttpResponse, ApiError> {
    match claim_next(&office, session).await? {
        Some(id) => changed(&office, session, id).await,
        None => Ok(HttpResponse::NoContent().finish()),
    }
}

async fn give_back(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<RequestId>,
    seen: MaybeIfMatch,
    _: Nothing,
) -> Result<HttpResponse, ApiError> {
    release(&office, session, id, version(seen)?).await?;
    changed(&office, session, id).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reassignment {
    officer_id: StaffId,
    reason: String,
}

async fn hand_on(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<RequestId>,
    seen: MaybeIfMatch,
    Json(body): Json<Reassignment>,
) -> Result<HttpResponse, ApiError> {
    let reason = answers::line("/reason", &body.reason)?;
    reassign(&office, session, id, body.officer_id, &reason, version(seen)?).await?;
    changed(&office, session, id).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReturnEntry {
    items: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    code: String,
    #[serde(default)]
    values: BTreeMap<String, String>,
}

async fn returned(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<RequestId>,
    seen: MaybeIfMatch,
    Json(body): Json<ReturnEntry>,
) -> Result<HttpResponse, ApiError> {
    let items = items(body)?;
    return_incomplete(&office, session, id, &items, version(seen)?).await?;
    changed(&office, session, id).await
}

/// The values stand on a letter: printable lines.
fn items(body: ReturnEntry) -> Result<Vec<ReturnItem>, AppError> {
    let mut faults = Faults::default();
    if body.items.len() > MOST_ITEMS {
        faults.add("/items", "too_many", format!("Paling banyak {MOST_ITEMS} butir."));
    }
    let mut items = Vec::new();
    for (index, item) in body.items.into_iter().enumerate() {
        let at = |name: &str| format!("/items/{index}/values/{name}");
        let values = lines::<150>(&mut faults, item.values, at);
        items.push(ReturnItem { code: item.code, values });
    }
    answers::hold(faults)?;
    Ok(items)
}

fn lines<const MAX: usize>(
    faults: &mut Faults,
    values: BTreeMap<String, String>,
    pointer: impl Fn(&str) -> String,
) -> BTreeMap<String, String> {
    let mut held = BTreeMap::new();
    for (name, text) in values {
        let line: Option<Line<MAX>> = take_line(faults, &pointer(&name), &text);
        held.extend(line.map(|line| (name, line.as_str().to_owned())));
    }
    held
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Waiver {
    document: DocumentKind,
    reason: String,
}

async fn waived(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<RequestId>,
    seen: MaybeIfMatch,
    Json(body): Json<Waiver>,
) -> Result<HttpResponse, ApiError> {
    let reason = answers::line("/reason", &body.reason)?;
    waive(&office, session, id, body.document, &reason, version(seen)?).await?;
    changed(&office, session, id).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EvidenceEntry {
    pkp_status: PkpStatus,
    evidence_case: EvidenceCase,
    evidence_number: Option<String>,
    evidence_date: Option<NaiveDate>,
    sppkp_number: Option<String>,
    sppkp_date: Option<NaiveDate>,
    sppkp_office: Option<OfficeCode>,
    revocation_number: Option<String>,
    revocation_date: Option<NaiveDate>,
    source: String,
}

async fn evidence(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<RequestId>,
    seen: MaybeIfMatch,
    Json(body): Json<EvidenceEntry>,
) -> Result<HttpResponse, ApiError> {
    enter_evidence(&office, session, id, &entered(body)?, version(seen)?).await?;
    changed(&office, session, id).await
}

fn entered(body: EvidenceEntry) -> Result<EnteredEvidence, AppError> {
    let mut faults = Faults::default();
    for (number, date, pointer) in [
        (&body.evidence_number, body.evidence_date, "/evidence_number"),
        (&body.revocation_number, body.revocation_date, "/revocation_number"),
    ] {
        if number.is_some() != date.is_some() {
            faults.add(pointer, "incomplete", "Isi nomor dan tanggal bersama-sama.");
        }
    }
    let source: Option<Line<200>> = take_line(&mut faults, "/source", &body.source);
    let mut number = |pointer: &str, text: Option<String>| {
        let line: Option<Line<60>> = text.and_then(|text| take_line(&mut faults, pointer, &text));
        line.map(|line| line.as_str().to_owned())
    };
    let entered = EnteredEvidence {
        pkp_status: body.pkp_status,
        evidence_case: Some(body.evidence_case),
        evidence_number: number("/evidence_number", body.evidence_number),
        evidence_on: body.evidence_date,
        sppkp_number: number("/sppkp_number", body.sppkp_number),
        sppkp_on: body.sppkp_date,
        sppkp_office: body.sppkp_office,
        revocation_number: number("/revocation_number", body.revocation_number),
        revocation_on: body.revocation_date,
        source: source.map(|line| line.as_str().to_owned()).unwrap_or_default(),
    };
    answers::hold(faults)?;
    Ok(entered)
}

async fn drafted(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<RequestId>,
    seen: MaybeIfMatch,
    Json(mut body): Json<RawDraft>,
) -> Result<HttpResponse, ApiError> {
    let mut faults = Faults::default();
    for (index, reason) in body.reasons.iter_mut().enumerate() {
        let at = |name: &str| format!("/reasons/{index}/evidence/{name}");
        reason.evidence = lines::<200>(&mut faults, std::mem::take(&mut reason.evidence), at);
    }
    answers::hold(faults)?;
    draft(&office, session, id, &body, version(seen)?).await?;
    changed(&office, session, id).await
}

async fn sent_back(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<RequestId>,
    seen: MaybeIfMatch,
    Json(body): Json<Reason>,
) -> Result<HttpResponse, ApiError> {
    send_back(&office, session, id, &body.line()?, version(seen)?).await?;
    changed(&office, session, id).await
}

async fn withdrawn(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<RequestId>,
    seen: MaybeIfMatch,
    _: Nothing,
) -> Result<HttpResponse, ApiError> {
    withdraw_at_counter(&office, session, id, None, version(seen)?).await?;
    changed(&office, session, id).await
}

async fn resupplied(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<RequestId>,
    seen: MaybeIfMatch,
    Json(body): Json<RawResupply>,
) -> Result<HttpResponse, ApiError> {
    let receipt = resupply_at_counter(&office, session, id, &body, version(seen)?).await?;
    Ok(HttpResponse::Ok().json(super::filing::receipt(&receipt)))
}
