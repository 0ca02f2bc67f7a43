//! Where the limit stands.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Data, Query},
};
use chrono::NaiveDate;
use serde::Deserialize;

use super::answers;
use crate::{
    app::{
        Office,
        views::{
            monthly_register::monthly_register,
            patterns::{Pattern, pattern_summary, requests_of_pattern},
            sla_summary::{Wanted, sla_summary},
        },
    },
    domain::office::OfficeCode,
    http::{
        Operation,
        extract::{PathId, StaffSession},
        problem::{self, ApiError},
    },
};

pub(super) fn operations() -> Vec<Operation> {
    let get = |id, path, register| Operation { id, method: Method::GET, path, register };
    vec![
        get("sla_summary", "/api/v1/sla/summary", || web::to(summary)),
        get("pattern_summary", "/api/v1/patterns", || web::to(patterns)),
        get("requests_of_pattern", "/api/v1/patterns/requests", || web::to(pattern)),
        get("monthly_register", "/api/v1/offices/{office_code}/monthly-register", || web::to(register)),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    office_code: Option<OfficeCode>,
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
}

impl Asked {
    fn wanted(&self) -> Result<Wanted, ApiError> {
        if self.from.zip(self.until).is_some_and(|(from, until)| from > until) {
            let detail = "Hari pertama tidak boleh sesudah hari terakhir.";
            return Err(problem::bad_query("/from", detail).into());
        }
        Ok(Wanted { office: self.office_code, from: self.from, until: self.until })
    }
}

async fn summary(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    asked: Query<Asked>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(sla_summary(&office, session, asked.wanted()?).await?))
}

async fn patterns(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    asked: Query<Asked>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(pattern_summary(&office, session, asked.wanted()?).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedPattern {
    pattern: Pattern,
    office_code: Option<OfficeCode>,
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
}

async fn pattern(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    asked: Query<AskedPattern>,
) -> Result<HttpResponse, ApiError> {
    let AskedPattern { pattern, office_code, from, until } = asked.into_inner();
    let wanted = Asked { office_code, from, until }.wanted()?;
    Ok(HttpResponse::Ok().json(requests_of_pattern(&office, session, wanted, pattern, 0).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Month {
    /// `2026-07`
    month: String,
}

async fn register(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(code): PathId<OfficeCode>,
    asked: Query<Month>,
) -> Result<HttpResponse, ApiError> {
    let month = format!("{}-01", asked.month)
        .parse()
        .map_err(|_| problem::bad_query("/month", "Isi tahun dan bulan, misalnya 2026-07."))?;
    let pdf = monthly_register(&office, session, code, month).await?;
    Ok(answers::pdf(&format!("buku-agenda-{code}-{}.pdf", asked.month), pdf))
}
