//! Twelve months as people read them: weeks from Monday, each day with what it is.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::Serialize;

use crate::domain::working_days::{DayOff, DayOffKind};

#[derive(Debug, Serialize)]
pub(super) struct Month {
    pub number: u32,
    pub weeks: Vec<Vec<Option<Day>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Day {
    pub number: u32,
    /// `we`, `nat`, `joint`, `local` or empty, as the style sheet has them.
    pub kind: &'static str,
    pub name: Option<String>,
    pub today: bool,
}

/// The months of a year. Of a day with several reasons the strongest is shown.
pub(super) fn months<'a>(
    year: i32,
    today: NaiveDate,
    days_off: impl Iterator<Item = &'a DayOff>,
) -> Vec<Month> {
    let mut known = std::collections::BTreeMap::<NaiveDate, &DayOff>::new();
    for day in days_off {
        let stronger = known.get(&day.date).is_none_or(|shown| day.kind < shown.kind);
        if stronger {
            known.insert(day.date, day);
        }
    }
    (1..=12)
        .filter_map(|month| NaiveDate::from_ymd_opt(year, month, 1))
        .map(|first| Month {
            number: first.month(),
            weeks: weeks(first, |date| day(date, today, known.get(&date).copied())),
        })
        .collect()
}

fn day(date: NaiveDate, today: NaiveDate, off: Option<&DayOff>) -> Day {
    let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
    let kind = match off.map(|day| day.kind) {
        Some(DayOffKind::National) => "nat",
        Some(DayOffKind::JointLeave) => "joint",
        Some(DayOffKind::Closure) => "local",
        None if weekend => "we",
        None => "",
    };
    Day { number: date.day(), kind, name: off.map(|day| day.name.clone()), today: date == today }
}

fn weeks(first: NaiveDate, day: impl Fn(NaiveDate) -> Day) -> Vec<Vec<Option<Day>>> {
    let before = first.weekday().num_days_from_monday();
    let in_month = (0..31)
        .filter_map(|offset| first.checked_add_days(Days::new(offset)))
        .take_while(|date| date.month() == first.month());
    let mut cells: Vec<Option<Day>> = std::iter::repeat_n(None, before as usize).collect();
    cells.extend(in_month.map(|date| Some(day(date))));
    // Six rows for every month, so that months beside each other end on one line.
    cells.resize(42, None);
    cells.chunks(7).map(<[_]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_on_its_weekday_and_shows_the_strongest_reason() {
        let on: NaiveDate = "2026-08-17".parse().unwrap();
        let off = |kind| DayOff { date: on, kind, name: format!("{kind:?}"), source: "S".to_owned() };
        let days = [off(DayOffKind::Closure), off(DayOffKind::National)];
        let months = months(2026, on, days.iter());

        assert_eq!(months.len(), 12);
        let august = &months[7];
        // 1 August 2026 is a Saturday.
        assert_eq!(august.weeks[0][4], None);
        assert_eq!(august.weeks[0][5].as_ref().unwrap().kind, "we");
        let monday = august.weeks[3][0].as_ref().unwrap();
        assert_eq!((monday.number, monday.kind, monday.today), (17, "nat", true));
        let count = months.iter().flat_map(|month| &month.weeks).flatten().flatten().count();
        assert_eq!(count, 365);
    }
}
