//! Who else has the request open, for the script that asks from time to time.

use actix_web::{HttpResponse, http::Method, web};
use serde_json::json;

use super::super::InPath;
use crate::{
    app::officer_desk::view::present,
    domain::ids::RequestId,
    http::pages::frame::{Page, PageError, Staff, WORKS, page},
};

pub(super) fn pages() -> Vec<Page> {
    let path = "/permohonan/{request_id}/hadir";
    vec![page("request_presence", Method::GET, path, WORKS, || web::to(show))]
}

async fn show(staff: Staff, InPath(id): InPath<RequestId>) -> Result<HttpResponse, PageError> {
    let presence = present(staff.office(), staff.session(), id).await?;
    let others = presence.others.join(", ");
    let text =
        if others.is_empty() { String::new() } else { staff.say("presence.others", &[("nama", &others)]) };
    Ok(HttpResponse::Ok().json(json!({ "text": text, "version": presence.version })))
}
