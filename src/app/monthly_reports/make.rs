//! Reports are made by the service at 08.00 on the first business day after their month, by the clock and the calendar of
//! their office, and by whoever may read them at any time after their month. There is one of each month.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::reader;
use crate::{
    app::{AppError, Office},
    domain::{
        figures::Month,
        ids::{ReportId, SessionId, StaffId},
        office::OfficeCode,
        working_days::DueError,
    },
    store::{
        self,
        audit::{By, Event},
        offices::OfficeRow,
    },
};

const FROM: NaiveTime = NaiveTime::MIN.overflowing_add_signed(TimeDelta::hours(8)).0;
/// A service that stood still for longer makes those that are missing on demand.
const MOST_MISSED: usize = 12;

/// Makes the report of a month that is over; one that is there stays as it is. `true`: it was made now.
///
/// Errors: [`AppError::Forbidden`] for other roles, [`AppError::NotFound`] for an office outside of the scope,
/// [`AppError::Invalid`] for a month that is not over.
pub async fn make_report(
    office: &Office,
    session: SessionId,
    code: OfficeCode,
    month: Month,
) -> Result<bool, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let (colleague, row) = reader(&mut tx, session, code, now).await?;
    if !month.is_over(now.with_timezone(&row.zone).date_naive()) {
        let detail = "Bulan ini belum berakhir; laporannya dapat dibuat sesudah hari terakhirnya.";
        return Err(AppError::fault("/month", "month_not_over", detail));
    }
    let made = make(&mut tx, code, month, Some(colleague.id), now).await?;
    tx.commit().await?;
    Ok(made)
}

/// Makes the reports whose hour has come, and those that were missed. Returns how many. Each in its own transaction.
pub async fn make_reports(office: &Office) -> Result<usize, AppError> {
    let now = office.now();
    let (offices, last) = {
        let mut tx = office.begin().await?;
        let last: BTreeMap<OfficeCode, Month> =
            store::monthly_reports::last_months(&mut tx).await?.into_iter().collect();
        (store::offices::list(&mut tx, "").await?, last)
    };
    let mut made = 0;
    for row in &offices {
        let local = now.with_timezone(&row.zone);
        let this = Month::of(local.date_naive());
        let missing = missing(last.get(&row.code).copied(), this);
        if missing.is_empty() || local.time() < FROM {
            continue;
        }
        match make_missing(office, row, this, &missing, now).await {
            Ok(count) => made += count,
            Err(error) => {
                tracing::error!(office = %row.code, "the report of a month could not be made: {error}");
            }
        }
    }
    Ok(made)
}

/// The months from the last report until the one before `this`; without any report, that one alone.
fn missing(last: Option<Month>, this: Month) -> Vec<Month> {
    let newest = this.before();
    let mut months: Vec<Month> = std::iter::successors(Some(newest), |month| Some(month.before()))
        .take(MOST_MISSED)
        .take_while(|month| last.is_none_or(|last| *month > last))
        .collect();
    if last.is_none() {
        months.truncate(1);
    }
    months.reverse();
    months
}

async fn make_missing(
    office: &Office,
    row: &OfficeRow,
    this: Month,
    missing: &[Month],
    now: DateTime<Utc>,
) -> Result<usize, AppError> {
    let mut made = 0;
    for month in missing {
        let mut tx = office.begin().await?;
        // The newest waits for the first business day of this month; that of an older one is over.
        let waits = *month == this.before() && !has_worked(&mut tx, row, this, now).await?;
        if !waits && make(&mut tx, row.code, *month, None, now).await? {
            tx.commit().await?;
            made += 1;
        }
    }
    Ok(made)
}

/// Whether the office has had a business day in this month, today included. A year that is not known has none: nothing is
/// guessed.
async fn has_worked(
    conn: &mut PgConnection,
    row: &OfficeRow,
    this: Month,
    now: DateTime<Utc>,
) -> Result<bool, AppError> {
    let today = now.with_timezone(&row.zone).date_naive();
    let calendar = store::calendar::load(conn, row.code, row.zone, today).await?.calendar;
    for day in this.first().iter_days().take_while(|day| *day <= today) {
        match calendar.day_off(day) {
            Ok(None) => return Ok(true),
            Ok(Some(_)) => {}
            Err(DueError::YearUnknown(_)) => return Ok(false),
            Err(error) => return Err(AppError::Internal(error.into())),
        }
    }
    Ok(false)
}

async fn make(
    conn: &mut PgConnection,
    code: OfficeCode,
    month: Month,
    by: Option<StaffId>,
    now: DateTime<Utc>,
) -> Result<bool, AppError> {
    let id = ReportId(Uuid::now_v7());
    if !store::monthly_reports::insert(conn, id, code, month, by, now).await? {
        return Ok(false);
    }
    let event = Event::new(by.map_or(By::System, By::Staff), "make_monthly_report")
        .office(code)
        .subject(id.0)
        .detail(json!({ "month": month }));
    store::audit::record(conn, event, now).await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(last: Option<&str>, this: &str) -> Vec<String> {
        let last = last.map(|last| last.parse().unwrap());
        missing(last, this.parse().unwrap()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_was_missed_is_made_and_nothing_from_before_the_first_report() {
        assert_eq!(months(None, "2026-08"), ["2026-07"]);
        assert_eq!(months(Some("2026-07"), "2026-08"), Vec::<String>::new());
        assert_eq!(months(Some("2025-11"), "2026-02"), ["2025-12", "2026-01"]);
        assert_eq!(months(Some("2020-01"), "2026-02").len(), MOST_MISSED);
    }
}
