//! Pages of those who examine requests: the queue, and one screen for each request.

mod filters;
mod intake;
mod queue;
mod request;
mod saved_views;
mod search;

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use std::{
    future::{Ready, ready},
    str::FromStr,
};

use super::frame::{Page, PageError};

pub const TEMPLATES: &[(&str, &str)] = &[
    ("officer/parts.html", include_str!("../../templates/officer/parts.html")),
    ("officer/decide.html", include_str!("../../templates/officer/decide.html")),
    ("officer/evidence.html", include_str!("../../templates/officer/evidence.html")),
    ("officer/intake.html", include_str!("../../templates/officer/intake.html")),
    ("officer/intake_done.html", include_str!("../../templates/officer/intake_done.html")),
    ("officer/return.html", include_str!("../../templates/officer/return.html")),
    ("officer/queue.html", include_str!("../../templates/officer/queue.html")),
    ("officer/request.html", include_str!("../../templates/officer/request.html")),
];

pub fn pages() -> Vec<Page> {
    [queue::pages(), search::pages(), saved_views::pages(), request::pages(), intake::pages()].concat()
}

/// The id in the path. What is no id is no page.
struct InPath<T>(T);

impl<T: FromStr> FromRequest for InPath<T> {
    type Error = PageError;
    type Future = Ready<Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let first = request.match_info().iter().next().and_then(|(_, text)| text.parse().ok());
        ready(first.map(Self).ok_or(PageError::Unknown))
    }
}
