//! Reads the one form field that pages have, and the token of the path.

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{CONTENT_TYPE, HeaderName, HeaderValue},
    web::{BytesMut, Query},
};
use futures_util::{StreamExt, future::LocalBoxFuture};

use super::trouble::Trouble;

/// A form of ours is far smaller.
const MOST_BYTES: usize = 4 * 1024;
const FORM: &str = "application/x-www-form-urlencoded";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The token in the path. Not shown by `Debug`, and never logged.
pub struct Token(String);

impl Token {
    /// The first parameter of the path.
    pub fn of(request: &HttpRequest) -> Self {
        Self(request.match_info().iter().next().map(|(_, text)| text.to_owned()).unwrap_or_default())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Refuses a form that another site submits. Browsers that do not say where they come from are let through: the token
/// itself is what protects the act.
pub fn same_origin(request: &HttpRequest) -> Result<(), Trouble> {
    match request.headers().get(SEC_FETCH_SITE).map(HeaderValue::as_bytes) {
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(_) => Err(Trouble::WrongForm),
    }
}

/// What was typed as NPWP; empty when the field is missing.
pub struct TypedTaxId(pub String);

impl FromRequest for TypedTaxId {
    type Error = Trouble;
    type Future = LocalBoxFuture<'static, Result<Self, Trouble>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let essence = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_form = essence
            .and_then(|value| value.split(';').next())
            .is_some_and(|essence| essence.trim().eq_ignore_ascii_case(FORM));
        let mut payload = payload.take();
        Box::pin(async move {
            if !is_form {
                return Err(Trouble::WrongForm);
            }
            let mut body = BytesMut::new();
            while let Some(piece) = payload.next().await {
                let piece = piece.map_err(|_| Trouble::WrongForm)?;
                if body.len() + piece.len() > MOST_BYTES {
                    return Err(Trouble::WrongForm);
                }
                body.extend_from_slice(&piece);
            }
            let text = std::str::from_utf8(&body).map_err(|_| Trouble::WrongForm)?;
            let fields = Query::<Vec<(String, String)>>::from_query(text).map_err(|_| Trouble::WrongForm)?;
            let typed = fields.into_inner().into_iter().find(|(name, _)| name == "tax_id");
            Ok(Self(typed.map(|(_, value)| value).unwrap_or_default()))
        })
    }
}
