//! The frame around every operation: routing, errors, headers, request ids, pages.
//!
//! Routes are registered from tables of [`Operation`]s and from nothing else, so a test can hold the tables and the
//! contract to each other.

pub mod api;
mod arriving;
pub mod assets;
pub mod client_ip;
pub mod contract;
pub mod errors;
pub mod extract;
pub mod headers;
pub mod health;
pub mod json;
pub mod metrics;
pub mod page;
pub mod pages;
pub mod problem;
pub mod problem_catalogue;
pub mod request_id;
mod row_words;
pub mod trace;

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::LOCATION;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, Error, HttpRequest, HttpResponse, Route};
use tracing_actix_web::TracingLogger;

use crate::settings::{Network, Settings};
use health::Readiness;
use metrics::Metrics;

/// One operation of the contract and the handler that serves it.
#[derive(Clone)]
pub struct Operation {
    /// `operationId` of the contract.
    pub id: &'static str,
    pub method: Method,
    /// The path with its parameters in braces, exactly as in the contract.
    pub path: &'static str,
    /// Makes the route without a method, for instance `|| web::to(handler)`; the method is taken from here.
    pub register: fn() -> Route,
}

/// The operations of the frame itself.
pub fn frame_operations() -> Vec<Operation> {
    [health::operations(), contract::operations(), assets::operations()].concat()
}

/// The pages of the site. They are no part of the contract.
pub fn site_operations() -> Vec<Operation> {
    pages::site().into_iter().map(|page| page.operation).collect()
}

/// What the frame takes from the settings.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Whether strangers reach us by https only.
    pub https: bool,
    pub trusted_proxies: Vec<Network>,
    pub json_max_bytes: usize,
    pub metrics: Arc<Metrics>,
}

impl Frame {
    /// The size limit where no frame is configured.
    pub const DEFAULT_JSON_BYTES: usize = 64 * 1024;

    pub fn new(settings: &Settings) -> Self {
        Self {
            https: settings.server.public_url.is_https(),
            trusted_proxies: settings.server.trusted_proxies.clone(),
            json_max_bytes: settings.limits.json_max_bytes,
            metrics: Metrics::new(settings.metrics_token.clone()),
        }
    }
}

/// The whole application: frame, operations, and whatever state `configure` adds for the handlers.
///
/// Cheap enough to be called once for each worker thread.
pub fn app<F: FnOnce(&mut ServiceConfig)>(
    frame: Frame,
    readiness: Arc<dyn Readiness>,
    operations: &[Operation],
    configure: F,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<F>>,
        Error = Error,
        InitError = (),
    > + use<F>,
> {
    // The last `wrap` is the outermost: the id first, then the span around everything, then the line in the span.
    App::new()
        .app_data(Data::new(frame))
        .app_data(Data::<dyn Readiness>::from(readiness))
        .app_data(json::path_config())
        .app_data(json::query_config())
        .configure(configure)
        .configure(|config| register(config, operations))
        .default_service(web::to(pages::frame::unknown_page))
        .wrap(from_fn(pages::frame::dress))
        .wrap(from_fn(headers::middleware))
        .wrap(from_fn(metrics::measure))
        .wrap(from_fn(trace::log_request))
        .wrap(TracingLogger::<trace::QuietRootSpan>::new())
        .wrap(from_fn(request_id::middleware))
}

/// Registers one resource for each path. Methods that the table does not have answer 405 with `Allow`.
fn register(config: &mut ServiceConfig, operations: &[Operation]) {
    for (path, methods) in by_path(operations) {
        let mut resource = web::resource(path);
        let mut allow = Vec::new();
        for operation in methods {
            resource = resource.route((operation.register)().method(operation.method.clone()));
            allow.push(operation.method.as_str());
            if operation.method == Method::GET {
                // HTTP asks for HEAD wherever there is GET; the server leaves out the body.
                resource = resource.route((operation.register)().method(Method::HEAD));
                allow.push("HEAD");
            }
        }
        let allow = allow.join(", ");
        config.service(resource.default_service(web::to(move |request: HttpRequest| {
            let response = wrong_method(&request, &allow);
            async move { response }
        })));
    }
}

/// A browser that comes back to where a form was sent, as after a change of language, is led to the page above it.
/// Programs get the problem.
fn wrong_method(request: &HttpRequest, allow: &str) -> HttpResponse {
    let path = request.path();
    if path.starts_with("/api/") || !pages::frame::reads_pages(request) {
        return problem::wrong_method(allow).response();
    }
    let above = path.rsplit_once('/').map_or("", |(above, _)| above);
    let above = if above.is_empty() { "/" } else { above };
    HttpResponse::SeeOther().insert_header((LOCATION, above)).finish()
}

/// Fixed paths come before those with parameters, as `/requests/summary` before `/requests/{id}`: the router takes
/// the first that fits.
fn by_path(operations: &[Operation]) -> Vec<(&'static str, Vec<&Operation>)> {
    let mut paths: BTreeMap<&'static str, Vec<&Operation>> = BTreeMap::new();
    for operation in operations {
        paths.entry(operation.path).or_default().push(operation);
    }
    let mut paths: Vec<_> = paths.into_iter().collect();
    paths.sort_by_key(|(path, _)| path.split('/').map(|part| part.starts_with('{')).collect::<Vec<_>>());
    paths
}

#[cfg(test)]
mod tests;
