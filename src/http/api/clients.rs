//! Other systems, for operators.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Data, Query},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answers::Reason,
    text::{self, Page},
};
use crate::{
    app::{
        Office,
        clients::{
            ClientView, NewClient, NewKey, add_key, disable, get_client, list_clients, register, retire_key,
        },
        desk::Desk,
    },
    domain::{clients::ClientScope, ids::ClientId, office::OfficeCode},
    http::{
        Operation,
        extract::{PathId, StaffSession},
        json::Json,
        problem::ApiError,
    },
    store::clients::ClientKeyRow,
};

pub(super) fn operations() -> Vec<Operation> {
    const ALL: &str = "/api/v1/clients";
    let post = |id, path, register| Operation { id, method: Method::POST, path, register };
    let get = |id, path, register| Operation { id, method: Method::GET, path, register };
    vec![
        post("register_client", ALL, || web::to(begin)),
        get("list_clients", ALL, || web::to(list)),
        get("get_client", "/api/v1/clients/{client_id}", || web::to(one)),
        post("add_client_key", "/api/v1/clients/{client_id}/keys", || web::to(add)),
        post("disable_client", "/api/v1/clients/{client_id}/disablement", || web::to(end)),
        post("retire_client_key", "/api/v1/client-keys/{thumbprint}/retirement", || web::to(retire)),
    ]
}

/// Instants of what may belong to no office, on the clock of the head office.
fn at(instant: DateTime<Utc>) -> String {
    text::at_office(instant, chrono_tz::Asia::Jakarta)
}

fn show(view: &ClientView) -> Value {
    let client = &view.client;
    json!({
        "client_id": client.id,
        "name": client.name,
        "office_code": client.office,
        "scopes": client.scopes,
        "created_at": at(client.created_at),
        "disabled_at": client.disabled_at.map(at),
        "disabled_reason": client.disabled_reason,
        "keys": view.keys.iter().map(show_key).collect::<Vec<_>>(),
    })
}

fn show_key(key: &ClientKeyRow) -> Value {
    json!({
        "thumbprint": key.thumbprint,
        "curve": key.curve,
        "added_at": at(key.added_at),
        "not_after": key.not_after.map(at),
        "retired_at": key.retired_at.map(at),
        "last_used_at": key.last_used_at.map(at),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    office_code: Option<OfficeCode>,
    scopes: Vec<ClientScope>,
}

async fn begin(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    Json(entry): Json<Entry>,
) -> Result<HttpResponse, ApiError> {
    let new = NewClient { name: entry.name, office: entry.office_code, scopes: entry.scopes, key: None };
    let view = register(&office, Desk::Operator(session), &new).await?;
    Ok(HttpResponse::Created().json(show(&view)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn list(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    asked: Query<Asked>,
) -> Result<HttpResponse, ApiError> {
    let limit = text::limit(asked.limit)?;
    let after = text::read_cursor(asked.cursor.as_deref())?.map(|(name, id)| (name, ClientId(id)));
    let views = list_clients(&office, Desk::Operator(session), after, limit + 1).await?;
    let cursor = |view: &ClientView| text::cursor(&view.client.name, view.client.id.0);
    let page = Page::new(views, usize::try_from(limit).unwrap_or_default(), cursor, |view| show(&view));
    Ok(HttpResponse::Ok().json(page))
}

async fn one(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<ClientId>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(show(&get_client(&office, Desk::Operator(session), id).await?)))
}

/// The public members of a JWK. A private one is refused as an unknown field and kept nowhere.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Jwk {
    kty: KeyType,
    crv: String,
    x: String,
    y: Option<String>,
}

#[derive(Deserialize, PartialEq, Eq)]
enum KeyType {
    #[serde(rename = "OKP")]
    Okp,
    #[serde(rename = "EC")]
    Ec,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyEntry {
    jwk: Jwk,
    not_after: Option<DateTime<Utc>>,
}

impl KeyEntry {
    fn read(self) -> NewKey {
        let Jwk { kty, crv, x, y } = self.jwk;
        // A curve of the other type is no curve that we take.
        let fits = (kty == KeyType::Ec) == (crv == "P-256");
        NewKey { curve: if fits { crv } else { String::new() }, x, y, not_after: self.not_after }
    }
}

async fn add(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<ClientId>,
    Json(entry): Json<KeyEntry>,
) -> Result<HttpResponse, ApiError> {
    let view = add_key(&office, Desk::Operator(session), id, &entry.read()).await?;
    Ok(HttpResponse::Created().json(show(&view)))
}

async fn end(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<ClientId>,
    Json(body): Json<Reason>,
) -> Result<HttpResponse, ApiError> {
    let view = disable(&office, Desk::Operator(session), id, &body.line()?).await?;
    Ok(HttpResponse::Ok().json(show(&view)))
}

async fn retire(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(thumbprint): PathId<String>,
    _: super::answers::Nothing,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(show(&retire_key(&office, Desk::Operator(session), &thumbprint).await?)))
}
