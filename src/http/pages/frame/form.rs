//! Forms of our pages. What was typed cannot be reached without the check that the form is ours.

use std::marker::PhantomData;

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue, ORIGIN},
    web::{BytesMut, Query},
};
use futures_util::{StreamExt, future::LocalBoxFuture};
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    kept::Kept,
    local_path::LocalPath,
    trouble::PageError,
    visit::{Staff, Visit},
};

/// The largest form: a full application with every field at its limit is a tenth of it.
const MOST_BYTES: usize = 256 * 1024;
const FORM: &str = "application/x-www-form-urlencoded";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// The hidden fields that every form of ours has.
pub const TOKEN_FIELD: &str = "_csrf";
pub const ONCE_FIELD: &str = "_once";

/// A form as it came. [`ProtectedForm::from_staff`] and [`ProtectedForm::from_anyone`] are the only ways in.
pub struct ProtectedForm<T> {
    text: String,
    fields: Vec<(String, String)>,
    path: LocalPath,
    typed: PhantomData<T>,
}

/// An opened form.
pub struct Sent<T> {
    pub typed: T,
    /// The same for each press of the same button: the key of acts that must happen once.
    pub once: String,
}

/// A form whose fields are read by name, where one name may come more than once.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Typed(pub Vec<(String, String)>);

impl Typed {
    /// The field, without the white space around it; empty when it is missing.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.trim())
    }

    /// Fields whose name begins so, each with the rest of its name.
    pub fn starting<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(key, value)| Some((key.strip_prefix(prefix)?, value.trim())))
    }
}

/// Whether a request comes from a page of ours, as far as the browser tells. One that tells nothing is let through:
/// the token decides.
pub fn from_here(request: &HttpRequest) -> bool {
    let header = |name: &HeaderName| request.headers().get(name).map(HeaderValue::as_bytes);
    if let Some(site) = header(&SEC_FETCH_SITE) {
        return matches!(site, b"same-origin" | b"none");
    }
    let Some(origin) = header(&ORIGIN) else { return true };
    let host = origin.strip_prefix(b"https://").or_else(|| origin.strip_prefix(b"http://"));
    host.is_some() && host == header(&HOST)
}

impl<T: 'static> FromRequest for ProtectedForm<T> {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let essence = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_form = essence
            .and_then(|value| value.split(';').next())
            .is_some_and(|essence| essence.trim().eq_ignore_ascii_case(FORM));
        let from_here = from_here(request);
        let path = request.uri().to_string().parse().unwrap_or_else(|_| LocalPath::start());
        let mut payload = payload.take();
        Box::pin(async move {
            if !from_here {
                return Err(PageError::Forged);
            }
            if !is_form {
                return Err(PageError::WrongForm);
            }
            let mut body = BytesMut::new();
            while let Some(piece) = payload.next().await {
                let piece = piece.map_err(|_| PageError::WrongForm)?;
                if body.len() + piece.len() > MOST_BYTES {
                    return Err(PageError::TooLarge);
                }
                body.extend_from_slice(&piece);
            }
            let text = String::from_utf8(body.to_vec()).map_err(|_| PageError::WrongForm)?;
            let fields = read(&text)?;
            Ok(Self { text, fields, path, typed: PhantomData })
        })
    }
}

impl<T: DeserializeOwned> ProtectedForm<T> {
    /// Opens a form that staff sent. One that came after the end of their session is kept until they are back.
    pub fn from_staff(self, visit: &Visit) -> Result<(Staff, Sent<T>), PageError> {
        let genuine = self.genuine(visit);
        let staff = match visit.staff() {
            Ok(staff) => staff,
            // Without our token it is not kept: a stranger's page could have sent it.
            Err(PageError::SignIn(_)) => {
                return Err(PageError::SignIn(genuine.then(|| Box::new(self.keep(visit)))));
            }
            Err(refused) => return Err(refused),
        };
        if !genuine {
            return Err(PageError::AskAgain(Box::new(self.keep(visit))));
        }
        Ok((staff, self.read()?))
    }

    /// Opens a form that anybody may send.
    pub fn from_anyone(self, visit: &Visit) -> Result<Sent<T>, PageError> {
        if self.genuine(visit) { self.read() } else { Err(PageError::AskAgain(Box::new(self.keep(visit)))) }
    }

    fn genuine(&self, visit: &Visit) -> bool {
        self.fields.iter().any(|(name, value)| name == TOKEN_FIELD && visit.gave(value))
    }

    fn keep(self, visit: &Visit) -> Kept {
        let fields = self.fields.into_iter().filter(|(name, _)| name != TOKEN_FIELD).collect();
        Kept::new(visit.office(), self.path, fields)
    }

    fn read(self) -> Result<Sent<T>, PageError> {
        let once = self.fields.into_iter().find(|(name, _)| name == ONCE_FIELD);
        Ok(Sent { typed: read(&self.text)?, once: once.map(|(_, value)| value).unwrap_or_default() })
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, PageError> {
    Query::from_query(text).map(Query::into_inner).map_err(|_| PageError::WrongForm)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn another_site_is_told_by_what_the_browser_says() {
        let verdict = |headers: &[(&'static str, &'static str)]| {
            let request =
                headers.iter().fold(TestRequest::post(), |request, header| request.insert_header(*header));
            from_here(&request.to_http_request())
        };
        assert!(verdict(&[("sec-fetch-site", "same-origin")]));
        assert!(verdict(&[]));
        assert!(verdict(&[("origin", "https://kpp.example"), ("host", "kpp.example")]));
        assert!(!verdict(&[("sec-fetch-site", "cross-site")]));
        assert!(!verdict(&[("sec-fetch-site", "same-site")]));
        assert!(!verdict(&[("origin", "https://evil.example"), ("host", "kpp.example")]));
        assert!(!verdict(&[("origin", "null"), ("host", "kpp.example")]));
    }
}
