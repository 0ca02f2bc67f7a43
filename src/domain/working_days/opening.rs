//! Whether the counter of an office is open, and when it opens next.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::{
    Calendar, DueError, SkipReason,
    due::next,
    zone::{local, midnight},
};

/// The counter at an instant. Never a guess: an unknown year is an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// Open until the next break or closing, and until the end of that second: what is handed in then is in time for [`due`](super::due()) too.
    Until(DateTime<Utc>),
    Closed {
        opens_at: DateTime<Utc>,
        /// Why the office does not work on the day that is asked about; `None` before it opens, in a break
        /// and after it closed.
        day_off: Option<SkipReason>,
    },
}

impl Calendar {
    /// Whether the counter is open now, and until or from when.
    ///
    /// # Errors
    /// [`DueError::YearUnknown`] as soon as a day of a year without complete calendar has to be judged.
    pub fn opening(&self, now: DateTime<Utc>) -> Result<Opening, DueError> {
        let zone = self.zone();
        let local_now = local(zone, now).ok_or(DueError::OutOfRange)?;
        let today = local_now.date();
        let day_off = self.day_off(today)?;
        if day_off.is_none() {
            for (opens, closes) in self.blocks(today).iter() {
                let (opens_at, open_until) = (instant(zone, today, opens)?, instant(zone, today, closes)?);
                if now < opens_at {
                    return Ok(Opening::Closed { opens_at, day_off: None });
                }
                if now < open_until + TimeDelta::seconds(1) {
                    return Ok(Opening::Until(open_until));
                }
            }
        }
        let mut date = next(today)?;
        while !self.is_business_day(date)? {
            date = next(date)?;
        }
        Ok(Opening::Closed { opens_at: instant(zone, date, self.blocks(date).opens_at())?, day_off })
    }
}

impl Calendar {
    /// How long the counter is open between two instants; zero when the second is not later.
    ///
    /// # Errors
    /// [`DueError::YearUnknown`] as soon as a day of a year without complete calendar has to be judged.
    pub fn working_time(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Result<TimeDelta, DueError> {
        let zone = self.zone();
        let last = local(zone, until).ok_or(DueError::OutOfRange)?.date();
        let mut date = local(zone, from).ok_or(DueError::OutOfRange)?.date();
        let mut time = TimeDelta::zero();
        while date <= last && from < until {
            if self.is_business_day(date)? {
                for (opens, closes) in self.blocks(date).iter() {
                    let opens_at = instant(zone, date, opens)?.max(from);
                    let closes_at = instant(zone, date, closes)?.min(until);
                    time += (closes_at - opens_at).max(TimeDelta::zero());
                }
            }
            date = next(date)?;
        }
        Ok(time)
    }
}

/// When the clocks of the zone show this time; where they skip it, as long after midnight.
fn instant(zone: Tz, date: NaiveDate, time: NaiveTime) -> Result<DateTime<Utc>, DueError> {
    let begins = midnight(zone, date).ok_or(DueError::OutOfRange)?;
    let shown = zone.from_local_datetime(&date.and_time(time)).earliest();
    Ok(shown.map_or_else(|| begins + (time - NaiveTime::MIN), |at| at.with_timezone(&Utc)))
}
