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
        let first = request.match_info().iter().next().and_then(|(_, text)| text.parse().ok());
        ready(first.map(Self).ok_or(PageError::Unknown))
    }
}
