//! Papers of ours as files.

use actix_web::{
    HttpResponse,
    http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS},
};

/// A paper that is opened in the browser; only our own pages may frame it.
pub fn pdf(name: &str, bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header((CONTENT_DISPOSITION, format!("inline; filename=\"{name}\"")))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'self'"))
        .insert_header((X_FRAME_OPTIONS, "SAMEORIGIN"))
        .body(bytes)
}
