//! The months of an office, with a report or without.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Query},
};
use serde::Serialize;

use super::{PATH, address};
use crate::{
    app::monthly_reports::{ReportLine, list_reports, make_report},
    domain::{figures::Month, office::OfficeCode},
    http::pages::frame::{Flash, Page, PageError, ProtectedForm, Sent, Staff, Typed, Visit, WATCHES, page},
};

/// Months that are shown also without a report.
const SHOWN: usize = 12;
/// Reports that are listed.
const MOST: i64 = 120;

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("reports_page", Method::GET, PATH, WATCHES, || web::to(show)),
        page("make_report_on_page", Method::POST, "/laporan/buat", WATCHES, || web::to(make)),
    ]
}

#[derive(Serialize)]
struct View {
    office: OfficeCode,
    office_name: String,
    /// Who works for no single office chooses one.
    offices: bool,
    rows: Vec<Row>,
    /// There is a report at all.
    any: bool,
}

#[derive(Serialize)]
struct Row {
    month: Month,
    name: String,
    report: Option<ReportLine>,
}

async fn show(staff: Staff, asked: Query<Typed>) -> Result<HttpResponse, PageError> {
    let asked = match asked.get("kantor") {
        "" => None,
        code => Some(code.parse().map_err(|_| PageError::Unknown)?),
    };
    let list = list_reports(staff.office(), staff.session(), asked, None, MOST).await?;
    let today = staff.office().now().with_timezone(&list.zone).date_naive();
    let any = !list.lines.is_empty();
    let rows = rows(&staff, Month::of(today), &list.lines);
    let offices = staff.who().colleague.office.is_none();
    staff.show(
        "reports/list.html",
        &View { office: list.office, office_name: list.office_name, offices, rows, any },
    )
}

/// The last months, and every older one that has a report.
fn rows(staff: &Staff, this: Month, reports: &[ReportLine]) -> Vec<Row> {
    let mut months: Vec<Month> =
        std::iter::successors(Some(this.before()), |month| Some(month.before())).take(SHOWN).collect();
    months.extend(reports.iter().map(|report| report.month));
    months.sort_unstable();
    months.dedup();
    months.reverse();
    months
        .into_iter()
        .map(|month| Row {
            month,
            name: staff.write_month(month.first()),
            report: reports.iter().find(|report| report.month == month).cloned(),
        })
        .collect()
}

async fn make(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, Sent { typed, .. }) = form.from_staff(&visit)?;
    let code: OfficeCode = typed.get("kantor").parse().map_err(|_| PageError::WrongForm)?;
    let month: Month = typed.get("bulan").parse().map_err(|_| PageError::WrongForm)?;
    make_report(staff.office(), staff.session(), code, month).await?;
    staff.go_saying(
        &address(code, month),
        &Flash::done("report.made").with("bulan", staff.write_month(month.first())),
    )
}
