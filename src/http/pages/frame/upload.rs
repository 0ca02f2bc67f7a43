//! Forms with a file. Fields come first, then the file, whose bytes pass on as they come and are never held whole.

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    web::{Bytes, BytesMut},
};
use futures_util::{StreamExt, TryStreamExt, future::LocalBoxFuture, stream::LocalBoxStream};

use super::{
    flash::Flash,
    form::{TOKEN_FIELD, Typed, from_here},
    local_path::LocalPath,
    trouble::PageError,
    visit::{Staff, Visit},
};

/// All fields before the file together.
const MOST_BYTES: usize = 16 * 1024;

/// A form with a file as it came. [`ProtectedUpload::from_staff`] and [`ProtectedUpload::from_anyone`] are the only
/// ways in.
pub struct ProtectedUpload {
    parts: Option<Multipart>,
    path: LocalPath,
}

/// An opened form. The file is read to its end or not at all.
pub struct SentFile {
    pub typed: Typed,
    /// As the browser says it; empty when no file was chosen.
    pub name: String,
    pub bytes: LocalBoxStream<'static, Result<Bytes, MultipartError>>,
}

impl FromRequest for ProtectedUpload {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let here = from_here(request);
        let path = request.uri().to_string().parse().unwrap_or_else(|_| LocalPath::start());
        let parts = Multipart::from_request(request, payload);
        Box::pin(async move {
            if !here {
                return Err(PageError::Forged);
            }
            Ok(Self { parts: parts.await.ok(), path })
        })
    }
}

impl ProtectedUpload {
    /// Opens a form that staff sent.
    pub async fn from_staff(self, visit: &Visit) -> Result<(Staff, SentFile), PageError> {
        let staff = visit.staff()?;
        Ok((staff, self.open(visit).await?))
    }

    /// Opens a form that anybody may send.
    pub async fn from_anyone(self, visit: &Visit) -> Result<SentFile, PageError> {
        self.open(visit).await
    }

    /// Without our token nothing of the file is looked at.
    async fn open(self, visit: &Visit) -> Result<SentFile, PageError> {
        let path = self.path.as_str().to_owned();
        let again = || PageError::elsewhere(&path, Flash::stopped("stop.file.again"));
        let mut parts = self.parts.ok_or_else(again)?;
        let mut typed = Typed::default();
        let mut total = 0;
        while let Some(field) = parts.try_next().await.map_err(|_| again())? {
            if let Some(name) = file_name(&field) {
                let genuine = typed.0.iter().any(|(name, value)| name == TOKEN_FIELD && visit.gave(value));
                return if genuine {
                    Ok(SentFile { typed, name, bytes: rest(parts, field) })
                } else {
                    Err(again())
                };
            }
            let name = field.name().unwrap_or_default().to_owned();
            let value = value(field, &mut total).await?;
            typed.0.push((name, value));
        }
        Err(again())
    }
}

fn file_name(field: &Field) -> Option<String> {
    Some(field.content_disposition()?.get_filename()?.to_owned())
}

async fn value(mut field: Field, total: &mut usize) -> Result<String, PageError> {
    let mut text = BytesMut::new();
    while let Some(piece) = field.try_next().await.map_err(|_| PageError::WrongForm)? {
        *total += piece.len();
        if *total > MOST_BYTES {
            return Err(PageError::TooLarge);
        }
        text.extend_from_slice(&piece);
    }
    String::from_utf8(text.to_vec()).map_err(|_| PageError::WrongForm)
}

/// The bytes of the file; the form is kept open until they are read.
fn rest(parts: Multipart, field: Field) -> LocalBoxStream<'static, Result<Bytes, MultipartError>> {
    let open = (parts, field);
    futures_util::stream::try_unfold(open, |(parts, mut field)| async move {
        Ok(field.try_next().await?.map(|piece| (piece, (parts, field))))
    })
    .boxed_local()
}
