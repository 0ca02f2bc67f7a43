use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::*;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(zone: Tz, local: &str) -> DateTime<Utc> {
    zone.from_local_datetime(&local.parse::<NaiveDateTime>().unwrap()).unwrap().with_timezone(&Utc)
}

fn published_days_off() -> Vec<DayOff> {
    include_str!("../../../data/holidays-id.csv")
        .lines()
        .skip(1)
        .map(|line| {
            // Only the source, the last column, has quotes and commas.
            let columns: Vec<&str> = line.splitn(4, ',').collect();
            DayOff {
                date: date(columns[0]),
                name: columns[1].to_owned(),
                kind: DayOffKind::parse(columns[2]).unwrap(),
                source: columns[3].trim_matches('"').to_owned(),
            }
        })
        .collect()
}

fn published(zone: Tz) -> Calendar {
    Calendar::new(zone, "2019-2027").with_complete_years(2019..=2027).with_days_off(published_days_off())
}

#[test]
fn every_published_case_holds() {
    let cases: Vec<&str> =
        include_str!("../../../tests/data/business-day-cases.csv").lines().skip(1).collect();
    assert_eq!(cases.len(), 62);
    for line in cases {
        let case: Vec<&str> = line.splitn(8, ',').collect();
        let zone: Tz = case[2].parse().unwrap();
        let received_at: DateTime<Utc> = case[3].parse().unwrap();
        assert_eq!(at(zone, case[1]), received_at, "{line}");

        let due = due(&published(zone), received_at, 3).unwrap();

        assert_eq!(due.day_zero, date(case[4]), "{line}");
        assert_eq!(due.due_on, date(case[5]), "{line}");
        assert_eq!(due.due_at, case[6].parse::<DateTime<Utc>>().unwrap(), "{line}");
    }
}

#[test]
fn the_worked_examples_of_2026_hold() {
    let calendar = published(Tz::Asia__Jakarta);
    for (received, day_zero, three, one) in [
        ("2026-07-06T10:00:00", "2026-07-06", "2026-07-09", "2026-07-07"),
        ("2026-07-10T10:00:00", "2026-07-10", "2026-07-15", "2026-07-13"),
        ("2026-07-10T16:20:00", "2026-07-13", "2026-07-16", "2026-07-14"),
        ("2026-08-13T10:00:00", "2026-08-13", "2026-08-19", "2026-08-14"),
        ("2026-08-21T10:00:00", "2026-08-21", "2026-08-27", "2026-08-24"),
        ("2026-02-12T10:00:00", "2026-02-12", "2026-02-19", "2026-02-13"),
        ("2026-02-13T10:00:00", "2026-02-13", "2026-02-20", "2026-02-18"),
        ("2026-03-16T10:00:00", "2026-03-16", "2026-03-26", "2026-03-17"),
        ("2026-03-17T10:00:00", "2026-03-17", "2026-03-27", "2026-03-25"),
        ("2026-05-12T10:00:00", "2026-05-12", "2026-05-19", "2026-05-13"),
        ("2026-05-13T10:00:00", "2026-05-13", "2026-05-20", "2026-05-18"),
        ("2026-05-26T10:00:00", "2026-05-26", "2026-06-03", "2026-05-29"),
        ("2026-12-22T10:00:00", "2026-12-22", "2026-12-29", "2026-12-23"),
    ] {
        let received_at = at(Tz::Asia__Jakarta, received);
        let in_three = due(&calendar, received_at, 3).unwrap();
        assert_eq!((in_three.day_zero, in_three.due_on), (date(day_zero), date(three)), "{received}");
        assert_eq!(due(&calendar, received_at, 1).unwrap().due_on, date(one), "{received}");
        assert_eq!(due(&calendar, received_at, 0).unwrap().due_on, date(day_zero), "{received}");
    }
}

