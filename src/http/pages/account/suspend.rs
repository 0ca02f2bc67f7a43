//! `/akun/tangguhkan`: a PKP suspends its own pair, after it was said what that does.

use actix_web::{HttpResponse, http::Method, web};
use serde::Serialize;

use super::{SIGN_IN, at_home, session};
use crate::{
    app::account::{
        overview::{Overview, overview},
        suspend::suspend,
    },
    http::pages::frame::{Access, Flash, Page, PageError, ProtectedForm, Remembered, Typed, Visit, page},
};

pub(super) fn pages() -> Vec<Page> {
    const PATH: &str = "/akun/tangguhkan";
    vec![
        page("suspend_own_pair_page", Method::GET, PATH, Access::Everyone, || web::to(ask)),
        page("suspend_own_pair_here", Method::POST, PATH, Access::Everyone, || web::to(act)),
    ]
}

#[derive(Serialize)]
struct View {
    account: Overview,
}

async fn ask(visit: Visit) -> Result<HttpResponse, PageError> {
    let account = at_home(overview(visit.office(), session(&visit)?).await)?;
    visit.show("account/suspend.html", &View { account })
}

async fn act(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    form.from_anyone(&visit)?;
    at_home(suspend(visit.office(), session(&visit)?).await)?;
    let mut response = visit.go_saying(SIGN_IN, &Flash::done("account.suspend.done"))?;
    visit.remember(&mut response, &Remembered::NoAccount);
    Ok(response)
}
