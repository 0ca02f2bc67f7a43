//! Invented offices and moments: what the properties and the benchmark of the calendar are tried on.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::{Blocks, Calendar, DayOff, DayOffKind, SpecialHours, Weekdays, oracle::Facts};

const ZONES: [(Tz, i32); 3] = [(Tz::Asia__Jakarta, 7), (Tz::Asia__Makassar, 8), (Tz::Asia__Jayapura, 9)];

/// Both known and tried: 2023 to 2025.
fn begin() -> NaiveDate {
    NaiveDate::from_ymd_opt(2023, 1, 1).unwrap()
}

/// The edges of up to three blocks, in minutes of the day.
fn blocks() -> impl Strategy<Value = Vec<(NaiveTime, NaiveTime)>> {
    let minute = |minute: u32| NaiveTime::from_hms_opt(minute / 60, minute % 60, 0).unwrap();
    (1usize..=3).prop_flat_map(|count| prop::collection::btree_set(360u32..1200, count * 2)).prop_map(
        move |edges| {
            let edges: Vec<u32> = edges.into_iter().collect();
            edges.chunks(2).map(|pair| (minute(pair[0]), minute(pair[1]))).collect()
        },
    )
}

/// Other hours: from which day, for how long, on which weekdays, and which.
fn hours() -> impl Strategy<Value = (u64, u64, u8, Vec<(NaiveTime, NaiveTime)>)> {
    (0u64..1000, 0u64..400, 1u8..32, blocks())
}

/// An invented office: facts for the oracle and the same as a calendar.
pub fn office() -> impl Strategy<Value = (Facts, Calendar)> {
    let holidays = prop::collection::btree_set(0u64..1096, 0..160);
    (0usize..3, holidays, prop::collection::vec(hours(), 0..4)).prop_map(|(zone, holidays, mut hours)| {
        let (zone, utc_offset_hours) = ZONES[zone];
        let off: BTreeSet<NaiveDate> = holidays.iter().map(|day| begin() + Days::new(*day)).collect();
        let calendar = Calendar::new(zone, "invented").with_complete_years(2023..=2025).with_days_off(
            off.iter().enumerate().map(|(index, date)| DayOff {
                date: *date,
                kind: [DayOffKind::National, DayOffKind::JointLeave, DayOffKind::Closure][index % 3],
                name: "Hari Contoh".to_owned(),
                source: "KEP-1".to_owned(),
            }),
        );
        let calendar = calendar.with_special_hours(hours.iter().map(|(from, length, mask, blocks)| {
            let numbers = (1..=5).filter(|number| mask & (1 << (number - 1)) != 0);
            SpecialHours {
                from: begin() + Days::new(*from),
                until: begin() + Days::new(from + length),
                weekdays: Weekdays::new(numbers).unwrap(),
                blocks: Blocks::new(blocks.clone()).unwrap(),
                name: "jam khusus".to_owned(),
            }
        }));
        // Painted day by day, what begins later over what begins earlier.
        let mut open = BTreeMap::new();
        hours.sort_by_key(|(from, ..)| *from);
        for (from, length, mask, blocks) in hours {
            for date in (from..=from + length).map(|day| begin() + Days::new(day)) {
                let weekday = date.weekday().num_days_from_monday();
                if weekday < 5 && mask & (1 << weekday) != 0 {
                    open.insert(date, blocks.clone());
                }
            }
        }
        (Facts { utc_offset_hours, first_year: 2023, last_year: 2025, off, open }, calendar)
    })
}

/// Mostly any second of the known years and a little around them; often the very edges of an hour.
pub fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    let begin = "2022-12-25T00:00:00Z".parse::<DateTime<Utc>>().unwrap();
    prop_oneof![
        (0i64..1110 * 86_400_000).prop_map(move |ms| begin + TimeDelta::milliseconds(ms)),
        (0i64..1110 * 24, -1i64..=1).prop_map(move |(hour, s)| begin + TimeDelta::seconds(hour * 3600 + s)),
    ]
}
