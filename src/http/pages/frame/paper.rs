//! Papers of ours as files.

use actix_web::{
    HttpResponse,
    http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS},
};
use minijinja::Value;
use serde::Serialize;

use crate::letters::DrawnPage;

/// A page of a letter as templates draw it.
#[derive(Serialize)]
pub struct Leaf {
    view_box: String,
    drawing: Value,
}

impl Leaf {
    #[must_use]
    pub fn of(page: &DrawnPage) -> Self {
        Self {
            view_box: format!("0 0 {:.2} {:.2}", page.width, page.height),
            // Values are escaped where it is drawn.
            drawing: Value::from_safe_string(page.drawing.clone()),
        }
    }
}

/// A paper that is opened in the browser; only our own pages may frame it.
pub fn pdf(name: &str, bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header((CONTENT_DISPOSITION, format!("inline; filename=\"{name}\"")))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'self'"))
        .insert_header((X_FRAME_OPTIONS, "SAMEORIGIN"))
        .body(bytes)
}
