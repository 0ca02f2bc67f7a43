//! What the holder of a tracking code reads and does.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Data},
};

use super::{
    answers::{self, Nothing},
    filing,
};
use crate::{
    app::{
        Office,
        intake::resupply::{RawResupply, resupply},
        views::{receipt_pdf::tracked_receipt, tracked_request::tracked_request},
        withdraw::withdraw,
    },
    http::{Operation, extract::TrackedRequest, json::Json, problem::ApiError},
};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "tracked_request",
            method: Method::GET,
            path: "/api/v1/tracking/request",
            register: || web::to(follow),
        },
        Operation {
            id: "tracked_receipt",
            method: Method::GET,
            path: "/api/v1/tracking/receipt",
            register: || web::to(receipt),
        },
        Operation {
            id: "resupply",
            method: Method::POST,
            path: "/api/v1/tracking/resupply",
            register: || web::to(complete),
        },
        Operation {
            id: "withdraw",
            method: Method::POST,
            path: "/api/v1/tracking/withdrawal",
            register: || web::to(end),
        },
    ]
}

async fn follow(office: Data<Office>, TrackedRequest(id): TrackedRequest) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(tracked_request(&office, id).await?))
}

async fn receipt(office: Data<Office>, TrackedRequest(id): TrackedRequest) -> Result<HttpResponse, ApiError> {
    Ok(answers::pdf("bukti-penerimaan.pdf", tracked_receipt(&office, id).await?))
}

async fn complete(
    office: Data<Office>,
    TrackedRequest(id): TrackedRequest,
    Json(body): Json<RawResupply>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(filing::receipt(&resupply(&office, id, &body).await?)))
}

async fn end(
    office: Data<Office>,
    TrackedRequest(id): TrackedRequest,
    _: Nothing,
) -> Result<HttpResponse, ApiError> {
    withdraw(&office, id).await?;
    Ok(HttpResponse::Ok().json(tracked_request(&office, id).await?))
}
