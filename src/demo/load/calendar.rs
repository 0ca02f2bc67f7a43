//! The calendar that loaded requests are counted by.

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use sqlx::PgConnection;

use super::Plan;
use crate::{
    domain::working_days::{Calendar, DayOff, DayOffKind},
    store::{self, StoreError, demo_load::Place},
};

/// That of the office, so that its due dates can be computed again. A year that it does not know gets days off that fall on the
/// same day each year; the calendar of the office is not touched.
pub(super) async fn of_office(
    conn: &mut PgConnection,
    place: &Place,
    plan: Plan,
) -> Result<Calendar, StoreError> {
    let (first, last) = days(plan.days, plan.now);
    let kept = store::calendar::load_between(conn, place.code, place.zone, (first, last)).await?.calendar;
    let unknown: Vec<i32> = (first.year()..=last.year())
        .filter(|year| {
            NaiveDate::from_ymd_opt(*year, 1, 1).is_some_and(|day| kept.is_business_day(day).is_err())
        })
        .collect();
    let off = unknown.iter().flat_map(|year| the_same_each_year(*year)).collect::<Vec<_>>();
    Ok(kept.with_complete_years(unknown).with_days_off(off))
}

/// From before the first receipt to after the last due date.
fn days(days: u32, now: DateTime<Utc>) -> (NaiveDate, NaiveDate) {
    let today = now.date_naive();
    let first = today - Days::new(u64::from(days) + 31);
    let whole = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or(today);
    (whole(first.year(), 1, 1), whole(today.year() + 1, 12, 31))
}

fn the_same_each_year(year: i32) -> impl Iterator<Item = DayOff> {
    let fixed = [(1, 1), (5, 1), (6, 1), (8, 17), (12, 24), (12, 25), (12, 26), (12, 31)];
    fixed.into_iter().filter_map(move |(month, day)| NaiveDate::from_ymd_opt(year, month, day)).map(|date| {
        DayOff {
            date,
            kind: DayOffKind::National,
            name: "Libur (contoh)".to_owned(),
            source: "data contoh".to_owned(),
        }
    })
}
