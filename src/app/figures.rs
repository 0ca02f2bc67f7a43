//! Keeps the figures: how long a letter took, and the folding of what changed.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use sqlx::PgConnection;

use super::{AppError, Office};
use crate::{
    domain::{office::OfficeCode, working_days::DueError},
    store,
};

/// Changes that one statement folds.
const FOLD: i32 = 20_000;
/// Letters that one round of periodic work measures.
const MEASURE: i64 = 500;
/// A calendar is loaded for about half a year.
const STRETCH: TimeDelta = TimeDelta::days(180);

/// The opening hours of an office between receipt and letter, in whole minutes. `None`: a year of them has no calendar.
pub(in crate::app) async fn worked_minutes(
    conn: &mut PgConnection,
    code: OfficeCode,
    zone: Tz,
    received_at: DateTime<Utc>,
    ended_at: DateTime<Utc>,
) -> Result<Option<i32>, AppError> {
    let mut worked = TimeDelta::zero();
    let mut from = received_at;
    while from < ended_at {
        let until = ended_at.min(from + STRETCH);
        let around = from.with_timezone(&zone).date_naive();
        let calendar = store::calendar::load(conn, code, zone, around).await?.calendar;
        match calendar.working_time(from, until) {
            Ok(time) => worked += time,
            Err(DueError::YearUnknown(_)) => return Ok(None),
            Err(error) => return Err(AppError::Internal(error.into())),
        }
        from = until;
    }
    Ok(Some(i32::try_from(worked.num_minutes()).unwrap_or(i32::MAX)))
}

/// Folds what changed into the summaries. Returns how many changes there were. Readers see the same figures before and
/// after.
pub async fn fold_figures(office: &Office) -> Result<i64, AppError> {
    let mut folded = 0;
    loop {
        let mut tx = office.begin().await?;
        let taken = store::summaries::fold(&mut tx, FOLD).await?;
        tx.commit().await?;
        folded += taken;
        if taken < i64::from(FOLD) {
            return Ok(folded);
        }
    }
}

/// Measures letters that were issued before letters were measured, or before the calendar of their year was known.
/// Returns how many.
pub async fn measure_letters(office: &Office) -> Result<usize, AppError> {
    let mut tx = office.begin().await?;
    let letters = store::summaries::unmeasured(&mut tx, MEASURE).await?;
    for letter in &letters {
        let worked =
            worked_minutes(&mut tx, letter.office, letter.zone, letter.received_at, letter.ended_at).await?;
        if let Some(minutes) = worked {
            store::summaries::save_worked(&mut tx, letter.round, minutes).await?;
        }
    }
    tx.commit().await?;
    Ok(letters.len())
}
