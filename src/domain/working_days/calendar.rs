//! What one office knows of its days.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;

use super::{
    SkipReason, SpecialHours,
    due::DueError,
    hours::{Blocks, CLOSES_AT},
};

/// Why a weekday is no business day. When one date has several reasons the first of this order is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DayOffKind {
    /// A national holiday (SKB of three ministers, or a Keppres).
    National,
    /// *Cuti bersama*, which is a day off for civil servants.
    JointLeave,
    /// This office alone is closed (local election, disaster).
    Closure,
}

impl DayOffKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::National => "national",
            Self::JointLeave => "joint_leave",
            Self::Closure => "closure",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::National, Self::JointLeave, Self::Closure].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A day off with the name the calendar gives it and the decree that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayOff {
    pub date: NaiveDate,
    pub kind: DayOffKind,
    pub name: String,
    pub source: String,
}

/// The calendar of one office: its zone, the years that are complete, days off and closing times.
///
/// A date of a year that was not declared complete is neither a business day nor a day off: it is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    zone: Tz,
    version: String,
    complete_years: BTreeSet<i32>,
    days_off: BTreeMap<NaiveDate, DayOff>,
    usual: Blocks,
    special_hours: Vec<SpecialHours>,
}

impl Calendar {
    /// A calendar that knows no year yet and is open at the usual hours, without a break. `version` names the data in explanations.
    pub fn new(zone: Tz, version: impl Into<String>) -> Self {
        Self {
            zone,
            version: version.into(),
            complete_years: BTreeSet::new(),
            days_off: BTreeMap::new(),
            usual: Blocks::until(CLOSES_AT),
            special_hours: Vec::new(),
        }
    }

    /// Declares that every day off of these years is given.
    #[must_use]
    pub fn with_complete_years(mut self, years: impl IntoIterator<Item = i32>) -> Self {
        self.complete_years.extend(years);
        self
    }

    #[must_use]
    pub fn with_days_off(mut self, days_off: impl IntoIterator<Item = DayOff>) -> Self {
        for day_off in days_off {
            let shown = self.days_off.get(&day_off.date);
            if shown.is_none_or(|shown| day_off.kind < shown.kind) {
                self.days_off.insert(day_off.date, day_off);
            }
        }
        self
    }

    /// The calendar without any day off on these dates; a weekend stays one.
    #[must_use]
    pub fn without_days_off(mut self, dates: &BTreeSet<NaiveDate>) -> Self {
        self.days_off.retain(|date, _| !dates.contains(date));
        self
    }

    /// The closing time outside special periods.
    #[must_use]
    pub fn with_closing_time(mut self, closes_at: NaiveTime) -> Self {
        self.usual = Blocks::until(closes_at);
        self
    }

    /// The same closing time on every day: no break and no special period is left.
    #[must_use]
    pub fn closing_daily_at(mut self, closes_at: NaiveTime) -> Self {
        self.special_hours.clear();
        self.with_closing_time(closes_at)
    }

    /// Where periods overlap on a weekday, the one that starts last holds; of those, the one given last.
    #[must_use]
    pub fn with_special_hours(mut self, hours: impl IntoIterator<Item = SpecialHours>) -> Self {
        self.special_hours.extend(hours);
        self.special_hours.sort_by_key(|hours| hours.from);
        self
    }

    pub fn zone(&self) -> Tz {
        self.zone
    }

    pub fn version(&self) -> &str {
        &self.version
    }

    /// The last year that is complete: operators are warned before it ends.
    pub fn last_complete_year(&self) -> Option<i32> {
        self.complete_years.last().copied()
    }

    /// Whether the office works on that date.
    ///
    /// # Errors
    /// [`DueError::YearUnknown`] when the year is not complete, also for a Saturday.
    pub fn is_business_day(&self, date: NaiveDate) -> Result<bool, DueError> {
        Ok(self.day_off(date)?.is_none())
    }

    /// The business days after `from` up to and including `to`: 0 when `to` is not later.
    pub fn business_days_between(&self, from: NaiveDate, to: NaiveDate) -> Result<u32, DueError> {
        let mut count = 0;
        for date in from.iter_days().skip(1).take_while(|date| *date <= to) {
            count += u32::from(self.is_business_day(date)?);
        }
        Ok(count)
    }

    /// Why that date is no business day; `None` when it is one. A holiday at a weekend counts as weekend.
    ///
    /// # Errors
    /// [`DueError::YearUnknown`] when the year is not complete, also for a Saturday.
    pub fn day_off(&self, date: NaiveDate) -> Result<Option<SkipReason>, DueError> {
        if !self.complete_years.contains(&date.year()) {
            return Err(DueError::YearUnknown(date.year()));
        }
        if matches!(date.weekday(), Weekday::Sat | Weekday::Sun) {
            return Ok(Some(SkipReason::Weekend));
        }
        Ok(self.days_off.get(&date).map(|day_off| {
            let (name, source) = (day_off.name.clone(), day_off.source.clone());
            match day_off.kind {
                DayOffKind::National => SkipReason::National { name, source },
                DayOffKind::JointLeave => SkipReason::JointLeave { name, source },
                DayOffKind::Closure => SkipReason::Closure { name, source },
            }
        }))
    }

    /// When the counter is open on that date, if the office works on it.
    pub(super) fn blocks(&self, date: NaiveDate) -> &Blocks {
        self.special(date).map_or(&self.usual, |hours| &hours.blocks)
    }

    /// When the counter closes on that date for the last time, and the name of the special period if there is one.
    pub(super) fn closing(&self, date: NaiveDate) -> (NaiveTime, Option<&str>) {
        match self.special(date) {
            Some(hours) => (hours.blocks.closes_at(), Some(&hours.name)),
            None => (self.usual.closes_at(), None),
        }
    }

    fn special(&self, date: NaiveDate) -> Option<&SpecialHours> {
        self.special_hours.iter().rev().find(|hours| {
            hours.from <= date && date <= hours.until && hours.weekdays.contains(date.weekday())
        })
    }
}
