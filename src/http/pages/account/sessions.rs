//! `/akun/keluar` and `/akun/sesi`: ends sessions, the own one or others.

use actix_web::{HttpResponse, http::Method, web};

use super::{PATH, SIGN_IN, at_home, session};
use crate::{
    app::account::sessions,
    http::pages::frame::{Access, Flash, Page, PageError, ProtectedForm, Remembered, Typed, Visit, page},
};

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("leave_account", Method::POST, "/akun/keluar", Access::Everyone, || web::to(leave)),
        page("end_account_session", Method::POST, "/akun/sesi", Access::Everyone, || web::to(end)),
    ]
}

async fn leave(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    form.from_anyone(&visit)?;
    if let Some(session) = visit.account() {
        sessions::sign_out(visit.office(), session).await?;
    }
    let mut response = visit.go_saying(SIGN_IN, &Flash::done("account.left"))?;
    visit.remember(&mut response, &Remembered::NoAccount);
    Ok(response)
}

/// One session, or with an empty field all but the own.
async fn end(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let typed = form.from_anyone(&visit)?.typed;
    let session = session(&visit)?;
    let other = typed.get("sesi");
    if other.is_empty() {
        at_home(sessions::end_others(visit.office(), session).await)?;
    } else {
        let other = other.parse().map_err(|_| PageError::WrongForm)?;
        at_home(sessions::end(visit.office(), session, other).await)?;
    }
    visit.go_saying(PATH, &Flash::done("account.session.ended"))
}
