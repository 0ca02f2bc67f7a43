//! Taxpayers of the registry, for operators.

use actix_web::{
    HttpResponse,
    http::{Method, header::ETAG},
    web::{self, Data},
};

use super::answers::version;
use crate::{
    app::{
        Office,
        desk::Desk,
        registry::{RawTaxpayer, TaxpayerEntryView, put_taxpayer, see_taxpayer},
    },
    domain::tax_id::TaxId,
    http::{
        Operation,
        extract::{MaybeIfMatch, PathId, StaffSession},
        json::Json,
        problem::ApiError,
    },
    store::taxpayers::Imported,
};

pub(super) fn operations() -> Vec<Operation> {
    const PATH: &str = "/api/v1/taxpayers/{npwp}";
    vec![
        Operation { id: "get_taxpayer", method: Method::GET, path: PATH, register: || web::to(get) },
        Operation { id: "put_taxpayer", method: Method::PUT, path: PATH, register: || web::to(put) },
    ]
}

fn entry(mut answer: actix_web::HttpResponseBuilder, view: &TaxpayerEntryView) -> HttpResponse {
    answer.insert_header((ETAG, format!("\"v{}\"", view.version))).json(view)
}

async fn get(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(number): PathId<TaxId>,
) -> Result<HttpResponse, ApiError> {
    let view = see_taxpayer(&office, Desk::Operator(session), &number).await?;
    Ok(entry(HttpResponse::Ok(), &view))
}

async fn put(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(number): PathId<TaxId>,
    seen: MaybeIfMatch,
    Json(body): Json<RawTaxpayer>,
) -> Result<HttpResponse, ApiError> {
    let put = put_taxpayer(&office, Desk::Operator(session), &number, &body, version(seen)?).await?;
    let answer = match put.outcome {
        Imported::Added => HttpResponse::Created(),
        Imported::Changed | Imported::Unchanged => HttpResponse::Ok(),
    };
    Ok(entry(answer, &put.entry))
}
