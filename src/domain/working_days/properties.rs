//! Rules that hold for every calendar and every instant, tried on invented offices.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::{oracle::Facts, *};

const ZONES: [(Tz, i32); 3] = [(Tz::Asia__Jakarta, 7), (Tz::Asia__Makassar, 8), (Tz::Asia__Jayapura, 9)];

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// An invented office: facts for the oracle and the same as a calendar.
fn office() -> impl Strategy<Value = (Facts, Calendar)> {
    let holidays = prop::collection::btree_set(0u64..1096, 0..160);
    let ramadan = prop::option::of((0u64..1000, 1u64..40, 8u32..=18));
    (0usize..3, holidays, ramadan).prop_map(|(zone, holidays, ramadan)| {
        let (zone, utc_offset_hours) = ZONES[zone];
        let begin = date("2023-01-01");
        let off: BTreeSet<NaiveDate> = holidays.iter().map(|day| begin + Days::new(*day)).collect();
        let mut calendar = Calendar::new(zone, "invented").with_complete_years(2023..=2025).with_days_off(
            off.iter().enumerate().map(|(index, date)| DayOff {
                date: *date,
                kind: [DayOffKind::National, DayOffKind::JointLeave, DayOffKind::Closure][index % 3],
                name: "Hari Contoh".to_owned(),
                source: "KEP-1".to_owned(),
            }),
        );
        let mut closing = BTreeMap::new();
        if let Some((from, length, hour)) = ramadan {
            let (from, until) = (begin + Days::new(from), begin + Days::new(from + length));
            let closes_at = NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
            closing.extend(from.iter_days().take_while(|date| *date <= until).map(|date| (date, closes_at)));
            calendar = calendar.with_special_hours([SpecialHours {
                from,
                until,
                opens_at: None,
                closes_at,
                name: "jam khusus".to_owned(),
            }]);
        }
        let facts = Facts { utc_offset_hours, first_year: 2023, last_year: 2025, off, closing };
        (facts, calendar)
    })
}

/// Mostly any second of the known years and a little around them; often the very edges of an hour.
fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    let begin = "2022-12-25T00:00:00Z".parse::<DateTime<Utc>>().unwrap();
    prop_oneof![
        (0i64..1110 * 86_400_000).prop_map(move |ms| begin + TimeDelta::milliseconds(ms)),
        (0i64..1110 * 24, -1i64..=1).prop_map(move |(hour, s)| begin + TimeDelta::seconds(hour * 3600 + s)),
    ]
}

