//! A change of the calendar, or of the zone of an office, moves the due dates of open rounds, and nothing else.

use std::collections::{HashMap, hash_map::Entry};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use sqlx::PgConnection;

use super::{
    AppError, Office,
    post::{NewMail, queue_mail, to_json},
    words::extras::DueChanged,
};
use crate::{
    domain::{
        ids::RequestId,
        office::OfficeCode,
        request::{Round, RoundDue},
        working_days::{Due, DueError, Threshold, due, threshold},
    },
    letters::EmailKind,
    store::{
        audit::{self, By, Event},
        calendar::{self, LoadedCalendar},
        offices, requests, rounds,
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
    /// It was overdue, and is not by its new due date.
    pub no_longer_overdue: bool,
}

/// Computes the due date of every open round anew, logs what moved and tells the filers. `reason` is shown to them.
///
/// An ended round is history and never changes. No due date is set before now: one that would come to lie in the
/// past becomes the end of the first business day that has not ended yet. A round that was overdue already, and
/// still is by the new calendar, keeps its due date.
pub async fn recompute_due_dates(office: &Office, reason: &str) -> Result<Vec<Moved>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let moved = recompute_in(office, &mut tx, None, reason, now).await?;
    tx.commit().await?;
    if !moved.is_empty() {
        office.wake().ring();
    }
    Ok(moved)
}

/// As [`recompute_due_dates`], within the transaction that changes the calendar. `whose`: only one office's changed.
pub(in crate::app) async fn recompute_in(
    office: &Office,
    conn: &mut PgConnection,
    whose: Option<OfficeCode>,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Vec<Moved>, AppError> {
    let mut moved = Vec::new();
    let mut calendars = Calendars::default();
    for round in rounds::lock_open(conn, whose).await? {
        let Some(new) = new_due(conn, &mut calendars, &round, now).await? else { continue };
        let Some(change) = move_of(&round, &new, now) else {
            rounds::save_due(conn, &round, &new, now).await?;
            continue;
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
        tell(office, conn, &round, &change, reason).await?;
        moved.push(change);
    }
    Ok(moved)
}

/// The open rounds whose due date would move by the calendar as this transaction sees it. Locks and changes nothing.
pub(in crate::app) async fn would_move(
    conn: &mut PgConnection,
    whose: Option<OfficeCode>,
    now: DateTime<Utc>,
) -> Result<Vec<Moved>, AppError> {
    let mut moved = Vec::new();
    let mut calendars = Calendars::default();
    for round in rounds::list_open(conn, whose).await? {
        if let Some(new) = new_due(conn, &mut calendars, &round, now).await? {
            moved.extend(move_of(&round, &new, now));
        }
    }
    Ok(moved)
}

fn is_overdue(due: &RoundDue, now: DateTime<Utc>) -> bool {
    threshold(&due.instants, now) == Threshold::Overdue
}

/// The move to another day; `None`: the same day is reached another way.
fn move_of(round: &Round, new: &RoundDue, now: DateTime<Utc>) -> Option<Moved> {
    let old_due_on = round.due.as_ref().map(|due| due.due_on);
    (old_due_on != Some(new.due_on)).then(|| Moved {
        request: round.request,
        receipt_number: round.receipt_number.clone(),
        old_due_on,
        new_due_on: new.due_on,
        no_longer_overdue: round.due.as_ref().is_some_and(|due| is_overdue(due, now))
            && !is_overdue(new, now),
    })
}

/// The calendars of offices around days, each loaded once for all rounds.
#[derive(Default)]
pub(in crate::app) struct Calendars {
    zones: HashMap<OfficeCode, Tz>,
    loaded: HashMap<(OfficeCode, NaiveDate), LoadedCalendar>,
    past: HashMap<(OfficeCode, Tz, NaiveDate, i64), Option<LoadedCalendar>>,
}

impl Calendars {
    async fn zone(&mut self, conn: &mut PgConnection, office: OfficeCode) -> Result<Tz, AppError> {
        Ok(match self.zones.entry(office) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                let row = offices::find(conn, office).await?.ok_or(AppError::NotFound("office"))?;
                *place.insert(row.zone)
            }
        })
    }

    /// The calendar as it was with a version, in the zone that a due date was derived in: that of the office may be another by
    /// now. `None` when its history does not reach that far back.
    pub(in crate::app) async fn as_of(
        &mut self,
        conn: &mut PgConnection,
        round: &Round,
        (zone, version): (Tz, i64),
    ) -> Result<Option<&LoadedCalendar>, AppError> {
        let around = round.received_at.with_timezone(&zone).date_naive();
        let loaded = match self.past.entry((round.office, zone, around, version)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                place.insert(calendar::load_as_of(conn, round.office, zone, around, version).await?)
            }
        };
        Ok(loaded.as_ref())
    }

    async fn around(&mut self, conn: &mut PgConnection, round: &Round) -> Result<&LoadedCalendar, AppError> {
        let zone = self.zone(conn, round.office).await?;
        let around = round.received_at.with_timezone(&zone).date_naive();
        Ok(match self.loaded.entry((round.office, around)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(calendar::load(conn, round.office, zone, around).await?),
        })
    }
}

/// The due date that an open round gets, if it moves or is reached another way.
pub(in crate::app) async fn new_due(
    conn: &mut PgConnection,
    calendars: &mut Calendars,
    round: &Round,
    now: DateTime<Utc>,
) -> Result<Option<RoundDue>, AppError> {
    let loaded = calendars.around(conn, round).await?;
    let was_overdue = round.due.as_ref().is_some_and(|due| is_overdue(due, now));
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
    Ok(RoundDue::new(computed, loaded.version).filter(|new| {
        let same = |old: &RoundDue| {
            (old.due_on, old.instants, &old.derivation.steps)
                == (new.due_on, new.instants, &new.derivation.steps)
        };
        !round.due.as_ref().is_some_and(same)
    }))
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

async fn tell(
    office: &Office,
    conn: &mut PgConnection,
    round: &Round,
    change: &Moved,
    reason: &str,
) -> Result<(), AppError> {
    let request = requests::find(conn, round.request).await?.ok_or(AppError::NotFound("request"))?;
    let words = DueChanged { old_due_on: change.old_due_on, reason: reason.to_owned() };
    let mail = NewMail {
        office_code: Some(round.office),
        request: Some(round.request),
        data: to_json(&words)?,
        ..NewMail::new(EmailKind::DueDateChanged, request.filed.email)
    };
    queue_mail(office, conn, mail).await?;
    Ok(())
}
