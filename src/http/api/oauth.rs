//! Access tokens of other systems, and the keys that they are signed with. Errors of the token endpoint have the shape of
//! RFC 6749, which libraries of clients read.

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::{
        Method, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    web::{self, BytesMut, Data, Query},
};
use futures_util::{StreamExt, future::LocalBoxFuture};
use serde_json::json;

use crate::{
    app::{
        Office,
        clients::{Outcome, Refusal, TOKEN_PATH, TokenRequest, issue_token, published_keys},
    },
    domain::token_keys::LIST_KEPT,
    http::{Operation, extract::From, problem::ApiError},
};

/// A request for a token is far smaller.
const MOST_BYTES: usize = 16 * 1024;
const FORM: &str = "application/x-www-form-urlencoded";

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation { id: "issue_token", method: Method::POST, path: TOKEN_PATH, register: || web::to(issue) },
        Operation {
            id: "token_keys",
            method: Method::GET,
            path: "/.well-known/jwks.json",
            register: || web::to(keys),
        },
    ]
}

async fn issue(
    office: Data<Office>,
    From(address): From,
    Form(request): Form,
) -> Result<HttpResponse, ApiError> {
    let outcome = match request {
        Ok(request) => issue_token(&office, &request, address).await?,
        Err(refusal) => Outcome::Refused(refusal),
    };
    Ok(match outcome {
        Outcome::Issued(issued) => {
            let scopes: Vec<&str> = issued.scopes.iter().map(|scope| scope.as_str()).collect();
            HttpResponse::Ok().json(json!({
                "access_token": issued.access_token,
                "token_type": "Bearer",
                "expires_in": issued.expires_in,
                "scope": scopes.join(" "),
            }))
        }
        Outcome::Refused(refusal) => refused(refusal),
    })
}

fn refused(refusal: Refusal) -> HttpResponse {
    let (status, error, description) = match refusal {
        Refusal::InvalidRequest(parameter) => (
            StatusCode::BAD_REQUEST,
            "invalid_request",
            format!("{parameter} is missing, sent twice, or not what RFC 7523 asks for"),
        ),
        Refusal::UnsupportedGrantType => (
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "only client_credentials is granted".to_owned(),
        ),
        Refusal::InvalidScope => (
            StatusCode::BAD_REQUEST,
            "invalid_scope",
            "the client does not have every scope that was asked for".to_owned(),
        ),
        Refusal::InvalidClient => (
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "the assertion does not prove a client that is in use".to_owned(),
        ),
    };
    HttpResponse::build(status).json(json!({ "error": error, "error_description": description }))
}

async fn keys(office: Data<Office>) -> Result<HttpResponse, ApiError> {
    let keys: Vec<_> = published_keys(&office)
        .await?
        .into_iter()
        .map(|key| json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key.id, "x": key.x }))
        .collect();
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, format!("public, max-age={}", LIST_KEPT.num_seconds())))
        .json(json!({ "keys": keys })))
}

/// The parameters of the form; a form that cannot be read is refused as RFC 6749 says.
struct Form(Result<TokenRequest, Refusal>);

impl FromRequest for Form {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let essence = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_form = essence
            .and_then(|value| value.split(';').next())
            .is_some_and(|essence| essence.trim().eq_ignore_ascii_case(FORM));
        let mut payload = payload.take();
        Box::pin(async move {
            if !is_form {
                return Ok(Self(Err(Refusal::InvalidRequest("a form"))));
            }
            let mut body = BytesMut::new();
            while let Some(piece) = payload.next().await {
                let Ok(piece) = piece else { return Ok(Self(Err(Refusal::InvalidRequest("a whole form")))) };
                if body.len() + piece.len() > MOST_BYTES {
                    return Ok(Self(Err(Refusal::InvalidRequest("a form of at most 16 KiB"))));
                }
                body.extend_from_slice(&piece);
            }
            Ok(Self(read(&body)))
        })
    }
}

fn read(body: &[u8]) -> Result<TokenRequest, Refusal> {
    let unreadable = Refusal::InvalidRequest("a form in UTF-8");
    let text = std::str::from_utf8(body).map_err(|_| unreadable)?;
    let fields = Query::<Vec<(String, String)>>::from_query(text).map_err(|_| unreadable)?;
    let mut read = TokenRequest::default();
    for (name, value) in fields.into_inner() {
        let (place, name) = match name.as_str() {
            "grant_type" => (&mut read.grant_type, "grant_type"),
            "client_assertion_type" => (&mut read.client_assertion_type, "client_assertion_type"),
            "client_assertion" => (&mut read.client_assertion, "client_assertion"),
            "client_id" => (&mut read.client_id, "client_id"),
            "scope" => (&mut read.scope, "scope"),
            // RFC 6749 section 3.2: what is not known is ignored.
            _ => continue,
        };
        if place.replace(value).is_some() {
            return Err(Refusal::InvalidRequest(name));
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_that_comes_twice_is_refused_and_one_that_is_not_known_ignored() {
        let both = read(b"grant_type=client_credentials&nothing=1&scope=a+b").unwrap();
        assert_eq!(both.grant_type.as_deref(), Some("client_credentials"));
        assert_eq!(both.scope.as_deref(), Some("a b"));
        assert!(both.client_assertion.is_none());

        assert_eq!(read(b"scope=a&scope=a").unwrap_err(), Refusal::InvalidRequest("scope"));
        assert!(read(b"\xff").is_err());
    }
}
