//! Sessions of staff.

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::Method,
    web::{self, Data},
};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    app::{
        Office,
        sign_in::{SignedIn, refresh_session, sign_in, sign_out},
        who_am_i::who_am_i,
    },
    domain::names::{Role, Scope},
    http::{
        Operation,
        extract::{From, StaffSession},
        json::Json,
        problem::ApiError,
    },
};

pub(super) fn operations() -> Vec<Operation> {
    const CURRENT: &str = "/api/v1/sessions/current";
    vec![
        Operation {
            id: "sign_in",
            method: Method::POST,
            path: "/api/v1/sessions",
            register: || web::to(begin),
        },
        Operation {
            id: "refresh_session",
            method: Method::POST,
            path: "/api/v1/sessions/refresh",
            register: || web::to(refresh),
        },
        Operation { id: "sign_out", method: Method::DELETE, path: CURRENT, register: || web::to(end) },
        Operation { id: "who_am_i", method: Method::GET, path: CURRENT, register: || web::to(current) },
    ]
}

/// Roles as every answer writes them.
pub(super) fn roles(roles: &[(Role, Scope)]) -> Value {
    roles.iter().map(|(role, scope)| json!({ "role": role, "scope": scope })).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    username: String,
    password: SecretString,
}

async fn begin(
    office: Data<Office>,
    From(address): From,
    Json(body): Json<Credentials>,
) -> Result<HttpResponse, ApiError> {
    let signed_in = sign_in(&office, &body.username, body.password, address).await?;
    Ok(answer(HttpResponse::Created(), &signed_in))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refresh {
    refresh_token: String,
}

async fn refresh(office: Data<Office>, Json(body): Json<Refresh>) -> Result<HttpResponse, ApiError> {
    Ok(answer(HttpResponse::Ok(), &refresh_session(&office, &body.refresh_token).await?))
}

fn answer(mut response: HttpResponseBuilder, signed_in: &SignedIn) -> HttpResponse {
    let who = &signed_in.colleague;
    response.json(json!({
        "access_token": signed_in.access_token,
        "expires_in": signed_in.expires_in,
        "refresh_token": signed_in.refresh_token,
        "staff": { "id": who.id, "name": who.name, "office_code": who.office, "roles": roles(&who.roles) },
    }))
}

async fn end(office: Data<Office>, StaffSession(session): StaffSession) -> Result<HttpResponse, ApiError> {
    sign_out(&office, session).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn current(
    office: Data<Office>,
    StaffSession(session): StaffSession,
) -> Result<HttpResponse, ApiError> {
    let (who, acting) = who_am_i(&office, session).await?;
    let decree =
        who.decree.map(|decree| json!({ "number": decree.number, "in_force_on": decree.in_force_on }));
    let acting = acting.map(|days| {
        json!({
            "kind": days.kind, "office_code": days.office, "from_on": days.from_on, "until_on": days.until_on,
        })
    });
    Ok(HttpResponse::Ok().json(json!({
        "id": who.id,
        "name": who.name,
        "office_code": who.office,
        "roles": roles(&who.roles),
        "decree": decree,
        "acting": acting,
    })))
}
