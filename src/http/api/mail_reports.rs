//! What came back about mails, brought by an operator or a program of theirs.

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::{Method, header::CONTENT_TYPE},
    web::{self, Data},
};
use futures_util::{StreamExt, future::LocalBoxFuture};
use serde_json::json;

use crate::{
    app::{
        Office,
        bounces::{
            Courier,
            record_bounce::{MAX_BYTES, record_bounce},
        },
    },
    http::{
        Operation,
        extract::StaffSession,
        problem::{self, ApiError},
    },
};

pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        id: "record_mail_report",
        method: Method::POST,
        path: "/api/v1/mail-reports",
        register: || web::to(record),
    }]
}

/// A whole e-mail as it stands.
struct RawMail(Vec<u8>);

impl FromRequest for RawMail {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let media = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = media.and_then(|value| value.split(';').next()).unwrap_or_default();
        let is_mail = essence.trim().eq_ignore_ascii_case("message/rfc822");
        let mut payload = payload.take();
        Box::pin(async move {
            if !is_mail {
                return Err(problem::wrong_content_type("message/rfc822").into());
            }
            let mut mail = Vec::new();
            while let Some(piece) = payload.next().await {
                let piece = piece.map_err(|_| problem::unreadable_request())?;
                if mail.len() + piece.len() > MAX_BYTES {
                    return Err(problem::too_large(MAX_BYTES).into());
                }
                mail.extend_from_slice(&piece);
            }
            Ok(Self(mail))
        })
    }
}

async fn record(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    RawMail(mail): RawMail,
) -> Result<HttpResponse, ApiError> {
    let outcome = record_bounce(&office, Courier::Operator(session), None, &mail).await?;
    Ok(HttpResponse::Ok().json(json!({ "outcome": outcome })))
}
