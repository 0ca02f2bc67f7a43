//! `/operator/penerima`: systems that are told of events, and new ones.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
    web::Query,
};
use serde::{Deserialize, Serialize};

use super::{accounts::everywhere, desk, faults::in_words, zone};
use crate::{
    app::{
        AppError,
        views::parts::AtOffice,
        webhooks::{RawEndpoint, create_endpoint, endpoint, endpoints},
    },
    domain::{event::EventKind, ids::EndpointId, office::OfficeCode},
    http::pages::frame::{FormFaults, OPERATOR, Page, PageError, ProtectedForm, Staff, Typed, Visit, page},
    store::webhooks::Endpoint,
};

pub(super) const PATH: &str = "/operator/penerima";
const NEW: &str = "/operator/penerima/baru";
const ROWS: i64 = 50;

pub(super) fn pages() -> Vec<Page> {
    let get = |id, path, register| page(id, Method::GET, path, OPERATOR, register);
    let post = |id, path, register| page(id, Method::POST, path, OPERATOR, register);
    vec![
        get("operator_receivers", PATH, || web::to(show)),
        get("new_receiver_form", NEW, || web::to(ask)),
        post("new_receiver", NEW, || web::to(add)),
    ]
}

#[derive(Deserialize)]
struct Asked {
    sesudah: Option<EndpointId>,
}

#[derive(Serialize)]
struct View {
    rows: Vec<Line>,
    offices: bool,
    /// Behind which the next page begins.
    next: Option<EndpointId>,
}

/// How a receiver does. What needs somebody comes first.
#[derive(Serialize)]
pub(super) struct Line {
    pub id: EndpointId,
    pub name: String,
    pub url: String,
    pub office: Option<OfficeCode>,
    pub enabled: bool,
    /// It failed the last time; how often in a row.
    pub failures: i32,
    pub pending: i64,
    pub given_up: i64,
    pub kinds: Vec<EventKind>,
    pub with_personal_data: bool,
    pub old_secret_until: Option<AtOffice>,
    /// Since when the task about what was given up is open.
    pub task_since: Option<AtOffice>,
}

impl Line {
    pub(super) fn of(endpoint: Endpoint, staff: &Staff) -> Self {
        let Endpoint { id, wanted, disabled_at, failures, pending, given_up, old_secret_until, task, .. } =
            endpoint;
        Self {
            id,
            name: wanted.name,
            url: wanted.url.to_string(),
            office: wanted.office,
            enabled: disabled_at.is_none(),
            failures,
            pending,
            given_up,
            kinds: wanted.kinds,
            with_personal_data: wanted.with_personal_data,
            old_secret_until: old_secret_until.map(|at| AtOffice(at, zone(staff))),
            task_since: task.map(|(_, since)| AtOffice(since, zone(staff))),
        }
    }
}

async fn show(staff: Staff, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let after = match asked.sesudah {
        Some(id) => Some(endpoint(staff.office(), desk(&staff), id).await?.wanted.name),
        None => None,
    };
    let mut rows = endpoints(staff.office(), desk(&staff), after.as_deref(), ROWS + 1).await?;
    let most = usize::try_from(ROWS).unwrap_or_default();
    let more = rows.len() > most;
    rows.truncate(most);
    let rows: Vec<Line> = rows.into_iter().map(|row| Line::of(row, &staff)).collect();
    let next = rows.last().map(|row| row.id).filter(|_| more);
    staff.show("operator/receivers.html", &View { rows, offices: everywhere(&staff), next })
}

/// The form of a receiver, with what was typed.
#[derive(Serialize)]
pub(super) struct FormView<'a> {
    pub name: &'a str,
    pub url: &'a str,
    pub office_code: &'a str,
    pub kinds: Vec<&'a str>,
    pub with_personal_data: bool,
    pub all_kinds: &'static [EventKind],
    pub everywhere: bool,
    pub faults: FormFaults,
    pub action: String,
    pub back: String,
    /// Of the receiver that is changed; none for a new one.
    pub version: Option<i32>,
    pub conflict: bool,
}

impl<'a> FormView<'a> {
    pub(super) fn of(typed: &'a Typed, staff: &Staff, action: &str, back: &str) -> Self {
        Self {
            name: typed.get("name"),
            url: typed.get("url"),
            office_code: typed.get("office_code"),
            kinds: typed.all("kinds").collect(),
            with_personal_data: typed.get("with_personal_data") == "yes",
            all_kinds: EventKind::ALL,
            everywhere: everywhere(staff),
            faults: FormFaults::default(),
            action: action.to_owned(),
            back: back.to_owned(),
            version: None,
            conflict: false,
        }
    }
}

/// What was typed. An operator of one office has receivers of that office.
pub(super) fn raw(typed: &Typed, staff: &Staff) -> RawEndpoint {
    let office_code = if everywhere(staff) {
        Some(typed.get("office_code").to_owned()).filter(|code| !code.is_empty())
    } else {
        staff.who().colleague.office.map(String::from)
    };
    RawEndpoint {
        name: typed.get("name").to_owned(),
        url: typed.get("url").to_owned(),
        office_code,
        kinds: typed.all("kinds").map(str::to_owned).collect(),
        with_personal_data: typed.get("with_personal_data") == "yes",
    }
}

async fn ask(staff: Staff) -> Result<HttpResponse, PageError> {
    staff.who().colleague.operator()?;
    let typed = Typed::default();
    staff.show("operator/receiver_form.html", &FormView::of(&typed, &staff, NEW, PATH))
}

/// A secret, shown in the answer to the press itself: nothing else ever shows it.
#[derive(Serialize)]
pub(super) struct SecretView<'a> {
    pub name: &'a str,
    pub secret: String,
    pub path: String,
    pub new: bool,
}

async fn add(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let typed = sent.typed;
    let made = match raw(&typed, &staff).read() {
        Ok(wanted) => create_endpoint(staff.office(), desk(&staff), &wanted).await,
        Err(error) => Err(error),
    };
    match made {
        Ok((id, secret)) => {
            let view = SecretView {
                name: typed.get("name"),
                secret: secret.reveal(),
                path: format!("{PATH}/{id}"),
                new: true,
            };
            staff.show("operator/receiver_secret.html", &view)
        }
        Err(AppError::Invalid(faults)) => {
            let faults = in_words(&staff, &faults);
            let view = FormView { faults, ..FormView::of(&typed, &staff, NEW, PATH) };
            staff.show_as(StatusCode::UNPROCESSABLE_ENTITY, "operator/receiver_form.html", &view)
        }
        Err(error) => Err(error.into()),
    }
}
