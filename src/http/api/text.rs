//! How values are written in answers, and cursors of pages.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, FixedOffset, SecondsFormat, TimeZone, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::http::problem::{self, ApiError};

/// RFC 3339 with the offset that it has.
pub fn instant(at: DateTime<FixedOffset>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// RFC 3339 with the offset of an office.
pub fn at_office(at: DateTime<Utc>, zone: chrono_tz::Tz) -> String {
    zone.from_utc_datetime(&at.naive_utc()).to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// One page of a list.
#[derive(Serialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// From one row more than a page has: the extra row says that there is a next page.
    pub fn new<R>(
        mut rows: Vec<R>,
        limit: usize,
        cursor: impl Fn(&R) -> String,
        show: impl Fn(R) -> T,
    ) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(cursor);
        Self { items: rows.into_iter().map(show).collect(), next_cursor }
    }
}

/// Rows of a page: 1 to 100, 50 when nothing was said.
pub fn limit(asked: Option<i64>) -> Result<i64, ApiError> {
    match asked {
        None => Ok(50),
        Some(limit @ 1..=100) => Ok(limit),
        Some(_) => Err(problem::bad_query("/limit", "Isi 1 sampai 100.").into()),
    }
}

/// The last row of a page, by what the list is ordered by.
pub fn cursor(order: &str, id: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(format!("{id}{order}"))
}

/// Reads a cursor of ours.
pub fn read_cursor(text: Option<&str>) -> Result<Option<(String, Uuid)>, ApiError> {
    let Some(text) = text else { return Ok(None) };
    let read = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (id, order) = text.split_at_checked(36)?;
        Some((order.to_owned(), id.parse().ok()?))
    };
    read().map(Some).ok_or_else(|| bad_cursor().into())
}

/// A cursor that is not ours.
pub fn bad_cursor() -> problem::Problem {
    problem::bad_query("/cursor", "Pakai next_cursor dari halaman sebelumnya.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_and_garbage_is_refused() {
        let id = Uuid::from_u128(7);
        let read = read_cursor(Some(&cursor("Ani", id))).unwrap();

        assert_eq!(read, Some(("Ani".to_owned(), id)));
        for garbage in ["", "!", "AAAA"] {
            assert!(read_cursor(Some(garbage)).is_err());
        }
    }
}
