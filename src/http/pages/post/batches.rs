//! `/surat/tumpukan`: batches of letters that are printed in one go, and what became of them.
//!
//! The bytes of letters leave only as the answer of the print act, which is counted and audited first. No address shows them
//! again.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web::{self, Query},
};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    PATH,
    desk::{self, Shown},
};
use crate::{
    app::{
        AppError,
        letters::print_batches::{
            MOST,
            make::{NewBatch, make_batch},
            print::{Print, print_batch},
            see::{BatchView, WholeBatch, batch, batches},
        },
    },
    domain::{delivery::PaperPlace, ids::PrintBatchId, names::Delivery},
    http::pages::frame::{
        Flash, FormFaults, InPath, PAPER, Page, PageError, ProtectedForm, Staff, Typed, Visit, page, pdf,
    },
};

const BATCHES: &str = "/surat/tumpukan";
const ROWS: i64 = 50;

pub(super) fn pages() -> Vec<Page> {
    let get = |id, path, register| page(id, Method::GET, path, PAPER, register);
    let post = |id, path, register| page(id, Method::POST, path, PAPER, register);
    vec![
        get("print_batches_page", BATCHES, || web::to(list)),
        post("make_print_batch_on_page", BATCHES, || web::to(make)),
        get("print_batch_page", "/surat/tumpukan/{batch_id}", || web::to(show)),
        post("print_batch_on_page", "/surat/tumpukan/{batch_id}/cetak", || web::to(print)),
    ]
}

#[derive(Serialize)]
struct ListView {
    batches: Vec<BatchView>,
    next: Option<String>,
    later: bool,
}

async fn list(staff: Staff, asked: Query<Typed>) -> Result<HttpResponse, PageError> {
    let before = position(asked.get("sebelum"));
    let mut rows = batches(staff.office(), staff.session(), before, ROWS + 1).await?;
    let shown = usize::try_from(ROWS).unwrap_or_default();
    let more = rows.len() > shown;
    rows.truncate(shown);
    let last = rows.last().filter(|_| more);
    let next = last.map(|batch| format!("{}.{}", batch.created_at.0.timestamp_micros(), batch.batch_id));
    staff.show("post/batches.html", &ListView { batches: rows, next, later: before.is_some() })
}

fn position(text: &str) -> Option<(DateTime<Utc>, PrintBatchId)> {
    let (at, id) = text.split_once('.')?;
    Some((DateTime::from_timestamp_micros(at.parse().ok()?)?, id.parse().ok()?))
}

async fn make(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let typed = &sent.typed;
    let mut faults = FormFaults::default();
    let delivery = match typed.get("delivery").parse() {
        Ok(way @ (Delivery::Post | Delivery::Counter)) => Some(way),
        Ok(Delivery::Email) | Err(_) => {
            faults.add("delivery", staff.say("post.e.delivery.required", &[]));
            None
        }
    };
    let limit = match typed.get("limit") {
        "" => Some(MOST),
        text => text.parse().ok().filter(|limit| (1..=MOST).contains(limit)),
    };
    if limit.is_none() {
        faults.add("limit", staff.say("post.e.limit.range", &[("n", &MOST.to_string())]));
    }
    let Some((delivery, limit)) = delivery.zip(limit) else {
        let shown = Shown { typed: Some(typed), faults, kept: None };
        return desk::draw(&staff, StatusCode::UNPROCESSABLE_ENTITY, PaperPlace::Print, None, shown).await;
    };
    let new = NewBatch { delivery, kind: typed.get("kind").parse().ok(), limit };
    match make_batch(staff.office(), staff.session(), new).await {
        Ok(id) => staff.go_saying(&format!("{BATCHES}/{id}"), &Flash::done("post.batch.made")),
        Err(AppError::NothingToPrint) => staff.go_saying(PATH, &Flash::note("post.batch.nothing")),
        Err(error) => Err(error.into()),
    }
}

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    whole: WholeBatch,
    /// How many of its letters still leave on its way.
    to_print: usize,
    reason: &'a str,
    duplex: bool,
    faults: FormFaults,
}

async fn draw(
    staff: &Staff,
    status: StatusCode,
    id: PrintBatchId,
    typed: &Typed,
    faults: FormFaults,
) -> Result<HttpResponse, PageError> {
    let whole = batch(staff.office(), staff.session(), id).await?;
    let to_print = whole.letters.iter().filter(|letter| letter.to_print).count();
    let view = View {
        whole,
        to_print,
        reason: typed.get("reason"),
        duplex: !typed.get("duplex").is_empty(),
        faults,
    };
    staff.show_as(status, "post/batch.html", &view)
}

async fn show(staff: Staff, InPath(id): InPath<PrintBatchId>) -> Result<HttpResponse, PageError> {
    draw(&staff, StatusCode::OK, id, &Typed::default(), FormFaults::default()).await
}

async fn print(
    visit: Visit,
    InPath(id): InPath<PrintBatchId>,
    form: ProtectedForm<Typed>,
) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let typed = &sent.typed;
    let mut faults = FormFaults::default();
    let reason = faults.optional_line(&staff, "reason", typed.get("reason"));
    if !faults.is_empty() {
        return draw(&staff, StatusCode::UNPROCESSABLE_ENTITY, id, typed, faults).await;
    }
    let how = Print { reason, duplex: !typed.get("duplex").is_empty() };
    match print_batch(staff.office(), staff.session(), id, &how).await {
        Ok(bytes) => Ok(pdf("tumpukan-surat.pdf", bytes)),
        Err(AppError::Invalid(of_act)) => {
            let faults = FormFaults::told(&staff, "post", &of_act);
            draw(&staff, StatusCode::UNPROCESSABLE_ENTITY, id, typed, faults).await
        }
        Err(AppError::NothingToPrint) => {
            staff.go_saying(&format!("{BATCHES}/{id}"), &Flash::note("post.batch.left_all"))
        }
        Err(error) => Err(error.into()),
    }
}
