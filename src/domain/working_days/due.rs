//! The one calculation of a due date.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Calendar, Derivation, Outcome, SkipReason, Step,
    hours::is_after,
    threshold::DueInstants,
    zone::{local, midnight},
};

/// A due date with its derivation. `day_zero <= due_on`, and both are business days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    pub day_zero: NaiveDate,
    /// The last day of the limit; the letter may be issued until its end.
    pub due_on: NaiveDate,
    /// The last business day before `due_on`, but never before the day of receipt.
    pub eve_on: NaiveDate,
    /// The first instant that is too late: midnight after `due_on` in the zone of the office.
    pub due_at: DateTime<Utc>,
    pub derivation: Derivation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DueError {
    /// The request waits for the calendar of this year; nothing is guessed.
    #[error("the calendar of {0} is not loaded")]
    YearUnknown(i32),
    #[error("the date lies outside the calendar that can be computed")]
    OutOfRange,
}

/// When the letter is due that must be issued within `days` business days of complete receipt.
///
/// Only the last closing of the day of receipt matters: what comes in a break counts that day. A receipt in the very
/// second of closing time is in time; fractions of that second are not counted.
///
/// # Errors
/// [`DueError::YearUnknown`] as soon as a day of a year without complete calendar has to be judged.
pub fn due(calendar: &Calendar, received_at: DateTime<Utc>, days: u16) -> Result<Due, DueError> {
    let zone = calendar.zone();
    let received_local = local(zone, received_at).ok_or(DueError::OutOfRange)?;
    let received_on = received_local.date();
    let (closes_at, hours_name) = calendar.closing(received_on);
    let after_closing = is_after(received_local.time(), closes_at);

    let mut steps = Vec::new();
    let mut late = false;
    let mut counted = None;
    let mut day_zero = received_on;
    let mut due_on = received_on;
    while counted != Some(days) {
        let date = if steps.is_empty() { received_on } else { next(due_on)? };
        let outcome = match (calendar.day_off(date)?, counted) {
            (Some(reason), _) => Outcome::Skipped { reason },
            (None, None) if date == received_on && after_closing => {
                late = true;
                Outcome::Skipped { reason: SkipReason::AfterClosing }
            }
            (None, None) => {
                day_zero = date;
                counted = Some(0);
                Outcome::DayZero
            }
            (None, Some(n)) => {
                let n = n + 1;
                counted = Some(n);
                Outcome::Counted { n }
            }
        };
        steps.push(Step { date, outcome });
        due_on = date;
    }

    Ok(Due {
        day_zero,
        due_on,
        eve_on: eve(&steps, received_on),
        due_at: midnight(zone, next(due_on)?).ok_or(DueError::OutOfRange)?,
        derivation: Derivation {
            received_at,
            zone,
            received_local,
            closes_at,
            hours_name: hours_name.map(str::to_owned),
            late,
            calendar_version: calendar.version().to_owned(),
            steps,
        },
    })
}

impl Due {
    /// The instants at which the threshold changes, for storage beside the round.
    ///
    /// # Errors
    /// [`DueError::OutOfRange`] at the very beginning of the calendar only.
    pub fn instants(&self) -> Result<DueInstants, DueError> {
        let begin = |date| midnight(self.derivation.zone, date).ok_or(DueError::OutOfRange);
        Ok(DueInstants {
            tomorrow_from: begin(self.eve_on)?,
            today_from: begin(self.due_on)?,
            due_at: self.due_at,
        })
    }
}

/// The last business day among the steps before the due date.
fn eve(steps: &[Step], received_on: NaiveDate) -> NaiveDate {
    let before_due = steps.split_last().map_or(steps, |(_, before)| before);
    before_due
        .iter()
        .rev()
        .find(|step| match &step.outcome {
            Outcome::DayZero | Outcome::Counted { .. } => true,
            // The counter had closed, but people worked that day.
            Outcome::Skipped { reason } => *reason == SkipReason::AfterClosing,
        })
        .map_or(received_on, |step| step.date)
}

pub(super) fn next(date: NaiveDate) -> Result<NaiveDate, DueError> {
    // A year that cannot be known anyway ends before the calendar of `chrono` does.
    if date.year() == NaiveDate::MAX.year() {
        return Err(DueError::OutOfRange);
    }
    date.succ_opt().ok_or(DueError::OutOfRange)
}