#[test]
fn a_year_without_calendar_is_never_guessed() {
    let zone = Tz::Asia__Jakarta;
    let until_2026 =
        Calendar::new(zone, "2026").with_complete_years([2026]).with_days_off(published_days_off());

    assert_eq!(due(&until_2026, at(zone, "2026-12-29T10:00:00"), 3), Err(DueError::YearUnknown(2027)));
    assert_eq!(due(&until_2026, at(zone, "2026-12-29T10:00:00"), 1).unwrap().due_on, date("2026-12-30"));
    assert_eq!(due(&until_2026, at(zone, "2025-12-31T10:00:00"), 3), Err(DueError::YearUnknown(2025)));
    assert_eq!(due(&until_2026, at(zone, "2027-01-02T10:00:00"), 0), Err(DueError::YearUnknown(2027)));
    assert_eq!(until_2026.is_business_day(date("2027-01-02")), Err(DueError::YearUnknown(2027)));
    assert_eq!(due(&until_2026, at(zone, "2026-01-02T10:00:00"), u16::MAX), Err(DueError::YearUnknown(2027)));
    assert_eq!(until_2026.last_complete_year(), Some(2026));
}

#[test]
fn the_limit_may_end_with_the_last_known_day() {
    let zone = Tz::Asia__Jayapura;
    let until_2026 =
        Calendar::new(zone, "2026").with_complete_years([2026]).with_days_off(published_days_off());

    let due = due(&until_2026, at(zone, "2026-12-28T09:00:00"), 3).unwrap();

    assert_eq!(due.due_on, date("2026-12-31"));
    assert_eq!(due.due_at, "2026-12-31T15:00:00Z".parse::<DateTime<Utc>>().unwrap());
}

#[test]
fn the_first_known_day_needs_no_year_before_it() {
    let zone = Tz::Asia__Jakarta;
    let due = due(&published(zone), at(zone, "2019-01-01T10:00:00"), 0).unwrap();
    assert_eq!((due.day_zero, due.eve_on), (date("2019-01-02"), date("2019-01-01")));
}

#[test]
fn other_closing_times_move_day_zero() {
    let zone = Tz::Asia__Jakarta;
    let ramadan = SpecialHours {
        from: date("2026-02-18"),
        until: date("2026-03-17"),
        weekdays: Weekdays::ALL,
        blocks: "08.00-15.00".parse().unwrap(),
        name: "jam layanan Ramadan".to_owned(),
    };
    let calendar = published(zone).with_special_hours([ramadan]);
    let day_zero = |local| due(&calendar, at(zone, local), 3).unwrap().day_zero;

    assert_eq!(day_zero("2026-02-18T15:00:00"), date("2026-02-18"));
    assert_eq!(day_zero("2026-02-18T15:00:01"), date("2026-02-19"));
    assert_eq!(day_zero("2026-03-17T15:30:00"), date("2026-03-25"));
    assert_eq!(day_zero("2026-03-25T15:30:00"), date("2026-03-25"));

    let late = due(&calendar, at(zone, "2026-02-18T15:30:00"), 3).unwrap().derivation;
    assert!(late.late);
    assert!(late.sentences_id().starts_with(
        "Diterima lengkap Rabu, 18 Februari 2026 pukul 15.30 WIB, setelah loket tutup pukul 15.00 \
        (jam layanan Ramadan); hari ke-0 adalah Kamis, 19 Februari 2026. Tidak dihitung: Sabtu, 21 Februari dan "
    ));
}

#[test]
fn of_overlapping_hours_the_later_period_holds() {
    let zone = Tz::Asia__Jakarta;
    let hours = |from, until, hour| SpecialHours {
        from: date(from),
        until: date(until),
        weekdays: Weekdays::ALL,
        blocks: Blocks::until(NaiveTime::from_hms_opt(hour, 0, 0).unwrap()),
        name: format!("sampai {hour}"),
    };
    let calendar = published(zone)
        .with_closing_time(NaiveTime::from_hms_opt(17, 0, 0).unwrap())
        .with_special_hours([hours("2026-07-06", "2026-07-08", 12), hours("2026-07-01", "2026-07-31", 15)]);
    let closes_at = |local| due(&calendar, at(zone, local), 0).unwrap().derivation.closes_at;

    assert_eq!(closes_at("2026-07-07T10:00:00").to_string(), "12:00:00");
    assert_eq!(closes_at("2026-07-09T10:00:00").to_string(), "15:00:00");
    assert_eq!(closes_at("2026-08-03T10:00:00").to_string(), "17:00:00");
}

