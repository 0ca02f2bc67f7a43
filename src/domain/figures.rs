//! What the figures of an office are: counts of rounds, and how long letters took in opening hours.

use std::{fmt, str::FromStr};

use chrono::{Datelike, Months, NaiveDate};
use serde::Serialize;

use super::names::named;

named! {
    /// How the end of a round lies to its due date. `Undated`: it had none, as the calendar was not known.
    Timeliness { OnTime = "on_time", Late = "late", Undated = "undated" }
}

/// Counts of rounds. Every figure of a period is a sum of these, so that figures agree with each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// Requests that were received for the first time.
    pub received: i64,
    /// Requests that were completed after a return.
    pub resupplied: i64,
    pub issued_on_time: i64,
    pub issued_late: i64,
    /// Without a due date: the calendar was not known when the letter was signed. Neither in time nor late.
    pub issued_undated: i64,
    pub returned_on_time: i64,
    pub returned_late: i64,
    pub returned_undated: i64,
    pub withdrawn: i64,
}

impl Counted {
    /// Everything that the office had to begin with.
    pub fn arrived(&self) -> i64 {
        self.received + self.resupplied
    }

    pub fn issued(&self) -> i64 {
        self.issued_on_time + self.issued_late + self.issued_undated
    }

    pub fn returned(&self) -> i64 {
        self.returned_on_time + self.returned_late + self.returned_undated
    }

    /// What the office ended: letters and returns. A withdrawal is the filer's.
    pub fn ended(&self) -> i64 {
        self.issued() + self.returned()
    }

    pub fn on_time(&self) -> i64 {
        self.issued_on_time + self.returned_on_time
    }

    pub fn late(&self) -> i64 {
        self.issued_late + self.returned_late
    }

    /// Ended without a due date: nobody knows whether in time.
    pub fn undated(&self) -> i64 {
        self.issued_undated + self.returned_undated
    }

    /// Of what the office ended and had a due date.
    pub fn on_time_share(&self) -> Option<f64> {
        share(self.on_time(), self.on_time() + self.late())
    }

    /// Of what the office ended.
    pub fn returned_share(&self) -> Option<f64> {
        share(self.returned(), self.ended())
    }

    /// Counts `amount` more under the name that the database gives to a measure. `false`: it is none of these.
    pub fn add_named(&mut self, measure: &str, amount: i64) -> bool {
        let counted = match measure {
            "received" => &mut self.received,
            "resupplied" => &mut self.resupplied,
            "issued_on_time" => &mut self.issued_on_time,
            "issued_late" => &mut self.issued_late,
            "issued_undated" => &mut self.issued_undated,
            "returned_on_time" => &mut self.returned_on_time,
            "returned_late" => &mut self.returned_late,
            "returned_undated" => &mut self.returned_undated,
            "withdrawn" => &mut self.withdrawn,
            _ => return false,
        };
        *counted += amount;
        true
    }
}

impl std::ops::AddAssign for Counted {
    fn add_assign(&mut self, other: Self) {
        self.received += other.received;
        self.resupplied += other.resupplied;
        self.issued_on_time += other.issued_on_time;
        self.issued_late += other.issued_late;
        self.issued_undated += other.issued_undated;
        self.returned_on_time += other.returned_on_time;
        self.returned_late += other.returned_late;
        self.returned_undated += other.returned_undated;
        self.withdrawn += other.withdrawn;
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of letters fit a float exactly")]
fn share(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Letters by the opening hours between receipt and signature, in steps of half an hour; the last step is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worked([i64; Self::STEPS]);

impl Worked {
    pub const STEP_MINUTES: i64 = 30;
    /// As the function `worked_step` of the database counts them.
    pub const STEPS: usize = 65;

    /// Counts `amount` more letters of a step.
    pub fn add(&mut self, step: usize, amount: i64) {
        if let Some(counted) = self.0.get_mut(step) {
            *counted += amount;
        }
    }

    /// How many letters were measured.
    pub fn measured(&self) -> i64 {
        self.0.iter().sum()
    }

    /// The step that holds this share of the letters, by the nearest rank. `None`: nothing was measured.
    pub fn within(&self, per_cent: i64) -> Option<Within> {
        let rank = (self.measured() * per_cent + 99) / 100;
        let mut passed = 0;
        for (from, counted) in (0..).map(|step| step * Self::STEP_MINUTES).zip(self.0) {
            passed += counted;
            if counted > 0 && passed >= rank {
                let open = from >= Self::STEP_MINUTES * 64;
                return Some(Within {
                    from_minutes: from,
                    until_minutes: (!open).then_some(from + Self::STEP_MINUTES),
                });
            }
        }
        None
    }
}

impl std::ops::AddAssign<&Self> for Worked {
    fn add_assign(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }
}

impl Default for Worked {
    fn default() -> Self {
        Self([0; Self::STEPS])
    }
}

/// Where a median lies: at least so many opening minutes, and less than so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Within {
    pub from_minutes: i64,
    /// `None`: longer than the figures tell apart.
    pub until_minutes: Option<i64>,
}

/// Days from first to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Days {
    pub from: NaiveDate,
    pub until: NaiveDate,
}

impl Days {
    /// In order, and of years that a database and a calendar can hold.
    pub fn between(from: NaiveDate, until: NaiveDate) -> Option<Self> {
        let known = |day: NaiveDate| (2000..=2200).contains(&day.year());
        (from <= until && known(from) && known(until)).then_some(Self { from, until })
    }

