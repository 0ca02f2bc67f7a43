//! The figures of the board, and the rounds behind each.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Data, Query},
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{answers, text};
use crate::{
    app::{
        Office,
        exports::export_rounds,
        views::{
            behind_figure::{Measure, RoundRow, Running, Wanted, behind_figure},
            board::board,
        },
    },
    domain::{figures::Days, names::Kind, office::OfficeCode},
    http::{
        Operation,
        extract::StaffSession,
        problem::{self, ApiError},
    },
};

pub(super) fn operations() -> Vec<Operation> {
    let get = |id, path, register| Operation { id, method: Method::GET, path, register };
    vec![
        get("board_figures", "/api/v1/figures", || web::to(figures)),
        get("rounds_of_figure", "/api/v1/figures/rounds", || web::to(rounds)),
        get("export_rounds_of_figure", "/api/v1/figures/rounds/export", || web::to(export)),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    office_code: Option<OfficeCode>,
}

async fn figures(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    asked: Query<Asked>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(board(&office, session, asked.office_code).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedRounds {
    measure: String,
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
    office_code: Option<OfficeCode>,
    kind: Option<Kind>,
    item: Option<String>,
    age_days: Option<i32>,
    limit: Option<i64>,
    cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileAsked {
    format: String,
    measure: String,
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
    office_code: Option<OfficeCode>,
    kind: Option<Kind>,
    item: Option<String>,
    age_days: Option<i32>,
}

#[derive(Serialize)]
struct RoundsPage {
    total: i64,
    items: Vec<RoundRow>,
    next_cursor: Option<String>,
}

/// Reads which figure is asked for.
fn measured(text: &str, from: Option<NaiveDate>, until: Option<NaiveDate>) -> Result<Wanted, ApiError> {
    let measure =
        Measure::parse(text).ok_or_else(|| problem::bad_query("/measure", "Angka ini tidak dikenal."))?;
    let days = match (measure, from, until) {
        (Measure::Running, ..) => Days { from: NaiveDate::MIN, until: NaiveDate::MIN },
        (_, Some(from), Some(until)) => Days::between(from, until)
            .ok_or_else(|| problem::bad_query("/from", "Isi hari pertama dan hari terakhir, berurutan."))?,
        _ => return Err(problem::bad_query("/from", "Isi hari pertama dan hari terakhir.").into()),
    };
    Ok(Wanted { measure, days, office: None, kind: None, item: None, running: Running::default() })
}

fn a_figure(wanted: Wanted) -> Result<Wanted, ApiError> {
    if wanted.is_a_figure() {
        return Ok(wanted);
    }
    Err(problem::bad_query("/measure", "Angka ini tidak dipersempit oleh isian itu.").into())
}

async fn rounds(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    asked: Query<AskedRounds>,
) -> Result<HttpResponse, ApiError> {
    let asked = asked.into_inner();
    let all = measured(&asked.measure, asked.from, asked.until)?;
    let limit = text::limit(asked.limit)?;
    let after = match text::read_cursor(asked.cursor.as_deref())? {
        None => None,
        Some((day, round)) => {
            let day =
                day.parse().map_err(|_| problem::bad_query("/cursor", "Kursor ini bukan dari kami."))?;
            Some((day, round))
        }
    };
    let wanted = a_figure(Wanted {
        office: asked.office_code,
        kind: asked.kind,
        item: asked.item,
        running: Running { age: asked.age_days, ..Running::default() },
        ..all
    })?;
    let behind = behind_figure(&office, session, &wanted, after, limit + 1).await?;
    let page = text::Page::new(
        behind.rows,
        usize::try_from(limit).unwrap_or_default(),
        |row: &RoundRow| text::cursor(&row.place.0.to_string(), row.place.1.0),
        |row| row,
    );
    let page = RoundsPage { total: behind.total, items: page.items, next_cursor: page.next_cursor };
    Ok(HttpResponse::Ok().json(page))
}

async fn export(
    office: Data<Office>,
    StaffSession(session): StaffSession,
    asked: Query<FileAsked>,
) -> Result<HttpResponse, ApiError> {
    let asked = asked.into_inner();
    let all = measured(&asked.measure, asked.from, asked.until)?;
    let wanted = a_figure(Wanted {
        office: asked.office_code,
        kind: asked.kind,
        item: asked.item,
        running: Running { age: asked.age_days, ..Running::default() },
        ..all
    })?;
    let format = answers::format(&asked.format)?;
    Ok(answers::list_file(export_rounds(&office, session, &wanted, format).await?))
}
