//! `/tanda-tangan`: the drafts that wait, the most urgent first, and what came of the last signatures.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Query},
};
use serde::{Deserialize, Serialize};

use super::{
    PATH,
    outcome::{Outcomes, outcomes},
};
use crate::{
    app::{
        signing::waiting::{Desk, desk},
        views::list_requests::read_cursor,
    },
    http::pages::frame::{Page, PageError, SECTION_HEAD, Staff, page},
};

pub(super) fn pages() -> Vec<Page> {
    vec![page("signing_desk", Method::GET, PATH, SECTION_HEAD, || web::to(show))]
}

#[derive(Deserialize)]
struct Asked {
    /// Where the part of the list begins.
    sesudah: Option<String>,
    /// What was signed or not, sealed.
    hasil: Option<String>,
}

#[derive(Serialize)]
struct View {
    #[serde(flatten)]
    desk: Desk,
    outcomes: Option<Outcomes>,
    /// Not the first part of the list.
    later: bool,
}

async fn show(staff: Staff, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let after = asked.sesudah.as_deref().and_then(read_cursor);
    let desk = desk(staff.office(), staff.session(), after).await?;
    let outcomes = match &asked.hasil {
        Some(note) => outcomes(&staff, note).await?,
        None => None,
    };
    staff.show("head/desk.html", &View { desk, outcomes, later: after.is_some() })
}
