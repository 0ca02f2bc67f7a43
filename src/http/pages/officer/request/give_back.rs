//! `/permohonan/{id}/kembalikan`: returned as incomplete, from the list of what may be missing. Asks before it is sent.

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
        examination::return_incomplete::{ReturnPreview, preview_return, return_incomplete},
        officer_desk::view::{DeficiencyChoice, Desk, desk},
        views::get_request::{RequestView, get_request},
    },
    domain::{fault::Fault, ids::RequestId, state::Act},
    http::pages::frame::{
        Flash, FormFaults, Page, PageError, ProtectedForm, Staff, Typed, Visit, WORKS, page,
    },
    store::returns::ReturnItem,
};

const PATH: &str = "/permohonan/{request_id}/kembalikan";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("return_page", Method::GET, PATH, WORKS, || web::to(ask)),
        page("return_request", Method::POST, PATH, WORKS, || web::to(send)),
    ]
}

#[derive(Serialize)]
struct View {
    path: String,
    number: String,
    name: String,
    version: i32,
    items: Vec<Choice>,
    needs_head: bool,
    faults: FormFaults,
    /// What the filer will read; the form asks whether to send it.
    preview: Option<ReturnPreview>,
}

#[derive(Serialize)]
struct Choice {
    code: String,
    name: String,
    finding: String,
    remedy: String,
    chosen: bool,
    fields: Vec<Field>,
}

#[derive(Serialize)]
struct Field {
    id: String,
    name: String,
    value: String,
}

fn field_id(code: &str, field: &str) -> String {
    format!("value-{code}-{field}")
}

impl View {
    /// The form with what was typed; before anything was, with what the checklist proposes.
    fn new(id: RequestId, request: &RequestView, desk: Desk, typed: Option<&Typed>) -> Self {
        let needs_head = desk.return_needs_head;
        let choice = |item: DeficiencyChoice| Choice {
            chosen: typed.map_or(item.proposed, |typed| typed.all("item").any(|chosen| chosen == item.code)),
            fields: item
                .fields
                .iter()
                .map(|field| Field {
                    id: field_id(&item.code, field),
                    name: field.clone(),
                    value: typed.map_or("", |typed| typed.get(&field_id(&item.code, field))).to_owned(),
                })
                .collect(),
            code: item.code,
            name: item.name,
            finding: item.finding,
            remedy: item.remedy,
        };
        Self {
            path: path_of(id),
            number: receipt_number(request).to_owned(),
            name: request.form.pkp_name.clone(),
            version: typed.and_then(version).unwrap_or(request.version),
            items: desk.deficiencies.into_iter().map(choice).collect(),
            needs_head,
            faults: FormFaults::default(),
            preview: None,
        }
    }
}

async fn ask(staff: Staff, InPath(id): InPath<RequestId>) -> Result<HttpResponse, PageError> {
    let request = get_request(staff.office(), staff.session(), id).await?;
    if !request.available_acts.contains(&Act::Return) {
        return Ok(staff.go(&path_of(id)));
    }
    let desk = desk(staff.office(), staff.session(), id).await?;
    staff.show("officer/return.html", &View::new(id, &request, desk, None))
}

/// What was chosen, with what was typed beside it.
fn items(desk: &Desk, typed: &Typed) -> Vec<ReturnItem> {
    let chosen: Vec<&str> = typed.all("item").collect();
    let known = desk.deficiencies.iter().filter(|item| chosen.contains(&item.code.as_str()));
    known
        .map(|item| {
            let values: BTreeMap<String, String> = item
                .fields
                .iter()
                .map(|field| (field.clone(), typed.get(&field_id(&item.code, field)).to_owned()))
                .collect();
            ReturnItem { code: item.code.clone(), values }
        })
        .collect()
}

async fn send(
    visit: Visit,
    InPath(id): InPath<RequestId>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let typed = &sent.typed;
    let (office, session) = (staff.office(), staff.session());
    let desk = desk(office, session, id).await?;
    let items = items(&desk, typed);
    let names: Vec<String> = desk
        .deficiencies
        .iter()
        .filter(|known| items.iter().any(|item| item.code == known.code))
        .map(|known| known.name.clone())
        .collect();
    let told = || Told { typed: vec![(staff.say("return.title", &[]), names.join("; "))], ..Told::default() };
    let sure = typed.get("sure") == "yes";
    let preview = match preview_return(office, session, id, &items).await {
        Ok(preview) if sure => {
            let done = return_incomplete(office, session, id, &items, version(typed)).await;
            let flash = Flash::done("return.done").with("n", preview.texts.len().to_string());
            return answer(&staff, id, done, &flash, told()).await;
        }
        other => other,
    };
    let (status, preview, faults) = match preview {
        Ok(preview) => (StatusCode::OK, Some(preview), FormFaults::default()),
        Err(AppError::Invalid(faults)) => {
            let first = desk.deficiencies.first().map(|item| item.code.clone()).unwrap_or_default();
            (StatusCode::UNPROCESSABLE_ENTITY, None, placed(&faults, &items, &first))
        }
        Err(error) => {
            return answer(&staff, id, Err(error), &Flash::done("return.done"), told()).await;
        }
    };
    let request = get_request(office, session, id).await?;
    let again = typed.get("sure") == "no";
    let view =
        View { faults, preview: preview.filter(|_| !again), ..View::new(id, &request, desk, Some(typed)) };
    staff.show_as(status, "officer/return.html", &view)
}

/// Faults of the act beside the fields of the form.
fn placed(faults: &[Fault], items: &[ReturnItem], first: &str) -> FormFaults {
    let mut placed = FormFaults::default();
    for fault in faults {
        let mut parts = fault.pointer.trim_start_matches('/').split('/').skip(1);
        let item = parts.next().and_then(|index| index.parse::<usize>().ok()).and_then(|at| items.get(at));
        let Some(item) = item else {
            placed.add(&format!("item-{first}"), fault.detail.clone());
            continue;
        };
        let named = parts.nth(1).map(str::to_owned);
        let empty = || {
            let missing = item.values.iter().find(|(_, value)| value.is_empty());
            missing.map(|(field, _)| field.clone())
        };
        match named.or_else(empty) {
            Some(field) => placed.add(&field_id(&item.code, &field), fault.detail.clone()),
            None => placed.add(&format!("item-{}", item.code), fault.detail.clone()),
        }
    }
    placed
}
