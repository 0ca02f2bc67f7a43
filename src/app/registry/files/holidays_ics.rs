//! The calendar as iCalendar (RFC 5545): events of whole days only. A `DATE` has no zone, so no day moves wherever it is read.
//!
//! An event from one day to another is one row for each of its days. What an event may mean and a row cannot say (repeats, hours)
//! is a fault, never a guess.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use icalendar::parser::{Component, Property, read_calendar, unfold};

use super::{RowError, holidays_csv::HolidayRow};
use crate::domain::working_days::DayOffKind;

/// Most days of one event: a longer one is a mistake.
const LONGEST: u64 = 31;
/// How deep components stand in each other in any calendar of the world.
const DEEPEST: usize = 8;
const LONGEST_NAME: usize = 150;

/// Whether a text is meant as iCalendar.
pub fn is_ics(text: &str) -> bool {
    text.trim_start_matches('\u{feff}')
        .trim_start()
        .get(..15)
        .is_some_and(|start| start.eq_ignore_ascii_case("BEGIN:VCALENDAR"))
}

/// Reads the days off. `source` is the rule that says so and `known_on` when: iCalendar has no place for them. Faults name the line on which the
/// event begins.
pub fn parse(
    text: &str,
    source: &str,
    known_on: Option<NaiveDate>,
) -> Result<Vec<HolidayRow>, Vec<RowError>> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let places = places(text)?;
    let unfolded = unfold(text);
    let calendar = read_calendar(&unfolded).map_err(|_| not_a_calendar())?;
    let events: Vec<&Component<'_>> =
        calendar.components.iter().filter(|component| component.name == "VEVENT").collect();
    if events.len() != places.len() {
        return Err(not_a_calendar());
    }
    if events.is_empty() {
        return Err(vec![fault(1, "VEVENT", "the file is empty: it holds no event")]);
    }
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    let mut seen: HashMap<(NaiveDate, DayOffKind), u64> = HashMap::new();
    for (row, event) in places.into_iter().zip(events) {
        if text_of(event, "STATUS").eq_ignore_ascii_case("CANCELLED") {
            continue;
        }
        let (days, name) = (days(row, event, &mut faults), name(row, event, &mut faults));
        let (Some(days), Some(name)) = (days, name) else { continue };
        let kind = kind(event, &name);
        for date in days {
            if let Some(first) = seen.insert((date, kind), row) {
                faults.push(fault(
                    row,
                    "DTSTART",
                    &format!("stands already in row {first} with the same kind"),
                ));
                break;
            }
            rows.push(HolidayRow {
                row,
                date,
                name: name.clone(),
                kind,
                source: source.to_owned(),
                known_on,
            });
        }
    }
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

fn fault(row: u64, column: &str, message: &str) -> RowError {
    RowError { row, column: column.to_owned(), message: message.to_owned() }
}

fn not_a_calendar() -> Vec<RowError> {
    vec![fault(1, "VCALENDAR", "is not a calendar file (iCalendar)")]
}

/// The lines on which events begin. Refuses what stands too deep in itself, before anything reads it.
fn places(text: &str) -> Result<Vec<u64>, Vec<RowError>> {
    let (mut places, mut depth) = (Vec::new(), 0_usize);
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim_end().to_ascii_uppercase();
        if line.starts_with("BEGIN:") {
            depth += 1;
            if depth > DEEPEST {
                return Err(not_a_calendar());
            }
            if line == "BEGIN:VEVENT" {
                places.push(number);
            }
        } else if line.starts_with("END:") {
            depth = depth.saturating_sub(1);
        }
    }
    Ok(places)
}

fn text_of<'a>(event: &'a Component<'_>, name: &str) -> &'a str {
    event.find_prop(name).map_or("", |property| property.val.as_ref())
}

