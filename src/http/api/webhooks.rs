//! Receivers of events and what was delivered to them, for operators.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder,
    dev::Payload,
    http::{Method, header::ETAG},
    web::{self, Data, Query},
};
use chrono::{DateTime, FixedOffset, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    answers::Nothing,
    text::{self, Page},
};
use crate::{
    app::{
        Office,
        desk::Desk,
        webhooks::{
            DeliveryView, RawEndpoint, change_endpoint, create_endpoint, deliveries, delivery, endpoint,
            endpoints, replay_given_up, replay_one, rotate_secret,
        },
    },
    domain::{
        event::DeliveryState,
        ids::{EndpointId, EventId},
    },
    http::{
        Operation,
        extract::{IfMatch, PathId, StaffSession},
        json::Json,
        problem::{self, ApiError},
    },
    store::{
        webhook_deliveries::{Asked, Attempt, Delivery},
        webhooks::Endpoint,
    },
};

const ALL: &str = "/api/v1/webhook-endpoints";
const ONE: &str = "/api/v1/webhook-endpoints/{endpoint_id}";
const DELIVERY: &str = "/api/v1/webhook-endpoints/{endpoint_id}/deliveries/{event_id}";
/// What belongs to no office is told on the clock of Jakarta.
const ZONE: chrono_tz::Tz = chrono_tz::Tz::Asia__Jakarta;

pub(super) fn operations() -> Vec<Operation> {
    let get = |id, path, register| Operation { id, method: Method::GET, path, register };
    let post = |id, path, register| Operation { id, method: Method::POST, path, register };
    vec![
        get("list_webhook_endpoints", ALL, || web::to(list)),
        post("create_webhook_endpoint", ALL, || web::to(create)),
        get("get_webhook_endpoint", ONE, || web::to(read)),
        Operation {
            id: "put_webhook_endpoint",
            method: Method::PUT,
            path: ONE,
            register: || web::to(change),
        },
        post("rotate_webhook_secret", "/api/v1/webhook-endpoints/{endpoint_id}/secret", || web::to(rotate)),
        post("replay_webhooks", "/api/v1/webhook-endpoints/{endpoint_id}/replay", || web::to(replay_many)),
        get("list_webhook_deliveries", "/api/v1/webhook-endpoints/{endpoint_id}/deliveries", || web::to(log)),
        get("get_webhook_delivery", DELIVERY, || web::to(see)),
        post(
            "replay_webhook",
            "/api/v1/webhook-endpoints/{endpoint_id}/deliveries/{event_id}/replay",
            || web::to(replay),
        ),
    ]
}

/// The event in a path. What is no id is no path.
struct PathEvent(EventId);

