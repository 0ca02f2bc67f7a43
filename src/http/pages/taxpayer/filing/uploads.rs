//! A file of a filer, from the form to the act, and why it was not taken.

use actix_web::{
    HttpResponse,
    http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY},
    web::Bytes,
};
use futures_util::{Stream, TryStreamExt};

use crate::{
    app::{
        AppError,
        callers::Caller,
        documents::{Download, UploadError, upload_document},
    },
    domain::{names::DocumentKind, pdf_pages::PdfPages},
    http::pages::frame::{PageError, SentFile, Visit},
    store::documents::Document,
};

/// Nothing in an uploaded file may run or load, even when a browser opens it.
const SANDBOX: &str = "default-src 'none'; sandbox";
/// A file that is refused is read on so far, so that the browser hears the answer.
const READ_ON: usize = 32 * 1024 * 1024;

/// A file that was not taken: the sentence for its field.
pub(in crate::http::pages::taxpayer) struct Refused(pub(in crate::http::pages::taxpayer) String);

/// Takes the file of a form.
pub(in crate::http::pages::taxpayer) async fn take(
    visit: &Visit,
    caller: &Caller,
    kind: DocumentKind,
    mut sent: SentFile,
) -> Result<Result<(), Refused>, PageError> {
    if sent.name.is_empty() {
        return Ok(Err(Refused(visit.say("filing.file.none", &[]))));
    }
    let taken = upload_document(visit.office(), caller, kind, &sent.name, &mut sent.bytes).await;
    let Err(error) = taken else { return Ok(Ok(())) };
    let mut left = READ_ON;
    while let Ok(Some(piece)) = sent.bytes.try_next().await {
        left = left.saturating_sub(piece.len());
        if left == 0 {
            break;
        }
    }
    refused(visit, &sent.name, error).map(Err)
}

fn refused(visit: &Visit, name: &str, error: UploadError) -> Result<Refused, PageError> {
    let said = match error {
        UploadError::BrokenOff => visit.say("filing.file.broken_off", &[]),
        UploadError::App(AppError::UnsupportedFile) => visit.say("e.file.type", &[]),
        UploadError::App(AppError::TooLarge { .. }) => visit.say("filing.file.large", &[("nama", name)]),
        UploadError::App(AppError::UploadsBusy) => visit.say("filing.file.busy", &[]),
        UploadError::App(AppError::Invalid(faults)) => {
            let count = faults.iter().any(|fault| fault.code == "too_many_documents");
            visit.say(if count { "e.file.count" } else { "filing.file.none" }, &[])
        }
        UploadError::App(other) => return Err(other.into()),
    };
    Ok(Refused(said))
}

/// An upload as the pages show it.
#[derive(serde::Serialize)]
pub(in crate::http::pages::taxpayer) struct Upload {
    id: String,
    kind: DocumentKind,
    name: String,
    size: String,
    picture: bool,
    /// Of a PDF.
    pages: Option<i32>,
    /// Why they are not known.
    doubt: Option<&'static str>,
    /// Made here of what its filer drew.
    signed_on_screen: bool,
}

impl Upload {
    pub(in crate::http::pages::taxpayer) fn is_made_here(&self) -> bool {
        self.signed_on_screen
    }
}

pub(in crate::http::pages::taxpayer) fn as_upload(document: &Document) -> Upload {
    Upload {
        id: document.id.to_string(),
        kind: document.kind,
        name: document.file_name.clone(),
        size: size(document.byte_count),
        picture: document.media_type.starts_with("image/"),
        pages: document.pages.and_then(PdfPages::count),
        doubt: document.pages.and_then(PdfPages::fault),
        signed_on_screen: document.signed_at.is_some(),
    }
}

/// `412 KB`, `1,4 MB`: as phones show it.
fn size(bytes: i64) -> String {
    if bytes < 1_000_000 {
        format!("{} KB", (bytes + 999) / 1_000)
    } else {
        format!("{},{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
    }
}

/// The bytes of an upload. Pictures are shown, other files are kept by the browser; an error in the middle breaks the
/// connection off, which the browser sees by the length.
pub(in crate::http::pages::taxpayer) fn shown<S>(opened: Download<S>) -> HttpResponse
where
    S: Stream<Item = Result<Vec<u8>, AppError>> + 'static,
{
    let length = u64::try_from(opened.document.byte_count).unwrap_or_default();
    let disposition = if opened.document.media_type.starts_with("image/") { "inline" } else { "attachment" };
    let chunks =
        opened.chunks.map_ok(Bytes::from).map_err(|error| actix_web::Error::from(PageError::from(error)));
    HttpResponse::Ok()
        .content_type(opened.document.media_type)
        .insert_header((CONTENT_DISPOSITION, disposition))
        .insert_header((CONTENT_SECURITY_POLICY, SANDBOX))
        .no_chunking(length)
        .streaming(Box::pin(chunks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_as_a_phone_shows_them() {
        assert_eq!(size(1), "1 KB");
        assert_eq!(size(412_000), "412 KB");
        assert_eq!(size(1_449_999), "1,4 MB");
        assert_eq!(size(5_242_880), "5,2 MB");
    }
}
