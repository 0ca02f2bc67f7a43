//! Files of the registry, taken in while they arrive.

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::{Method, StatusCode, header::CONTENT_TYPE},
    web::{self, Data, Query},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::{
    app::{
        AppError, Office,
        desk::Desk,
        registry::{
            Faulty, ImportError, Run, Source, TaxpayersImported,
            files::{self, RowError},
            import_taxpayers,
        },
    },
    domain::line::Line,
    http::{
        Operation,
        arriving::{Arriving, MOST_REGISTRY_BYTES, NotArrived, PIECES_WAITING, pass_on},
        extract::StaffSession,
        pages::frame::in_indonesian,
        problem::{self, ApiError, Problem},
        row_words::words_of,
    },
};

const CSV: &str = "text/csv";

pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        id: "import_taxpayers",
        method: Method::POST,
        path: "/api/v1/taxpayers/imports",
        register: || web::to(import),
    }]
}

/// A body that is said to be CSV, before anything of it is read.
struct CsvBody(Payload);

impl FromRequest for CsvBody {
    type Error = ApiError;
    type Future = std::future::Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let media = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = media.and_then(|value| value.split(';').next()).unwrap_or_default();
        std::future::ready(if essence.trim().eq_ignore_ascii_case(CSV) {
            Ok(Self(payload.take()))
        } else {
            Err(problem::wrong_content_type(CSV).into())
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    file_name: String,
    #[serde(default)]
    dry_run: bool,
}

async fn import(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    asked: Query<Asked>,
    CsvBody(mut body): CsvBody,
) -> Result<HttpResponse, ApiError> {
    let name: Line<150> = Line::parse(&asked.file_name)
        .map_err(|error| AppError::fault("/file_name", error.code(), &error.detail()))?;
    let run = if asked.dry_run { Run::Try } else { Run::Keep };
    let source = Source { desk: Desk::Operator(session), name: name.as_str(), run };
    let (sender, arriving) = mpsc::channel(PIECES_WAITING);
    let taken = import_taxpayers(&office, files::taxpayers(Arriving::new(arriving)), source, |_| ());
    let (passed, taken) = futures_util::join!(pass_on(&mut body, MOST_REGISTRY_BYTES, sender), taken);
    passed.map_err(|error| match error {
        NotArrived::BrokeOff => problem::unreadable_request(),
        NotArrived::TooLarge => problem::too_large(MOST_REGISTRY_BYTES),
    })?;
    match taken {
        Ok(done) => {
            let mut answer = counts(done);
            answer["dry_run"] = asked.dry_run.into();
            Ok(HttpResponse::Ok().json(answer))
        }
        Err(ImportError::App(error)) => Err(error.into()),
        Err(ImportError::Faulty(faulty)) => Err(refused(&faulty).into()),
        Err(ImportError::Rows(rows)) => {
            let listed = rows.into_iter().map(|fault| RowError {
                row: fault.row,
                column: fault.column.to_owned(),
                message: fault.message,
            });
            let listed: Vec<RowError> = listed.collect();
            let count = u64::try_from(listed.len()).unwrap_or(u64::MAX);
            Err(refused(&Faulty { rows: count, total: count, listed, others: None }).into())
        }
    }
}

fn counts(done: TaxpayersImported) -> Value {
    let TaxpayersImported { added, changed, unchanged, open_requests } = done;
    json!({ "added": added, "changed": changed, "unchanged": unchanged, "open_requests": open_requests })
}

/// Why nothing was imported: the first faults by row and column, how many there are, and what would become of the other rows.
fn refused(faulty: &Faulty) -> Problem {
    faulty
        .listed
        .iter()
        .fold(Problem::new("invalid", StatusCode::UNPROCESSABLE_ENTITY, "Isian belum benar"), |problem, fault| {
            let key = words_of(&fault.message);
            let code = key.and_then(|key| key.strip_prefix("op.row.")).unwrap_or("row");
            let detail = key.and_then(in_indonesian).unwrap_or(&fault.message);
            let column = fault.column.replace('~', "~0").replace('/', "~1");
            problem.error(format!("/{}/{column}", fault.row), code, detail)
        })
        .detail("Tidak ada yang diimpor. Perbaiki baris yang disebut pada errors, lalu kirim lagi seluruh berkas.")
        .with("faulty_rows", faulty.rows)
        .with("fault_count", faulty.total)
        .with("others", faulty.others.map(counts))
}
