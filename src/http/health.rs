//! Whether the process lives, and whether it should get requests.

use actix_web::HttpResponse;
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data};
use async_trait::async_trait;
use serde::Serialize;
use serde_json::json;

use super::Operation;
use super::problem::{ApiError, Problem};

/// Checks what the service needs. Implemented where the database is known.
#[async_trait]
pub trait Readiness: Send + Sync + 'static {
    /// Must answer within a few seconds, also when the database does not.
    async fn check(&self) -> ReadinessReport;
}

/// Outcome of each check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReadinessReport {
    /// The database answers.
    pub database: Check,
    /// The clock differs from the database's by at most two seconds.
    pub clock: Check,
    /// Warns when the calendar does not know this year, or not all of the next 60 days; it never fails.
    pub calendar: Check,
    /// The certificates that seal letters; it warns thirty days before one ends.
    pub certificates: Check,
}

impl ReadinessReport {
    /// Warnings do not take a replica out of service.
    pub fn is_ready(&self) -> bool {
        [&self.database, &self.clock, &self.calendar, &self.certificates]
            .into_iter()
            .all(|check| matches!(check, Check::Ok | Check::Warning { .. }))
    }
}

/// Outcome of one check. `detail` is for operators: no address, no error text of the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Check {
    Ok,
    Warning { detail: String },
    Failed { detail: String },
}

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation { id: "healthz", method: Method::GET, path: "/healthz", register: || web::to(healthz) },
        Operation { id: "readyz", method: Method::GET, path: "/readyz", register: || web::to(readyz) },
    ]
}

async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

async fn readyz(readiness: Data<dyn Readiness>) -> Result<HttpResponse, ApiError> {
    let report = readiness.check().await;
    if report.is_ready() {
        return Ok(HttpResponse::Ok().json(json!({ "status": "ready", "checks": report })));
    }
    let checks = serde_json::to_value(&report).unwrap_or_default();
    Err(Problem::new("not-ready", StatusCode::SERVICE_UNAVAILABLE, "Belum siap melayani")
        .detail("Salah satu pemeriksaan gagal; lihat checks.")
        .with("checks", checks)
        .retry_after(5)
        .into())
}
