//! Scans of decrees that were made elsewhere, kept with the account that they appoint.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method,
        header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY},
    },
    web::{self, Bytes},
};
use futures_util::{Stream, TryStreamExt};
use uuid::Uuid;

use super::{accounts::PATH, path_id};
use crate::{
    app::{
        AppError,
        decree_documents::scan::{ScanDownload, download_scan, upload_scan},
        streamed::UploadError,
    },
    domain::ids::StaffId,
    http::pages::frame::{Flash, OPERATOR, Page, PageError, ProtectedUpload, Staff, Visit, page},
    store::decree_documents::ScanOf,
};

/// What is shown runs nothing and loads nothing.
const SANDBOX: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("upload_scan_on_page", Method::POST, "/operator/pengguna/{staff}/pindaian", OPERATOR, || {
            web::to(upload)
        }),
        page("scan_of_decree", Method::GET, "/operator/keputusan/{decree}/pindaian", OPERATOR, || {
            web::to(download)
        }),
    ]
}

async fn upload(
    visit: Visit,
    request: HttpRequest,
    form: ProtectedUpload,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit).await?;
    let id: StaffId = path_id(&request)?;
    let back = format!("{PATH}/{id}");
    let decree: Uuid = sent.typed.get("decree").parse().map_err(|_| PageError::WrongForm)?;
    if sent.name.is_empty() {
        return staff.go_saying(&back, &Flash::stopped("op.scan.none"));
    }
    let of = ScanOf::Recorded(decree);
    let flash = match upload_scan(staff.office(), staff.session(), of, &sent.name, sent.bytes).await {
        Ok(()) => Flash::done("op.scan.done"),
        Err(error) => why_not(error)?,
    };
    staff.go_saying(&back, &flash)
}

/// Why a scan was not taken, for the page that it belongs to.
pub(super) fn why_not(error: UploadError) -> Result<Flash, AppError> {
    Ok(Flash::stopped(match error {
        UploadError::BrokenOff => "op.scan.broken",
        UploadError::App(AppError::UnsupportedFile) => "op.scan.unsupported",
        UploadError::App(AppError::TooLarge { .. }) => "op.scan.large",
        UploadError::App(AppError::UploadsBusy) => "op.scan.busy",
        UploadError::App(AppError::AlreadyDone(_)) => "op.kep.past",
        UploadError::App(error) => return Err(error),
    }))
}

async fn download(staff: Staff, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let of = ScanOf::Recorded(path_id(&request)?);
    Ok(attachment(download_scan(staff.office(), staff.session(), of).await?))
}

/// As documents leave: an attachment under a sandbox, broken off when a chunk does not open.
pub(super) fn attachment<S>(download: ScanDownload<S>) -> HttpResponse
where
    S: Stream<Item = Result<Vec<u8>, AppError>> + 'static,
{
    let length = u64::try_from(download.scan.byte_count).unwrap_or_default();
    let chunks = Box::pin(
        download.chunks.map_ok(Bytes::from).map_err(|error| actix_web::Error::from(PageError::from(error))),
    );
    HttpResponse::Ok()
        .content_type(download.scan.media_type)
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"pindaian-kep\""))
        .insert_header((CONTENT_SECURITY_POLICY, SANDBOX))
        .no_chunking(length)
        .streaming(chunks)
}