#[test]
fn the_second_of_closing_is_in_time_with_its_fractions() {
    let zone = Tz::Asia__Jakarta;
    let day_zero = |local| due(&published(zone), at(zone, local), 3).unwrap().day_zero;
    assert_eq!(day_zero("2026-07-06T16:00:00.999"), date("2026-07-06"));
    assert_eq!(day_zero("2026-07-06T16:00:01"), date("2026-07-07"));
}

#[test]
fn a_leap_day_counts() {
    let zone = Tz::Asia__Jakarta;
    let due = due(&published(zone), at(zone, "2024-02-28T10:00:00"), 1).unwrap();
    assert_eq!(due.due_on, date("2024-02-29"));
}

#[test]
fn a_closure_of_the_office_does_not_count_and_a_national_holiday_names_itself_first() {
    let zone = Tz::Asia__Jayapura;
    let day = |on, kind, name: &str| DayOff {
        date: date(on),
        kind,
        name: name.to_owned(),
        source: "KEP-1".to_owned(),
    };
    let calendar = published(zone).with_days_off([
        day("2026-07-07", DayOffKind::Closure, "banjir"),
        day("2026-08-17", DayOffKind::Closure, "banjir"),
    ]);

    let due = due(&calendar, at(zone, "2026-07-06T10:00:00"), 3).unwrap();
    assert_eq!(due.due_on, date("2026-07-10"));
    assert!(due.derivation.sentences_id().contains("Selasa, 7 Juli (kantor tutup: banjir)"));
    assert!(matches!(calendar.day_off(date("2026-08-17")), Ok(Some(SkipReason::National { .. }))));
}

#[test]
fn the_explanations_on_receipts_and_pages_come_out_word_for_word() {
    let say = |zone, local| due(&published(zone), at(zone, local), 3).unwrap().derivation;

    let after_closing = say(Tz::Asia__Jakarta, "2026-07-10T16:20:00");
    assert_eq!(
        format!("{} {}", after_closing.sentences_id(), after_closing.final_sentence_id()),
        "Diterima lengkap Jumat, 10 Juli 2026 pukul 16.20 WIB, setelah loket tutup pukul 16.00; hari ke-0 \
         adalah Senin, 13 Juli 2026. Hari kerja ke-1 Selasa, 14 Juli; ke-2 Rabu, 15 Juli; ke-3 Kamis, 16 Juli \
         2026. Surat diterbitkan paling lambat Kamis, 16 Juli 2026 pukul 24.00 WIB."
    );
    assert_eq!(
        after_closing.basis_id("KPP Pratama Jakarta Palmerah"),
        "Dasar: kalender 2019-2027, waktu setempat KPP Pratama Jakarta Palmerah (WIB)."
    );
    let with_holiday = say(Tz::Asia__Jayapura, "2026-08-21T09:30:00");
    assert_eq!(
        format!("{} {}", with_holiday.sentences_id(), with_holiday.final_sentence_id()),
        "Diterima lengkap Jumat, 21 Agustus 2026 pukul 09.30 WIT; hari itu adalah hari ke-0. Tidak dihitung: \
         Sabtu, 22 Agustus dan Minggu, 23 Agustus (akhir pekan); Selasa, 25 Agustus (libur nasional: Maulid \
         Nabi Muhammad). Hari kerja ke-1 Senin, 24 Agustus; ke-2 Rabu, 26 Agustus; ke-3 Kamis, 27 Agustus \
         2026. Surat diterbitkan paling lambat Kamis, 27 Agustus 2026 pukul 24.00 WIT."
    );
    assert_eq!(
        say(Tz::Asia__Jakarta, "2026-08-03T09:00:00").sentences_id(),
        "Diterima lengkap Senin, 3 Agustus 2026 pukul 09.00 WIB; hari itu adalah hari ke-0. Hari kerja ke-1 \
         Selasa, 4 Agustus; ke-2 Rabu, 5 Agustus; ke-3 Kamis, 6 Agustus 2026."
    );
    assert_eq!(
        say(Tz::Asia__Makassar, "2026-12-24T09:00:00").sentences_id(),
        "Diterima lengkap Kamis, 24 Desember 2026 pukul 09.00 WITA, yang bukan hari kerja (cuti bersama: Hari \
         Raya Natal); hari ke-0 adalah Senin, 28 Desember 2026. Hari kerja ke-1 Selasa, 29 Desember; ke-2 \
         Rabu, 30 Desember; ke-3 Kamis, 31 Desember 2026."
    );
    assert!(say(Tz::Asia__Jakarta, "2026-07-10T16:00:01").sentences_id().contains("pukul 16.00.01 WIB"));
}

