//! Whether an office is open now, and when it opens next. Public: it is written on the door too.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;

use super::{AppError, Office, views::parts::AtOffice};
use crate::{
    domain::{
        office::OfficeCode,
        working_days::{DueError, Opening, SkipReason},
    },
    store::{self, offices::OfficeRow},
};

/// An office with its counter as it stands now.
#[derive(Debug, Serialize)]
pub struct OpeningHours {
    pub office_code: OfficeCode,
    pub name: String,
    pub address: Option<String>,
    pub phone: Option<String>,
    pub now: AtOffice,
    pub counter: Counter,
}

#[derive(Debug, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Counter {
    Open {
        closes_at: AtOffice,
    },
    Closed {
        opens_at: AtOffice,
        /// Why nobody works today; `None` before it opens and after it closed.
        day_off: Option<SkipReason>,
    },
    /// The calendar of this year is not there: nothing is guessed.
    Unknown {
        year: i32,
    },
}

/// Errors: [`AppError::NotFound`] for an office that nobody knows.
pub async fn opening_hours(office: &Office, code: OfficeCode) -> Result<OpeningHours, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let row = store::offices::find(&mut tx, code).await?.ok_or(AppError::NotFound("office"))?;
    let counter = counter(&mut tx, &row, now).await?;
    tx.rollback().await?;
    Ok(OpeningHours {
        office_code: row.code,
        now: AtOffice(now, row.zone),
        counter,
        name: row.name,
        address: row.address,
        phone: row.phone,
    })
}

async fn counter(conn: &mut PgConnection, row: &OfficeRow, now: DateTime<Utc>) -> Result<Counter, AppError> {
    let today = now.with_timezone(&row.zone).date_naive();
    let calendar = store::calendar::load(conn, row.code, row.zone, today).await?.calendar;
    match calendar.opening(now) {
        Ok(Opening::Until(at)) => Ok(Counter::Open { closes_at: AtOffice(at, row.zone) }),
        Ok(Opening::Closed { opens_at, day_off }) => {
            Ok(Counter::Closed { opens_at: AtOffice(opens_at, row.zone), day_off })
        }
        Err(DueError::YearUnknown(year)) => Ok(Counter::Unknown { year }),
        Err(error @ DueError::OutOfRange) => Err(AppError::Internal(error.into())),
    }
}
