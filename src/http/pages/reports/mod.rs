//! `/laporan`: the reports of months of an office: which there are, each on its paper, and the signature.

mod list;
mod one;
mod sign;

use actix_web::HttpRequest;

use super::frame::{Page, PageError};
use crate::domain::{figures::Month, office::OfficeCode};

const PATH: &str = "/laporan";

pub const TEMPLATES: &[(&str, &str)] = &[
    ("reports/list.html", include_str!("../../templates/reports/list.html")),
    ("reports/one.html", include_str!("../../templates/reports/one.html")),
    ("reports/confirm.html", include_str!("../../templates/reports/confirm.html")),
];

pub fn pages() -> Vec<Page> {
    [list::pages(), one::pages(), sign::pages()].concat()
}

/// The report that a path names. What is no office or no month is no page.
fn named(request: &HttpRequest) -> Result<(OfficeCode, Month), PageError> {
    let read = || {
        let path = request.match_info();
        Some((path.get("office")?.parse().ok()?, path.get("month")?.parse().ok()?))
    };
    read().ok_or(PageError::Unknown)
}

fn address(code: OfficeCode, month: Month) -> String {
    format!("{PATH}/{code}/{month}")
}