#[test]
fn dates_on_both_sides_of_new_year_carry_their_year() {
    let zone = Tz::Asia__Jakarta;
    let sentences =
        due(&published(zone), at(zone, "2026-12-30T10:00:00"), 3).unwrap().derivation.sentences_id();
    assert_eq!(
        sentences,
        "Diterima lengkap Rabu, 30 Desember 2026 pukul 10.00 WIB; hari itu adalah hari ke-0. Tidak dihitung: \
         Jumat, 1 Januari 2027 (libur nasional: Tahun Baru Masehi); Sabtu, 2 Januari 2027 dan Minggu, 3 \
         Januari 2027 (akhir pekan); Selasa, 5 Januari 2027 (libur nasional: Isra Mikraj Nabi Muhammad). \
         Hari kerja ke-1 Kamis, 31 Desember 2026; ke-2 Senin, 4 Januari 2027; ke-3 Rabu, 6 Januari 2027."
    );
}

#[test]
fn thresholds_change_at_local_midnight_of_business_days() {
    let zone = Tz::Asia__Makassar;
    // Received on Wednesday, due on Monday.
    let due = due(&published(zone), at(zone, "2026-07-08T10:00:00"), 3).unwrap();
    assert_eq!((due.eve_on, due.due_on), (date("2026-07-10"), date("2026-07-13")));
    let instants = due.instants().unwrap();
    let then = |local| threshold(&instants, at(zone, local));

    assert_eq!(then("2026-07-09T23:59:59.999"), Threshold::OnTrack);
    assert_eq!(then("2026-07-10T00:00:00"), Threshold::DueTomorrow);
    assert_eq!(then("2026-07-12T23:59:59"), Threshold::DueTomorrow);
    assert!(!instants.is_last_business_day(at(zone, "2026-07-12T23:59:59")));
    assert_eq!(then("2026-07-13T00:00:00"), Threshold::DueToday);
    assert!(instants.is_last_business_day(at(zone, "2026-07-13T00:00:00")));
    assert_eq!(then("2026-07-13T23:59:59.999"), Threshold::DueToday);
    assert_eq!(then("2026-07-14T00:00:00"), Threshold::Overdue);
    assert!(Threshold::ALL.into_iter().all(|t| Threshold::parse(t.as_str()) == Some(t)));
}

#[test]
fn business_days_between_count_the_end_and_not_the_beginning() {
    let calendar = published(Tz::Asia__Jakarta);
    let between = |from, to| calendar.business_days_between(date(from), date(to));
    assert_eq!(between("2026-07-06", "2026-07-06"), Ok(0));
    assert_eq!(between("2026-07-06", "2026-07-09"), Ok(3));
    assert_eq!(between("2026-03-17", "2026-03-25"), Ok(1));
    assert_eq!(between("2026-07-09", "2026-07-06"), Ok(0));
    assert_eq!(between("2027-12-30", "2028-01-03"), Err(DueError::YearUnknown(2028)));
}

