//! What handlers take from a request besides its body: who calls, under which condition, from where.

use std::{future::Ready, future::ready, str::FromStr};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{AUTHORIZATION, IF_MATCH},
    web::Data,
};

use super::{
    Frame, client_ip,
    errors::{bad_header, precondition_required, unauthenticated},
    problem::{self, ApiError},
};
use crate::{
    app::{
        AppError, Office,
        callers::{Caller, ProofToken},
        clients::AccessToken,
        limits::CallerAddress,
    },
    domain::ids::{AccountSessionId, RequestId, SessionId},
};

/// Whoever calls. A token that we do not know is 401.
pub struct Bearer(pub Caller);

/// Staff; anybody else is 401.
pub struct StaffSession(pub SessionId);

/// Staff if the token is theirs, otherwise a stranger. For operations that everybody may call.
pub struct MaybeStaff(pub Option<SessionId>);

/// The holder of a proven address; anybody else is 401.
pub struct Proven(pub ProofToken);

/// The holder of a tracking code; anybody else is 401.
pub struct TrackedRequest(pub RequestId);

/// Another system with an access token; anybody else is 401.
pub struct Service(pub AccessToken);

/// A PKP in its account; anybody else is 401.
pub struct AtHome(pub AccountSessionId);

/// The network address of the caller.
pub struct From(pub CallerAddress);

/// What the caller saw: `"v12"` or a digest in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    Version(i32),
    Digest([u8; 32]),
}

/// `If-Match` where it is optional.
pub struct MaybeIfMatch(pub Option<IfMatch>);

/// 1 to 128 visible ASCII characters; missing is 400.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(pub String);

/// A path parameter; one of the wrong shape is a path that does not exist.
pub struct PathId<T>(pub T);

fn office(request: &HttpRequest) -> Result<&Office, ApiError> {
    let found = request.app_data::<Data<Office>>().map(Data::get_ref);
    found.ok_or_else(|| AppError::Internal(anyhow::anyhow!("the office is not configured")).into())
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let (scheme, token) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn caller(request: &HttpRequest) -> Result<Caller, ApiError> {
    if !request.headers().contains_key(AUTHORIZATION) {
        return Ok(Caller::Stranger);
    }
    let office = office(request)?;
    bearer(request).and_then(|token| office.identify(token)).ok_or_else(|| unauthenticated().into())
}

/// Implements an extractor by a function of the request head.
macro_rules! from_head {
    ($type:ty, $read:expr) => {
        impl FromRequest for $type {
            type Error = ApiError;
            type Future = Ready<Result<Self, ApiError>>;
            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                ready($read(request))
            }
        }
    };
}

