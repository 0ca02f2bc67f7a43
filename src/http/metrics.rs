//! `/metrics` for Prometheus: how long requests take in this process, and the figures of the installation.
//!
//! Only for whoever shows the token of the settings; without one there is no such page. The page holds counts and route patterns,
//! never a path, a name or a number of anybody.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header::AUTHORIZATION};
use actix_web::middleware::Next;
use actix_web::web::{self, Data};
use actix_web::{Error, HttpRequest, HttpResponse};
use chrono::TimeDelta;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use tokio::sync::Mutex;

use super::errors::unauthenticated;
use super::problem::{self, ApiError};
use super::{Frame, Operation};
use crate::app::service_figures::{ServiceFigures, service_figures};
use crate::app::{AppError, Office};
use crate::domain::delivery::LetterClass;
use crate::domain::working_days::Threshold;

/// Seconds. Counting and rendering take milliseconds, a password a tenth, a batch a few.
const BUCKETS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];
/// The figures of the installation read where every letter is: several that ask within this time get the same ones.
const FRESH_FOR: TimeDelta = TimeDelta::seconds(15);

/// What this process measures.
pub struct Metrics {
    token: Option<SecretString>,
    requests: Family<OfAnswer, Histogram>,
    registry: Registry,
    last: Mutex<Option<ServiceFigures>>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").field("on", &self.token.is_some()).finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfAnswer {
    method: String,
    /// The pattern, for instance `/api/v1/requests/{request_id}`.
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfOffice {
    office: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfClass {
    office: String,
    class: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfQueue {
    queue: String,
    state: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfState {
    state: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfFate {
    fate: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfThreshold {
    threshold: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfKind {
    kind: &'static str,
}

impl Metrics {
    pub fn new(token: Option<SecretString>) -> Arc<Self> {
        let requests = Family::<OfAnswer, Histogram>::new_with_constructor(|| Histogram::new(BUCKETS));
        let mut registry = Registry::default();
        registry.register(
            "aktivasi_http_request_duration_seconds",
            "Time until the head of the answer",
            requests.clone(),
        );
        Arc::new(Self { token, requests, registry, last: Mutex::new(None) })
    }

    async fn figures(&self, office: &Office) -> Result<ServiceFigures, AppError> {
        let mut last = self.last.lock().await;
        match &*last {
            Some(figures) if office.now() - figures.at < FRESH_FOR => Ok(figures.clone()),
            Some(_) | None => {
                let figures = service_figures(office).await?;
                *last = Some(figures.clone());
                Ok(figures)
            }
        }
    }
}

/// Measures each request of a known route.
pub async fn measure(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let metrics = request.app_data::<Data<Frame>>().map(|frame| Arc::clone(&frame.metrics));
    let (method, route) = (request.method().clone(), request.match_pattern());
    let outcome = next.call(request).await;
    if let (Some(metrics), Some(route)) = (metrics, route) {
        let status = match &outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        let of = OfAnswer { method: method.to_string(), route, status: status.as_u16() };
        // A method that the route does not have may be any word.
        if status.as_u16() != 405 {
            metrics.requests.get_or_create(&of).observe(started.elapsed().as_secs_f64());
        }
    }
    outcome
}

pub(super) fn operations() -> Vec<Operation> {
    vec![Operation { id: "metrics", method: Method::GET, path: "/metrics", register: || web::to(page) }]
}

async fn page(
    request: HttpRequest,
    frame: Data<Frame>,
    office: Data<Office>,
) -> Result<HttpResponse, ApiError> {
    let metrics = &frame.metrics;
    let Some(token) = &metrics.token else { return Err(problem::unknown_path().into()) };
    let shown =
        request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let shown = shown.strip_prefix("Bearer ").unwrap_or_default();
    if !bool::from(shown.as_bytes().ct_eq(token.expose_secret().as_bytes())) {
        return Err(unauthenticated().into());
    }
    let figures = metrics.figures(&office).await?;
    let text = written(metrics, &figures).map_err(|error| AppError::Internal(error.into()))?;
    Ok(HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(text))
}

fn written(metrics: &Metrics, figures: &ServiceFigures) -> Result<String, fmt::Error> {
    let mut text = String::new();
    encode_registry(&mut text, &metrics.registry)?;
    encode_registry(&mut text, &of_installation(figures))?;
    encode_eof(&mut text)?;
    Ok(text)
}

/// Made anew for each answer: what is not there any more is not told any more.
fn of_installation(figures: &ServiceFigures) -> Registry {
    let mut registry = Registry::default();
    letters(&mut registry, figures);
    work(&mut registry, figures);
    registry
}

fn letters(registry: &mut Registry, figures: &ServiceFigures) {
    let issued = Family::<OfOffice, Gauge>::default();
    let classes = Family::<OfClass, Gauge>::default();
    let difference = Family::<OfOffice, Gauge>::default();
    let unexplained = Family::<OfOffice, Gauge>::default();
    for balance in &figures.balances {
        let office = balance.office.to_string();
        let of = OfOffice { office: office.clone() };
        issued.get_or_create(&of).set(balance.issued);
        difference.get_or_create(&of).set(balance.difference());
        unexplained.get_or_create(&of).set(balance.unexplained);
        for class in LetterClass::ALL {
            let of = OfClass { office: office.clone(), class: class.as_str() };
            classes.get_or_create(&of).set(balance.of(*class));
        }
    }
    registry.register(
        "aktivasi_letters_issued",
        "Letters by the numbers that were given, and copies",
        issued,
    );
    registry.register("aktivasi_letters", "Issued letters by where they are", classes);
    registry.register("aktivasi_letters_difference", "Issued less the sum of the classes; zero", difference);
    registry.register(
        "aktivasi_letters_unexplained",
        "Letters whose history and state contradict each other; zero",
        unexplained,
    );
}

fn work(registry: &mut Registry, figures: &ServiceFigures) {
    let jobs = Family::<OfQueue, Gauge>::default();
    for queue in &figures.queues {
        for (state, count) in [
            ("ready", queue.ready),
            ("later", queue.later),
            ("running", queue.running),
            ("buried", queue.buried),
        ] {
            jobs.get_or_create(&OfQueue { queue: queue.queue.clone(), state }).set(count);
        }
    }
    registry.register("aktivasi_jobs", "Jobs that are not done, and buried ones", jobs);
    let mails = Family::<OfFate, Gauge>::default();
    for (fate, count) in &figures.mails {
        mails.get_or_create(&OfFate { fate: fate.as_str() }).set(*count);
    }
    registry.register("aktivasi_mails", "E-mails by their fate", mails);
    let events = Family::<OfState, Gauge>::default();
    for (state, count) in [("pending", figures.events.0), ("given_up", figures.events.1)] {
        events.get_or_create(&OfState { state }).set(count);
    }
    registry.register(
        "aktivasi_webhooks",
        "Events that wait for their receivers, and those given up",
        events,
    );
    let open = Family::<OfThreshold, Gauge>::default();
    for (threshold, count) in &figures.open_rounds {
        let threshold = threshold.map_or("awaiting_calendar", Threshold::as_str);
        open.get_or_create(&OfThreshold { threshold }).set(*count);
    }
    registry.register(
        "aktivasi_open_requests",
        "Requests whose round runs, by the nearness of their limit",
        open,
    );
    let tasks = Family::<OfKind, Gauge>::default();
    for (kind, count) in &figures.open_tasks {
        tasks.get_or_create(&OfKind { kind: kind.as_str() }).set(*count);
    }
    registry.register("aktivasi_open_tasks", "Tasks that somebody has to look after", tasks);
    let calendar: Gauge = Gauge::default();
    calendar.set(figures.calendar.days_left);
    registry.register(
        "aktivasi_calendar_days_left",
        "Days until the end of what is known of the calendar",
        calendar,
    );
}