#[test]
fn a_derivation_survives_storage() {
    let zone = Tz::Asia__Jayapura;
    for local in ["2026-03-17T16:20:00", "2026-03-18T10:00:00", "2026-08-21T09:30:00"] {
        let derivation = due(&published(zone), at(zone, local), 3).unwrap().derivation;
        let json = serde_json::to_string(&derivation).unwrap();
        assert_eq!(serde_json::from_str::<Derivation>(&json).unwrap(), derivation);
    }
    let derivation = due(&published(zone), at(zone, "2026-08-24T09:30:00"), 1).unwrap().derivation;
    assert_eq!(
        serde_json::to_value(&derivation.steps).unwrap(),
        serde_json::json!([
            { "date": "2026-08-24", "outcome": "day_zero" },
            { "date": "2026-08-25", "outcome": "skipped", "reason": {
                "kind": "national", "name": "Maulid Nabi Muhammad", "source": "SKB 1497/2025, 2/2025, 5/2025" } },
            { "date": "2026-08-26", "outcome": "counted", "n": 1 },
        ])
    );
}

#[test]
fn no_zone_and_no_instant_panics() {
    let years = -262_200..262_200;
    for zone in chrono_tz::TZ_VARIANTS {
        let calendar = Calendar::new(zone, "all").with_complete_years([1900, 1945, 2011, 2012, 2026]);
        for instant in [
            DateTime::<Utc>::MIN_UTC,
            DateTime::<Utc>::MAX_UTC,
            "1945-08-17T03:00:00Z".parse().unwrap(),
            "2011-12-29T20:00:00Z".parse().unwrap(),
            "2026-03-29T00:30:00Z".parse().unwrap(),
        ] {
            let _ = due(&calendar, instant, 2).map(|due| {
                assert!(due.due_at > instant, "{zone} {instant}");
                let _ = (due.instants(), due.derivation.sentences_id(), due.derivation.final_sentence_id());
            });
        }
    }
    let everything = Calendar::new(Tz::Asia__Jakarta, "all").with_complete_years(years);
    for instant in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        for days in [0, 1, 400] {
            let _ = due(&everything, instant, days).map(|due| due.instants());
        }
    }
}

#[test]
fn the_counter_opens_again_on_the_next_business_day_and_says_why_it_is_closed() {
    let zone = Tz::Asia__Jakarta;
    let ramadan = SpecialHours {
        from: date("2026-02-18"),
        until: date("2026-03-17"),
        weekdays: Weekdays::ALL,
        blocks: "08.30-15.00".parse().unwrap(),
        name: "jam layanan Ramadan".to_owned(),
    };
    let calendar = published(zone).with_special_hours([ramadan]);
    let opening = |local| calendar.opening(at(zone, local)).unwrap();
    let closed = |opens, day_off| Opening::Closed { opens_at: at(zone, opens), day_off };

    assert_eq!(opening("2026-07-10T07:59:59"), closed("2026-07-10T08:00:00", None));
    assert_eq!(opening("2026-07-10T08:00:00"), Opening::Until(at(zone, "2026-07-10T16:00:00")));
    assert_eq!(opening("2026-07-10T16:00:00"), Opening::Until(at(zone, "2026-07-10T16:00:00")));
    assert_eq!(opening("2026-07-10T16:00:01"), closed("2026-07-13T08:00:00", None));
    assert_eq!(opening("2026-07-11T10:00:00"), closed("2026-07-13T08:00:00", Some(SkipReason::Weekend)));
    assert_eq!(opening("2026-02-20T15:30:00"), closed("2026-02-23T08:30:00", None));
    let christmas = opening("2026-12-24T09:00:00");
    assert!(
        matches!(&christmas, Opening::Closed { opens_at, day_off: Some(SkipReason::JointLeave { .. }) }
            if *opens_at == at(zone, "2026-12-28T08:00:00")),
        "{christmas:?}"
    );
}

#[test]
fn no_opening_is_guessed_for_a_year_without_calendar() {
    let zone = Tz::Asia__Jayapura;
    let calendar = published(zone);

    assert_eq!(calendar.opening(at(zone, "2027-12-31T18:00:00")), Err(DueError::YearUnknown(2028)));
    assert_eq!(calendar.opening(at(zone, "2018-05-05T10:00:00")), Err(DueError::YearUnknown(2018)));
}

