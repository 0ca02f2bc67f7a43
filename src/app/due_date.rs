//! When a round is due, by the calendar as it is now.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::AppError;
use crate::{
    domain::{
        request::RoundDue,
        working_days::{DueError, due},
    },
    store::{self, offices::OfficeRow},
};

/// The due date of a round received now. `None`: it waits for the calendar of a year that is not known yet; nothing
/// is guessed.
pub(in crate::app) async fn due_date(
    conn: &mut PgConnection,
    office: &OfficeRow,
    received_at: DateTime<Utc>,
    limit_days: u16,
) -> Result<Option<RoundDue>, AppError> {
    let around = received_at.with_timezone(&office.zone).date_naive();
    let loaded = store::calendar::load(conn, office.code, office.zone, around).await?;
    match due(&loaded.calendar, received_at, limit_days) {
        Ok(due) => Ok(RoundDue::new(due, loaded.version)),
        Err(DueError::YearUnknown(_)) => Ok(None),
        Err(error) => Err(AppError::Internal(error.into())),
    }
}
