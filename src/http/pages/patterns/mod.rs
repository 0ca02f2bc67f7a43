//! `/pola`: counts of how offices work in a month, and the requests behind one of them.

use actix_web::{HttpResponse, http::Method, web, web::Query};
use chrono::{Datelike, Months, NaiveDate};
use serde::Serialize;

use super::frame::{Page, PageError, Staff, Typed, WATCHES, page};
use crate::{
    app::views::{
        patterns::{Pattern, PatternRequests, PatternSummary, pattern_summary, requests_of_pattern},
        sla_summary::Wanted,
    },
    domain::office::OfficeCode,
};

const PATH: &str = "/pola";
/// A list begins no later; nobody reads so far.
const MOST_SKIPPED: usize = 1_000_000;

pub const TEMPLATES: &[(&str, &str)] =
    &[("patterns/patterns.html", include_str!("../../templates/patterns/patterns.html"))];

pub fn pages() -> Vec<Page> {
    vec![page("patterns_page", Method::GET, PATH, WATCHES, || web::to(show))]
}

#[derive(Serialize)]
struct View {
    summary: PatternSummary,
    /// The days of the month, as links need them.
    days: (NaiveDate, NaiveDate),
    listed: Option<PatternRequests>,
    /// The first row that is listed, and the last.
    rows: (usize, usize),
    /// The part of the list after this one, and its first part.
    next: Option<String>,
    begin: Option<String>,
    /// The office whose requests are listed; `None`: all of the scope.
    office: Option<String>,
    month: u32,
    year: i32,
    /// As it stands in addresses.
    asked: String,
    before: String,
    after: Option<String>,
}

async fn show(staff: Staff, asked: Query<Typed>) -> Result<HttpResponse, PageError> {
    // The clock of whoever looks is that of their office; of those without one, of the capital.
    let zone = staff.who().zone.unwrap_or(chrono_tz::Asia::Jakarta);
    let today = staff.office().now().with_timezone(&zone).date_naive();
    let first = format!("{}-01", asked.get("bulan")).parse::<NaiveDate>().ok();
    let first = first.filter(|day| *day <= today && day.year() > 2000).unwrap_or(today);
    let first = first.with_day(1).unwrap_or(first);
    let next = first.checked_add_months(Months::new(1)).unwrap_or(first);
    let last = next.pred_opt().unwrap_or(first);
    let all = Wanted { office: None, from: Some(first), until: Some(last) };
    let summary = pattern_summary(staff.office(), staff.session(), all).await?;
    let code = asked.get("kantor").parse().ok();
    let skip = asked.get("mulai").parse::<usize>().unwrap_or(0).min(MOST_SKIPPED);
    let listed = match asked.get("daftar").parse::<Pattern>() {
        Ok(pattern) => {
            let wanted = Wanted { office: code, ..all };
            Some(requests_of_pattern(staff.office(), staff.session(), wanted, pattern, skip).await?)
        }
        Err(_) => None,
    };
    let named = |day: NaiveDate| day.format("%Y-%m").to_string();
    let shown = listed.as_ref().map_or(0, |listed| listed.items.len());
    let part = |from: usize| {
        let listed = listed.as_ref()?;
        let office = code.map(|code: OfficeCode| format!("&kantor={code}")).unwrap_or_default();
        Some(format!("{PATH}?bulan={}&daftar={}{office}&mulai={from}#daftar", named(first), listed.pattern))
    };
    staff.show(
        "patterns/patterns.html",
        &View {
            summary,
            days: (first, last),
            rows: (skip + 1, skip + shown),
            next: part(skip + shown).filter(|_| listed.as_ref().is_some_and(|listed| listed.more)),
            begin: part(0).filter(|_| skip > 0),
            office: code.filter(|_| listed.is_some()).map(String::from),
            listed,
            month: first.month(),
            year: first.year(),
            asked: named(first),
            before: named(first.checked_sub_months(Months::new(1)).unwrap_or(first)),
            after: (next <= today).then(|| named(next)),
        },
    )
}
