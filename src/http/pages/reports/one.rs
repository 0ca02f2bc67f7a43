//! One report: its paper as it would be signed, or as it was.

use actix_web::{HttpRequest, HttpResponse, http::Method, web};
use serde::Serialize;

use super::{PATH, named};
use crate::{
    app::monthly_reports::{ReportView, open_report, report_paper},
    http::pages::frame::{Leaf, Page, PageError, Staff, WATCHES, page, pdf},
};

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("report_page", Method::GET, "/laporan/{office}/{month}", WATCHES, || web::to(show)),
        page("report_page_paper", Method::GET, "/laporan/{office}/{month}/laporan.pdf", WATCHES, || {
            web::to(paper)
        }),
    ]
}

#[derive(Serialize)]
struct View {
    #[serde(flatten)]
    report: ReportView,
    office_name: String,
    may_sign: bool,
    month_name: String,
    back: String,
    leaves: Vec<Leaf>,
}

async fn show(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let (code, month) = named(&request)?;
    let (report, pages) = open_report(staff.office(), staff.session(), code, month).await?;
    let view = View {
        office_name: report.office_name.clone(),
        may_sign: report.may_sign,
        month_name: staff.write_month(month.first()),
        back: format!("{PATH}?kantor={code}"),
        leaves: pages.iter().map(Leaf::of).collect(),
        report,
    };
    staff.show("reports/one.html", &view)
}

async fn paper(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let (code, month) = named(&request)?;
    let bytes = report_paper(staff.office(), staff.session(), code, month).await?;
    Ok(pdf(&format!("laporan-bulanan-{code}-{month}.pdf"), bytes))
}