/// Moments and limits that are tried at one office.
const AT_ONE_OFFICE: usize = 20;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// 20,000 cases: offices with twenty moments each.
    #[test]
    fn the_slow_and_obvious_calculation_agrees((facts, calendar) in office(), cases in prop::collection::vec((instant(), 0u16..12), AT_ONE_OFFICE)) {
        let business = facts.business_days();
        for (received_at, days) in cases {
            match (due(&calendar, received_at, days), facts.answer(&business, received_at, usize::from(days))) {
                (Ok(due), Some(answer)) => {
                    prop_assert_eq!(due.day_zero, answer.day_zero);
                    prop_assert_eq!(due.due_on, answer.due_on);
                    prop_assert_eq!(due.due_at, answer.due_at);
                    prop_assert_eq!(due.derivation.counted_again(days), Ok(due.clone()));
                }
                (Err(DueError::YearUnknown(year)), None) => prop_assert!(!(2023..=2025).contains(&year)),
                (fast, slow) => prop_assert!(false, "{fast:?} but {slow:?}"),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_500))]

    #[test]
    fn a_due_date_is_a_business_day_and_its_steps_are_whole((_, calendar) in office(), received_at in instant(), days in 0u16..12) {
        let Ok(due) = due(&calendar, received_at, days) else { return Ok(()) };
        prop_assert_eq!(calendar.is_business_day(due.due_on), Ok(true));
        prop_assert_eq!(calendar.is_business_day(due.day_zero), Ok(true));
        prop_assert!(due.day_zero <= due.due_on && received_at < due.due_at);
        prop_assert_eq!(calendar.business_days_between(due.day_zero, due.due_on), Ok(u32::from(days)));
        let steps = &due.derivation.steps;
        prop_assert_eq!(steps.first().unwrap().date, due.derivation.received_local.date());
        prop_assert_eq!(steps.last().unwrap().date, due.due_on);
        prop_assert!(steps.windows(2).all(|pair| pair[0].date.succ_opt() == Some(pair[1].date)));
        prop_assert_eq!(steps.iter().filter(|step| step.outcome == Outcome::DayZero).count(), 1);
        let instants = due.instants().unwrap();
        prop_assert!(instants.tomorrow_from <= instants.today_from && instants.today_from < instants.due_at);
        if days > 0 {
            prop_assert_eq!(calendar.business_days_between(due.eve_on, due.due_on), Ok(1));
            prop_assert_eq!(calendar.is_business_day(due.eve_on), Ok(true));
        }
        prop_assert!(due.derivation.sentences_id().contains(&due.due_on.year().to_string()));
    }

    #[test]
    fn working_time_adds_up_and_stands_still_while_the_counter_is_closed((_, calendar) in office(), from in instant(), first in 0i64..9 * 86_400, second in 0i64..9 * 86_400) {
        let (middle, until) = (from + TimeDelta::seconds(first), from + TimeDelta::seconds(first + second));
        let time = |from, until| calendar.working_time(from, until);
        let (Ok(whole), Ok(one), Ok(two)) = (time(from, until), time(from, middle), time(middle, until)) else {
            return Ok(());
        };
        prop_assert_eq!(whole, one + two);
        prop_assert!(one >= TimeDelta::zero() && one <= TimeDelta::seconds(first));
        prop_assert_eq!(time(until, from), Ok(TimeDelta::zero()));
        if let Ok(Opening::Closed { opens_at, .. }) = calendar.opening(from) {
            prop_assert_eq!(time(from, opens_at), Ok(TimeDelta::zero()));
        }
    }

    #[test]
    fn a_derivation_as_it_is_stored_gives_its_due_date_again((_, calendar) in office(), received_at in instant(), days in 0u16..12) {
        let Ok(due) = due(&calendar, received_at, days) else { return Ok(()) };
        let stored = serde_json::to_value(&due.derivation).unwrap();
        let read: Derivation = serde_json::from_value(stored).unwrap();
        prop_assert_eq!(read.days_counted(), Some(days));
        prop_assert_eq!(read.counted_again(days), Ok(due));
    }

    #[test]
    fn a_derivation_with_one_outcome_changed_does_not_give_itself_again((_, calendar) in office(), received_at in instant(), days in 1u16..12, place in 0usize..40) {
        let Ok(due) = due(&calendar, received_at, days) else { return Ok(()) };
        let mut changed = due.derivation;
        let place = place % changed.steps.len();
        changed.steps[place].outcome = match changed.steps[place].outcome {
            Outcome::Skipped { .. } => Outcome::Counted { n: 1 },
            Outcome::DayZero | Outcome::Counted { .. } => Outcome::Skipped { reason: SkipReason::Weekend },
        };
        let again = changed.days_counted().and_then(|days| changed.counted_again(days).ok());
        prop_assert_ne!(again.map(|due| due.derivation.steps), Some(changed.steps));
    }

    #[test]
    fn who_comes_later_is_never_due_earlier((_, calendar) in office(), received_at in instant(), later in 0i64..20 * 86_400, days in 0u16..12) {
        let second = due(&calendar, received_at + TimeDelta::seconds(later), days);
        if let (Ok(first), Ok(second)) = (due(&calendar, received_at, days), second) {
            prop_assert!(first.due_at <= second.due_at);
        }
    }

    #[test]
    fn one_more_holiday_never_shortens_the_limit((_, calendar) in office(), received_at in instant(), extra in 0u64..1096, days in 0u16..12) {
        let holiday = DayOff {
            date: date("2023-01-01") + Days::new(extra),
            kind: DayOffKind::Closure,
            name: "banjir".to_owned(),
            source: "KEP-2".to_owned(),
        };
        let before = due(&calendar, received_at, days);
        let after = due(&calendar.with_days_off([holiday]), received_at, days);
        if let (Ok(before), Ok(after)) = (before, after) {
            prop_assert!(before.due_at <= after.due_at);
        }
    }

    #[test]
    fn a_counter_that_opens_is_open_then_and_what_is_handed_in_while_it_is_open_counts_that_day((_, calendar) in office(), now in instant()) {
        match calendar.opening(now) {
            Ok(Opening::Until(until)) => {
                prop_assert!(now < until + TimeDelta::seconds(1));
                if let Ok(due) = due(&calendar, now, 0) {
                    prop_assert_eq!(due.day_zero, due.derivation.received_local.date());
                }
            }
            Ok(Opening::Closed { opens_at, .. }) => {
                let opens = matches!(calendar.opening(opens_at), Ok(Opening::Until(_)));
                let open_before =
                    matches!(calendar.opening(opens_at - TimeDelta::seconds(1)), Ok(Opening::Until(_)));
                prop_assert!(now < opens_at && opens && !open_before);
            }
            Err(error) => prop_assert!(matches!(error, DueError::YearUnknown(_))),
        }
    }
}
