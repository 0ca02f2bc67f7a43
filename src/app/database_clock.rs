//! The clock of this process against that of the database, by which all replicas agree. A replica that is further off gets no
//! requests and does no periodic work: by its clock it would tell people of limits that are not near, and take notices
//! back that are right.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::AppError;
use crate::store;

/// How far the clock may be off the database's.
const MAX_OFFSET: TimeDelta = TimeDelta::seconds(2);

/// How far the clock of the database is ahead of this one's.
pub async fn offset(conn: &mut PgConnection, now: impl Fn() -> DateTime<Utc>) -> Result<TimeDelta, AppError> {
    let before = now();
    let theirs = store::health::database_now(conn).await?;
    let after = now();
    // The answer was made half-way through the round trip, as far as can be known.
    Ok(theirs - (before + (after - before) / 2))
}

pub fn is_near(offset: TimeDelta) -> bool {
    offset.abs() <= MAX_OFFSET
}
