//! `/akun/kode`: one code, shown on purpose. The answer of the press shows it; no address does.

use actix_web::{HttpResponse, http::Method, web};

use super::{at_home, home, session};
use crate::{
    app::account::show_code::{WhichCode, show_code},
    http::pages::frame::{Access, Page, PageError, ProtectedForm, Typed, Visit, page},
};

pub(super) fn pages() -> Vec<Page> {
    vec![page("show_own_code", Method::POST, "/akun/kode", Access::Everyone, || web::to(show))]
}

async fn show(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let typed = form.from_anyone(&visit)?.typed;
    let session = session(&visit)?;
    let which: WhichCode = typed.get("kode").parse().map_err(|_| PageError::WrongForm)?;
    let code = at_home(show_code(visit.office(), session, which).await)?;
    home::draw(&visit, session, Some((which, &code.grouped()))).await
}