from_head!(Bearer, |request| caller(request).map(Bearer));
from_head!(StaffSession, |request| match caller(request)? {
    Caller::Staff(session) => Ok(StaffSession(session)),
    Caller::Stranger | Caller::Proof(_) | Caller::Tracking(_) | Caller::Service(_) | Caller::Account(_) =>
        Err(unauthenticated().into()),
});
from_head!(MaybeStaff, |request| Ok(MaybeStaff(match caller(request) {
    Ok(Caller::Staff(session)) => Some(session),
    Ok(
        Caller::Stranger | Caller::Proof(_) | Caller::Tracking(_) | Caller::Service(_) | Caller::Account(_),
    )
    | Err(_) => None,
})));
from_head!(Proven, |request| match caller(request)? {
    Caller::Proof(token) => Ok(Proven(token)),
    Caller::Stranger | Caller::Staff(_) | Caller::Tracking(_) | Caller::Service(_) | Caller::Account(_) =>
        Err(unauthenticated().into()),
});
from_head!(TrackedRequest, |request| match caller(request)? {
    Caller::Tracking(id) => Ok(TrackedRequest(id)),
    Caller::Stranger | Caller::Staff(_) | Caller::Proof(_) | Caller::Service(_) | Caller::Account(_) =>
        Err(unauthenticated().into()),
});
from_head!(Service, |request| match caller(request)? {
    Caller::Service(token) => Ok(Service(token)),
    Caller::Stranger | Caller::Staff(_) | Caller::Proof(_) | Caller::Tracking(_) | Caller::Account(_) =>
        Err(unauthenticated().into()),
});
from_head!(AtHome, |request| match caller(request)? {
    Caller::Account(session) => Ok(AtHome(session)),
    Caller::Stranger | Caller::Staff(_) | Caller::Proof(_) | Caller::Tracking(_) | Caller::Service(_) => {
        Err(unauthenticated().into())
    }
});
from_head!(From, |request: &HttpRequest| {
    let address = request.app_data::<Data<Frame>>().and_then(|frame| client_ip::client_ip(request, frame));
    Ok(From(CallerAddress(address)))
});
from_head!(MaybeIfMatch, |request: &HttpRequest| {
    let Some(value) = request.headers().get(IF_MATCH) else { return Ok(MaybeIfMatch(None)) };
    let read = value.to_str().ok().and_then(|text| text.parse().ok());
    let read = read.ok_or_else(|| bad_header("if-match", "Kirim ETag yang dibaca, misalnya \"v7\"."))?;
    Ok(MaybeIfMatch(Some(read)))
});
from_head!(IfMatch, |request: &HttpRequest| {
    let MaybeIfMatch(given) = read_if_match(request)?;
    given.ok_or_else(|| precondition_required().into())
});
from_head!(IdempotencyKey, |request: &HttpRequest| {
    let value = request.headers().get("idempotency-key").and_then(|value| value.to_str().ok());
    value
        .filter(|key| (1..=128).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()))
        .map(|key| IdempotencyKey(key.to_owned()))
        .ok_or_else(|| bad_header("idempotency-key", "Wajib ada, 1 sampai 128 karakter tanpa spasi.").into())
});

fn read_if_match(request: &HttpRequest) -> Result<MaybeIfMatch, ApiError> {
    MaybeIfMatch::from_request(request, &mut Payload::None).into_inner()
}

impl<T: FromStr> FromRequest for PathId<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;
    /// The first parameter of the path.
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let given = request.match_info().iter().next().and_then(|(_, text)| text.parse().ok());
        ready(given.map(Self).ok_or_else(|| problem::unknown_path().into()))
    }
}

impl FromStr for IfMatch {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let tag = text.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or(())?;
        if let Some(version) = tag.strip_prefix('v') {
            let digits = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
            return if digits { version.parse().map(Self::Version).map_err(|_| ()) } else { Err(()) };
        }
        if tag.len() != 64 || !tag.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(());
        }
        let mut digest = [0; 32];
        for (byte, pair) in digest.iter_mut().zip(tag.as_bytes().chunks_exact(2)) {
            *byte =
                std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()).ok_or(())?;
        }
        Ok(Self::Digest(digest))
    }
}

impl IfMatch {
    /// The version, where versions are compared; a digest is never the version that there is.
    pub fn version(&self) -> Result<i32, AppError> {
        match self {
            Self::Version(version) => Ok(*version),
            Self::Digest(_) => Err(AppError::Stale),
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn an_etag_is_a_version_or_a_digest() {
        assert_eq!("\"v12\"".parse(), Ok(IfMatch::Version(12)));
        assert_eq!(format!("\"{}\"", "0f".repeat(32)).parse(), Ok(IfMatch::Digest([0x0f; 32])));
        for wrong in ["v12", "\"v\"", "\"v-1\"", "\"12\"", "*", "W/\"v1\"", "\"v99999999999\"", "\"é\""] {
            assert_eq!(wrong.parse::<IfMatch>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn an_idempotency_key_is_visible_and_not_too_long() {
        let read = |key: &str| {
            let request = TestRequest::default().insert_header(("idempotency-key", key)).to_http_request();
            IdempotencyKey::from_request(&request, &mut Payload::None).into_inner().ok()
        };
        assert_eq!(read("abc-1"), Some(IdempotencyKey("abc-1".to_owned())));
        assert!(read(&"x".repeat(128)).is_some());
        for wrong in ["", "a b", &"x".repeat(129)] {
            assert_eq!(read(wrong), None);
        }
    }
}
