//! An office at a past moment, and what would have been due when with another calendar.

use std::collections::BTreeSet;

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Data, Query},
};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::Deserialize;

use super::text;
use crate::{
    app::{
        AppError, Office,
        views::{
            list_requests::{Page, read_cursor},
            past::{Narrowed, past},
            what_if::{Question, what_if},
        },
    },
    domain::{figures::Days, office::OfficeCode},
    http::{
        Operation,
        extract::{PathId, StaffSession},
        json::Json,
        problem::ApiError,
    },
};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "past_of_office",
            method: Method::GET,
            path: "/api/v1/offices/{office_code}/past",
            register: || web::to(then),
        },
        Operation {
            id: "what_if",
            method: Method::POST,
            path: "/api/v1/offices/{office_code}/what-if",
            register: || web::to(instead),
        },
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    at: DateTime<Utc>,
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn then(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(code): PathId<OfficeCode>,
    asked: Query<Asked>,
) -> Result<HttpResponse, ApiError> {
    let limit = text::limit(asked.limit)?;
    let after = match asked.cursor.as_deref() {
        None => None,
        Some(cursor) => Some(read_cursor(cursor).ok_or_else(text::bad_cursor)?),
    };
    Ok(HttpResponse::Ok()
        .json(past(&office, session, code, asked.at, Narrowed::default(), Page { limit, after }).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Instead {
    received_from: NaiveDate,
    received_until: NaiveDate,
    #[serde(default)]
    days_off_added: BTreeSet<NaiveDate>,
    #[serde(default)]
    days_off_removed: BTreeSet<NaiveDate>,
    closes_at: Option<NaiveTime>,
}

async fn instead(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(code): PathId<OfficeCode>,
    Json(asked): Json<Instead>,
) -> Result<HttpResponse, ApiError> {
    let received = Days::between(asked.received_from, asked.received_until).ok_or_else(|| {
        AppError::fault(
            "/received_from",
            "order",
            "Isi hari pertama dan hari terakhir, berurutan, dari tahun 2000 sampai 2200.",
        )
    })?;
    let Instead { days_off_added: added, days_off_removed: removed, closes_at, .. } = asked;
    let question = Question { received, added, removed, closes_at };
    Ok(HttpResponse::Ok().json(what_if(&office, session, code, &question).await?))
}
