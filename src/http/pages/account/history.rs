//! `/akun/riwayat`: everything that happened to the pair, page by page.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Query},
};
use serde::{Deserialize, Serialize};

use super::{at_home, session};
use crate::{
    app::account::history::{Happening, history},
    http::pages::frame::{Access, Page, PageError, Visit, page},
};

const ROWS: usize = 50;

pub(super) fn pages() -> Vec<Page> {
    vec![page("account_history_page", Method::GET, "/akun/riwayat", Access::Everyone, || web::to(show))]
}

#[derive(Deserialize)]
struct Asked {
    sebelum: Option<i64>,
}

#[derive(Serialize)]
struct View {
    events: Vec<Happening>,
    /// Whether there are later ones than these.
    later: bool,
    /// What the next page begins after.
    next: Option<i64>,
}

async fn show(visit: Visit, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let session = session(&visit)?;
    // One more than is shown says that there is a next page.
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let mut events = at_home(history(visit.office(), session, asked.sebelum, limit).await)?;
    let more = events.len() > ROWS;
    events.truncate(ROWS);
    let next = events.last().filter(|_| more).map(|last| last.id);
    visit.show("account/history.html", &View { events, later: asked.sebelum.is_some(), next })
}
