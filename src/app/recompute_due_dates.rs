//! A change of the calendar moves the due dates of open rounds, and nothing else.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{AppError, Office};
use crate::{
    domain::{
        ids::{MessageId, RequestId},
        names::Fate,
        request::{Round, RoundDue},
        working_days::{Due, DueError, due},
    },
    store::{
        StoreError,
        audit::{self, By, Event},
        calendar, messages, offices, requests, rounds,
    },
};

/// An open round whose due date moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    pub request: RequestId,
    pub receipt_number: String,
    /// `None`: it had waited for the calendar.
    pub old_due_on: Option<NaiveDate>,
    pub new_due_on: NaiveDate,
}

/// Computes the due date of every open round anew, logs what moved and tells the filers. `reason` is shown to them.
///
/// An ended round is history and never changes. No due date is set before now: one that would come to lie in the
/// past becomes the end of the first business day that has not ended yet. A round that was overdue already, and
/// still is by the new calendar, keeps its due date.
pub async fn recompute_due_dates(office: &Office, reason: &str) -> Result<Vec<Moved>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let moved = recompute_in(&mut tx, reason, now).await?;
    tx.commit().await?;
    if !moved.is_empty() {
        office.wake().ring();
    }
    Ok(moved)
}

/// As [`recompute_due_dates`], within the transaction that changes the calendar.
pub(in crate::app) async fn recompute_in(
    conn: &mut PgConnection,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Vec<Moved>, AppError> {
    let mut moved = Vec::new();
    for round in rounds::lock_open(conn).await? {
        let Some(new) = new_due(conn, &round, now).await? else { continue };
        let change = Moved {
            request: round.request,
            receipt_number: round.receipt_number.clone(),
            old_due_on: round.due.as_ref().map(|due| due.due_on),
            new_due_on: new.due_on,
        };
        rounds::move_due(conn, &round, &new, now).await?;
        let detail = serde_json::json!({
            "round": round.number,
            "old_due_on": change.old_due_on,
            "new_due_on": change.new_due_on,
            "calendar_version": new.calendar_version,
        });
        let event = Event::new(By::System, "due_date_changed").office(round.office).request(round.request);
        audit::record(conn, event.detail(detail), now).await?;
        tell(conn, &round, &change, reason, now).await?;
        moved.push(change);
    }
    Ok(moved)
}

/// The due date that an open round gets, if it moves.
async fn new_due(
    conn: &mut PgConnection,
    round: &Round,
    now: DateTime<Utc>,
) -> Result<Option<RoundDue>, AppError> {
    let office = offices::find(conn, round.office).await?.ok_or(AppError::NotFound("office"))?;
    let around = round.received_at.with_timezone(&office.zone).date_naive();
    let loaded = calendar::load(conn, round.office, office.zone, around).await?;
    let was_overdue = round.due.as_ref().is_some_and(|due| due.instants.due_at <= now);
    let computed = match due(&loaded.calendar, round.received_at, round.limit_days) {
        Ok(due) if due.due_at > now => due,
        Ok(_) if was_overdue => return Ok(None),
        Ok(_) => match first_end_after(&loaded.calendar, round, now) {
            Ok(due) => due,
            Err(_) => return Ok(None),
        },
        // It goes on waiting for the calendar, or keeps the date it was given.
        Err(DueError::YearUnknown(_) | DueError::OutOfRange) => return Ok(None),
    };
    if round.due.as_ref().is_some_and(|old| old.due_on == computed.due_on) {
        return Ok(None);
    }
    Ok(RoundDue::new(computed, loaded.version))
}

/// Counts on from the limit to the first business day whose end is still to come, so that the derivation shows
/// every day up to it.
fn first_end_after(
    calendar: &crate::domain::working_days::Calendar,
    round: &Round,
    now: DateTime<Utc>,
) -> Result<Due, DueError> {
    for days in round.limit_days..=366 {
        let due = due(calendar, round.received_at, days)?;
        if due.due_at > now {
            return Ok(due);
        }
    }
    Err(DueError::OutOfRange)
}

/// What the e-mail needs beside the rows of the request.
#[derive(Serialize)]
struct DueChanged<'a> {
    old_due_on: Option<NaiveDate>,
    reason: &'a str,
}

async fn tell(
    conn: &mut PgConnection,
    round: &Round,
    change: &Moved,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let request = requests::find(conn, round.request).await?.ok_or(AppError::NotFound("request"))?;
    let extras = DueChanged { old_due_on: change.old_due_on, reason };
    let data = serde_json::to_value(&extras)
        .map_err(|error| StoreError::Database(sqlx::Error::Encode(Box::new(error))))?;
    let message = messages::Message {
        id: MessageId(Uuid::now_v7()),
        help_desk_number: messages::next_help_desk_number(conn, now).await?,
        office: Some(round.office),
        request: Some(round.request),
        kind: "due_date_changed".to_owned(),
        email: request.filed.email,
        letter: None,
        link: None,
        not_us: None,
        proof: None,
        credential: None,
        data,
        fate: Fate::Queued,
        fate_at: now,
        created_at: now,
    };
    messages::insert(conn, &message).await?;
    Ok(())
}
