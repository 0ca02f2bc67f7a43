//! A second implementation, slow and obvious, written from the rules and not from the first one: it lists
//! the business days of the known years and takes the right ones from the list.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveTime, Utc};

/// The facts of an invented office, in the plainest form.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Hours east of UTC: Indonesian zones have had no other change since 1964.
    pub utc_offset_hours: i32,
    pub first_year: i32,
    pub last_year: i32,
    pub off: BTreeSet<NaiveDate>,
    /// The blocks of days with other hours, in order.
    pub open: BTreeMap<NaiveDate, Vec<(NaiveTime, NaiveTime)>>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub day_zero: NaiveDate,
    pub due_on: NaiveDate,
    pub due_at: DateTime<Utc>,
}

impl Facts {
    /// Every business day of the known years, in order.
    pub fn business_days(&self) -> Vec<NaiveDate> {
        let mut date = NaiveDate::from_ymd_opt(self.first_year, 1, 1).unwrap();
        let end = NaiveDate::from_ymd_opt(self.last_year, 12, 31).unwrap();
        let mut days = Vec::new();
        while date <= end {
            let name = date.format("%a").to_string();
            if name != "Sat" && name != "Sun" && !self.off.contains(&date) {
                days.push(date);
            }
            date += Duration::days(1);
        }
        days
    }

    fn hours(&self, date: NaiveDate) -> Vec<(NaiveTime, NaiveTime)> {
        let clock = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        self.open.get(&date).cloned().unwrap_or_else(|| vec![(clock(8), clock(16))])
    }

    /// Minute by minute: how many of them begin while the counter is open. Both instants are whole minutes.
    pub fn minutes_open(&self, business: &[NaiveDate], from: DateTime<Utc>, until: DateTime<Utc>) -> i64 {
        let zone = FixedOffset::east_opt(self.utc_offset_hours * 3600).unwrap();
        let (mut minute, mut open) = (from, 0);
        while minute < until {
            let local = minute.with_timezone(&zone);
            let works = business.binary_search(&local.date_naive()).is_ok();
            let inside = |block: &(NaiveTime, NaiveTime)| block.0 <= local.time() && local.time() < block.1;
            open += i64::from(works && self.hours(local.date_naive()).iter().any(inside));
            minute += Duration::minutes(1);
        }
        open
    }

    /// `None` when the answer lies outside the known years. `business` is the list of [`Self::business_days`].
    pub fn answer(&self, business: &[NaiveDate], received_at: DateTime<Utc>, days: usize) -> Option<Answer> {
        let zone = FixedOffset::east_opt(self.utc_offset_hours * 3600).unwrap();
        let local = received_at.with_timezone(&zone);
        let date = local.date_naive();
        let known = NaiveDate::from_ymd_opt(self.first_year, 1, 1).unwrap()
            ..=NaiveDate::from_ymd_opt(self.last_year, 12, 31).unwrap();
        if !known.contains(&date) {
            return None;
        }
        let closing = self.hours(date).iter().map(|block| block.1).max().unwrap();
        // Still in time: any moment before the second after closing.
        let in_time = local.time() < closing + Duration::seconds(1);

        let zero = business.iter().position(|day| if in_time { *day >= date } else { *day > date })?;
        let due_on = *business.get(zero + days)?;
        let end_of_day = due_on.and_hms_opt(23, 59, 59).unwrap().and_local_timezone(zone).unwrap();
        Some(Answer {
            day_zero: business[zero],
            due_on,
            due_at: end_of_day.with_timezone(&Utc) + Duration::seconds(1),
        })
    }
}
