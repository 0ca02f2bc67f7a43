//! Style sheets, script and typeface of the pages: inside the binary, named by their content, cached for a year.

use std::{io::Write, sync::LazyLock};

use actix_web::http::Method;
use actix_web::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, ETAG, VARY};
use actix_web::{HttpRequest, HttpResponse, web};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

use super::Operation;
use super::problem::{self, ApiError};

const STYLE: &str = include_str!("assets/page.css");
const COMPONENTS: &str = include_str!("assets/designsystemet.css");
const SITE: &str = include_str!("assets/aktivasi.css");
const SCRIPT: &str = include_str!("assets/aktivasi.js");
const FONT: &[u8] = include_bytes!("assets/source-sans-3-latin.woff2");

/// Stands in the style sheets for the address of the typeface.
const FONT_PLACE: &str = "source-sans-3-latin.woff2";

struct Asset {
    name: String,
    content_type: &'static str,
    bytes: Vec<u8>,
    /// Absent where compressing gains nothing.
    gzip: Option<Vec<u8>>,
}

const CSS: &str = "text/css; charset=utf-8";

static FONT_ASSET: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("source-sans-3", "woff2", "font/woff2", FONT.into()));
/// Of the pages that mails and letters lead to.
static STYLE_ASSET: LazyLock<Asset> = LazyLock::new(|| Asset::new("page", "css", CSS, with_font(STYLE)));
static COMPONENTS_ASSET: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("designsystemet", "css", CSS, COMPONENTS.into()));
static SITE_ASSET: LazyLock<Asset> = LazyLock::new(|| Asset::new("aktivasi", "css", CSS, with_font(SITE)));
static SCRIPT_ASSET: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("aktivasi", "js", "text/javascript; charset=utf-8", SCRIPT.into()));

fn with_font(style: &str) -> Vec<u8> {
    style.replace(FONT_PLACE, &FONT_ASSET.name).into()
}

impl Asset {
    fn new(stem: &str, extension: &str, content_type: &'static str, bytes: Vec<u8>) -> Self {
        let name = format!("{stem}-{}.{extension}", short_hash(&bytes));
        let gzip = (extension != "woff2").then(|| gzip(&bytes, Compression::best()));
        Self { name, content_type, bytes, gzip }
    }

    fn path(&self) -> String {
        format!("/assets/{}", self.name)
    }
}

/// Compresses in memory, which cannot fail; were it to, the answer would be empty and a test would say so.
fn gzip(bytes: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}

/// For pages, which are made anew each time.
pub fn gzip_quick(bytes: &[u8]) -> Vec<u8> {
    gzip(bytes, Compression::new(4))
}

/// The first 16 hexadecimal digits of the SHA-256 of some content.
pub(super) fn short_hash(bytes: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let head = digest.first_chunk().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(head))
}

/// The path of the style sheet of the pages that mails and letters lead to.
pub fn style_path() -> String {
    STYLE_ASSET.path()
}

/// The paths of the style sheets of the site, in their order.
pub fn page_styles() -> Vec<String> {
    vec![COMPONENTS_ASSET.path(), SITE_ASSET.path()]
}

/// The path of the typeface, fetched with the page so that its words do not move when it comes.
pub fn font_path() -> String {
    FONT_ASSET.path()
}

/// The path of the script of the site.
pub fn script_path() -> String {
    SCRIPT_ASSET.path()
}

pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        id: "get_asset",
        method: Method::GET,
        path: "/assets/{file}",
        register: || web::to(asset),
    }]
}

async fn asset(request: HttpRequest, file: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let asset = [&*STYLE_ASSET, &*COMPONENTS_ASSET, &*SITE_ASSET, &*SCRIPT_ASSET, &*FONT_ASSET]
        .into_iter()
        .find(|asset| asset.name == *file)
        .ok_or_else(problem::unknown_path)?;
    let mut response = HttpResponse::Ok();
    response
        .content_type(asset.content_type)
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((ETAG, format!("\"{}\"", asset.name)))
        .insert_header((VARY, "Accept-Encoding"));
    Ok(match &asset.gzip {
        Some(gzip) if takes_gzip(&request) => {
            response.insert_header((CONTENT_ENCODING, "gzip")).body(gzip.as_slice())
        }
        _ => response.body(asset.bytes.as_slice()),
    })
}

/// Whether the browser takes compressed answers.
pub fn takes_gzip(request: &HttpRequest) -> bool {
    let accepted =
        request.headers().get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|one| one.trim().split(';').next() == Some("gzip"))
}
