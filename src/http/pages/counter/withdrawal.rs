//! `/loket/{request_id}/tarik`: the filer withdraws on a letter. Asks which letter, and whether it is meant.

use std::collections::BTreeMap;

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use serde::Serialize;

use super::intake;
use crate::{
    app::{
        AppError,
        views::get_request::{RequestView, get_request},
        withdraw::{RawWithdrawalLetter, withdraw_at_counter},
    },
    domain::{ids::RequestId, names::Kind, state::Act},
    http::pages::frame::{
        COUNTER, Flash, FormFaults, InPath, Page, PageError, ProtectedForm, Staff, Typed, Visit, page,
    },
};

const PATH: &str = "/loket/{request_id}/tarik";
const FIELDS: [&str; 2] = ["letter-number", "letter-date"];

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("counter_withdrawal_page", Method::GET, PATH, COUNTER, || web::to(ask)),
        page("take_withdrawal", Method::POST, PATH, COUNTER, || web::to(end)),
    ]
}

#[derive(Serialize)]
struct View {
    path: String,
    back: String,
    number: String,
    name: String,
    kind: Kind,
    version: i32,
    values: BTreeMap<&'static str, String>,
    changed: bool,
    faults: FormFaults,
}

fn back(id: RequestId) -> String {
    format!("/permohonan/{id}")
}

impl View {
    fn new(id: RequestId, request: RequestView, typed: &Typed) -> Self {
        Self {
            path: format!("{}/{id}/tarik", intake::PATH),
            back: back(id),
            number: request.rounds.last().map(|round| round.receipt_number.clone()).unwrap_or_default(),
            name: request.form.pkp_name,
            kind: request.kind,
            version: request.version,
            values: FIELDS.iter().map(|field| (*field, typed.get(field).to_owned())).collect(),
            changed: false,
            faults: FormFaults::default(),
        }
    }
}

fn too_late(staff: &Staff, id: RequestId) -> Result<HttpResponse, PageError> {
    staff.go_saying(&back(id), &Flash::stopped("counter.withdraw.late"))
}

async fn ask(staff: Staff, InPath(id): InPath<RequestId>) -> Result<HttpResponse, PageError> {
    let request = get_request(staff.office(), staff.session(), id).await?;
    if !request.available_acts.contains(&Act::Withdraw) {
        return too_late(&staff, id);
    }
    staff.show("counter/withdrawal.html", &View::new(id, request, &Typed::default()))
}

async fn end(
    visit: Visit,
    InPath(id): InPath<RequestId>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let typed = &sent.typed;
    let [number, date] = FIELDS.map(|field| typed.get(field).to_owned());
    let letter = RawWithdrawalLetter { number, date };
    let seen = typed.get("version").parse().ok();
    let mut faults = FormFaults::default();
    let changed = match withdraw_at_counter(staff.office(), staff.session(), id, Some(&letter), seen).await {
        Ok(()) => return staff.go_saying(&back(id), &Flash::done("counter.withdrawn")),
        Err(AppError::NotPossible { .. }) => return too_late(&staff, id),
        Err(AppError::Stale) => true,
        Err(AppError::Invalid(found)) => {
            for fault in &found {
                let (field, key) = match (fault.pointer.as_str(), fault.code.as_str()) {
                    ("/letter/number", "required") => ("letter-number", "e.letter_no.empty"),
                    ("/letter/number", _) => ("letter-number", "e.letter_no.chars"),
                    (_, "after_receipt") => ("letter-date", "counter.date_later"),
                    _ => ("letter-date", "e.letter_date.empty"),
                };
                faults.add(field, staff.say(key, &[]));
            }
            false
        }
        Err(error) => return Err(error.into()),
    };
    let request = get_request(staff.office(), staff.session(), id).await?;
    if !request.available_acts.contains(&Act::Withdraw) {
        return too_late(&staff, id);
    }
    let status = if changed { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    let view = View { changed, faults, ..View::new(id, request, typed) };
    staff.show_as(status, "counter/withdrawal.html", &view)
}
