//! Forms with fields and several files. Fields come first; the bytes of a file pass on as they come and are never held
//! whole. A form that came after the end of a session keeps what was typed; the files are chosen again.

use actix_multipart::{Field, Multipart};
use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::CONTENT_TYPE, web::BytesMut};
use futures_util::{TryStreamExt, future::LocalBoxFuture};

use super::{
    form::{ONCE_FIELD, ProtectedForm, TOKEN_FIELD, Typed, from_here},
    kept::Kept,
    local_path::LocalPath,
    trouble::PageError,
    visit::{Staff, Visit},
};

/// All fields before the first file together.
const MOST_BYTES: usize = 64 * 1024;

/// A form as it came. [`ProtectedFiles::from_staff`] and [`ProtectedFiles::from_anyone`] are the only ways in.
pub struct ProtectedFiles(Sort);

enum Sort {
    Parts(Box<Multipart>, LocalPath),
    /// The same form without files, as it is sent again after a sign-in.
    Fields(ProtectedForm<Typed>),
}

/// An opened form. Its files are taken one after the other.
pub struct SentFiles {
    pub typed: Typed,
    /// The same for each press of the same button.
    pub once: String,
    parts: Option<Box<Multipart>>,
    next: Option<Field>,
}

/// A file of a form: the name of its field, its own name, its bytes.
pub struct SentFile {
    pub field: String,
    /// As the browser says it; empty when no file was chosen.
    pub name: String,
    pub bytes: Field,
}

impl FromRequest for ProtectedFiles {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let essence = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !essence.is_some_and(|essence| essence.starts_with("multipart/")) {
            let form = ProtectedForm::from_request(request, payload);
            return Box::pin(async move { Ok(Self(Sort::Fields(form.await?))) });
        }
        let here = from_here(request);
        let path = request.uri().to_string().parse().unwrap_or_else(|_| LocalPath::start());
        let parts = Multipart::from_request(request, payload);
        Box::pin(async move {
            if !here {
                return Err(PageError::Forged);
            }
            let parts = parts.await.map_err(|_| PageError::WrongForm)?;
            Ok(Self(Sort::Parts(Box::new(parts), path)))
        })
    }
}

impl ProtectedFiles {
    /// Opens a form that staff sent. Without our token nothing of a file is looked at.
    pub async fn from_staff(self, visit: &Visit) -> Result<(Staff, SentFiles), PageError> {
        let (parts, path) = match self.0 {
            Sort::Parts(parts, path) => (parts, path),
            Sort::Fields(form) => {
                let (staff, sent) = form.from_staff(visit)?;
                return Ok((staff, SentFiles::without_files(sent.typed, sent.once)));
            }
        };
        let (form, genuine) = SentFiles::begin(parts, visit).await?;
        let keep = |form: SentFiles| Box::new(Kept::new(visit.office(), path, form.typed.0));
        let staff = match visit.staff() {
            Ok(staff) => staff,
            Err(PageError::SignIn(_)) => return Err(PageError::SignIn(genuine.then(|| keep(form)))),
            Err(refused) => return Err(refused),
        };
        if !genuine {
            return Err(PageError::AskAgain(keep(form)));
        }
        Ok((staff, form))
    }

    /// Opens a form that anybody may send.
    pub async fn from_anyone(self, visit: &Visit) -> Result<SentFiles, PageError> {
        let (parts, path) = match self.0 {
            Sort::Parts(parts, path) => (parts, path),
            Sort::Fields(form) => {
                let sent = form.from_anyone(visit)?;
                return Ok(SentFiles::without_files(sent.typed, sent.once));
            }
        };
        let (form, genuine) = SentFiles::begin(parts, visit).await?;
        if !genuine {
            return Err(PageError::AskAgain(Box::new(Kept::new(visit.office(), path, form.typed.0))));
        }
        Ok(form)
    }
}

impl SentFiles {
    fn without_files(typed: Typed, once: String) -> Self {
        Self { typed, once, parts: None, next: None }
    }

    /// Reads up to the first file, and tells whether our token was among the fields.
    async fn begin(mut parts: Box<Multipart>, visit: &Visit) -> Result<(Self, bool), PageError> {
        let mut typed = Typed::default();
        let next = fields(&mut parts, &mut typed).await?;
        let genuine = typed.0.iter().any(|(name, value)| name == TOKEN_FIELD && visit.gave(value));
        typed.0.retain(|(name, _)| name != TOKEN_FIELD);
        let once = typed.get(ONCE_FIELD).to_owned();
        Ok((Self { typed, once, parts: Some(parts), next }, genuine))
    }

    /// The next file. What was left of the one before is thrown away.
    pub async fn next_file(&mut self) -> Result<Option<SentFile>, PageError> {
        let Some(parts) = &mut self.parts else { return Ok(None) };
        let field = match self.next.take() {
            Some(field) => Some(field),
            None => fields(parts, &mut self.typed).await?,
        };
        Ok(field.map(|bytes| SentFile {
            field: bytes.name().unwrap_or_default().to_owned(),
            name: file_name(&bytes).unwrap_or_default(),
            bytes,
        }))
    }
}

fn file_name(field: &Field) -> Option<String> {
    Some(field.content_disposition()?.get_filename()?.to_owned())
}

/// Reads fields up to the next file.
async fn fields(parts: &mut Multipart, typed: &mut Typed) -> Result<Option<Field>, PageError> {
    while let Some(mut field) = parts.try_next().await.map_err(|_| PageError::WrongForm)? {
        if file_name(&field).is_some() {
            return Ok(Some(field));
        }
        let mut text = BytesMut::new();
        while let Some(piece) = field.try_next().await.map_err(|_| PageError::WrongForm)? {
            let so_far: usize = typed.0.iter().map(|(name, value)| name.len() + value.len()).sum();
            if so_far + text.len() + piece.len() > MOST_BYTES {
                return Err(PageError::TooLarge);
            }
            text.extend_from_slice(&piece);
        }
        let name = field.name().unwrap_or_default().to_owned();
        typed.0.push((name, String::from_utf8(text.to_vec()).map_err(|_| PageError::WrongForm)?));
    }
    Ok(None)
}
