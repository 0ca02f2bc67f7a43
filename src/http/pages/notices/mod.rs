//! `/pemberitahuan`: what a person was told about limits, until they say that they read it or it is no longer so.

use actix_web::{HttpResponse, http::Method, web};

use super::frame::{Flash, Page, PageError, ProtectedForm, Staff, Typed, Visit, WORKS, page};
use crate::app::notices::{acknowledge, acknowledge_all, see_notices};

const PATH: &str = "/pemberitahuan";

pub const TEMPLATES: &[(&str, &str)] =
    &[("notices/notices.html", include_str!("../../templates/notices/notices.html"))];

pub fn pages() -> Vec<Page> {
    vec![
        page("notices_page", Method::GET, PATH, WORKS, || web::to(show)),
        page("acknowledge_on_page", Method::POST, PATH, WORKS, || web::to(read)),
    ]
}

async fn show(staff: Staff) -> Result<HttpResponse, PageError> {
    let notices = see_notices(staff.office(), staff.session()).await?;
    staff.show("notices/notices.html", &notices)
}

/// One notice, or all of them.
async fn read(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let named = sent.typed.get("notice");
    if named.is_empty() {
        let count = acknowledge_all(staff.office(), staff.session()).await?;
        return staff.go_saying(PATH, &Flash::done("notices.all_read").with("n", count.to_string()));
    }
    let id = named.parse().map_err(|_| PageError::WrongForm)?;
    acknowledge(staff.office(), staff.session(), id).await?;
    staff.go_saying(PATH, &Flash::done("notices.read"))
}
