//! `/tanda-tangan/pejabat`: who signs today, and who acts for the section head from when to when.

use actix_web::{HttpResponse, http::Method, web};

use crate::{
    app::signing::acting_officials::acting_officials,
    http::pages::frame::{Page, PageError, SECTION_HEAD, Staff, page},
};

pub(super) fn pages() -> Vec<Page> {
    vec![page("acting_officials", Method::GET, "/tanda-tangan/pejabat", SECTION_HEAD, || web::to(show))]
}

async fn show(staff: Staff) -> Result<HttpResponse, PageError> {
    let officials = acting_officials(staff.office(), staff.session()).await?;
    staff.show("head/acting.html", &officials)
}
