//! `/operator/penerima/{endpoint}`: one receiver of events: how it does, what was delivered, and what to do about it.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode},
    web,
    web::Query,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    confirm::{self, Fact, Question},
    desk,
    faults::in_words,
    path_id,
    receivers::{FormView, Line, PATH, SecretView, raw},
    zone,
};
use crate::{
    app::{
        AppError,
        tasks::close_task,
        views::parts::AtOffice,
        webhooks::{change_endpoint, deliveries, endpoint, replay_given_up, replay_one, rotate_secret},
    },
    domain::{
        event::{DeliveryState, EventKind, Outcome},
        ids::{EndpointId, EventId},
    },
    http::pages::frame::{Flash, OPERATOR, Page, PageError, ProtectedForm, Staff, Typed, Visit, page},
    store::{
        webhook_deliveries::{Asked as AskedLog, Delivery},
        webhooks::{Endpoint, Wanted},
    },
};

const ROWS: i64 = 50;

pub(super) fn pages() -> Vec<Page> {
    let get = |id, path, register| page(id, Method::GET, path, OPERATOR, register);
    let post = |id, path, register| page(id, Method::POST, path, OPERATOR, register);
    vec![
        get("operator_receiver", "/operator/penerima/{endpoint}", || web::to(show)),
        get("change_receiver_form", "/operator/penerima/{endpoint}/ubah", || web::to(ask_change)),
        post("change_receiver", "/operator/penerima/{endpoint}/ubah", || web::to(change)),
        post("switch_receiver", "/operator/penerima/{endpoint}/aktif", || web::to(switch)),
        get("ask_for_receiver_secret", "/operator/penerima/{endpoint}/rahasia", || web::to(ask_secret)),
        post("new_receiver_secret", "/operator/penerima/{endpoint}/rahasia", || web::to(secret)),
        post("replay_event", "/operator/penerima/{endpoint}/kirim", || web::to(replay)),
        get("ask_to_close_receiver_task", "/operator/penerima/{endpoint}/tugas", || web::to(ask_close)),
        post("close_receiver_task", "/operator/penerima/{endpoint}/tugas", || web::to(close)),
        post("replay_given_up_events", "/operator/penerima/{endpoint}/kirim-semua", || web::to(replay_all)),
    ]
}

#[derive(Deserialize)]
struct Asked {
    keadaan: Option<String>,
    sebelum: Option<i64>,
}

#[derive(Serialize)]
struct View {
    one: Line,
    version: i32,
    here: DeliveryState,
    /// The way to each pile.
    piles: [Pile; 3],
    rows: Vec<Row>,
    next: Option<i64>,
    path: String,
}

#[derive(Serialize)]
struct Pile {
    state: DeliveryState,
    href: String,
}

#[derive(Serialize)]
struct Row {
    event: EventId,
    kind: EventKind,
    occurred_at: AtOffice,
    tries: i32,
    next_at: Option<AtOffice>,
    ended_at: Option<AtOffice>,
    outcome: Option<Outcome>,
    status: Option<i32>,
    duration_ms: Option<i32>,
    can_replay: bool,
}

impl Row {
    fn of(delivery: &Delivery, staff: &Staff) -> Self {
        let at = |instant: DateTime<Utc>| AtOffice(instant, zone(staff));
        let last = delivery.last.as_ref();
        Self {
            event: delivery.event.id,
            kind: delivery.event.kind,
            occurred_at: at(delivery.event.occurred_at),
            tries: delivery.tries,
            next_at: delivery.next_at.map(at),
            ended_at: delivery.ended_at.map(at),
            outcome: last.map(|last| last.outcome),
            status: last.and_then(|last| last.status),
            duration_ms: last.map(|last| last.duration_ms),
            can_replay: delivery.state != DeliveryState::Pending,
        }
    }
}

fn word(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Pending => "menunggu",
        DeliveryState::Delivered => "sampai",
        DeliveryState::GivenUp => "berhenti",
    }
}