impl FromRequest for PathEvent {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let given = request.match_info().get("event_id").and_then(|text| text.parse().ok());
        ready(given.map(Self).ok_or_else(|| problem::unknown_path().into()))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pages {
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn list(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    asked: Query<Pages>,
) -> Result<HttpResponse, ApiError> {
    let limit = text::limit(asked.limit)?;
    let after = text::read_cursor(asked.cursor.as_deref())?.map(|(name, _)| name);
    let found = endpoints(&office, Desk::Operator(session), after.as_deref(), limit + 1).await?;
    let cursor = |one: &Endpoint| text::cursor(&one.wanted.name, one.id.0);
    let page = Page::new(found, usize::try_from(limit).unwrap_or_default(), cursor, |one| show(&one));
    Ok(HttpResponse::Ok().json(page))
}

fn at(instant: DateTime<Utc>) -> String {
    text::at_office(instant, ZONE)
}

fn show(endpoint: &Endpoint) -> Value {
    let wanted = &endpoint.wanted;
    json!({
        "endpoint_id": endpoint.id,
        "name": wanted.name,
        "url": wanted.url.as_str(),
        "office_code": wanted.office,
        "kinds": wanted.kinds,
        "with_personal_data": wanted.with_personal_data,
        "enabled": endpoint.disabled_at.is_none(),
        "disabled_at": endpoint.disabled_at.map(at),
        "created_at": at(endpoint.created_at),
        "old_secret_until": endpoint.old_secret_until.map(at),
        "failures": endpoint.failures,
        "rests_until": endpoint.rests_until.map(at),
        "pending": endpoint.pending,
        "given_up": endpoint.given_up,
        "version": endpoint.version,
    })
}

async fn shown(
    office: &Office,
    desk: Desk,
    id: EndpointId,
    mut answer: HttpResponseBuilder,
    secret: Option<String>,
) -> Result<HttpResponse, ApiError> {
    let endpoint = endpoint(office, desk, id).await?;
    let mut body = show(&endpoint);
    if let Some(secret) = secret {
        body = json!({ "endpoint": body, "secret": secret });
    }
    Ok(answer.insert_header((ETAG, format!("\"v{}\"", endpoint.version))).json(body))
}

async fn read(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<EndpointId>,
) -> Result<HttpResponse, ApiError> {
    shown(&office, Desk::Operator(session), id, HttpResponse::Ok(), None).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    url: String,
    office_code: Option<String>,
    kinds: Vec<String>,
    with_personal_data: bool,
}

impl Entry {
    fn raw(self) -> RawEndpoint {
        let Self { name, url, office_code, kinds, with_personal_data } = self;
        RawEndpoint { name, url, office_code, kinds, with_personal_data }
    }
}

async fn create(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    Json(body): Json<Entry>,
) -> Result<HttpResponse, ApiError> {
    let desk = Desk::Operator(session);
    let (id, secret) = create_endpoint(&office, desk, &body.raw().read()?).await?;
    shown(&office, desk, id, HttpResponse::Created(), Some(secret.reveal())).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    name: String,
    url: String,
    office_code: Option<String>,
    kinds: Vec<String>,
    with_personal_data: bool,
    enabled: bool,
}

async fn change(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<EndpointId>,
    if_match: IfMatch,
    Json(body): Json<Change>,
) -> Result<HttpResponse, ApiError> {
    let Change { name, url, office_code, kinds, with_personal_data, enabled } = body;
    let wanted = RawEndpoint { name, url, office_code, kinds, with_personal_data }.read()?;
    let desk = Desk::Operator(session);
    change_endpoint(&office, desk, id, if_match.version()?, &wanted, enabled).await?;
    shown(&office, desk, id, HttpResponse::Ok(), None).await
}

async fn rotate(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<EndpointId>,
    _: Nothing,
) -> Result<HttpResponse, ApiError> {
    let desk = Desk::Operator(session);
    let secret = rotate_secret(&office, desk, id).await?;
    shown(&office, desk, id, HttpResponse::Ok(), Some(secret.reveal())).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Since {
    since: DateTime<FixedOffset>,
}

async fn replay_many(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<EndpointId>,
    Json(body): Json<Since>,
) -> Result<HttpResponse, ApiError> {
    let since = body.since.with_timezone(&Utc);
    let queued = replay_given_up(&office, Desk::Operator(session), id, since).await?;
    Ok(HttpResponse::Ok().json(json!({ "queued": queued })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedLog {
    state: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn log(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<EndpointId>,
    asked: Query<AskedLog>,
) -> Result<HttpResponse, ApiError> {
    let limit = text::limit(asked.limit)?;
    let state = match asked.state.as_deref().map(str::parse::<DeliveryState>) {
        None => None,
        Some(Ok(state)) => Some(state),
        Some(Err(_)) => {
            return Err(problem::bad_query("/state", "Isi pending, delivered atau given_up.").into());
        }
    };
    let before = match text::read_cursor(asked.cursor.as_deref())? {
        None => None,
        Some((number, _)) => Some(number.parse().map_err(|_| text::bad_cursor())?),
    };
    let wanted = Asked { state, event: None, before, limit: limit + 1 };
    let found = deliveries(&office, Desk::Operator(session), id, &wanted).await?;
    let cursor = |one: &Delivery| text::cursor(&one.event.number.to_string(), one.event.id.0);
    let page =
        Page::new(found, usize::try_from(limit).unwrap_or_default(), cursor, |one| show_delivery(&one));
    Ok(HttpResponse::Ok().json(page))
}

fn show_delivery(delivery: &Delivery) -> Value {
    let event = &delivery.event;
    let id = |id: Option<Uuid>| id.map(|id| id.to_string());
    json!({
        "event_id": event.id,
        "kind": event.kind,
        "occurred_at": at(event.occurred_at),
        "office_code": event.office,
        "request_id": id(event.request.map(|id| id.0)),
        "letter_id": id(event.letter.map(|id| id.0)),
        "message_id": id(event.message.map(|id| id.0)),
        "credential_id": id(event.credential.map(|id| id.0)),
        "state": delivery.state,
        "tries": delivery.tries,
        "queued_at": at(delivery.queued_at),
        "next_at": delivery.next_at.map(at),
        "ended_at": delivery.ended_at.map(at),
        "last": delivery.last.as_ref().map(show_attempt),
    })
}

fn show_attempt(attempt: &Attempt) -> Value {
    json!({
        "number": attempt.number,
        "at": at(attempt.at),
        "outcome": attempt.outcome,
        "status": attempt.status,
        "duration_ms": attempt.duration_ms,
    })
}

fn whole(view: &DeliveryView) -> HttpResponse {
    let mut body = show_delivery(&view.delivery);
    body["attempts"] = view.attempts.iter().map(show_attempt).collect();
    HttpResponse::Ok().json(body)
}

async fn see(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<EndpointId>,
    PathEvent(event): PathEvent,
) -> Result<HttpResponse, ApiError> {
    Ok(whole(&delivery(&office, Desk::Operator(session), id, event).await?))
}

async fn replay(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<EndpointId>,
    PathEvent(event): PathEvent,
    _: Nothing,
) -> Result<HttpResponse, ApiError> {
    let desk = Desk::Operator(session);
    replay_one(&office, desk, id, event).await?;
    Ok(whole(&delivery(&office, desk, id, event).await?))
}
