//! Proof of stored due dates: each follows from what was recorded with it and from the calendar as it was with the version
//! that it names, and those of open rounds from the calendar as it is.
//!
//! Nothing is written. Rounds are read page by page, each page with its calendars as of one moment, so that a run over
//! millions takes no more memory than one over a few, and a change of the calendar meanwhile is no difference.

use chrono::NaiveDate;
use sqlx::PgConnection;

use crate::{
    app::{
        AppError, Office,
        recompute_due_dates::{Calendars, new_due},
    },
    domain::{
        office::OfficeCode,
        request::{Round, RoundDue},
        working_days::{Due, due},
    },
    store::due_dates::{self, KeptDueDate},
};

/// Rounds that are in memory at once.
const PAGE: i64 = 500;

/// What does not follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// The derivation speaks of another receipt than the round.
    Receipt,
    /// Counted again from the record itself, other days count.
    Days,
    /// The derivation ends with another day than the stored due date, or other instants follow from it.
    DueDate { derived: NaiveDate },
    /// It counts less than the limit, or more without a change of the calendar that came too late for the limit.
    Limit { counted: u16 },
    /// The derivation names another version of the calendar than the round.
    Version,
    /// The last logged change moved it to another day.
    Log { moved_to: NaiveDate },
    /// By the calendar as it was with the version that the round names, it would have been due on this day, or other days
    /// would have counted; `None`: no day of it was known.
    Recorded { due_on: Option<NaiveDate> },
    /// The round runs, and by the calendar as it is it would be due on another day or by other days.
    Calendar { due_on: NaiveDate },
}

/// A round that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub receipt_number: String,
    /// `None`: it waits for the calendar, or did when it ended.
    pub due_on: Option<NaiveDate>,
    pub difference: Option<Difference>,
}

/// Where a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    pub total: u64,
    pub done: u64,
    pub differences: u64,
}

/// Proves the due date of every round, oldest first, and tells each outcome.
///
/// # Errors
/// The database cannot be reached, or what `tell` fails with. A due date that differs is no error.
pub async fn verify_due_dates<E: From<AppError>>(
    office: &Office,
    whose: Option<OfficeCode>,
    tell: &mut (impl FnMut(&Verified, Progress) -> Result<(), E> + Send),
) -> Result<Progress, E> {
    let mut progress = Progress { total: count(office, whose).await?, ..Progress::default() };
    let mut after = None;
    loop {
        let (page, last) = page(office, whose, after).await?;
        if last.is_none() {
            return Ok(progress);
        }
        after = last;
        for verified in page {
            progress.done += 1;
            progress.differences += u64::from(verified.difference.is_some());
            tell(&verified, progress)?;
        }
    }
}

async fn count(office: &Office, whose: Option<OfficeCode>) -> Result<u64, AppError> {
    let mut tx = office.begin().await?;
    Ok(due_dates::count(&mut tx, whose).await?)
}

type LastRound = Option<crate::domain::ids::RoundId>;

async fn page(
    office: &Office,
    whose: Option<OfficeCode>,
    after: LastRound,
) -> Result<(Vec<Verified>, LastRound), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    due_dates::look_at_one_moment(&mut tx).await?;
    let kept = due_dates::page(&mut tx, whose, after, PAGE).await?;
    let last = kept.last().map(|kept| kept.round.id);
    let mut calendars = Calendars::default();
    let mut verified = Vec::with_capacity(kept.len());
    for kept in kept {
        let mut difference = kept.round.due.as_ref().and_then(|due| of_record(&kept, due));
        if difference.is_none() && kept.round.end.is_none() {
            difference = new_due(&mut tx, &mut calendars, &kept.round, now)
                .await?
                .map(|new| Difference::Calendar { due_on: new.due_on });
        }
        if let (None, Some(due)) = (&difference, &kept.round.due) {
            difference = of_its_version(&mut tx, &mut calendars, &kept.round, due).await?;
        }
        let Round { receipt_number, due, .. } = kept.round;
        verified.push(Verified { receipt_number, due_on: due.map(|due| due.due_on), difference });
    }
    Ok((verified, last))
}

/// Whether exactly what was known with the recorded version leads to the record, in the zone of the record. No difference where the history of the
/// calendar begins later.
async fn of_its_version(
    conn: &mut PgConnection,
    calendars: &mut Calendars,
    round: &Round,
    kept: &RoundDue,
) -> Result<Option<Difference>, AppError> {
    let then = (kept.derivation.zone, kept.calendar_version);
    let Some(loaded) = calendars.as_of(conn, round, then).await? else { return Ok(None) };
    let counted = kept.derivation.days_counted().unwrap_or(round.limit_days);
    let then = due(&loaded.calendar, round.received_at, counted).ok();
    let follows = then.as_ref().is_some_and(|then| then.derivation == kept.derivation);
    Ok((!follows).then(|| Difference::Recorded { due_on: then.map(|then| then.due_on) }))
}

/// What of a due date does not follow from what was recorded with it.
fn of_record(kept: &KeptDueDate, due: &RoundDue) -> Option<Difference> {
    let KeptDueDate { round, moved_to, .. } = kept;
    let record = &due.derivation;
    if record.received_at != round.received_at {
        return Some(Difference::Receipt);
    }
    let counted = record.days_counted();
    let again = counted.and_then(|counted| record.counted_again(counted).ok());
    let (Some(counted), Some(again)) = (counted, again) else { return Some(Difference::Days) };
    if again.derivation != *record {
        return Some(Difference::Days);
    }
    if again.due_on != due.due_on || again.instants().ok() != Some(due.instants) {
        return Some(Difference::DueDate { derived: again.due_on });
    }
    if counted < round.limit_days || counted > round.limit_days && !came_too_late(kept, due, counted) {
        return Some(Difference::Limit { counted });
    }
    if record.calendar_version != due.calendar_version.to_string() {
        return Some(Difference::Version);
    }
    moved_to.filter(|moved_to| *moved_to != due.due_on).map(|moved_to| Difference::Log { moved_to })
}

/// Whether the limit had passed by the calendar that came then: no due date is set before the moment it is set at.
fn came_too_late(kept: &KeptDueDate, due: &RoundDue, counted: u16) -> bool {
    let one_less: Option<Due> = due.derivation.counted_again(counted - 1).ok();
    kept.version_came_at.zip(one_less).is_some_and(|(came_at, one_less)| one_less.due_at <= came_at)
}
