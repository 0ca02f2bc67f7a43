//! How far the calendar reaches. Sixty days before its end operators are warned, day by day until a year is imported: by a
//! task at each office that has an operator, by the log, and by the figure `aktivasi_calendar_days_left`.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use uuid::Uuid;

use super::{AppError, Office};
use crate::{
    domain::ids::TaskId,
    store::{
        self,
        tasks::{Task, TaskKind},
    },
};

/// Operators are warned when fewer days are left.
pub const WARN_DAYS: i64 = 60;

/// What is known of the days to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// The last year of the unbroken run of known years that begins with this one; `None`: this year is not known.
    pub last_year: Option<i32>,
    /// Days from today, where the day begins first, to the last known one; negative: that day is over.
    pub days_left: i64,
}

impl Coverage {
    pub(in crate::app) fn of(last_year: Option<i32>, today: NaiveDate) -> Self {
        let end = last_year.and_then(|year| NaiveDate::from_ymd_opt(year, 12, 31));
        // Nothing is known of this year: as many days as have passed of it.
        let known = end.or_else(|| NaiveDate::from_ymd_opt(today.year() - 1, 12, 31)).unwrap_or(today);
        Self { last_year, days_left: (known - today).num_days() }
    }

    pub fn is_short(self) -> bool {
        self.days_left < WARN_DAYS
    }
}

/// Today where the day begins first.
pub(in crate::app) fn today(now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&chrono_tz::Tz::Asia__Jayapura).date_naive()
}

/// Looks how far the calendar reaches, and opens the tasks when it is short. They stay open until somebody closes them.
pub async fn check_coverage(office: &Office) -> Result<Coverage, AppError> {
    let now = office.now();
    let today = today(now);
    let mut tx = office.begin().await?;
    let coverage = Coverage::of(store::health::calendar_reaches(&mut tx, today.year()).await?, today);
    if !coverage.is_short() {
        return Ok(coverage);
    }
    let next = coverage.last_year.map_or(today.year(), |year| year + 1);
    tracing::warn!(
        days_left = coverage.days_left,
        year = next,
        "the calendar ends; import the one of the year"
    );
    for code in store::calendar::offices_with_operators(&mut tx).await? {
        let task = Task {
            id: TaskId(Uuid::now_v7()),
            office: code,
            request: None,
            taxpayer: None,
            kind: TaskKind::CalendarEnds,
            // One task for each year, however many days are left.
            detail: format!("Muat kalender tahun {next}"),
            opened_at: now,
        };
        store::tasks::open_once(&mut tx, &task).await?;
    }
    tx.commit().await?;
    Ok(coverage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_days_before_the_end_of_what_is_known_the_calendar_is_short() {
        let at = |last, today: &str| Coverage::of(last, today.parse().unwrap());
        assert_eq!(at(Some(2027), "2027-11-01").days_left, 60);
        assert!(!at(Some(2027), "2027-11-01").is_short() && at(Some(2027), "2027-11-02").is_short());
        assert!(!at(Some(2028), "2027-12-31").is_short());
        assert_eq!(at(None, "2028-01-03").days_left, -3);
        assert_eq!(at(Some(2028), "2028-02-29").days_left, 306, "a leap year");
    }

    #[test]
    fn the_day_begins_in_papua() {
        assert_eq!(today("2026-12-31T15:00:00Z".parse().unwrap()).to_string(), "2027-01-01");
    }
}
