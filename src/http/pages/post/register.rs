//! `/buku-agenda`: the register of a month: what it holds, whether its numbers have gaps, and the paper.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web::{self, Query},
};
use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use crate::{
    app::views::monthly_register::{RegisterSummary, monthly_register, register_summary},
    domain::office::OfficeCode,
    http::pages::frame::{FormFaults, Page, PageError, Staff, Typed, WATCHES, page, pdf},
};

/// The first year in which a register can be.
const FIRST: i32 = 2015;
const LAST: i32 = 2100;

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("register_page", Method::GET, "/buku-agenda", WATCHES, || web::to(show)),
        page("register_paper", Method::GET, "/buku-agenda/unduh.pdf", WATCHES, || web::to(paper)),
    ]
}

#[derive(Serialize)]
struct View<'a> {
    register: RegisterSummary,
    month: u32,
    year: i32,
    /// As it was typed.
    typed_year: &'a str,
    typed_office: &'a str,
    /// Who works for no single office chooses one.
    offices: bool,
    /// Where the paper is.
    paper: String,
    faults: FormFaults,
}

/// The office that the address asks for. One of the wrong shape is no page.
fn office_of(asked: &Typed) -> Result<Option<OfficeCode>, PageError> {
    match asked.get("kantor") {
        "" => Ok(None),
        code => code.parse().map(Some).map_err(|_| PageError::Unknown),
    }
}

/// The first day of the month that was asked for; of this month when none was. `None`: no such month.
fn month_of(staff: &Staff, asked: &Typed) -> Option<NaiveDate> {
    let zone = staff.who().zone.unwrap_or(chrono_tz::Tz::Asia__Jakarta);
    let today = staff.office().now().with_timezone(&zone).date_naive();
    let (month, year) = (asked.get("bulan"), asked.get("tahun"));
    if month.is_empty() && year.is_empty() {
        return today.with_day0(0);
    }
    let year = year.parse().ok().filter(|year| (FIRST..=LAST).contains(year))?;
    NaiveDate::from_ymd_opt(year, month.parse().ok()?, 1)
}

async fn show(staff: Staff, asked: Query<Typed>) -> Result<HttpResponse, PageError> {
    let mut faults = FormFaults::default();
    let asked_for = month_of(&staff, &asked);
    if asked_for.is_none() {
        faults.add("tahun", staff.say("agenda.e.year", &[]));
    }
    let month = asked_for.or_else(|| month_of(&staff, &Typed::default())).ok_or(PageError::Broken)?;
    let register = register_summary(staff.office(), staff.session(), office_of(&asked)?, month).await?;
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let view = View {
        month: month.month(),
        year: month.year(),
        typed_year: asked.get("tahun"),
        typed_office: asked.get("kantor"),
        offices: staff.who().colleague.office.is_none(),
        paper: format!(
            "/buku-agenda/unduh.pdf?bulan={}&tahun={}&kantor={}",
            month.month(),
            month.year(),
            register.office_code
        ),
        register,
        faults,
    };
    staff.show_as(status, "post/register.html", &view)
}

async fn paper(staff: Staff, asked: Query<Typed>) -> Result<HttpResponse, PageError> {
    let month = month_of(&staff, &asked).ok_or(PageError::Unknown)?;
    let code = office_of(&asked)?.or(staff.who().colleague.office).ok_or(PageError::Unknown)?;
    let bytes = monthly_register(staff.office(), staff.session(), code, month).await?;
    Ok(pdf(&format!("buku-agenda-{code}-{}.pdf", month.format("%Y-%m")), bytes))
}
