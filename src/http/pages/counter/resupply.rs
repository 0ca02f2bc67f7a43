//! `/loket/{request_id}/lengkapi`: the filer brings what a returned request lacked. One form like the one that keys a letter
//! in: what is asked for, scans, what is corrected, one press, the receipt of the new round.

use std::collections::BTreeMap;

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use serde::Serialize;

use super::{intake, said::placed, scans::take_scans};
use crate::{
    app::{
        AppError,
        intake::resupply::{
            RawCorrections, RawLetterCorrection, RawOldLetterCorrection, RawResupply, RawSignerCorrection,
            resupply_at_counter,
        },
        officer_desk::intake::scans,
        views::{
            get_request::{RequestView, get_request},
            request_parts::{DocumentView, FormView, ReturnView},
        },
    },
    domain::{
        form::RawExemption,
        ids::{DocumentId, RequestId},
        names::{Capacity, DocumentKind, Kind},
        state::{Act, StateName},
    },
    http::pages::frame::{
        COUNTER, Flash, FormFaults, InPath, Page, PageError, ProtectedFiles, Staff, Typed, Visit, page,
    },
};

const PATH: &str = "/loket/{request_id}/lengkapi";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("counter_resupply_page", Method::GET, PATH, COUNTER, || web::to(ask)),
        page("take_resupply", Method::POST, PATH, COUNTER, || web::to(take)),
    ]
}

/// Where a returned request is completed.
fn path_of(id: RequestId) -> String {
    format!("{}/{id}/lengkapi", intake::PATH)
}

#[derive(Serialize)]
struct View {
    path: String,
    back: String,
    /// The receipt of the last round.
    number: String,
    name: String,
    kind: Kind,
    returned: Option<ReturnView>,
    values: BTreeMap<&'static str, String>,
    capacities: Vec<&'static str>,
    /// What was asked for comes first.
    papers: Vec<&'static str>,
    moves: bool,
    scans: Vec<DocumentView>,
    version: i32,
    /// Somebody changed the request meanwhile.
    changed: bool,
    focus: &'static str,
    faults: FormFaults,
}

