//! `/keluar`: ends the session, on every replica at once.

use actix_web::{HttpResponse, http::Method, web};

use crate::{
    app::sign_in::sign_out,
    http::pages::frame::{Access, Flash, Page, PageError, ProtectedForm, Remembered, Typed, Visit, page},
};

pub(super) fn pages() -> Vec<Page> {
    vec![page("sign_out_of_pages", Method::POST, "/keluar", Access::Staff, || web::to(end))]
}

async fn end(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, _) = form.from_staff(&visit)?;
    sign_out(visit.office(), staff.session()).await?;
    let mut response = visit.go_saying("/masuk", &Flash::done("sign_out.done"))?;
    visit.remember(&mut response, &Remembered::NoSession);
    Ok(response)
}