fn path_of(id: EndpointId) -> String {
    format!("{PATH}/{id}")
}

/// What needs somebody comes first.
fn state_asked(asked: Option<&str>, one: &Endpoint) -> DeliveryState {
    let named = DeliveryState::ALL.iter().copied().find(|state| Some(word(*state)) == asked);
    named.unwrap_or(match (one.given_up, one.pending) {
        (1.., _) => DeliveryState::GivenUp,
        (_, 1..) => DeliveryState::Pending,
        _ => DeliveryState::Delivered,
    })
}

async fn show(staff: Staff, request: HttpRequest, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let id: EndpointId = path_id(&request)?;
    let one = endpoint(staff.office(), desk(&staff), id).await?;
    let here = state_asked(asked.keadaan.as_deref(), &one);
    let wanted = AskedLog { state: Some(here), before: asked.sebelum, limit: ROWS + 1, event: None };
    let mut found = deliveries(staff.office(), desk(&staff), id, &wanted).await?;
    let most = usize::try_from(ROWS).unwrap_or_default();
    let more = found.len() > most;
    found.truncate(most);
    let href = |state| format!("{}?keadaan={}", path_of(id), word(state));
    let pile = |state| Pile { state, href: href(state) };
    let view = View {
        version: one.version,
        one: Line::of(one, &staff),
        here,
        piles: [DeliveryState::GivenUp, DeliveryState::Pending, DeliveryState::Delivered].map(pile),
        next: found.last().map(|last| last.event.number).filter(|_| more),
        rows: found.iter().map(|delivery| Row::of(delivery, &staff)).collect(),
        path: href(here),
    };
    staff.show("operator/receiver.html", &view)
}

/// A receiver as its form would send it.
fn as_typed(wanted: &Wanted) -> Typed {
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut fields = vec![field("name", &wanted.name), field("url", wanted.url.as_str())];
    fields.extend(wanted.office.map(|code| field("office_code", code.as_str())));
    fields.extend(wanted.kinds.iter().map(|kind| field("kinds", kind.as_str())));
    if wanted.with_personal_data {
        fields.push(field("with_personal_data", "yes"));
    }
    Typed(fields)
}

async fn ask_change(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let id: EndpointId = path_id(&request)?;
    let one = endpoint(staff.office(), desk(&staff), id).await?;
    let typed = as_typed(&one.wanted);
    let (action, back) = (format!("{}/ubah", path_of(id)), path_of(id));
    let view = FormView { version: Some(one.version), ..FormView::of(&typed, &staff, &action, &back) };
    staff.show("operator/receiver_form.html", &view)
}

async fn change(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let (id, typed): (EndpointId, _) = (path_id(&request)?, sent.typed);
    let one = endpoint(staff.office(), desk(&staff), id).await?;
    let seen = typed.get("version").parse().unwrap_or_default();
    let changed = match raw(&typed, &staff).read() {
        Ok(wanted) => {
            let enabled = one.disabled_at.is_none();
            change_endpoint(staff.office(), desk(&staff), id, seen, &wanted, enabled).await
        }
        Err(error) => Err(error),
    };
    let (action, back) = (format!("{}/ubah", path_of(id)), path_of(id));
    let again = |view: FormView<'_>, status| staff.show_as(status, "operator/receiver_form.html", &view);
    let typed_again = FormView::of(&typed, &staff, &action, &back);
    match changed {
        Ok(()) => staff.go_saying(&back, &Flash::done("receiver.changed")),
        Err(AppError::Invalid(faults)) => {
            let faults = in_words(&staff, &faults);
            let view = FormView { faults, version: Some(seen), ..typed_again };
            again(view, StatusCode::UNPROCESSABLE_ENTITY)
        }
        // The next press replaces what somebody else saved meanwhile.
        Err(AppError::Stale) => {
            let view = FormView { conflict: true, version: Some(one.version), ..typed_again };
            again(view, StatusCode::CONFLICT)
        }
        Err(error) => Err(error.into()),
    }
}

