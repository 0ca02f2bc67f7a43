//! Rules that hold for every calendar and every instant, tried on invented offices.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use proptest::prelude::*;

use super::{
    invented::{instant, office},
    *,
};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Moments and limits that are tried at one office.
const AT_ONE_OFFICE: usize = 20;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn working_time_is_what_a_count_minute_by_minute_finds((facts, calendar) in office(), hour in 0i64..1080 * 24, minutes in 0i64..6 * 1440) {
        let from = "2023-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hour);
        let until = from + TimeDelta::minutes(minutes);
        let Ok(time) = calendar.working_time(from, until) else { return Ok(()) };
        prop_assert_eq!(time, TimeDelta::minutes(facts.minutes_open(&facts.business_days(), from, until)));
    }
}

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
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn with_other_days_off_the_slow_calculation_of_such_an_office_agrees((mut facts, calendar) in office(), changes in prop::collection::vec((0u64..1095, any::<bool>()), 0..40), cases in prop::collection::vec((instant(), 0u16..12), AT_ONE_OFFICE)) {
        let (mut added, mut removed) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
        for (day, off) in changes {
            let day = date("2023-01-01") + Days::new(day);
            if off { added.insert(day); removed.remove(&day); } else { removed.insert(day); added.remove(&day); }
        }
        facts.off.retain(|day| !removed.contains(day));
        facts.off.extend(&added);
        let business = facts.business_days();
        let days_off = added.into_iter().map(|date| DayOff { date, kind: DayOffKind::Closure, name: "x".to_owned(), source: "x".to_owned() });
        let other = calendar.without_days_off(&removed).with_days_off(days_off);
        for (received_at, days) in cases {
            let fast = due(&other, received_at, days).ok().map(|due| (due.due_on, due.due_at));
            let slow = facts.answer(&business, received_at, usize::from(days)).map(|answer| (answer.due_on, answer.due_at));
            prop_assert_eq!(fast, slow);
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
    fn a_break_at_noon_moves_no_due_date((_, calendar) in office(), received_at in instant(), days in 0u16..12) {
        let Ok(before) = due(&calendar, received_at, days) else { return Ok(()) };
        let on = before.derivation.received_local.date();
        let (opens, closes) = (calendar.blocks(on).opens_at(), calendar.blocks(on).closes_at());
        let with_break = SpecialHours {
            from: on,
            until: on,
            weekdays: Weekdays::ALL,
            blocks: Blocks::new(vec![(opens, opens + TimeDelta::seconds(1)), (closes - TimeDelta::seconds(1), closes)]).unwrap(),
            name: "istirahat".to_owned(),
        };
        let after = due(&calendar.with_special_hours([with_break]), received_at, days).unwrap();
        prop_assert_eq!((before.day_zero, before.due_at), (after.day_zero, after.due_at));
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
