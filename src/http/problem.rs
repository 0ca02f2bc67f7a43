//! RFC 9457 problems: the one shape of every error answer.

use std::borrow::Cow;
use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::{Map, Value};

use super::request_id;

/// The media type of a problem.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// One fault of the input, with the place it is at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) into the body; for a query parameter or a header `/` and its name.
    pub pointer: String,
    /// Stable, English, for programs.
    pub code: Cow<'static, str>,
    /// Indonesian, for people.
    pub detail: String,
}

/// An error answer. `slug` is contract and stable; `title` and `detail` are Indonesian because people read them.
///
/// Holds nothing internal: no chain of causes, no SQL, no value that the caller did not send itself.
#[derive(Debug, Clone)]
pub struct Problem {
    slug: &'static str,
    status: StatusCode,
    title: &'static str,
    detail: Option<String>,
    errors: Vec<FieldError>,
    extensions: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(flatten)]
    extensions: &'a Map<String, Value>,
}

impl Problem {
    pub fn new(slug: &'static str, status: StatusCode, title: &'static str) -> Self {
        Self {
            slug,
            status,
            title,
            detail: None,
            errors: Vec::new(),
            extensions: Map::new(),
            headers: Vec::new(),
        }
    }

    /// What happened and what to do, in a sentence.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds one fault of the input.
    #[must_use]
    pub fn error(
        mut self,
        pointer: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        self.errors.push(FieldError {
            pointer: pointer.into(),
            code: Cow::Borrowed(code),
            detail: detail.into(),
        });
        self
    }

    /// Adds faults of the input.
    #[must_use]
    pub fn errors(mut self, errors: impl IntoIterator<Item = FieldError>) -> Self {
        self.errors.extend(errors);
        self
    }

    /// Adds an extension member. The members of the standard itself cannot be replaced.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        if !["type", "title", "status", "detail", "errors", "request_id"].contains(&name) {
            self.extensions.insert(name.to_owned(), value.into());
        }
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Says after how many seconds another try makes sense.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        self.header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    pub const fn slug(&self) -> &'static str {
        self.slug
    }

    pub const fn status(&self) -> StatusCode {
        self.status
    }

    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// The sentence of [`Problem::detail`].
    pub fn sentence(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// The headers that the answer carries.
    pub fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.headers
    }

    fn body(&self) -> Body<'_> {
        Body {
            kind: format!("/problems/{}", self.slug),
            title: self.title,
            status: self.status.as_u16(),
            detail: self.detail.as_deref(),
            errors: &self.errors,
            request_id: request_id::current(),
            extensions: &self.extensions,
        }
    }

    /// The body of the answer, for a problem that is one item of an answer.
    pub fn json(&self) -> Value {
        serde_json::to_value(self.body()).unwrap_or_default()
    }

    /// The answer. The request id is the one of the request that is being answered.
    pub fn response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        for header in &self.headers {
            response.append_header(header.clone());
        }
        response.content_type(CONTENT_TYPE).json(self.body())
    }
}

/// Turns an error of another layer into what the caller may know about it.
pub trait IntoProblem {
    fn into_problem(self) -> Problem;
}

/// The error type of handlers.
///
/// Shows only the slug, also in `Debug`: the middleware logs errors, and a detail may repeat what the caller sent.
pub struct ApiError(Box<Problem>);

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiError({})", self.0.slug)
    }
}

impl ApiError {
    pub fn problem(&self) -> &Problem {
        &self.0
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.slug)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        self.0.response()
    }
}

/// No such path.
pub fn unknown_path() -> Problem {
    Problem::new("not-found", StatusCode::NOT_FOUND, "Tidak ditemukan")
        .detail("Alamat ini tidak ada, atau Anda tidak boleh melihatnya.")
}

/// The path exists, the method does not. `allow` lists those that do.
pub fn wrong_method(allow: &str) -> Problem {
    let problem = Problem::new("method-not-allowed", StatusCode::METHOD_NOT_ALLOWED, "Metode tidak dilayani")
        .detail(format!("Alamat ini hanya melayani {allow}."));
    match HeaderValue::from_str(allow) {
        Ok(value) => problem.header(ALLOW, value),
        Err(_) => problem,
    }
}

/// The body is not JSON. Line and column count from 1.
pub fn broken_json(line: usize, column: usize) -> Problem {
    Problem::new("malformed", StatusCode::BAD_REQUEST, "Isi bukan JSON yang benar")
        .detail(format!("JSON terputus atau salah pada baris {line}, kolom {column}."))
        .with("line", line)
        .with("column", column)
}

/// The body is JSON, but a field has the wrong shape.
pub fn wrong_shape(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new("invalid", StatusCode::UNPROCESSABLE_ENTITY, "Isian belum benar")
        .detail("Perbaiki isian yang disebut, lalu kirim lagi.")
        .error(pointer, code, detail)
}

/// The body is of another type than the operation reads.
pub fn wrong_content_type(expected: &str) -> Problem {
    Problem::new("unsupported-media-type", StatusCode::UNSUPPORTED_MEDIA_TYPE, "Jenis isi tidak dilayani")
        .detail(format!("Kirim isi sebagai {expected}."))
}

/// The body is larger than the operation takes.
pub fn too_large(limit_bytes: usize) -> Problem {
    Problem::new("too-large", StatusCode::PAYLOAD_TOO_LARGE, "Isi terlalu besar")
        .detail(format!("Isi paling besar {limit_bytes} byte."))
        .with("limit_bytes", limit_bytes)
}

/// A query parameter is missing, unknown or of the wrong shape.
pub fn bad_query(pointer: impl Into<String>, detail: impl Into<String>) -> Problem {
    Problem::new("malformed", StatusCode::BAD_REQUEST, "Parameter alamat belum benar")
        .detail("Perbaiki parameter yang disebut.")
        .error(pointer, "invalid", detail)
}

/// None of the types that the caller accepts can be given.
pub fn not_acceptable(offered: &str) -> Problem {
    Problem::new("not-acceptable", StatusCode::NOT_ACCEPTABLE, "Bentuk jawaban tidak tersedia")
        .detail(format!("Jawaban tersedia sebagai {offered}."))
}

/// The connection broke or the request could not be read.
pub fn unreadable_request() -> Problem {
    Problem::new("malformed", StatusCode::BAD_REQUEST, "Permintaan tidak terbaca")
        .detail("Permintaan terputus atau tidak sesuai HTTP. Kirim lagi.")
}

/// A fault of ours. The cause is in the log, under the request id.
pub fn internal() -> Problem {
    Problem::new("internal", StatusCode::INTERNAL_SERVER_ERROR, "Gangguan pada sistem kami")
        .detail("Gangguan ada pada sistem kami, bukan pada isian Anda. Coba lagi sebentar lagi.")
}

/// Something we need is not there at the moment.
pub fn unavailable(retry_after_seconds: u32) -> Problem {
    Problem::new("unavailable", StatusCode::SERVICE_UNAVAILABLE, "Sedang tidak dapat dilayani")
        .detail("Coba lagi sebentar lagi.")
        .retry_after(retry_after_seconds)
}