/// Every day of an event. `DTEND` is the day after the last one.
fn days(row: u64, event: &Component<'_>, faults: &mut Vec<RowError>) -> Option<Vec<NaiveDate>> {
    let repeats = ["RRULE", "RDATE"].into_iter().find(|name| event.find_prop(name).is_some());
    if let Some(name) = repeats {
        faults.push(fault(row, name, "repeats are not read: give each day an event of its own"));
        return None;
    }
    let Some(start) = event.find_prop("DTSTART") else {
        faults.push(fault(row, "DTSTART", "is missing in the event"));
        return None;
    };
    let first = day(row, "DTSTART", start, faults)?;
    let count = match (event.find_prop("DTEND"), event.find_prop("DURATION")) {
        (Some(end), _) => (day(row, "DTEND", end, faults)? - first).num_days(),
        (None, Some(duration)) => {
            let days = whole_days(duration.val.as_ref());
            if days.is_none() {
                faults.push(fault(row, "DURATION", "must be whole days"));
            }
            days?
        }
        (None, None) => 1,
    };
    // Some programs end an event of one day on that day.
    let count = if count == 0 { 1 } else { u64::try_from(count).unwrap_or(0) };
    if !(1..=LONGEST).contains(&count) {
        faults.push(fault(row, "DTEND", "must be after the first day, by 31 days at most"));
        return None;
    }
    (0..count).map(|days| first.checked_add_days(Days::new(days))).collect()
}

/// A `DATE`. An instant is refused: which day it is depends on the zone of whoever reads it.
fn day(row: u64, column: &str, property: &Property<'_>, faults: &mut Vec<RowError>) -> Option<NaiveDate> {
    let stated = property.params.iter().find(|parameter| parameter.key == "VALUE");
    let other = stated
        .and_then(|parameter| parameter.val.as_ref())
        .is_some_and(|kind| !kind.as_ref().eq_ignore_ascii_case("DATE"));
    let text = property.val.as_ref().trim();
    let eight = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    if other || !eight {
        faults.push(fault(row, column, "must be a whole day (VALUE=DATE), not an hour"));
        return None;
    }
    let day = NaiveDate::parse_from_str(text, "%Y%m%d").ok();
    if day.is_none() {
        faults.push(fault(row, column, "is not a date that exists"));
    }
    day
}

/// `P3D` and `P1W`.
fn whole_days(text: &str) -> Option<i64> {
    let rest = text.trim().trim_start_matches('+').strip_prefix('P')?;
    match rest.split_at_checked(rest.len().checked_sub(1)?)? {
        (days, "D") => days.parse().ok(),
        (weeks, "W") => weeks.parse::<i64>().ok()?.checked_mul(7),
        _ => None,
    }
}

fn name(row: u64, event: &Component<'_>, faults: &mut Vec<RowError>) -> Option<String> {
    let name = text_of(event, "SUMMARY").split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        faults.push(fault(row, "SUMMARY", "is empty"));
        None
    } else if name.chars().count() > LONGEST_NAME {
        faults.push(fault(row, "SUMMARY", "is longer than 150 characters"));
        None
    } else {
        Some(name)
    }
}

