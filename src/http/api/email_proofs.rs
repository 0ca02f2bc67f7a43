//! Proof of an e-mail address.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Data},
};
use serde::Deserialize;
use serde_json::json;

use super::text;
use crate::{
    app::{
        Office,
        email_proof::{confirm_email_proof, request_email_proof},
    },
    domain::ids::ProofId,
    http::{
        Operation,
        extract::{From, MaybeStaff, PathId},
        json::Json,
        problem::ApiError,
    },
};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "request_email_proof",
            method: Method::POST,
            path: "/api/v1/email-proofs",
            register: || web::to(ask),
        },
        Operation {
            id: "confirm_email_proof",
            method: Method::POST,
            path: "/api/v1/email-proofs/{proof_id}/confirmation",
            register: || web::to(confirm),
        },
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    email: String,
    office_code: String,
}

async fn ask(
    office: Data<Office>,
    MaybeStaff(staff): MaybeStaff,
    From(address): From,
    Json(body): Json<Ask>,
) -> Result<HttpResponse, ApiError> {
    let asked = request_email_proof(&office, &body.email, &body.office_code, staff, address).await?;
    Ok(HttpResponse::Accepted()
        .json(json!({ "proof_id": asked.proof, "code_expires_at": text::instant(asked.code_expires_at) })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirmation {
    code: String,
}

async fn confirm(
    office: Data<Office>,
    PathId(proof): PathId<ProofId>,
    Json(body): Json<Confirmation>,
) -> Result<HttpResponse, ApiError> {
    let proven = confirm_email_proof(&office, proof, &body.code).await?;
    Ok(HttpResponse::Ok()
        .json(json!({ "token": proven.token, "expires_at": text::instant(proven.expires_at) })))
}
