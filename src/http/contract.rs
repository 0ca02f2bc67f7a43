//! The contract: as the file itself, and as a page that people can read.

mod ordered;
mod view;

use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};

use super::problem::{self, ApiError};
use super::{Operation, assets, page, problem_catalogue};
use ordered::Node;
use view::ContractView;

/// The contract, as it stands in the repository.
pub const OPENAPI: &str = include_str!("../../openapi.yaml");

/// Rendered once; nothing of it depends on the caller. Nothing when the contract or a template is broken.
static DOCS: LazyLock<Option<String>> = LazyLock::new(|| {
    let root: Node = serde_saphyr::from_str(OPENAPI)
        .inspect_err(|error| tracing::error!(%error, "openapi.yaml cannot be read"))
        .ok()?;
    page::html("docs.html", &ContractView::new(&root)).ok()
});

static OPENAPI_TAG: LazyLock<String> =
    LazyLock::new(|| format!("\"{}\"", assets::short_hash(OPENAPI.as_bytes())));

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "contract",
            method: Method::GET,
            path: "/openapi.yaml",
            register: || web::to(openapi),
        },
        Operation { id: "docs", method: Method::GET, path: "/docs", register: || web::to(docs) },
        Operation {
            id: "problem_page",
            method: Method::GET,
            path: "/problems/{slug}",
            register: || web::to(problem_catalogue::problem_page),
        },
    ]
}

async fn openapi(request: HttpRequest) -> HttpResponse {
    let known = request
        .headers()
        .get_all(IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| tag.trim().trim_start_matches("W/") == *OPENAPI_TAG || tag.trim() == "*");
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((ETAG, OPENAPI_TAG.as_str())).insert_header((CACHE_CONTROL, "no-cache"));
    if known {
        response.finish()
    } else {
        response.content_type("application/yaml; charset=utf-8").body(OPENAPI)
    }
}

async fn docs() -> Result<HttpResponse, ApiError> {
    let html = DOCS.as_deref().ok_or_else(problem::internal)?;
    Ok(page::respond(StatusCode::OK, html))
}
