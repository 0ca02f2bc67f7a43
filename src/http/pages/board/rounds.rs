//! The requests behind a figure.

use std::fmt::Write as _;

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Query},
};
use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

use super::PATH;
use crate::{
    app::{
        exports::{Format, export_rounds},
        views::behind_figure::{LimitIs, Measure, RoundRow, Running, Wanted, behind_figure},
    },
    domain::{figures::Days, names::Kind, office::OfficeCode},
    http::pages::frame::{Page, PageError, Staff, Typed, WATCHES, list_file, page},
};

/// Rows of one part of the list.
const ROWS: i64 = 100;

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("rounds_of_board", Method::GET, "/papan/permohonan", WATCHES, || web::to(show)),
        page("export_rounds_of_board", Method::GET, "/papan/permohonan/unduh", WATCHES, || web::to(download)),
    ]
}

#[derive(Serialize)]
struct View {
    measure: &'static str,
    days: Option<Days>,
    office: Option<OfficeCode>,
    kind: Option<Kind>,
    item: Option<String>,
    age: Option<i32>,
    limit: Option<&'static str>,
    due_days: (Option<NaiveDate>, Option<NaiveDate>),
    oldest: i32,
    total: i64,
    rows: Vec<RoundRow>,
    /// The time until the letter is known of some.
    worked: bool,
    /// More than one office is shown.
    offices: bool,
    /// What the same list as a file is asked by.
    query: String,
    back: String,
    next: Option<String>,
    first: Option<String>,
}

async fn show(staff: Staff, asked: Query<Typed>) -> Result<HttpResponse, PageError> {
    let wanted = wanted(&asked)?;
    let after = after(asked.get("setelah"))?;
    let behind = behind_figure(staff.office(), staff.session(), &wanted, after, ROWS + 1).await?;
    let mut rows = behind.rows;
    let more = rows.len() > usize::try_from(ROWS).unwrap_or_default();
    rows.truncate(usize::try_from(ROWS).unwrap_or_default());
    let here = address(&wanted);
    let next =
        rows.last().filter(|_| more).map(|row| format!("{here}&setelah={}_{}", row.place.0, row.place.1));
    let view = View {
        measure: wanted.measure.as_str(),
        days: (wanted.measure != Measure::Running).then_some(wanted.days),
        office: wanted.office,
        kind: wanted.kind,
        item: wanted.item.as_deref().map(|item| item_name(&staff, item)),
        age: wanted.running.age,
        limit: wanted.running.limit.map(LimitIs::as_str),
        due_days: wanted.running.due,
        oldest: crate::app::views::behind_figure::OLDEST,
        total: behind.total,
        offices: rows.iter().any(|row| Some(row.office_code) != rows.first().map(|first| first.office_code)),
        worked: rows.iter().any(|row| row.worked_minutes.is_some()),
        back: wanted.office.map_or_else(|| PATH.to_owned(), |code| format!("{PATH}?kantor={code}")),
        query: query(&wanted),
        first: after.map(|_| here),
        next,
        rows,
    };
    staff.show("board/rounds.html", &view)
}

/// The list of an address as a file.
async fn download(staff: Staff, asked: Query<Typed>) -> Result<HttpResponse, PageError> {
    let format = Format::parse(asked.get("bentuk")).ok_or(PageError::Unknown)?;
    Ok(list_file(export_rounds(staff.office(), staff.session(), &wanted(&asked)?, format).await?))
}

fn item_name(staff: &Staff, item: &str) -> String {
    crate::app::views::board::item_name(staff.office(), item)
}

/// What the address asks for; what it cannot ask for is a page that is not there.
fn wanted(asked: &Typed) -> Result<Wanted, PageError> {
    let measure = Measure::parse(asked.get("angka")).ok_or(PageError::Unknown)?;
    let day = |name: &str| asked.get(name).parse::<NaiveDate>().map_err(|_| PageError::Unknown);
    let days = if measure == Measure::Running {
        Days { from: NaiveDate::MIN, until: NaiveDate::MIN }
    } else {
        Days::between(day("dari")?, day("sampai")?).ok_or(PageError::Unknown)?
    };
    let wanted = Wanted {
        measure,
        days,
        office: some(asked.get("kantor"))?,
        kind: some(asked.get("jenis"))?,
        item: some::<String>(asked.get("alasan"))?
            .map(|item| {
                if item.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
                    Ok(item)
                } else {
                    Err(PageError::Unknown)
                }
            })
            .transpose()?,
        running: Running {
            age: some(asked.get("umur"))?,
            limit: match asked.get("batas") {
                "" => None,
                limit => Some(LimitIs::parse(limit).ok_or(PageError::Unknown)?),
            },
            due: (some(asked.get("jatuh_dari"))?, some(asked.get("jatuh_sampai"))?),
        },
    };
    if wanted.is_a_figure() { Ok(wanted) } else { Err(PageError::Unknown) }
}

fn some<T: std::str::FromStr>(text: &str) -> Result<Option<T>, PageError> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| PageError::Unknown)
}

fn after(text: &str) -> Result<Option<(NaiveDate, Uuid)>, PageError> {
    if text.is_empty() {
        return Ok(None);
    }
    let read = || {
        let (day, round) = text.split_once('_')?;
        Some((day.parse().ok()?, round.parse().ok()?))
    };
    read().map(Some).ok_or(PageError::Unknown)
}

/// The address of the same list.
fn address(wanted: &Wanted) -> String {
    format!("{PATH}/permohonan?{}", query(wanted))
}

fn query(wanted: &Wanted) -> String {
    let mut query = format!("angka={}", wanted.measure.as_str());
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            // Writing to a string cannot fail.
            let _ = write!(query, "&{name}={value}");
        }
    };
    if wanted.measure != Measure::Running {
        add("dari", Some(wanted.days.from.to_string()));
        add("sampai", Some(wanted.days.until.to_string()));
    }
    add("kantor", wanted.office.map(|code| code.to_string()));
    add("jenis", wanted.kind.map(|kind| kind.as_str().to_owned()));
    add("alasan", wanted.item.clone());
    let Running { age, limit, due } = wanted.running;
    add("umur", age.map(|age| age.to_string()));
    add("batas", limit.map(|limit| limit.as_str().to_owned()));
    add("jatuh_dari", due.0.map(|day| day.to_string()));
    add("jatuh_sampai", due.1.map(|day| day.to_string()));
    query
}
