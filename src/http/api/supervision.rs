//! Where the limit stands.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Data, Query},
};
use chrono::NaiveDate;
use serde::Deserialize;

use crate::{
    app::{
        Office,
        views::sla_summary::{Wanted, sla_summary},
    },
    domain::office::OfficeCode,
    http::{
        Operation,
        extract::StaffSession,
        problem::{self, ApiError},
    },
};

pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        id: "sla_summary",
        method: Method::GET,
        path: "/api/v1/sla/summary",
        register: || web::to(summary),
    }]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    office_code: Option<OfficeCode>,
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
}

async fn summary(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    asked: Query<Asked>,
) -> Result<HttpResponse, ApiError> {
    if asked.from.zip(asked.until).is_some_and(|(from, until)| from > until) {
        return Err(problem::bad_query("/from", "Hari pertama tidak boleh sesudah hari terakhir.").into());
    }
    let wanted = Wanted { office: asked.office_code, from: asked.from, until: asked.until };
    Ok(HttpResponse::Ok().json(sla_summary(&office, session, wanted).await?))
}