    /// The month of a day, until that day.
    pub fn month_until(today: NaiveDate) -> Self {
        Self { from: first_of_month(today), until: today }
    }

    /// The same days so many months before; a day that such a month does not have is its last one.
    #[must_use]
    pub fn months_before(self, months: u32) -> Self {
        let back = |day: NaiveDate| day.checked_sub_months(Months::new(months)).unwrap_or(day);
        Self { from: back(self.from), until: back(self.until) }
    }

    pub fn hold(&self, day: NaiveDate) -> bool {
        self.from <= day && day <= self.until
    }
}

/// A month, written `2026-07`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(NaiveDate);

/// The text is no month that an office can report on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a month from 2000-01 to 2200-12")]
pub struct NotAMonth;

impl Month {
    /// The month of a day.
    pub fn of(day: NaiveDate) -> Self {
        Self(first_of_month(day))
    }

    pub fn first(self) -> NaiveDate {
        self.0
    }

    pub fn last(self) -> NaiveDate {
        last_of_month(self.0)
    }

    pub fn days(self) -> Days {
        Days { from: self.first(), until: self.last() }
    }

    #[must_use]
    pub fn before(self) -> Self {
        Self(self.0.checked_sub_months(Months::new(1)).unwrap_or(self.0))
    }

    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.checked_add_months(Months::new(1)).unwrap_or(self.0))
    }

    /// Whether nothing can happen in it any more.
    pub fn is_over(self, today: NaiveDate) -> bool {
        self.last() < today
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

impl FromStr for Month {
    type Err = NotAMonth;

    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let shaped = text.len() == 7 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let day: NaiveDate = format!("{text}-01").parse().ok().filter(|_| shaped).ok_or(NotAMonth)?;
        if (2000..=2200).contains(&day.year()) { Ok(Self(day)) } else { Err(NotAMonth) }
    }
}

impl Serialize for Month {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

pub fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

pub fn last_of_month(day: NaiveDate) -> NaiveDate {
    let next = first_of_month(day).checked_add_months(Months::new(1));
    next.and_then(|next| next.pred_opt()).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_is_compared_with_the_same_days_of_a_shorter_one() {
        let march = Days::month_until(day("2026-03-31"));
        assert_eq!(march.months_before(1), Days { from: day("2026-02-01"), until: day("2026-02-28") });
        assert_eq!(march.months_before(12), Days { from: day("2025-03-01"), until: day("2025-03-31") });
        let leap = Days::month_until(day("2024-02-29"));
        assert_eq!(leap.months_before(12).until, day("2023-02-28"));
    }

    #[test]
    fn a_month_is_over_on_the_first_day_of_the_next_one() {
        let month: Month = "2026-02".parse().unwrap();
        assert_eq!((month.to_string(), month.last()), ("2026-02".to_owned(), day("2026-02-28")));
        assert!(!month.is_over(day("2026-02-28")) && month.is_over(day("2026-03-01")));
        assert_eq!(
            (month.before().to_string(), month.next().to_string()),
            ("2026-01".into(), "2026-03".into())
        );
        for wrong in ["2026-13", "2026-2", "1999-12", "2201-01", "+026-02", "2026-02-01", ""] {
            assert_eq!(wrong.parse::<Month>(), Err(NotAMonth), "{wrong}");
        }
    }

    #[test]
    fn what_takes_longer_than_the_last_step_has_no_upper_end() {
        let mut worked = Worked::default();
        assert_eq!(worked.within(50), None);
        worked.add(64, 1);
        assert_eq!(worked.within(50), Some(Within { from_minutes: 1_920, until_minutes: None }));
    }

    proptest! {
        #[test]
        fn a_quantile_of_the_steps_holds_the_quantile_of_the_minutes(
            mut minutes in prop::collection::vec(0i64..2_500, 1..200), per_cent in 1i64..=100,
        ) {
            let mut worked = Worked::default();
            for &minutes in &minutes {
                worked.add(usize::try_from(minutes / 30).unwrap().min(64), 1);
            }
            minutes.sort_unstable();
            let len = i64::try_from(minutes.len()).unwrap();
            let rank = usize::try_from((len * per_cent + 99) / 100).unwrap();
            let exact = minutes[rank - 1];
            let within = worked.within(per_cent).unwrap();
            prop_assert!(within.from_minutes <= exact);
            prop_assert!(within.until_minutes.is_none_or(|until| exact < until));
        }
    }
}
