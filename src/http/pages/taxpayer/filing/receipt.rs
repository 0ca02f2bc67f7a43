//! `/ajukan/tanda-terima`: what came back. For half an hour; afterwards the mail and the tracking page have it.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Path},
};
use serde::Serialize;

use super::{super::tracked, file, none_here, token};
use crate::{
    app::{
        AppError,
        filings::{sent_filing, sent_receipt},
        views::tracked_request::tracked_request,
    },
    domain::tax_id::TaxId,
    http::pages::frame::{Access, Flash, Page, PageError, Visit, page},
    letters::{DarkBox, QrCode},
};

pub(super) const PATH: &str = "/ajukan/tanda-terima";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("filing_receipt_page", Method::GET, PATH, Access::Everyone, || web::to(show)),
        page("filing_receipt_pdf", Method::GET, "/ajukan/tanda-terima/{number}", Access::Everyone, || {
            web::to(download)
        }),
    ]
}

#[derive(Serialize)]
struct View {
    receipts: Vec<Received>,
    pkp_name: String,
    tax_id: String,
    office: String,
    email: String,
    qr: Option<Qr>,
}

#[derive(Serialize)]
struct Received {
    n: usize,
    tracking_code: String,
    view: tracked::View,
}

/// The address of the tracking page, to scan: a path of squares, and how many of them make a side.
#[derive(Serialize)]
struct Qr {
    path: String,
    side: usize,
}

fn qr(link: &str) -> Option<Qr> {
    let code = QrCode::of(link)?;
    let square =
        |dark: &DarkBox| format!("M{} {}h{w}v{}h-{w}z", dark.column, dark.row, dark.height, w = dark.width);
    Some(Qr { path: code.dark.iter().map(square).collect(), side: code.side })
}

async fn show(visit: Visit) -> Result<HttpResponse, PageError> {
    let token = token(&visit)?;
    let sent = match sent_filing(visit.office(), &token).await {
        Err(AppError::NotFound(_)) => return visit.go_saying("/lacak", &Flash::note("filing.receipt.later")),
        sent => sent?,
    };
    let mut receipts = Vec::new();
    for (index, receipt) in sent.receipts.into_iter().enumerate() {
        let request = tracked_request(visit.office(), receipt.request).await?;
        let view = tracked::View::new(request, visit.office().now());
        receipts.push(Received { n: index + 1, tracking_code: receipt.tracking_code, view });
    }
    let typed = sent.form.tax_id;
    let view = View {
        receipts,
        pkp_name: sent.form.pkp_name,
        tax_id: TaxId::parse(&typed).map_or(typed, |tax_id| tax_id.formatted()),
        office: sent.office_name,
        email: sent.email,
        qr: qr(&visit.office().page_link("/lacak")),
    };
    visit.show("taxpayer/filing/receipt.html", &view)
}

async fn download(visit: Visit, number: Path<String>) -> Result<HttpResponse, PageError> {
    let token = token(&visit)?;
    let number = number.parse().map_err(|_| PageError::Unknown)?;
    match sent_receipt(visit.office(), &token, number).await {
        Ok(pdf) => Ok(file(
            "application/pdf",
            format!("attachment; filename=\"bukti-penerimaan-{number}.pdf\""),
            pdf,
        )),
        Err(AppError::NotFound(_)) => Err(none_here()),
        Err(error) => Err(error.into()),
    }
}
