//! The threshold that a query sees is the one that the domain sees, and the one that a person would read off the
//! office's calendar on the wall.

use aktivasi::domain::working_days::{
    Calendar, DayOff, DayOffKind, Due, DueInstants, Threshold, due, threshold,
};
use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;

use crate::support::database::TestDatabase;

const ZONES: [(Tz, i32); 3] = [(Tz::Asia__Jakarta, 7), (Tz::Asia__Makassar, 8), (Tz::Asia__Jayapura, 9)];

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Two leap years apart, with days off around their ends; 2027 is not known.
fn calendar(zone: Tz) -> Calendar {
    let off = [
        "2023-12-26",
        "2024-01-01",
        "2024-02-29",
        "2024-03-11",
        "2024-12-25",
        "2024-12-26",
        "2026-01-01",
        "2026-03-19",
        "2026-03-20",
        "2026-12-24",
        "2026-12-25",
        "2026-12-31",
    ];
    Calendar::new(zone, "1").with_complete_years([2023, 2024, 2025, 2026]).with_days_off(off.map(|day| {
        DayOff {
            date: date(day),
            kind: DayOffKind::National,
            name: "Libur".to_owned(),
            source: "SKB".to_owned(),
        }
    }))
}

/// As a person says it who looks at the clock and the calendar of the office.
fn by_hand(calendar: &Calendar, hours: i32, due: &Due, now: DateTime<Utc>) -> Threshold {
    let today = now.with_timezone(&FixedOffset::east_opt(hours * 3600).unwrap()).date_naive();
    let works = |day: &NaiveDate| {
        !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && calendar.is_business_day(*day) == Ok(true)
    };
    let eve = (1..30).map(|back| due.due_on - Days::new(back)).find(works).unwrap();
    if today > due.due_on {
        Threshold::Overdue
    } else if today == due.due_on {
        Threshold::DueToday
    } else if today >= eve {
        Threshold::DueTomorrow
    } else {
        Threshold::OnTrack
    }
}

#[tokio::test]
async fn query_domain_and_wall_calendar_agree_in_every_zone_to_the_microsecond() {
    let database = TestDatabase::create().await;
    let app = database.pool_as_app().await;
    let mut asked: Vec<(DueInstants, DateTime<Utc>)> = Vec::new();
    let mut unknown = 0;
    for (zone, hours) in ZONES {
        let calendar = calendar(zone);
        // From the end of a year over a leap day to the next end, and the end of the last year that is known.
        for (from, until) in [("2023-12-20", "2025-01-10"), ("2026-12-15", "2026-12-31")] {
            let mut received_at = date(from).and_hms_opt(0, 0, 0).unwrap().and_utc();
            let end = date(until).and_hms_opt(16, 0, 0).unwrap().and_utc();
            while received_at < end {
                received_at += TimeDelta::minutes(7 * 60 + 13);
                let Ok(due) = due(&calendar, received_at, 3) else {
                    unknown += 1;
                    continue;
                };
                let instants = due.instants().unwrap();
                let edges = [received_at, instants.tomorrow_from, instants.today_from, instants.due_at];
                for now in
                    edges.into_iter().flat_map(|edge| [-1, 0, 1].map(|us| edge + TimeDelta::microseconds(us)))
                {
                    let seen = threshold(&instants, now);
                    assert_eq!(seen, by_hand(&calendar, hours, &due, now), "{zone} {received_at} {now}");
                    asked.push((instants, now));
                }
            }
        }
    }
    assert!(unknown > 50 && asked.len() > 40_000, "{unknown} {}", asked.len());

    let column =
        |of: fn(&(DueInstants, DateTime<Utc>)) -> DateTime<Utc>| asked.iter().map(of).collect::<Vec<_>>();
    let told: Vec<Option<String>> = sqlx::query_scalar(
        "select threshold_of(a, b, c, now) from unnest($1::timestamptz[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[])
             with ordinality as asked (a, b, c, now, place) order by place",
    )
    .bind(column(|(due, _)| due.tomorrow_from))
    .bind(column(|(due, _)| due.today_from))
    .bind(column(|(due, _)| due.due_at))
    .bind(column(|(_, now)| *now))
    .fetch_all(&app)
    .await
    .unwrap();
    for ((instants, now), told) in asked.iter().zip(told) {
        assert_eq!(told.as_deref(), Some(threshold(instants, *now).as_str()), "{instants:?} {now}");
    }
    let waits: Option<String> =
        sqlx::query_scalar("select threshold_of(null, null, null, now())").fetch_one(&app).await.unwrap();
    assert_eq!(waits, None, "what waits for the calendar has no threshold");
    app.close().await;
    database.drop(&database.pool_as_superuser().await).await;
}
