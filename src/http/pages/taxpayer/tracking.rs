//! `/lacak`: opens a request with receipt number and tracking code, and closes it again.
//!
//! Both are sent in a body. The token of the open request is in a cookie that no script reads: no address holds it.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use serde::{Deserialize, Serialize};

use super::tracked;
use crate::{
    app::{AppError, open_tracking::open_tracking},
    http::{
        extract::From,
        pages::frame::{
            Access, Flash, FormFaults, Page, PageError, ProtectedForm, Remembered, Typed, Visit, page,
            seconds,
        },
    },
};

pub(super) const PATH: &str = "/lacak";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("tracking_page", Method::GET, PATH, Access::Everyone, || web::to(ask)),
        page("open_tracking_page", Method::POST, PATH, Access::Everyone, || web::to(open)),
        page("close_tracking_page", Method::POST, "/lacak/tutup", Access::Everyone, || web::to(close)),
    ]
}

#[derive(Serialize)]
struct View<'a> {
    receipt_number: &'a str,
    faults: FormFaults,
    /// A request is open in this browser.
    open: bool,
}

async fn ask(visit: Visit) -> Result<HttpResponse, PageError> {
    let view = View { receipt_number: "", faults: FormFaults::default(), open: visit.tracked().is_some() };
    visit.show("taxpayer/tracking.html", &view)
}

#[derive(Deserialize)]
struct Key {
    receipt_number: String,
    tracking_code: String,
}

async fn open(
    visit: Visit,
    From(address): From,
    form: ProtectedForm<Key>,
) -> Result<HttpResponse, PageError> {
    let key = form.from_anyone(&visit)?.typed;
    let again = |status, faults| {
        let receipt_number = key.receipt_number.trim();
        visit.show_as(status, "taxpayer/tracking.html", &View { receipt_number, faults, open: false })
    };
    let mut faults = FormFaults::default();
    if key.receipt_number.trim().is_empty() {
        faults.add("receipt_number", visit.say("tracking.no_receipt", &[]));
    }
    if key.tracking_code.trim().is_empty() {
        faults.add("tracking_code", visit.say("tracking.no_code", &[]));
    }
    if !faults.is_empty() {
        return again(StatusCode::UNPROCESSABLE_ENTITY, faults);
    }
    match open_tracking(visit.office(), &key.receipt_number, key.tracking_code.trim(), address).await {
        Ok(opened) => {
            let mut response = visit.go(tracked::PATH);
            visit.remember(&mut response, &Remembered::Tracking(opened.token));
            Ok(response)
        }
        Err(AppError::NotFound(_)) => {
            faults.add("receipt_number", visit.say("e.lookup", &[]));
            again(StatusCode::UNPROCESSABLE_ENTITY, faults)
        }
        Err(AppError::TooManyAttempts { retry_after }) => {
            faults.add("receipt_number", visit.say("sign_in.wait", &[("n", &seconds(retry_after))]));
            again(StatusCode::TOO_MANY_REQUESTS, faults)
        }
        Err(error) => Err(error.into()),
    }
}

/// For whoever shares the computer with others.
async fn close(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    form.from_anyone(&visit)?;
    let mut response = visit.go_saying(PATH, &Flash::done("tracking.closed"))?;
    visit.remember(&mut response, &Remembered::NoTracking);
    Ok(response)
}

/// Nothing is followed in this browser.
pub(super) fn none_open() -> PageError {
    PageError::elsewhere(PATH, Flash::note("tracking.ended"))
}

/// The way back of whoever has no open request, or none any more.
pub(super) fn ask_again(visit: &Visit) -> Result<HttpResponse, PageError> {
    visit.go_saying(PATH, &Flash::note("tracking.ended"))
}
