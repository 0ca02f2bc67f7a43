//! Reports of months.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::{Method, header::ETAG},
    web::{self, Data, Query},
};
use chrono::NaiveDate;
use serde::Deserialize;

use super::{
    answers::{self, Nothing},
    text::{self, Page},
};
use crate::{
    app::{
        AppError, Office,
        monthly_reports::{ReportLine, list_reports, make_report, read_report, report_paper, sign_report},
    },
    domain::{figures::Month, ids::SessionId, office::OfficeCode},
    http::{
        Operation,
        extract::{IfMatch, PathId, StaffSession},
        problem::{self, ApiError},
    },
};

const ONE: &str = "/api/v1/offices/{office_code}/monthly-reports/{month}";

pub(super) fn operations() -> Vec<Operation> {
    let get = |id, path, register| Operation { id, method: Method::GET, path, register };
    vec![
        get("list_monthly_reports", "/api/v1/offices/{office_code}/monthly-reports", || web::to(list)),
        get("get_monthly_report", ONE, || web::to(see)),
        Operation { id: "make_monthly_report", method: Method::PUT, path: ONE, register: || web::to(make) },
        get("monthly_report_paper", "/api/v1/offices/{office_code}/monthly-reports/{month}/paper", || {
            web::to(paper)
        }),
        Operation {
            id: "sign_monthly_report",
            method: Method::POST,
            path: "/api/v1/offices/{office_code}/monthly-reports/{month}/signature",
            register: || web::to(sign),
        },
    ]
}

/// The month in a path. What is no month is no path.
struct PathMonth(Month);

impl FromRequest for PathMonth {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let given = request.match_info().get("month").and_then(|text| text.parse().ok());
        ready(given.map(Self).ok_or_else(|| problem::unknown_path().into()))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pages {
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn list(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(code): PathId<OfficeCode>,
    asked: Query<Pages>,
) -> Result<HttpResponse, ApiError> {
    let limit = text::limit(asked.limit)?;
    let before = match text::read_cursor(asked.cursor.as_deref())? {
        None => None,
        Some((month, _)) => Some(month.parse::<NaiveDate>().map_err(|_| text::bad_cursor())?),
    };
    let lines = list_reports(&office, session, Some(code), before, limit + 1).await?.lines;
    let cursor = |line: &ReportLine| text::cursor(&line.month.first().to_string(), line.id.0);
    let page = Page::new(lines, usize::try_from(limit).unwrap_or_default(), cursor, |line| line);
    Ok(HttpResponse::Ok().json(page))
}

async fn see(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(code): PathId<OfficeCode>,
    PathMonth(month): PathMonth,
) -> Result<HttpResponse, ApiError> {
    shown(&office, session, code, month).await
}

async fn make(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(code): PathId<OfficeCode>,
    PathMonth(month): PathMonth,
    _: Nothing,
) -> Result<HttpResponse, ApiError> {
    make_report(&office, session, code, month).await?;
    shown(&office, session, code, month).await
}

async fn paper(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(code): PathId<OfficeCode>,
    PathMonth(month): PathMonth,
) -> Result<HttpResponse, ApiError> {
    let pdf = report_paper(&office, session, code, month).await?;
    Ok(answers::pdf(&format!("laporan-bulanan-{code}-{month}.pdf"), pdf))
}

async fn sign(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(code): PathId<OfficeCode>,
    PathMonth(month): PathMonth,
    seen: IfMatch,
    _: Nothing,
) -> Result<HttpResponse, ApiError> {
    let IfMatch::Digest(digest) = seen else {
        // A version is never the digest of a report.
        return Err(AppError::DraftChanged.into());
    };
    sign_report(&office, session, code, month, &digest).await?;
    shown(&office, session, code, month).await
}

async fn shown(
    office: &Office,
    session: SessionId,
    code: OfficeCode,
    month: Month,
) -> Result<HttpResponse, ApiError> {
    let report = read_report(office, session, code, month).await?;
    Ok(HttpResponse::Ok().insert_header((ETAG, format!("\"{}\"", report.digest))).json(report))
}
