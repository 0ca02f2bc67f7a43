//! Offices: the public list, and the settings that operators keep.

use actix_web::{
    HttpResponse,
    http::{Method, header::ETAG},
    web::{self, Data, Query},
};
use serde::{Deserialize, Serialize};

use crate::{
    app::{
        Office,
        list_offices::list_offices,
        office_settings::{SettingsEntry, get_office_settings, put_office_settings},
    },
    domain::{
        names::{Delivery, PasswordDelivery},
        office::OfficeCode,
    },
    http::{
        Operation,
        extract::{IfMatch, PathId, StaffSession},
        json::Json,
        problem::ApiError,
    },
    store::offices::OfficeRow,
};

pub(super) fn operations() -> Vec<Operation> {
    const SETTINGS: &str = "/api/v1/office-settings/{office_code}";
    vec![
        Operation {
            id: "list_offices",
            method: Method::GET,
            path: "/api/v1/offices",
            register: || web::to(list),
        },
        Operation {
            id: "get_office_settings",
            method: Method::GET,
            path: SETTINGS,
            register: || web::to(get),
        },
        Operation {
            id: "put_office_settings",
            method: Method::PUT,
            path: SETTINGS,
            register: || web::to(put),
        },
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    q: Option<String>,
}

#[derive(Serialize)]
struct Listed {
    office_code: OfficeCode,
    name: String,
    kanwil: String,
    city: String,
    time_zone: &'static str,
    address: Option<String>,
    phone: Option<String>,
}

async fn list(office: Data<Office>, words: Query<Words>) -> Result<HttpResponse, ApiError> {
    let words = words.into_inner().q.unwrap_or_default();
    let items: Vec<Listed> = list_offices(&office, &words)
        .await?
        .into_iter()
        .map(|row| Listed {
            office_code: row.code,
            name: row.name,
            kanwil: row.kanwil,
            city: row.city,
            time_zone: row.zone.name(),
            address: row.address,
            phone: row.phone,
        })
        .collect();
    Ok(HttpResponse::Ok().json(serde_json::json!({ "items": items })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    address: Option<String>,
    phone: Option<String>,
    #[serde(default)]
    fax: Option<String>,
    password_delivery: PasswordDelivery,
    letter_delivery: Delivery,
    signatory_title: String,
    signs_on_behalf: bool,
    drafting_code: String,
}

#[derive(Serialize)]
struct Settings {
    office_code: OfficeCode,
    name: String,
    time_zone: &'static str,
    address: Option<String>,
    phone: Option<String>,
    fax: Option<String>,
    password_delivery: PasswordDelivery,
    letter_delivery: Delivery,
    signatory_title: String,
    signs_on_behalf: bool,
    drafting_code: String,
    version: i32,
}

fn settings(row: OfficeRow) -> HttpResponse {
    HttpResponse::Ok().insert_header((ETAG, format!("\"v{}\"", row.version))).json(Settings {
        office_code: row.code,
        name: row.name,
        time_zone: row.zone.name(),
        address: row.address,
        phone: row.phone,
        fax: row.fax,
        password_delivery: row.password_delivery,
        letter_delivery: row.letter_delivery,
        signatory_title: row.signatory_title,
        signs_on_behalf: row.signs_on_behalf,
        drafting_code: row.drafting_code,
        version: row.version,
    })
}

async fn get(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(code): PathId<OfficeCode>,
) -> Result<HttpResponse, ApiError> {
    Ok(settings(get_office_settings(&office, session, code).await?))
}

async fn put(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(code): PathId<OfficeCode>,
    if_match: IfMatch,
    Json(entry): Json<Entry>,
) -> Result<HttpResponse, ApiError> {
    let entry = SettingsEntry {
        address: entry.address,
        phone: entry.phone,
        fax: entry.fax,
        password_delivery: entry.password_delivery,
        letter_delivery: entry.letter_delivery,
        signatory_title: entry.signatory_title,
        signs_on_behalf: entry.signs_on_behalf,
        drafting_code: entry.drafting_code,
    };
    Ok(settings(put_office_settings(&office, session, code, if_match.version()?, entry).await?))
}
