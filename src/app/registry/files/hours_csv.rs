//! The file of the counter's hours: `office_code,from_on,until_on,weekdays,hours,name,source`, and when it became known.

use std::{collections::HashMap, io::Read};

use chrono::NaiveDate;

use super::{RowError, csv_table};
use crate::domain::{
    office::OfficeCode,
    working_days::{Blocks, SpecialHours, Weekdays},
};

/// Hours of one office, or of every office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoursRow {
    pub row: u64,
    pub office: Option<OfficeCode>,
    pub hours: SpecialHours,
    pub source: String,
    pub known_on: Option<NaiveDate>,
}

const COLUMNS: &[&str] = &["office_code", "from_on", "until_on", "weekdays", "hours", "name", "source"];

/// Whether a text is meant as this file and not as that of days off.
pub fn is_hours(text: &str) -> bool {
    let header = text.trim_start_matches('\u{feff}').trim_start().lines().next().unwrap_or_default();
    header.split(',').any(|column| column.trim().trim_matches('"') == "weekdays")
}

pub fn parse(reader: impl Read) -> Result<Vec<HoursRow>, Vec<RowError>> {
    let mut seen: HashMap<(Option<OfficeCode>, NaiveDate, Weekdays), u64> = HashMap::new();
    csv_table::read_with(reader, COLUMNS, &["known_on"], |fields| {
        let office = match fields.text("office_code") {
            "" => Some(None),
            _ => fields.office_code("office_code").map(Some),
        };
        let (from, until) = (fields.required_date("from_on"), fields.required_date("until_on"));
        if from.zip(until).is_some_and(|(from, until)| until < from) {
            fields.fault("until_on", "lies before the first day");
        }
        let weekdays = fields.one_of("weekdays", "the numbers 1 (Monday) to 5, as 1-4 or 5", |text| {
            text.parse::<Weekdays>().ok()
        });
        let hours = fields.required("hours").and_then(|text| match text.parse::<Blocks>() {
            Ok(blocks) => Some(blocks),
            Err(error) => {
                fields.fault("hours", error.to_string());
                None
            }
        });
        let (name, source) = (fields.required("name"), fields.required("source"));
        let known_on = fields.optional_date("known_on");
        let (office, from, weekdays) = (office?, from?, weekdays?);
        if let Some(first) = seen.insert((office, from, weekdays), fields.row) {
            fields.fault("from_on", format!("stands already in row {first} with the same weekdays"));
        }
        let hours = SpecialHours { from, until: until?, weekdays, blocks: hours?, name: name? };
        Some(HoursRow { row: fields.row, office, hours, source: source?, known_on })
    })
}

/// Writes what [`parse`] reads.
pub fn write<'a>(rows: impl Iterator<Item = &'a HoursRow>) -> anyhow::Result<String> {
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record(COLUMNS.iter().chain(&["known_on"]))?;
    for row in rows {
        file.write_record([
            &row.office.map(String::from).unwrap_or_default(),
            &row.hours.from.to_string(),
            &row.hours.until.to_string(),
            &row.hours.weekdays.to_string(),
            &row.hours.blocks.to_string(),
            &row.hours.name,
            &row.source,
            &row.known_on.map(|day| day.to_string()).unwrap_or_default(),
        ])?;
    }
    Ok(String::from_utf8(file.into_inner().map_err(csv::IntoInnerError::into_error)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEK: &str = "office_code,from_on,until_on,weekdays,hours,name,source,known_on\n\
        ,2026-02-18,2026-03-17,1-4,\"08.00-12.00, 12.30-15.00\",jam layanan Ramadan,SE-1/2026,2026-02-02\n\
        031,2026-01-01,2026-12-31,5,\"08.00–11.30, 13.00–16.00\",jam Jumat,KEP-2,\n";

    #[test]
    fn hours_of_weekdays_and_periods_are_read_and_written_alike() {
        let rows = parse(WEEK.as_bytes()).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].office, rows[0].known_on), (None, "2026-02-02".parse().ok()));
        assert_eq!(rows[1].hours.weekdays.numbers(), [5]);
        assert_eq!(rows[1].hours.blocks.to_string(), "08.00–11.30, 13.00–16.00");
        assert_eq!(parse(write(rows.iter()).unwrap().as_bytes()), Ok(rows));
        assert!(is_hours(WEEK) && !is_hours("date,name_id,kind,source\n"));
    }

    #[test]
    fn every_fault_of_hours_is_told_by_its_row() {
        let wrong = "office_code,from_on,until_on,weekdays,hours,name,source\n\
            31,2026-02-18,2026-02-17,6,08.00-08.00,,\n\
            ,2026-02-18,2026-02-19,1,08.00-09.00,A,S\n\
            ,2026-02-18,2026-02-20,1,08.00-10.00,A,S\n";
        let faults = parse(wrong.as_bytes()).unwrap_err();
        let places: Vec<(u64, &str)> =
            faults.iter().map(|fault| (fault.row, fault.column.as_str())).collect();
        assert_eq!(
            places,
            [
                (2, "office_code"),
                (2, "until_on"),
                (2, "weekdays"),
                (2, "hours"),
                (2, "name"),
                (2, "source"),
                (4, "from_on")
            ]
        );
    }
}
