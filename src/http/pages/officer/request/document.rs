//! Documents beside the request: shown in the page, turned and enlarged by plain links.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method,
        header::{
            CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, ContentDisposition, DispositionParam,
            DispositionType, HeaderName, X_FRAME_OPTIONS,
        },
    },
    web::{self, Bytes},
};
use futures_util::TryStreamExt;
use serde::Serialize;

use super::path_of;
use crate::{
    app::{documents::download_document, views::get_request::RequestView},
    domain::{
        ids::{DocumentId, RequestId},
        pdf_pages::PdfPages,
    },
    http::pages::frame::{Page, PageError, Staff, Typed, WORKS, page},
};

/// What a picture may do: nothing, not even when it is opened by itself.
const PICTURE: &str = "default-src 'none'; frame-ancestors 'self'; sandbox";
/// Viewers of PDF do not start in a sandbox; they run nothing of the file with the rights of the site.
const PAPER: &str = "default-src 'none'; frame-ancestors 'self'";
const FRAME: HeaderName = X_FRAME_OPTIONS;

pub(super) fn pages() -> Vec<Page> {
    let path = "/permohonan/{request_id}/berkas/{document_id}";
    vec![page("request_document", Method::GET, path, WORKS, || web::to(show))]
}

async fn show(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let id: DocumentId = request
        .match_info()
        .get("document_id")
        .and_then(|text| text.parse().ok())
        .ok_or(PageError::Unknown)?;
    let download = download_document(staff.office(), staff.session(), id).await?;
    let length = u64::try_from(download.document.byte_count).unwrap_or_default();
    // A fault in the middle breaks the connection off, which the reader sees by the length.
    let chunks = Box::pin(
        download.chunks.map_ok(Bytes::from).map_err(|error| actix_web::Error::from(PageError::from(error))),
    );
    let policy = if download.document.media_type == "application/pdf" { PAPER } else { PICTURE };
    let disposition = ContentDisposition {
        disposition: DispositionType::Inline,
        parameters: vec![DispositionParam::Filename(plain(&download.document.file_name))],
    };
    Ok(HttpResponse::Ok()
        .content_type(download.document.media_type)
        .insert_header((CONTENT_DISPOSITION, disposition))
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .insert_header((FRAME, "SAMEORIGIN"))
        .no_chunking(length)
        .streaming(chunks))
}

/// A name that needs no escaping in a header.
fn plain(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' })
        .collect()
}

/// Which document is shown, how it is turned, how large.
#[derive(Debug, Clone, Copy, Default)]
pub struct Turned {
    document: Option<DocumentId>,
    /// Quarter turns to the right, 0 to 3.
    turns: u8,
    /// Steps of enlargement, 0 to [`LARGEST`].
    larger: u8,
}

const LARGEST: u8 = 3;

impl Turned {
    pub fn read(asked: &Typed) -> Self {
        Self {
            document: asked.get("dok").parse().ok(),
            turns: asked.get("putar").parse().unwrap_or(0) % 4,
            larger: asked.get("besar").parse().unwrap_or(0).min(LARGEST),
        }
    }

    fn path(self, request: RequestId, document: DocumentId) -> String {
        let part = |name: &str, steps: u8| if steps > 0 { format!("&{name}={steps}") } else { String::new() };
        let (turned, larger) = (part("putar", self.turns), part("besar", self.larger));
        format!("{}?dok={document}{turned}{larger}", path_of(request))
    }
}

/// The documents of a request, one of them open.
#[derive(Serialize)]
pub struct Viewer {
    tabs: Vec<Tab>,
    open: Option<Open>,
}

#[derive(Serialize)]
struct Tab {
    kind: &'static str,
    /// Set for a document of an earlier round.
    round: Option<i32>,
    href: String,
    current: bool,
}

#[derive(Serialize)]
struct Open {
    kind: &'static str,
    name: String,
    src: String,
    picture: bool,
    kilobytes: i64,
    /// Of a PDF.
    pages: Option<i32>,
    /// Why they are not known.
    doubt: Option<&'static str>,
    /// Made here of what its filer drew.
    signed_on_screen: bool,
    turns: u8,
    larger: u8,
    turn: String,
    enlarge: Option<String>,
    shrink: Option<String>,
    fit: String,
    before: Option<String>,
    after: Option<String>,
}

impl Viewer {
    pub fn new(id: RequestId, request: &RequestView, turned: Turned) -> Self {
        let documents = &request.documents;
        let at = documents.iter().position(|one| Some(one.document.id) == turned.document).unwrap_or(0);
        let path = |index: usize| documents.get(index).map(|one| Turned::default().path(id, one.document.id));
        let open = documents.get(at).map(|one| {
            let document = &one.document;
            let now = Turned { document: Some(document.id), ..turned };
            let with = |turned: Turned| turned.path(id, document.id);
            Open {
                kind: document.kind.as_str(),
                name: document.file_name.clone(),
                src: format!("{}/berkas/{}", path_of(id), document.id),
                picture: document.media_type.starts_with("image/"),
                kilobytes: (document.byte_count + 1023) / 1024,
                pages: document.pages.and_then(PdfPages::count),
                doubt: document.pages.and_then(PdfPages::fault),
                signed_on_screen: document.signed_at.is_some(),
                turns: now.turns,
                larger: now.larger,
                turn: with(Turned { turns: (now.turns + 1) % 4, ..now }),
                enlarge: (now.larger < LARGEST).then(|| with(Turned { larger: now.larger + 1, ..now })),
                shrink: now.larger.checked_sub(1).map(|larger| with(Turned { larger, ..now })),
                fit: with(Turned { turns: 0, larger: 0, ..now }),
                before: at.checked_sub(1).and_then(path),
                after: path(at + 1),
            }
        });
        let tabs = documents.iter().enumerate().map(|(index, one)| Tab {
            kind: one.document.kind.as_str(),
            round: (one.round_number < request.round_number).then_some(one.round_number),
            href: path(index).unwrap_or_default(),
            current: index == at,
        });
        Self { tabs: tabs.collect(), open }
    }
}
