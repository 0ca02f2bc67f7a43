//! Pages of those who examine requests: the queue, and one screen for each request.

mod claim;
mod filters;
mod queue;
mod request;
mod saved_views;
mod search;

use super::frame::{InPath, Page};

pub const TEMPLATES: &[(&str, &str)] = &[
    ("officer/parts.html", include_str!("../../templates/officer/parts.html")),
    ("officer/decide.html", include_str!("../../templates/officer/decide.html")),
    ("officer/evidence.html", include_str!("../../templates/officer/evidence.html")),
    ("officer/return.html", include_str!("../../templates/officer/return.html")),
    ("officer/queue.html", include_str!("../../templates/officer/queue.html")),
    ("officer/request.html", include_str!("../../templates/officer/request.html")),
];

pub fn pages() -> Vec<Page> {
    [queue::pages(), claim::pages(), search::pages(), saved_views::pages(), request::pages()].concat()
}
