//! Pairs of activation code and password.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Data},
};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use super::{
    answers::{IdentifiedReason, Reason},
    requests::tax_id,
};
use crate::{
    app::{
        Office,
        credentials::{
            reinstate::reinstate, resend_password_link::resend_password_link, revoke::revoke, verify::verify,
        },
        views::{
            credentials::{credential_after_act, credentials, own_zone},
            parts::AtOffice,
        },
    },
    domain::{credential::ActivationCode, ids::CredentialId},
    http::{
        Operation,
        extract::{PathId, Service, StaffSession},
        json::Json,
        problem::ApiError,
    },
};

pub(super) fn operations() -> Vec<Operation> {
    let post = |id, path, register| Operation { id, method: Method::POST, path, register };
    vec![
        post("find_credentials", "/api/v1/taxpayers/credentials", || web::to(find)),
        post("resend_password_link", "/api/v1/credentials/{credential_id}/password-links", || {
            web::to(resend)
        }),
        post("verify_credential", "/api/v1/credentials/verify", || web::to(verified)),
        post("revoke", "/api/v1/credentials/{credential_id}/revocation", || web::to(end)),
        post("reinstate", "/api/v1/credentials/{credential_id}/reinstatement", || web::to(lift)),
    ]
}

/// The number stands in the body: addresses are kept by logs and histories.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    tax_id: String,
}

async fn find(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    Json(body): Json<Search>,
) -> Result<HttpResponse, ApiError> {
    let tax_id = tax_id(&body.tax_id)?;
    Ok(HttpResponse::Ok().json(credentials(&office, session, &tax_id).await?))
}

/// Nothing here is shown by `Debug`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    tax_id: String,
    code: String,
    password: Option<SecretString>,
}

async fn verified(
    office: Data<Office>,
    Service(token): Service,
    Json(body): Json<Asked>,
) -> Result<HttpResponse, ApiError> {
    let tax_id = tax_id(&body.tax_id)?;
    // A text of another shape is the code of nobody: it answers as a wrong code does.
    let code = ActivationCode::parse(&body.code).ok();
    let told = verify(&office, &token, &tax_id, code.as_ref(), body.password).await?;
    Ok(HttpResponse::Ok().json(json!({ "status": told.status, "codes": told.codes, "scopes": told.scopes })))
}

async fn resend(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<CredentialId>,
    Json(body): Json<IdentifiedReason>,
) -> Result<HttpResponse, ApiError> {
    let resent = resend_password_link(&office, session, id, &body.line()?).await?;
    let zone = own_zone(&office, session).await?;
    Ok(HttpResponse::Created()
        .json(json!({ "expires_at": AtOffice(resent.expires_at, zone), "sent_to": resent.sent_to })))
}

async fn end(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<CredentialId>,
    Json(body): Json<Reason>,
) -> Result<HttpResponse, ApiError> {
    revoke(&office, session, id, &body.line()?).await?;
    Ok(HttpResponse::Ok().json(credential_after_act(&office, session, id).await?))
}

async fn lift(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<CredentialId>,
    Json(body): Json<IdentifiedReason>,
) -> Result<HttpResponse, ApiError> {
    reinstate(&office, session, id, &body.line()?).await?;
    Ok(HttpResponse::Ok().json(credential_after_act(&office, session, id).await?))
}
