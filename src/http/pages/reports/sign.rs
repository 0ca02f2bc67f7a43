//! The signature under a report: looked over once more, and then for good.

use actix_web::{HttpRequest, HttpResponse, http::Method, web};
use serde::Serialize;

use super::{address, named};
use crate::{
    app::{
        AppError,
        monthly_reports::{ReportView, read_report, sign_report},
    },
    domain::indonesian,
    http::{
        extract::IfMatch,
        pages::frame::{Flash, Page, PageError, ProtectedForm, Sent, Staff, Typed, Visit, WATCHES, page},
    },
};

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("confirm_report", Method::GET, "/laporan/{office}/{month}/periksa", WATCHES, || {
            web::to(look_over)
        }),
        page("sign_report_on_page", Method::POST, "/laporan/{office}/{month}/tanda-tangan", WATCHES, || {
            web::to(sign)
        }),
    ]
}

#[derive(Serialize)]
struct View {
    #[serde(flatten)]
    report: ReportView,
    office_name: String,
    month_name: String,
    back: String,
    /// `95`; none when nothing ended that had a due date.
    on_time: Option<i64>,
    arrived: i64,
    ended: i64,
    late: i64,
}

async fn look_over(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let (code, month) = named(&request)?;
    let report = read_report(staff.office(), staff.session(), code, month).await?;
    let back = address(code, month);
    if !report.may_sign {
        return Ok(staff.go(&back));
    }
    let count = |name: &str| report.figures["this"][name].as_i64().unwrap_or_default();
    let late = count("issued_late") + count("returned_late");
    let dated = count("issued_on_time") + count("returned_on_time") + late;
    let ended = dated + count("issued_undated") + count("returned_undated");
    let view = View {
        office_name: report.office_name.clone(),
        month_name: staff.write_month(month.first()),
        back,
        on_time: (dated > 0).then(|| (dated - late) * 100 / dated),
        arrived: count("received") + count("resupplied"),
        ended,
        late,
        report,
    };
    staff.show("reports/confirm.html", &view)
}

async fn sign(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, Sent { typed, .. }) = form.from_staff(&visit)?;
    let (code, month) = named(&request)?;
    let Ok(IfMatch::Digest(digest)) = format!("\"{}\"", typed.get("digest")).parse() else {
        return Err(PageError::WrongForm);
    };
    let back = address(code, month);
    match sign_report(staff.office(), staff.session(), code, month, &digest).await {
        Ok(()) => staff
            .go_saying(&back, &Flash::done("report.signed").with("bulan", staff.write_month(month.first()))),
        Err(AppError::DraftChanged) => staff.go_saying(&back, &Flash::stopped("report.changed")),
        Err(AppError::ReportSigned { signatory, signed_at, zone }) => staff.go_saying(
            &back,
            &Flash::note("report.signed_before")
                .with("siapa", signatory)
                .with("waktu", indonesian::day_date_and_time(signed_at, zone)),
        ),
        Err(AppError::OfficeWithoutAddress) => staff.go_saying(&back, &Flash::stopped("report.no_address")),
        Err(AppError::SignerAway(_)) => staff.go_saying(&back, &Flash::stopped("report.no_seal")),
        Err(error) => Err(error.into()),
    }
}
