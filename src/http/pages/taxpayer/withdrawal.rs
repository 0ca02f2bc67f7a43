//! `/lacak/tarik`: the filer withdraws, after they were asked whether they mean it.

use actix_web::{HttpResponse, http::Method, web};

use super::{tracked, tracking};
use crate::{
    app::{AppError, withdraw::withdraw},
    http::pages::frame::{Access, Flash, Page, PageError, ProtectedForm, Typed, Visit, page},
};

const PATH: &str = "/lacak/tarik";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("withdrawal_page", Method::GET, PATH, Access::Everyone, || web::to(ask)),
        page("withdraw_page", Method::POST, PATH, Access::Everyone, || web::to(end)),
    ]
}

async fn ask(visit: Visit) -> Result<HttpResponse, PageError> {
    match tracked::followed(&visit).await? {
        None => tracking::ask_again(&visit),
        Some(view) if view.withdrawable => visit.show("taxpayer/withdrawal.html", &view),
        Some(_) => visit.go_saying(tracked::PATH, &Flash::stopped("tracking.withdraw.late")),
    }
}

/// A second press, and one that comes after the signature, change nothing and are told so.
async fn end(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    form.from_anyone(&visit)?;
    let Some(id) = visit.tracked() else { return tracking::ask_again(&visit) };
    let said = match withdraw(visit.office(), id).await {
        Ok(()) => Flash::done("tracking.withdraw.done"),
        Err(AppError::NotPossible { .. }) => Flash::stopped("tracking.withdraw.late"),
        Err(error) => return Err(error.into()),
    };
    visit.go_saying(tracked::PATH, &said)
}
