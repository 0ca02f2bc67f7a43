//! Pages of the Operator Console: what is stuck, who works here, what the office is and when it is open.

mod confirm;
mod jobs;
mod mail;
mod why;

use std::str::FromStr;

use actix_web::HttpRequest;
use chrono_tz::Tz;

use super::frame::{Page, PageError, Staff};
use crate::app::desk::Desk;

pub const TEMPLATES: &[(&str, &str)] = &[
    ("operator/confirm.html", include_str!("../../templates/operator/confirm.html")),
    ("operator/tiles.html", include_str!("../../templates/operator/tiles.html")),
    ("operator/jobs.html", include_str!("../../templates/operator/jobs.html")),
    ("operator/mail.html", include_str!("../../templates/operator/mail.html")),
    ("operator/kept_mail.html", include_str!("../../templates/operator/kept_mail.html")),
];

pub fn pages() -> Vec<Page> {
    [jobs::pages(), mail::pages()].concat()
}

/// What belongs to no office is shown on the clock of Jakarta.
const ZONE: Tz = Tz::Asia__Jakarta;

fn desk(staff: &Staff) -> Desk {
    Desk::Operator(staff.session())
}

/// The clock by which an operator reads.
fn zone(staff: &Staff) -> Tz {
    staff.who().zone.unwrap_or(ZONE)
}

/// The first parameter of the path; one of the wrong shape is a page that does not exist.
fn path_id<T: FromStr>(request: &HttpRequest) -> Result<T, PageError> {
    request.match_info().iter().next().and_then(|(_, text)| text.parse().ok()).ok_or(PageError::Unknown)
}
