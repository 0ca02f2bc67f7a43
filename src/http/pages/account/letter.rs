//! `/akun/surat`: a letter of the own once more.

use actix_web::{
    HttpResponse,
    http::{Method, header::CONTENT_DISPOSITION},
    web,
};

use super::{at_home, session};
use crate::{
    app::account::download_letter::download_letter,
    http::pages::frame::{Access, Page, PageError, ProtectedForm, Typed, Visit, page},
};

pub(super) fn pages() -> Vec<Page> {
    vec![page("download_own_letter", Method::POST, "/akun/surat", Access::Everyone, || web::to(download))]
}

async fn download(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let typed = form.from_anyone(&visit)?.typed;
    let session = session(&visit)?;
    let id = typed.get("surat").parse().map_err(|_| PageError::WrongForm)?;
    let downloaded = at_home(download_letter(visit.office(), session, id).await)?;
    Ok(HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", downloaded.file_name)))
        .body(downloaded.letter.pdf))
}
