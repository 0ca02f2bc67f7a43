//! Opening a request with its tracking code.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Data},
};
use serde::Deserialize;
use serde_json::json;

use super::text;
use crate::{
    app::{Office, open_tracking::open_tracking},
    http::{Operation, extract::From, json::Json, problem::ApiError},
};

pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        id: "open_tracking",
        method: Method::POST,
        path: "/api/v1/tracking",
        register: || web::to(open),
    }]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    receipt_number: String,
    tracking_code: String,
}

async fn open(
    office: Data<Office>,
    From(address): From,
    Json(key): Json<Key>,
) -> Result<HttpResponse, ApiError> {
    let opened = open_tracking(&office, &key.receipt_number, &key.tracking_code, address).await?;
    Ok(HttpResponse::Ok()
        .json(json!({ "token": opened.token, "expires_at": text::instant(opened.expires_at) })))
}
