//! The id in a path.

use std::{
    future::{Ready, ready},
    str::FromStr,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};

use super::trouble::PageError;

/// The first parameter of the path. What is no id is no page.
pub struct InPath<T>(pub T);

impl<T: FromStr> FromRequest for InPath<T> {
    type Error = PageError;
    type Future = Ready<Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(path_id(request).map(Self))
    }
}

/// The same for a handler that looks at its form first.
pub fn path_id<T: FromStr>(request: &HttpRequest) -> Result<T, PageError> {
    request.match_info().iter().next().and_then(|(_, text)| text.parse().ok()).ok_or(PageError::Unknown)
}
