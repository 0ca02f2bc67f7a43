//! One span and one log line for each request, without anything that identifies a person.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};
use tracing::Span;
use tracing_actix_web::RootSpanBuilder;

use super::request_id::RequestId;
use crate::telemetry::field;

/// Logs the route's pattern, never the path (it may hold a token), nor query, client address or user agent.
pub struct QuietRootSpan;

impl RootSpanBuilder for QuietRootSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let extensions = request.extensions();
        let id = extensions.get::<RequestId>().map_or("", RequestId::as_str);
        tracing::info_span!(
            "http.request",
            { field::HTTP_REQUEST_ID } = id,
            { field::HTTP_METHOD } = method_name(request.method()),
            { field::HTTP_ROUTE } = request.match_pattern().as_deref().unwrap_or("(unknown)"),
            { field::HTTP_STATUS } = tracing::field::Empty,
        )
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.record(field::HTTP_STATUS, status.as_u16());
    }
}

/// A caller can send any word as method; only known ones are logged.
fn method_name(method: &Method) -> &'static str {
    [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
        Method::TRACE,
        Method::CONNECT,
    ]
    .iter()
    .zip(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"])
    .find_map(|(known, name)| (known == method).then_some(name))
    .unwrap_or("(other)")
}

/// Writes the line of a finished request into its span.
pub async fn log_request(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let outcome = next.call(request).await;
    let status = match &outcome {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(
        { field::HTTP_STATUS } = status.as_u16(),
        { field::DURATION_MS } = duration_ms,
        "request finished"
    );
    outcome
}
