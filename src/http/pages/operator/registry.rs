//! `/operator/data`: files of the taxpayer registry, tried first: every fault by its row, and what would change.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use futures_util::StreamExt;
use serde::Serialize;

use super::{
    desk,
    row_faults::{RowLine, told, told_by_registry},
};
use crate::{
    app::{
        AppError, Office,
        registry::{
            ImportError, Run, Source, Summary,
            files::{self, RowError},
            import_persons, import_taxpayers,
        },
    },
    http::pages::frame::{OPERATOR, Page, PageError, ProtectedUpload, SentFile, Staff, Visit, page},
};

const PATH: &str = "/operator/data";
/// A registry of a hundred thousand taxpayers is a third of it.
const MOST_BYTES: usize = 64 * 1024 * 1024;

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("registry_import_form", Method::GET, PATH, OPERATOR, || web::to(ask)),
        page("import_registry_file", Method::POST, PATH, OPERATOR, || web::to(take)),
    ]
}

#[derive(Default, Serialize)]
struct View<'a> {
    kind: &'a str,
    tried: bool,
    done: Option<Summary>,
    file: &'a str,
    /// The key of what is wrong with the file as a whole.
    wrong: Option<&'static str>,
    faults: Vec<RowLine>,
    more: usize,
}

async fn ask(staff: Staff) -> Result<HttpResponse, PageError> {
    if staff.who().colleague.operator()?.office.is_some() {
        return Err(AppError::Forbidden.into());
    }
    staff.show("operator/registry.html", &View { kind: "taxpayers", tried: true, ..View::default() })
}

/// Why nothing was imported.
enum Refused {
    File(Vec<RowError>),
    Registry(ImportError),
}

impl From<Vec<RowError>> for Refused {
    fn from(faults: Vec<RowError>) -> Self {
        Self::File(faults)
    }
}

impl From<ImportError> for Refused {
    fn from(error: ImportError) -> Self {
        Self::Registry(error)
    }
}

async fn import(office: &Office, kind: &str, bytes: &[u8], source: Source<'_>) -> Result<Summary, Refused> {
    Ok(if kind == "persons" {
        import_persons(office, &files::persons(bytes)?, source).await?
    } else {
        import_taxpayers(office, &files::taxpayers(bytes)?, source).await?
    })
}

/// The whole file, as long as it is not larger than a registry can be.
async fn bytes_of(sent: &mut SentFile) -> Result<Vec<u8>, PageError> {
    let mut whole = Vec::new();
    while let Some(piece) = sent.bytes.next().await {
        let piece = piece.map_err(|_| PageError::WrongForm)?;
        if whole.len() + piece.len() > MOST_BYTES {
            return Err(PageError::TooLarge);
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole)
}

async fn take(visit: Visit, form: ProtectedUpload) -> Result<HttpResponse, PageError> {
    let (staff, mut sent) = form.from_staff(&visit).await?;
    staff.who().colleague.operator()?;
    let bytes = bytes_of(&mut sent).await?;
    let kind = if sent.typed.get("kind") == "persons" { "persons" } else { "taxpayers" };
    let run = if sent.typed.get("run") == "keep" { Run::Keep } else { Run::Try };
    let mut view = View { kind, tried: run == Run::Try, file: &sent.name, ..View::default() };
    if bytes.is_empty() {
        view.wrong = Some("op.import.no_file");
        return staff.show_as(StatusCode::UNPROCESSABLE_ENTITY, "operator/registry.html", &view);
    }
    let source = Source { desk: desk(&staff), name: &sent.name, run };
    match import(staff.office(), kind, &bytes, source).await {
        Ok(summary) => {
            view.done = Some(summary);
            staff.show("operator/registry.html", &view)
        }
        Err(refused) => {
            (view.faults, view.more) = match refused {
                Refused::File(faults) => told(&faults),
                Refused::Registry(ImportError::Rows(faults)) => told_by_registry(&faults),
                Refused::Registry(ImportError::App(error)) => return Err(error.into()),
            };
            staff.show_as(StatusCode::UNPROCESSABLE_ENTITY, "operator/registry.html", &view)
        }
    }
}
