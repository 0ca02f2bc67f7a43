//! When a letter would be due, and why, for any moment of complete receipt at an office. Public: it is arithmetic on the
//! calendar, which is no secret, and the same that computes the due date of a request.

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDateTime, TimeZone};
use serde::Serialize;

use super::{AppError, Office, views::parts::AtOffice};
use crate::{
    domain::{
        names::Kind,
        office::OfficeCode,
        working_days::{Due, DueError, Step, due},
    },
    store,
};

/// The years that a calendar can be given for.
const YEARS: RangeInclusive<i32> = 2000..=2200;

#[derive(Debug, Serialize)]
pub struct Calculated {
    pub office_code: OfficeCode,
    pub office_name: String,
    pub received_at: AtOffice,
    pub limit_days: u16,
    pub answer: Answer,
}

#[derive(Debug, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Answer {
    Due(Box<DueAnswer>),
    /// The calendar of this year is not there: nothing is guessed.
    Unknown {
        year: i32,
    },
}

#[derive(Debug, Serialize)]
pub struct DueAnswer {
    pub due_on: chrono::NaiveDate,
    /// The last day ends here.
    pub due_at: AtOffice,
    pub explanation: String,
    pub steps: Vec<Step>,
}

/// `received` is the time on the clock of the office.
///
/// Errors: [`AppError::NotFound`] for an office that nobody knows, [`AppError::Invalid`] for a time that its clocks never
/// show or that no calendar reaches.
pub async fn calculate_due(
    office: &Office,
    code: OfficeCode,
    kind: Kind,
    received: NaiveDateTime,
) -> Result<Calculated, AppError> {
    let mut tx = office.begin().await?;
    let row = store::offices::find(&mut tx, code).await?.ok_or(AppError::NotFound("office"))?;
    let out_of_range = || AppError::fault("/received_at", "range", "no calendar reaches this time");
    if !YEARS.contains(&received.year()) {
        return Err(out_of_range());
    }
    let received_at = row.zone.from_local_datetime(&received).earliest().ok_or_else(out_of_range)?.to_utc();
    let limit_days = store::regimes::default(&mut tx).await?.limit(kind);
    let calendar = store::calendar::load(&mut tx, code, row.zone, received.date()).await?.calendar;
    tx.rollback().await?;
    let answer = match due(&calendar, received_at, limit_days) {
        Ok(Due { due_on, due_at, derivation, .. }) => Answer::Due(Box::new(DueAnswer {
            due_on,
            due_at: AtOffice(due_at, row.zone),
            explanation: format!("{} {}", derivation.sentences_id(), derivation.final_sentence_id()),
            steps: derivation.steps,
        })),
        Err(DueError::YearUnknown(year)) => Answer::Unknown { year },
        Err(DueError::OutOfRange) => return Err(out_of_range()),
    };
    Ok(Calculated {
        office_code: code,
        office_name: row.name,
        received_at: AtOffice(received_at, row.zone),
        limit_days,
        answer,
    })
}
