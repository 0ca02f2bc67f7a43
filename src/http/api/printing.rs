//! Letters that wait for print, and batches of them.

use actix_web::{
    HttpResponse,
    http::{Method, header::LOCATION},
    web::{self, Data, Query},
};
use serde::Deserialize;

use super::{
    answers,
    text::{self, Page},
};
use crate::{
    app::{
        AppError, Office,
        letters::print_batches::{
            MOST,
            make::{NewBatch, make_batch},
            print::{Print, print_batch},
            see::{batch, batches, waiting_letters},
        },
    },
    domain::{
        ids::{LetterId, PrintBatchId},
        names::Delivery,
    },
    http::{
        Operation,
        extract::{PathId, StaffSession},
        json::Json,
        problem::ApiError,
    },
    store::letters::LetterRowKind,
};

pub(super) fn operations() -> Vec<Operation> {
    let get = |id, path, register| Operation { id, method: Method::GET, path, register };
    let post = |id, path, register| Operation { id, method: Method::POST, path, register };
    vec![
        get("list_letters_to_print", "/api/v1/print-queue", || web::to(waiting)),
        get("list_print_batches", "/api/v1/print-batches", || web::to(list)),
        post("make_print_batch", "/api/v1/print-batches", || web::to(make)),
        get("get_print_batch", "/api/v1/print-batches/{batch_id}", || web::to(see)),
        post("print_batch", "/api/v1/print-batches/{batch_id}/print", || web::to(print)),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    delivery: Option<Paper>,
    kind: Option<LetterRowKind>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// The ways on which paper leaves.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Paper {
    Post,
    Counter,
}

impl From<Paper> for Delivery {
    fn from(paper: Paper) -> Self {
        match paper {
            Paper::Post => Self::Post,
            Paper::Counter => Self::Counter,
        }
    }
}

async fn waiting(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    asked: Query<Wanted>,
) -> Result<HttpResponse, ApiError> {
    let limit = text::limit(asked.limit)?;
    let after = text::read_cursor(asked.cursor.as_deref())?.map(|(_, id)| LetterId(id));
    let filter = (asked.delivery.map(Delivery::from), asked.kind);
    let rows = waiting_letters(&office, session, filter, after, limit + 1).await?;
    let page = Page::new(
        rows,
        usize::try_from(limit).unwrap_or_default(),
        |row| text::cursor("", row.letter_id.0),
        |row| row,
    );
    Ok(HttpResponse::Ok().json(page))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn list(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    asked: Query<Listed>,
) -> Result<HttpResponse, ApiError> {
    let limit = text::limit(asked.limit)?;
    let before = match text::read_cursor(asked.cursor.as_deref())? {
        None => None,
        Some((at, id)) => Some((at.parse().map_err(|_| text::bad_cursor())?, PrintBatchId(id))),
    };
    let rows = batches(&office, session, before, limit + 1).await?;
    let page = Page::new(
        rows,
        usize::try_from(limit).unwrap_or_default(),
        |row| text::cursor(&row.created_at.0.to_rfc3339(), row.batch_id.0),
        |row| row,
    );
    Ok(HttpResponse::Ok().json(page))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Make {
    delivery: Paper,
    kind: Option<LetterRowKind>,
    limit: Option<i64>,
}

async fn make(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    Json(body): Json<Make>,
) -> Result<HttpResponse, ApiError> {
    let limit = body.limit.unwrap_or(MOST);
    if !(1..=MOST).contains(&limit) {
        return Err(AppError::fault("/limit", "range", &format!("Isi 1 sampai {MOST}.")).into());
    }
    let new = NewBatch { delivery: body.delivery.into(), kind: body.kind, limit };
    let id = make_batch(&office, session, new).await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("/api/v1/print-batches/{id}")))
        .json(batch(&office, session, id).await?))
}

async fn see(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<PrintBatchId>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(batch(&office, session, id).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct How {
    reason: Option<String>,
    duplex: bool,
}

async fn print(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    PathId(id): PathId<PrintBatchId>,
    Json(body): Json<How>,
) -> Result<HttpResponse, ApiError> {
    let reason = body.reason.as_deref().map(|text| answers::line("/reason", text)).transpose()?;
    let print = Print { reason, duplex: body.duplex };
    // The office's own threads: a caller who hangs up does not break a print off half-way.
    let here = office.clone();
    let pdf = office.see_through(async move { print_batch(&here, session, id, &print).await }).await?;
    Ok(answers::pdf("berkas-cetak.pdf", pdf))
}
