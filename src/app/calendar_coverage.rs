//! How far the calendar reaches. Sixty days before its end operators are warned, until a year is imported: by a task of those
//! who may import it, on the page of the calendar, by the log, and by the figure `aktivasi_calendar_days_left`.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use super::{AppError, Office};
use crate::{domain::ids::TaskId, store};

/// Operators are warned when so many days are left, or fewer.
pub const WARN_DAYS: i64 = 60;
/// Days before the end at which a task that was closed without an import comes again; after the end each day.
const AGAIN: [i64; 5] = [1, 7, 14, 30, WARN_DAYS];
/// Where the day begins first.
const FIRST_ZONE: Tz = Tz::Asia__Jayapura;

/// What is known of the days to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// The last year of the unbroken run of known years that begins with this one; `None`: this year is not known.
    pub last_year: Option<i32>,
    /// Days from today, where the day begins first, to the last known one; negative: that day is over.
    pub days_left: i64,
}

impl Coverage {
    pub fn of(last_year: Option<i32>, today: NaiveDate) -> Self {
        let end = last_year.and_then(|year| NaiveDate::from_ymd_opt(year, 12, 31));
        // Nothing is known of this year: as many days as have passed of it.
        let known = end.or_else(|| NaiveDate::from_ymd_opt(today.year() - 1, 12, 31)).unwrap_or(today);
        Self { last_year, days_left: (known - today).num_days() }
    }

    pub fn is_short(self) -> bool {
        self.days_left <= WARN_DAYS
    }

    /// The year whose import is awaited.
    pub fn next_year(self, today: NaiveDate) -> i32 {
        self.last_year.map_or(today.year(), |year| year + 1)
    }

    /// The day on which the present warning began: a task that was opened since is not opened again.
    fn warned_since(self, today: NaiveDate) -> NaiveDate {
        let step = AGAIN.into_iter().find(|step| self.days_left <= *step && self.days_left > 0);
        let passed = step.map_or(0, |step| step - self.days_left);
        today.checked_sub_days(Days::new(passed.unsigned_abs())).unwrap_or(today)
    }
}

/// Today where the day begins first.
pub fn today(now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&FIRST_ZONE).date_naive()
}

/// How far the calendar reaches now.
pub async fn coverage(office: &Office) -> Result<(Coverage, i32), AppError> {
    let today = today(office.now());
    let mut tx = office.begin().await?;
    let coverage = Coverage::of(store::health::calendar_reaches(&mut tx, today.year()).await?, today);
    Ok((coverage, coverage.next_year(today)))
}

/// Looks how far the calendar reaches, and opens the task when it is short. It stays open until somebody closes it, and comes
/// again at the next step when nothing was imported.
pub async fn check_coverage(office: &Office) -> Result<Coverage, AppError> {
    let now = office.now();
    let today = today(now);
    let mut tx = office.begin().await?;
    let coverage = Coverage::of(store::health::calendar_reaches(&mut tx, today.year()).await?, today);
    if !coverage.is_short() {
        return Ok(coverage);
    }
    let next = coverage.next_year(today);
    tracing::warn!(
        days_left = coverage.days_left,
        year = next,
        "the calendar ends; import the one of the year"
    );
    let begun =
        FIRST_ZONE.from_local_datetime(&coverage.warned_since(today).and_time(NaiveTime::MIN)).earliest();
    let since = begun.map_or(now, |begun| begun.to_utc());
    // One task for each year, however many days are left.
    let detail = format!("Muat kalender tahun {next}");
    store::tasks::open_calendar_ends(&mut tx, TaskId(Uuid::now_v7()), &detail, since, now).await?;
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
        assert!(!at(Some(2027), "2027-10-31").is_short() && at(Some(2027), "2027-11-01").is_short());
        assert!(!at(Some(2028), "2027-12-31").is_short());
        assert_eq!(at(None, "2028-01-03").days_left, -3);
        assert_eq!(at(Some(2028), "2028-02-29").days_left, 306, "a leap year");
    }

    #[test]
    fn a_closed_task_comes_again_at_each_step_and_after_the_end_each_day() {
        let since = |last, today: &str| {
            let today = today.parse().unwrap();
            Coverage::of(last, today).warned_since(today).to_string()
        };
        let known = Some(2027);
        assert_eq!(since(known, "2027-11-01"), "2027-11-01");
        assert_eq!(since(known, "2027-11-30"), "2027-11-01");
        assert_eq!(since(known, "2027-12-01"), "2027-12-01", "thirty days");
        assert_eq!(since(known, "2027-12-16"), "2027-12-01");
        assert_eq!(since(known, "2027-12-17"), "2027-12-17", "fourteen");
        assert_eq!(since(known, "2027-12-24"), "2027-12-24", "seven");
        assert_eq!(since(known, "2027-12-30"), "2027-12-30", "one");
        assert_eq!(since(known, "2027-12-31"), "2027-12-31");
        assert_eq!(since(None, "2028-01-05"), "2028-01-05", "nothing is known of this year");
    }

    #[test]
    fn the_day_begins_in_papua() {
        assert_eq!(today("2026-12-31T15:00:00Z".parse().unwrap()).to_string(), "2027-01-01");
    }
}
