//! `/akun`: the account as its PKP sees it.

use actix_web::{HttpResponse, http::Method, web};
use serde::Serialize;

use super::{PATH, SIGN_IN, at_home};
use crate::{
    app::account::{
        overview::{Overview, overview},
        show_code::WhichCode,
    },
    domain::{credential::DOTS, ids::AccountSessionId},
    http::pages::frame::{Access, Page, PageError, Visit, page},
};

pub(super) fn pages() -> Vec<Page> {
    vec![page("account_page", Method::GET, PATH, Access::Everyone, || web::to(show))]
}

#[derive(Serialize)]
struct View<'a> {
    account: Overview,
    dots: &'static str,
    /// The code that was asked for, and its text.
    shown: Option<(WhichCode, &'a str)>,
}

async fn show(visit: Visit) -> Result<HttpResponse, PageError> {
    // Who was never here is not told that anything ended.
    match visit.account() {
        None => Ok(visit.go(SIGN_IN)),
        Some(session) => draw(&visit, session, None).await,
    }
}

/// The account, with one code open or none.
pub(super) async fn draw(
    visit: &Visit,
    session: AccountSessionId,
    shown: Option<(WhichCode, &str)>,
) -> Result<HttpResponse, PageError> {
    let account = at_home(overview(visit.office(), session).await)?;
    let visit = if shown.is_some() { visit.uncompressed() } else { visit.clone() };
    visit.show("account/home.html", &View { account, dots: DOTS, shown })
}
