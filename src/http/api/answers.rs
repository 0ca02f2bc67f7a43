//! Answers that several operations give, and small things they read.

use std::future::ready;

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, ETAG, TRANSFER_ENCODING},
    web::Bytes,
};
use futures_util::{Stream, TryStreamExt, future::LocalBoxFuture};
use serde::Deserialize;

use crate::{
    app::{
        AppError, Office,
        exports::{Export, Format},
        views::get_request::{RequestView, after_act},
    },
    domain::{
        fault::Faults,
        ids::{RequestId, SessionId},
        line::Line,
    },
    http::{
        extract::MaybeIfMatch,
        json::Json,
        problem::{self, ApiError},
    },
};

/// A request with its version as `ETag`.
pub fn request(view: &RequestView) -> HttpResponse {
    HttpResponse::Ok().insert_header((ETAG, format!("\"v{}\"", view.version))).json(view)
}

/// How a request stands after an act.
pub async fn changed(office: &Office, session: SessionId, id: RequestId) -> Result<HttpResponse, ApiError> {
    Ok(request(&after_act(office, session, id).await?))
}

/// A PDF to be saved. `name` is ours and holds nothing of a person.
pub fn pdf(name: &str, bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(bytes)
}

/// A list as a file, as it is written. A fault in the middle breaks the connection off, which the reader sees.
pub fn list_file<S>(export: Export<S>) -> HttpResponse
where
    S: Stream<Item = Result<Vec<u8>, AppError>> + 'static,
{
    let pieces =
        export.bytes.map_ok(Bytes::from).map_err(|error| actix_web::Error::from(ApiError::from(error)));
    HttpResponse::Ok()
        .content_type(export.format.media_type())
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", export.file_name)))
        .streaming(pieces)
}

/// The form of a list as a file.
pub fn format(text: &str) -> Result<Format, ApiError> {
    Ok(Format::parse(text).ok_or_else(|| problem::bad_query("/format", "Isi csv atau xlsx."))?)
}

/// The version that the caller saw, where naming it is optional.
pub fn version(if_match: MaybeIfMatch) -> Result<Option<i32>, AppError> {
    if_match.0.map(|seen| seen.version()).transpose()
}

/// Reads one printable line, or says what is wrong with it.
pub fn line<const MAX: usize>(pointer: &str, text: &str) -> Result<Line<MAX>, AppError> {
    let mut faults = Faults::default();
    take_line(&mut faults, pointer, text).ok_or_else(|| AppError::Invalid(faults.into_vec()))
}

/// Reads one printable line, or keeps the fault.
pub fn take_line<const MAX: usize>(faults: &mut Faults, pointer: &str, text: &str) -> Option<Line<MAX>> {
    faults.take(pointer, Line::parse(text).map_err(|error| (error.code(), error.detail())))
}

/// Ends the reading of a body: every fault at once.
pub fn hold(faults: Faults) -> Result<(), AppError> {
    if faults.is_empty() { Ok(()) } else { Err(AppError::Invalid(faults.into_vec())) }
}

/// Why somebody did something.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    reason: String,
}

impl Reason {
    pub fn line(&self) -> Result<Line<500>, AppError> {
        line("/reason", &self.reason)
    }
}

/// Why, after the original identity was seen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentifiedReason {
    reason: String,
    identity_seen: bool,
}

impl IdentifiedReason {
    pub fn line(&self) -> Result<Line<500>, AppError> {
        let mut faults = Faults::default();
        let reason = take_line(&mut faults, "/reason", &self.reason);
        if !self.identity_seen {
            faults.add(
                "/identity_seen",
                "required",
                "Lihat identitas asli lebih dahulu, lalu nyatakan sudah dilihat.",
            );
        }
        match reason {
            Some(reason) if faults.is_empty() => Ok(reason),
            Some(_) | None => Err(AppError::Invalid(faults.into_vec())),
        }
    }
}

/// The body of an act that needs no words: none at all, or `{}`.
pub struct Nothing;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EmptyObject {}

impl FromRequest for Nothing {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let headers = request.headers();
        let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        if length.is_none_or(|length| length == "0") && !headers.contains_key(TRANSFER_ENCODING) {
            return Box::pin(ready(Ok(Self)));
        }
        let body = Json::<EmptyObject>::from_request(request, payload);
        Box::pin(async move {
            let Json(EmptyObject {}) = body.await?;
            Ok(Self)
        })
    }
}
