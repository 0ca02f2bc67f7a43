//! `/operator/data`: files of the taxpayer registry, tried first: every fault by its row, and what would change.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use futures_util::StreamExt;
use serde::Serialize;
use tokio::sync::mpsc;

use super::{
    desk,
    row_faults::{RowLine, told, told_by_registry},
};
use crate::{
    app::{
        AppError, Office,
        registry::{
            Faulty, ImportError, Run, Source, Summary, TaxpayersImported,
            files::{self, RowError},
            import_persons, import_taxpayers,
        },
    },
    http::{
        arriving::{Arriving, MOST_REGISTRY_BYTES, NotArrived, PIECES_WAITING, pass_on},
        pages::frame::{OPERATOR, Page, PageError, ProtectedUpload, SentFile, Staff, Visit, page},
    },
};

const PATH: &str = "/operator/data";
/// Persons are held whole while they are read.
const MOST_BYTES_OF_PERSONS: usize = 64 * 1024 * 1024;

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
    done: Option<Done>,
    file: &'a str,
    /// The key of what is wrong with the file as a whole.
    wrong: Option<&'static str>,
    faults: Vec<RowLine>,
    more: usize,
    /// How many rows are at fault, where a row may have several.
    faulty_rows: Option<u64>,
    /// What would become of the other rows.
    others: Option<Done>,
}

/// What became of rows.
#[derive(Serialize)]
struct Done {
    added: u64,
    changed: u64,
    unchanged: u64,
    /// Open requests that are told of it; only taxpayers have them.
    open_requests: Option<u64>,
}

impl From<Summary> for Done {
    fn from(Summary { added, changed, unchanged }: Summary) -> Self {
        Self { added, changed, unchanged, open_requests: None }
    }
}

impl From<TaxpayersImported> for Done {
    fn from(done: TaxpayersImported) -> Self {
        let TaxpayersImported { added, changed, unchanged, open_requests } = done;
        Self { added, changed, unchanged, open_requests: Some(open_requests) }
    }
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

/// Takes the file in while it arrives. One that breaks off is not taken.
async fn import(
    office: &Office,
    kind: &str,
    sent: &mut SentFile,
    source: Source<'_>,
) -> Result<Result<Done, Refused>, PageError> {
    if kind == "persons" {
        let bytes = bytes_of(sent).await?;
        let rows = match files::persons(bytes.as_slice()) {
            Ok(rows) => rows,
            Err(faults) => return Ok(Err(faults.into())),
        };
        return Ok(import_persons(office, &rows, source).await.map(Done::from).map_err(Refused::from));
    }
    let (sender, arriving) = mpsc::channel(PIECES_WAITING);
    let rows = files::taxpayers(Arriving::new(arriving));
    let taken = import_taxpayers(office, rows, source, |_| ());
    let (passed, taken) = futures_util::join!(pass_on(&mut sent.bytes, MOST_REGISTRY_BYTES, sender), taken);
    passed.map_err(|error| match error {
        NotArrived::BrokeOff => PageError::WrongForm,
        NotArrived::TooLarge => PageError::TooLarge,
    })?;
    Ok(taken.map(Done::from).map_err(Refused::from))
}

/// The whole file, as long as it is not larger than one of persons can be.
async fn bytes_of(sent: &mut SentFile) -> Result<Vec<u8>, PageError> {
    let mut whole = Vec::new();
    while let Some(piece) = sent.bytes.next().await {
        let piece = piece.map_err(|_| PageError::WrongForm)?;
        if whole.len() + piece.len() > MOST_BYTES_OF_PERSONS {
            return Err(PageError::TooLarge);
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole)
}

async fn take(visit: Visit, form: ProtectedUpload) -> Result<HttpResponse, PageError> {
    let (staff, mut sent) = form.from_staff(&visit).await?;
    staff.who().colleague.operator()?;
    let kind = if sent.typed.get("kind") == "persons" { "persons" } else { "taxpayers" };
    let run = if sent.typed.get("run") == "keep" { Run::Keep } else { Run::Try };
    let file = sent.name.clone();
    let mut view = View { kind, tried: run == Run::Try, file: &file, ..View::default() };
    if file.is_empty() {
        view.wrong = Some("op.import.no_file");
        return staff.show_as(StatusCode::UNPROCESSABLE_ENTITY, "operator/registry.html", &view);
    }
    let source = Source { desk: desk(&staff), name: &file, run };
    match import(staff.office(), kind, &mut sent, source).await? {
        Ok(done) => {
            view.done = Some(done);
            staff.show("operator/registry.html", &view)
        }
        Err(refused) => {
            (view.faults, view.more) = match refused {
                Refused::File(faults) => told(&faults),
                Refused::Registry(ImportError::Rows(faults)) => told_by_registry(&faults),
                Refused::Registry(ImportError::Faulty(all)) => {
                    let Faulty { rows, total, listed, others } = *all;
                    view.faulty_rows = Some(rows);
                    view.others = others.map(Done::from);
                    let (faults, _) = told(&listed);
                    let more = usize::try_from(total).unwrap_or(usize::MAX).saturating_sub(faults.len());
                    (faults, more)
                }
                Refused::Registry(ImportError::App(error)) => return Err(error.into()),
            };
            staff.show_as(StatusCode::UNPROCESSABLE_ENTITY, "operator/registry.html", &view)
        }
    }
}