/// The week of an office with lunch: Monday to Thursday and Friday, and the same in Ramadan with other hours.
fn with_lunch(zone: Tz) -> Calendar {
    let hours = |(from, until): (&str, &str), weekdays: &str, blocks: &str, name: &str| SpecialHours {
        from: date(from),
        until: date(until),
        weekdays: weekdays.parse().unwrap(),
        blocks: blocks.parse().unwrap(),
        name: name.to_owned(),
    };
    let (year, ramadan) = (("2026-01-01", "2026-12-31"), ("2026-02-18", "2026-03-17"));
    published(zone).with_special_hours([
        hours(ramadan, "1-4", "08.00-12.00, 12.30-15.00", "jam layanan Ramadan"),
        hours(ramadan, "5", "08.00-11.30, 12.30-15.30", "jam layanan Ramadan"),
        hours(year, "1-4", "08.00-12.00, 13.00-16.00", "jam layanan"),
        hours(year, "5", "08.00-11.30, 13.00-16.00", "jam layanan"),
    ])
}

#[test]
fn hours_follow_the_weekday_and_the_period_and_the_counter_opens_again_after_lunch() {
    let zone = Tz::Asia__Makassar;
    let calendar = with_lunch(zone);
    let opening = |local| calendar.opening(at(zone, local)).unwrap();
    let closed = |opens| Opening::Closed { opens_at: at(zone, opens), day_off: None };
    let until = |local| Opening::Until(at(zone, local));

    assert_eq!(opening("2026-07-09T11:45:00"), until("2026-07-09T12:00:00"), "Thursday");
    assert_eq!(opening("2026-07-10T11:45:00"), closed("2026-07-10T13:00:00"), "Friday");
    assert_eq!(opening("2026-07-10T13:00:00"), until("2026-07-10T16:00:00"));
    assert_eq!(opening("2026-07-10T16:00:01"), closed("2026-07-13T08:00:00"));
    assert_eq!(opening("2026-02-19T12:10:00"), closed("2026-02-19T12:30:00"), "Thursday in Ramadan");
    assert_eq!(opening("2026-02-20T15:20:00"), until("2026-02-20T15:30:00"), "Friday in Ramadan");

    // Friday 11.00 to Monday 09.00: half an hour, three hours, and an hour.
    let worked = calendar.working_time(at(zone, "2026-07-10T11:00:00"), at(zone, "2026-07-13T09:00:00"));
    assert_eq!(worked, Ok(TimeDelta::minutes(270)));
    // A whole day in Ramadan.
    let worked = calendar.working_time(at(zone, "2026-02-19T00:00:00"), at(zone, "2026-02-20T00:00:00"));
    assert_eq!(worked, Ok(TimeDelta::minutes(390)));
}

#[test]
fn what_comes_at_lunch_counts_that_day_and_only_the_last_closing_of_the_weekday_is_late() {
    let zone = Tz::Asia__Jayapura;
    let calendar = with_lunch(zone);
    let due = |local| due(&calendar, at(zone, local), 3).unwrap();

    assert_eq!(due("2026-07-10T12:15:00").day_zero, date("2026-07-10"));
    assert_eq!(due("2026-02-19T15:10:00").day_zero, date("2026-02-20"), "Thursday closes at 15.00");
    assert_eq!(due("2026-02-20T15:10:00").day_zero, date("2026-02-20"), "Friday closes at 15.30");
    let late = due("2026-02-20T15:31:00").derivation;
    assert!(late.sentences_id().contains("setelah loket tutup pukul 15.30 (jam layanan Ramadan)"));
    assert_eq!(late.counted_again(3).map(|again| again.derivation), Ok(late));
}

#[test]
fn a_record_of_a_saturday_in_a_period_gives_itself_again() {
    let zone = Tz::Asia__Jakarta;
    let ramadan = SpecialHours {
        from: date("2026-02-18"),
        until: date("2026-03-17"),
        weekdays: Weekdays::ALL,
        blocks: "08.00-15.00".parse().unwrap(),
        name: "jam layanan Ramadan".to_owned(),
    };
    let calendar = published(zone).with_special_hours([ramadan]);
    let record = due(&calendar, at(zone, "2026-02-21T10:00:00"), 3).unwrap().derivation;
    assert_eq!(record.hours_name.as_deref(), Some("jam layanan Ramadan"));
    assert_eq!(record.counted_again(3).map(|again| again.derivation), Ok(record));
}
