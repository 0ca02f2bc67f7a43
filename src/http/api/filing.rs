//! Filing: requests, bundles, and the letter to sign beforehand.

use actix_web::{
    HttpResponse,
    http::{Method, header::LOCATION},
    web::{self, Data},
};
use serde_json::{Value, json};

use super::{answers, form_body::FormBody};
use crate::{
    app::{
        AppError, Office,
        application_letter::application_letter,
        callers::Caller,
        intake::{
            Receipt,
            file_request::{Filer, FilingCall, file_request},
        },
        views::parts::{AtOffice, Due},
    },
    domain::form::Filing,
    http::{
        Operation,
        errors::unauthenticated,
        extract::{Bearer, IdempotencyKey},
        json::Json,
        problem::{self, ApiError},
    },
};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "render_application_letter",
            method: Method::POST,
            path: "/api/v1/application-letters",
            register: || web::to(letter),
        },
        Operation {
            id: "file_request",
            method: Method::POST,
            path: "/api/v1/requests",
            register: || web::to(single),
        },
        Operation {
            id: "file_bundle",
            method: Method::POST,
            path: "/api/v1/bundles",
            register: || web::to(bundle),
        },
    ]
}

/// A receipt as the contract writes it.
pub(super) fn receipt(receipt: &Receipt) -> Value {
    json!({
        "request_id": receipt.request,
        "receipt_number": receipt.receipt_number,
        "kind": receipt.kind,
        "office_code": receipt.office,
        "received_at": AtOffice(receipt.received_at, receipt.zone),
        "due": Due::new(receipt.due.as_ref(), receipt.received_at, receipt.zone),
        "tracking_code": receipt.tracking_code,
        "sibling_receipt_number": receipt.sibling_receipt_number,
    })
}

async fn letter(office: Data<Office>, Json(body): Json<FormBody>) -> Result<HttpResponse, ApiError> {
    let (form, enclosures) = body.letter()?;
    Ok(answers::pdf("surat-permohonan.pdf", application_letter(&office, &form, &enclosures).await?))
}

async fn single(
    office: Data<Office>,
    Bearer(caller): Bearer,
    key: IdempotencyKey,
    Json(body): Json<FormBody>,
) -> Result<HttpResponse, ApiError> {
    let receipts = file(&office, &caller, &key, body, Filing::Single).await?;
    let first = receipts.first().ok_or_else(problem::internal)?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("/api/v1/requests/{}", first.request)))
        .json(receipt(first)))
}

async fn bundle(
    office: Data<Office>,
    Bearer(caller): Bearer,
    key: IdempotencyKey,
    Json(body): Json<FormBody>,
) -> Result<HttpResponse, ApiError> {
    let receipts = file(&office, &caller, &key, body, Filing::Bundle).await?;
    let bundle = receipts.first().and_then(|receipt| receipt.bundle);
    let requests: Vec<Value> = receipts.iter().map(receipt).collect();
    Ok(HttpResponse::Created().json(json!({ "bundle_id": bundle, "requests": requests })))
}

async fn file(
    office: &Office,
    caller: &Caller,
    key: &IdempotencyKey,
    body: FormBody,
    filing: Filing,
) -> Result<Vec<Receipt>, ApiError> {
    // Before the body is looked at.
    if let Caller::Stranger | Caller::Tracking(_) | Caller::Service(_) | Caller::Account(_) = caller {
        return Err(unauthenticated().into());
    }
    let (caller, key, acting) = (caller.clone(), key.0.clone(), office.clone());
    let (form, counter) = body.filing()?;
    let filed = async move {
        let filer = match &caller {
            Caller::Proof(token) => Filer::Proof(token.sha256()),
            Caller::Staff(session) => Filer::Counter(*session),
            Caller::Stranger | Caller::Tracking(_) | Caller::Service(_) | Caller::Account(_) => {
                return Err(AppError::Unauthenticated);
            }
        };
        let call = FilingCall { filing, form: &form, counter: counter.as_ref(), idempotency_key: &key };
        file_request(&acting, filer, &call).await
    };
    Ok(office.see_through(filed).await?)
}