/// *Cuti bersama* is told by its name or category, as every published calendar does.
fn kind(event: &Component<'_>, name: &str) -> DayOffKind {
    let said = format!("{name} {}", text_of(event, "CATEGORIES")).to_lowercase();
    if said.contains("cuti bersama") || said.contains("joint holiday") || said.contains("joint leave") {
        DayOffKind::JointLeave
    } else {
        DayOffKind::National
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(events: &str) -> String {
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//contoh//ID\r\nX-WR-TIMEZONE:America/Los_Angeles\r\n{events}END:VCALENDAR\r\n"
        )
    }

    fn event(lines: &str) -> String {
        format!("BEGIN:VEVENT\r\nUID:1@contoh\r\nDTSTAMP:20260101T000000Z\r\n{lines}END:VEVENT\r\n")
    }

    fn faults(text: &str) -> Vec<(u64, String, String)> {
        let faults = parse(text, "SKB", None).unwrap_err();
        faults.into_iter().map(|fault| (fault.row, fault.column, fault.message)).collect()
    }

    #[test]
    fn whole_days_are_read_as_they_stand_whatever_zone_the_calendar_names() {
        let text = calendar(
            &[
                event("DTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:20270102\r\nSUMMARY:Tahun Baru Masehi\r\n"),
                event("DTSTART;VALUE=DATE:20270311\r\nDTEND;VALUE=DATE:20270313\r\nSUMMARY:Cuti Bersama Hari Raya\r\n  Idulfitri\r\n"),
                event("DTSTART;VALUE=DATE:20271231\r\nDURATION:P1D\r\nSUMMARY:Libur\\, akhir tahun\r\n"),
                event("DTSTART;VALUE=DATE:20270601\r\nSTATUS:CANCELLED\r\nSUMMARY:Batal\r\n"),
            ]
            .concat(),
        );

        let rows = parse(&text, "SKB 1/2026", None).unwrap();

        let said: Vec<_> =
            rows.iter().map(|row| (row.date.to_string(), row.kind, row.name.as_str())).collect();
        assert_eq!(
            said,
            [
                ("2027-01-01".to_owned(), DayOffKind::National, "Tahun Baru Masehi"),
                ("2027-03-11".to_owned(), DayOffKind::JointLeave, "Cuti Bersama Hari Raya Idulfitri"),
                ("2027-03-12".to_owned(), DayOffKind::JointLeave, "Cuti Bersama Hari Raya Idulfitri"),
                ("2027-12-31".to_owned(), DayOffKind::National, "Libur, akhir tahun"),
            ]
        );
        assert!(rows.iter().all(|row| row.source == "SKB 1/2026"));
        assert_eq!((rows[0].row, rows[1].row), (5, 12), "the line on which the event begins");
    }

    #[test]
    fn what_a_row_cannot_say_is_refused_with_the_line_of_its_event() {
        let text = calendar(
            &[
                event("DTSTART:20270101T000000Z\r\nSUMMARY:Jam\r\n"),
                event("DTSTART;TZID=Asia/Jayapura:20270102T000000\r\nSUMMARY:Jam\r\n"),
                event("DTSTART;VALUE=DATE:20270103\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Ulang\r\n"),
                event("DTSTART;VALUE=DATE:20270230\r\nSUMMARY:Tidak ada\r\n"),
                event("DTSTART;VALUE=DATE:20270105\r\nDTEND;VALUE=DATE:20270104\r\nSUMMARY:Mundur\r\n"),
                event("SUMMARY:Tanpa hari\r\n"),
                event("DTSTART;VALUE=DATE:20270106\r\n"),
                event("DTSTART;VALUE=DATE:20270107\r\nSUMMARY:Sekali\r\n"),
                event("DTSTART;VALUE=DATE:20270107\r\nSUMMARY:Lagi\r\n"),
            ]
            .concat(),
        );

        let told: Vec<(u64, String)> =
            faults(&text).into_iter().map(|(row, column, _)| (row, column)).collect();

        let columns = ["DTSTART", "DTSTART", "RRULE", "DTSTART", "DTEND", "DTSTART", "SUMMARY", "DTSTART"];
        assert_eq!(told.iter().map(|(_, column)| column.as_str()).collect::<Vec<_>>(), columns);
        assert!(told.is_sorted_by_key(|(row, _)| *row) && told[0].0 == 5 && told[1].0 == 11);
    }

    #[test]
    fn what_is_no_calendar_is_told_and_never_followed_into_its_depths() {
        for text in ["BEGIN:VCALENDAR", "BEGIN:VCALENDAR\nhalo", &"BEGIN:VEVENT\n".repeat(20_000)] {
            assert_eq!(faults(text)[0].2, "is not a calendar file (iCalendar)", "{}", &text[..15]);
        }
        assert!(is_ics("\u{feff}begin:vcalendar\r\n") && !is_ics("date,name_id,kind,source"));
    }
}
