//! Forms with exactly one file. Whoever sends one without it, or without our token, is led back to choose it again.

use actix_multipart::{Field, MultipartError};
use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Bytes};
use futures_util::{StreamExt, TryStreamExt, future::LocalBoxFuture, stream::LocalBoxStream};

use super::{
    files::{ProtectedFiles, SentFiles},
    flash::Flash,
    form::Typed,
    trouble::PageError,
    visit::{Staff, Visit},
};

/// A form with a file as it came. [`ProtectedUpload::from_staff`] and [`ProtectedUpload::from_anyone`] are the only
/// ways in.
pub struct ProtectedUpload {
    form: ProtectedFiles,
    path: String,
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
        let path = request.uri().to_string();
        let form = ProtectedFiles::from_request(request, payload);
        Box::pin(async move {
            match form.await {
                Ok(form) => Ok(Self { form, path }),
                Err(trouble) => Err(choose_again(trouble, &path)),
            }
        })
    }
}

impl ProtectedUpload {
    /// Opens a form that staff sent.
    pub async fn from_staff(self, visit: &Visit) -> Result<(Staff, SentFile), PageError> {
        let path = self.path;
        let (staff, form) =
            self.form.from_staff(visit).await.map_err(|trouble| choose_again(trouble, &path))?;
        Ok((staff, the_file(form, &path).await?))
    }

    /// Opens a form that anybody may send.
    pub async fn from_anyone(self, visit: &Visit) -> Result<SentFile, PageError> {
        let path = self.path;
        let form = self.form.from_anyone(visit).await.map_err(|trouble| choose_again(trouble, &path))?;
        the_file(form, &path).await
    }
}

/// A form without its file cannot be sent again as it is: what is missing is the file.
fn choose_again(trouble: PageError, path: &str) -> PageError {
    match trouble {
        PageError::WrongForm | PageError::AskAgain(_) => again(path),
        other => other,
    }
}

fn again(path: &str) -> PageError {
    PageError::elsewhere(path, Flash::stopped("stop.file.again"))
}

async fn the_file(mut form: SentFiles, path: &str) -> Result<SentFile, PageError> {
    let file = form.next_file().await.map_err(|trouble| choose_again(trouble, path))?;
    let file = file.ok_or_else(|| again(path))?;
    Ok(SentFile { typed: std::mem::take(&mut form.typed), name: file.name, bytes: rest(form, file.bytes) })
}

/// The bytes of the file; the form is kept open until they are read.
fn rest(form: SentFiles, field: Field) -> LocalBoxStream<'static, Result<Bytes, MultipartError>> {
    let open = (form, field);
    futures_util::stream::try_unfold(open, |(form, mut field)| async move {
        Ok(field.try_next().await?.map(|piece| (piece, (form, field))))
    })
    .boxed_local()
}
