//! `/akun/desktop`: another Kode Aktivasi Desktop, after it was said what that does to the e-Faktur application.

use actix_web::{HttpResponse, http::Method, web};
use serde::Serialize;

use super::{PATH, at_home, session};
use crate::{
    app::account::{
        overview::{Overview, overview},
        reset_desktop::reset_desktop,
    },
    http::pages::frame::{Access, Flash, Page, PageError, ProtectedForm, Typed, Visit, page},
};

pub(super) fn pages() -> Vec<Page> {
    const PATH: &str = "/akun/desktop";
    vec![
        page("reset_desktop_page", Method::GET, PATH, Access::Everyone, || web::to(ask)),
        page("reset_desktop_code", Method::POST, PATH, Access::Everyone, || web::to(reset)),
    ]
}

#[derive(Serialize)]
struct View {
    account: Overview,
}

async fn ask(visit: Visit) -> Result<HttpResponse, PageError> {
    let account = at_home(overview(visit.office(), session(&visit)?).await)?;
    visit.show("account/desktop.html", &View { account })
}

async fn reset(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    form.from_anyone(&visit)?;
    at_home(reset_desktop(visit.office(), session(&visit)?).await)?;
    visit.go_saying(PATH, &Flash::done("account.reset.done"))
}
