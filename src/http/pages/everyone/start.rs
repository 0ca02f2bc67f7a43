//! `/`: where everybody begins.

use actix_web::{HttpResponse, http::Method, web};
use serde_json::json;

use crate::http::pages::frame::{Access, Page, PageError, Visit, home, page};

pub(super) fn pages() -> Vec<Page> {
    vec![page("start", Method::GET, "/", Access::Everyone, || web::to(start))]
}

/// Staff are led to their work.
async fn start(visit: Visit) -> Result<HttpResponse, PageError> {
    match visit.at_work().map(home) {
        Some(path) if path != "/" => Ok(visit.go(path)),
        Some(_) | None => visit.show("everyone/start.html", &json!({})),
    }
}
