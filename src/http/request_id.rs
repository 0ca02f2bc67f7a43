//! One id for each request: taken from the caller when it is harmless, otherwise made; logged and answered.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};
use uuid::Uuid;

/// The header, in and out.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

const MAX_LENGTH: usize = 64;

/// At most 64 characters of `A-Z a-z 0-9 _ -`, so that it is safe in a log line and in a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// A new id, ordered by time.
    pub fn generate() -> Self {
        Self(Uuid::now_v7().to_string())
    }

    /// The caller's id, when it is harmless.
    pub fn accept(offered: &str) -> Option<Self> {
        let fits = (1..=MAX_LENGTH).contains(&offered.len());
        let harmless = offered.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        (fits && harmless).then(|| Self(offered.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

thread_local! {
    /// The id of the request whose future is being polled on this thread. Problems are built deep inside extractors
    /// and error conversions that have no request at hand.
    static CURRENT: RefCell<Option<RequestId>> = const { RefCell::new(None) };
}

/// The id of the request that is being worked on, when there is one.
pub fn current() -> Option<String> {
    CURRENT.with_borrow(|current| current.as_ref().map(|id| id.0.clone()))
}

/// Gives every request its id and answers it. Must be outside of everything that wants to know the id.
pub async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = request
        .headers()
        .get(HEADER)
        .and_then(|value| value.to_str().ok())
        .and_then(RequestId::accept)
        .unwrap_or_else(RequestId::generate);
    request.extensions_mut().insert(id.clone());
    let mut response = WithId { id: id.clone(), inner: Box::pin(next.call(request)) }.await?;
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(HEADER, value);
    }
    Ok(response)
}

/// Sets [`CURRENT`] for the length of each poll: other requests are polled on the same thread in between.
struct WithId<F> {
    id: RequestId,
    inner: Pin<Box<F>>,
}

impl<F: Future> Future for WithId<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let before = CURRENT.replace(Some(self.id.clone()));
        let polled = self.inner.as_mut().poll(context);
        CURRENT.set(before);
        polled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_harmless_id_of_the_caller_is_taken() {
        assert_eq!(RequestId::accept("abc_DEF-123").unwrap().as_str(), "abc_DEF-123");
        for bad in ["", "a b", "a\nb", "<script>", &"x".repeat(65), "é"] {
            assert_eq!(RequestId::accept(bad), None);
        }
    }
}
