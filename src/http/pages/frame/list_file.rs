use actix_web::{HttpResponse, http::header::CONTENT_DISPOSITION, web::Bytes};
use futures_util::{Stream, TryStreamExt};

use super::trouble::PageError;
use crate::app::{AppError, exports::Export};

/// A list as a file, as it is written. A fault in the middle breaks the connection off, which the reader sees.
pub fn list_file<S>(export: Export<S>) -> HttpResponse
where
    S: Stream<Item = Result<Vec<u8>, AppError>> + 'static,
{
    let pieces =
        export.bytes.map_ok(Bytes::from).map_err(|error| actix_web::Error::from(PageError::from(error)));
    HttpResponse::Ok()
        .content_type(export.format.media_type())
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", export.file_name)))
        .streaming(pieces)
}
