//! Style sheet and typeface of the pages: inside the binary, named by their content, cached for a year.

use std::sync::LazyLock;

use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, ETAG};
use actix_web::{HttpResponse, web};
use sha2::{Digest, Sha256};

use super::Operation;
use super::problem::{self, ApiError};

const STYLE: &str = include_str!("assets/page.css");
const FONT: &[u8] = include_bytes!("assets/source-sans-3-latin.woff2");

/// Stands in the style sheet for the address of the typeface.
const FONT_PLACE: &str = "source-sans-3-latin.woff2";

struct Asset {
    name: String,
    content_type: &'static str,
    bytes: Vec<u8>,
}

static FONT_ASSET: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("source-sans-3", "woff2", "font/woff2", FONT.into()));

static STYLE_ASSET: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("page", "css", "text/css; charset=utf-8", STYLE.replace(FONT_PLACE, &FONT_ASSET.name).into())
});

impl Asset {
    fn new(stem: &str, extension: &str, content_type: &'static str, bytes: Vec<u8>) -> Self {
        Self { name: format!("{stem}-{}.{extension}", short_hash(&bytes)), content_type, bytes }
    }
}

/// The first 16 hexadecimal digits of the SHA-256 of some content.
pub(super) fn short_hash(bytes: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let head = digest.first_chunk().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(head))
}

/// The path of the style sheet of all pages.
pub fn style_path() -> String {
    format!("/assets/{}", STYLE_ASSET.name)
}

pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        id: "get_asset",
        method: Method::GET,
        path: "/assets/{file}",
        register: || web::to(asset),
    }]
}

async fn asset(file: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let asset = [&*STYLE_ASSET, &*FONT_ASSET]
        .into_iter()
        .find(|asset| asset.name == *file)
        .ok_or_else(problem::unknown_path)?;
    Ok(HttpResponse::Ok()
        .content_type(asset.content_type)
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((ETAG, format!("\"{}\"", asset.name)))
        .body(asset.bytes.as_slice()))
}