async fn switch(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let id: EndpointId = path_id(&request)?;
    let one = endpoint(staff.office(), desk(&staff), id).await?;
    let seen = sent.typed.get("version").parse().unwrap_or_default();
    let on = sent.typed.get("on") == "yes";
    let flash = match change_endpoint(staff.office(), desk(&staff), id, seen, &one.wanted, on).await {
        Ok(()) if on => Flash::done("receiver.on"),
        Ok(()) => Flash::done("receiver.off"),
        Err(AppError::Stale) => Flash::note("receiver.stale"),
        Err(error) => return Err(error.into()),
    };
    staff.go_saying(&path_of(id), &flash)
}

async fn ask_secret(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let id: EndpointId = path_id(&request)?;
    let one = endpoint(staff.office(), desk(&staff), id).await?;
    let question = Question {
        words: "receiver.rotate",
        facts: vec![
            Fact::text("op.fact.name", one.wanted.name),
            Fact::text("op.fact.to", one.wanted.url.to_string()),
        ],
        action: format!("{}/rahasia", path_of(id)),
        back: path_of(id),
        danger: false,
        asks_why: false,
    };
    confirm::ask(&staff, &question)
}

async fn secret(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, _sent) = form.from_staff(&visit)?;
    let id: EndpointId = path_id(&request)?;
    let secret = rotate_secret(staff.office(), desk(&staff), id).await?;
    let one = endpoint(staff.office(), desk(&staff), id).await?;
    let view = SecretView { name: &one.wanted.name, secret: secret.reveal(), path: path_of(id), new: false };
    staff.show("operator/receiver_secret.html", &view)
}

fn closing(one: &Endpoint) -> Question {
    let back = path_of(one.id);
    Question {
        words: "receiver.task",
        facts: vec![Fact::text("op.fact.name", one.wanted.name.clone())],
        action: format!("{back}/tugas"),
        back,
        danger: false,
        asks_why: true,
    }
}

async fn ask_close(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let one = endpoint(staff.office(), desk(&staff), path_id(&request)?).await?;
    if one.task.is_none() {
        return staff.go_saying(&path_of(one.id), &Flash::note("receiver.task.none"));
    }
    confirm::ask(&staff, &closing(&one))
}

async fn close(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let one = endpoint(staff.office(), desk(&staff), path_id(&request)?).await?;
    let back = path_of(one.id);
    let Some((task, _)) = one.task else {
        return staff.go_saying(&back, &Flash::note("receiver.task.none"));
    };
    let typed = sent.typed.get("reason");
    let closed = match confirm::reason(typed) {
        Ok(note) => close_task(staff.office(), staff.session(), task, note.as_str()).await,
        Err(error) => Err(error),
    };
    match closed {
        Ok(_) => staff.go_saying(&back, &Flash::done("receiver.task.closed")),
        Err(AppError::AlreadyDone(_)) => staff.go_saying(&back, &Flash::note("receiver.task.none")),
        Err(AppError::Invalid(faults)) => confirm::ask_again(&staff, &closing(&one), typed, &faults),
        Err(error) => Err(error.into()),
    }
}

async fn replay(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let id: EndpointId = path_id(&request)?;
    let event: EventId = sent.typed.get("event").parse().map_err(|_| PageError::Unknown)?;
    let flash = match replay_one(staff.office(), desk(&staff), id, event).await {
        Ok(()) => Flash::done("receiver.replayed"),
        Err(AppError::AlreadyDone(_)) => Flash::note("receiver.replayed_already"),
        Err(error) => return Err(error.into()),
    };
    staff.go_saying(&path_of(id), &flash)
}

async fn replay_all(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, _sent) = form.from_staff(&visit)?;
    let id: EndpointId = path_id(&request)?;
    let count = replay_given_up(staff.office(), desk(&staff), id, DateTime::UNIX_EPOCH).await?;
    staff.go_saying(&path_of(id), &Flash::done("receiver.all_replayed").with("n", count.to_string()))
}