/// The fields that may be corrected, by their ids, as they are filed.
fn filed(form: &FormView) -> [(&'static str, String); 10] {
    let old = form.old_letter.as_ref();
    [
        ("corrections-pkp_name", form.pkp_name.clone()),
        ("corrections-pkp_address", form.pkp_address.clone()),
        ("corrections-letter-number", form.letter.number.clone()),
        ("corrections-letter-place", form.letter.place.clone()),
        ("corrections-letter-date", form.letter.date.to_string()),
        ("corrections-signer-name", form.signer.name.clone()),
        ("corrections-signer-position", form.signer.position.clone()),
        ("corrections-signer-capacity", form.signer.capacity.to_string()),
        ("corrections-old_letter-number", old.map(|old| old.number.clone()).unwrap_or_default()),
        ("corrections-old_letter-date", old.map(|old| old.date.to_string()).unwrap_or_default()),
    ]
}

const WITHOUT: [&str; 2] = ["cannot_supply-0-document", "cannot_supply-0-reason"];

impl View {
    fn new(id: RequestId, request: RequestView, typed: Option<&Typed>, scans: Vec<DocumentView>) -> Self {
        let returned = request.returns.into_iter().last();
        let items = returned.as_ref().map(|returned| returned.items.as_slice()).unwrap_or_default();
        let asked =
            |kind: &DocumentKind| items.iter().any(|item| DocumentKind::of_item(&item.code) == Some(*kind));
        let mut papers: Vec<DocumentKind> = DocumentKind::ALL.to_vec();
        papers.sort_by_key(|kind| !asked(kind));
        let mut values: BTreeMap<&'static str, String> = filed(&request.form).into();
        values.extend(WITHOUT.map(|name| (name, String::new())));
        if let Some(typed) = typed {
            for (name, value) in &mut values {
                typed.get(name).clone_into(value);
            }
        }
        Self {
            path: path_of(id),
            back: format!("/permohonan/{id}"),
            number: request.rounds.last().map(|round| round.receipt_number.clone()).unwrap_or_default(),
            name: request.form.pkp_name,
            kind: request.kind,
            returned,
            values,
            capacities: Capacity::ALL.iter().map(|capacity| capacity.as_str()).collect(),
            papers: papers.iter().map(|kind| kind.as_str()).collect(),
            moves: request.kind == Kind::MoveOffice,
            scans,
            version: request.version,
            changed: false,
            focus: "",
            faults: FormFaults::default(),
        }
    }
}

/// The way of whoever comes when nothing is waited for.
fn not_now(staff: &Staff, id: RequestId) -> Result<HttpResponse, PageError> {
    staff.go_saying(&format!("/permohonan/{id}"), &Flash::stopped("resupply.not_now"))
}

/// The same press twice: the receipt is there.
fn taken_already(staff: &Staff, id: RequestId) -> Result<HttpResponse, PageError> {
    staff.go_saying(&format!("{}/{id}", intake::PATH), &Flash::note("counter.taken"))
}

async fn ask(staff: Staff, InPath(id): InPath<RequestId>) -> Result<HttpResponse, PageError> {
    let request = get_request(staff.office(), staff.session(), id).await?;
    if !request.available_acts.contains(&Act::Resupply) {
        return not_now(&staff, id);
    }
    staff.show("counter/resupply.html", &View::new(id, request, None, Vec::new()))
}

/// Only what differs from what is filed. A field that was emptied stays as it was.
fn corrections(form: &FormView, typed: &Typed) -> RawCorrections {
    let filed = BTreeMap::from(filed(form));
    let text = |name: &str| {
        let typed = typed.get(name);
        let stays = typed.is_empty() || filed.get(name).is_some_and(|filed| filed == typed);
        (!stays).then(|| typed.to_owned())
    };
    let letter = RawLetterCorrection {
        number: text("corrections-letter-number"),
        place: text("corrections-letter-place"),
        date: text("corrections-letter-date"),
    };
    let signer = RawSignerCorrection {
        name: text("corrections-signer-name"),
        position: text("corrections-signer-position"),
        capacity: text("corrections-signer-capacity"),
    };
    let old = RawOldLetterCorrection {
        number: text("corrections-old_letter-number"),
        date: text("corrections-old_letter-date"),
    };
    RawCorrections {
        pkp_name: text("corrections-pkp_name"),
        pkp_address: text("corrections-pkp_address"),
        letter: (letter != RawLetterCorrection::default()).then_some(letter),
        signer: (signer != RawSignerCorrection::default()).then_some(signer),
        old_letter: (old != RawOldLetterCorrection::default()).then_some(old),
    }
}

fn resupply(form: &FormView, typed: &Typed, documents: &[DocumentId]) -> RawResupply {
    let [document, reason] = WITHOUT.map(|name| typed.get(name).to_owned());
    let without = !document.is_empty() || !reason.is_empty();
    RawResupply {
        documents: documents.to_vec(),
        cannot_supply: without.then_some(RawExemption { document, reason }).into_iter().collect(),
        corrections: corrections(form, typed),
    }
}

async fn take(
    visit: Visit,
    InPath(id): InPath<RequestId>,
    form: ProtectedFiles,
) -> Result<HttpResponse, PageError> {
    let (staff, mut sent) = form.from_staff(&visit).await?;
    let (office, session) = (staff.office(), staff.session());
    let mut faults = FormFaults::default();
    let documents = take_scans(&staff, &mut sent, &mut faults).await?;
    let typed = &sent.typed;
    let mut changed = false;
    if faults.is_empty() {
        let filed = get_request(office, session, id).await?.form;
        let seen = typed.get("version").parse().ok();
        let (acting, raw) = (office.clone(), resupply(&filed, typed, &documents));
        let taken = office
            .see_through(async move { resupply_at_counter(&acting, session, id, &raw, seen).await })
            .await;
        match taken {
            Ok(_) => return Ok(staff.go(&format!("{}/{id}", intake::PATH))),
            Err(AppError::NotPossible { state: StateName::Received, .. }) => {
                return taken_already(&staff, id);
            }
            Err(AppError::NotPossible { .. }) => return not_now(&staff, id),
            Err(AppError::Stale) => changed = true,
            Err(AppError::Invalid(found)) => faults = placed(&staff, typed, &found),
            Err(error) => return Err(error.into()),
        }
    }
    let status = if changed { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    let request = get_request(office, session, id).await?;
    if request.state == StateName::Received {
        return taken_already(&staff, id);
    }
    if !request.available_acts.contains(&Act::Resupply) {
        return not_now(&staff, id);
    }
    let scans = scans(office, session, &documents).await?;
    let view = View { changed, faults, ..View::new(id, request, Some(typed), scans) };
    staff.show_as(status, "counter/resupply.html", &view)
}
