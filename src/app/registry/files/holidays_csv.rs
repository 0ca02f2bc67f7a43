//! The calendar file: `date,name_id,kind,source`, national holidays and *cuti bersama* with their decrees; `known_on` where
//! the day is known on which each became known.

use std::{collections::HashMap, io::Read};

use chrono::NaiveDate;

use super::{RowError, csv_table};
use crate::domain::working_days::{DayOff, DayOffKind};

/// One day off that holds for every office. Closures of a single office do not belong into this file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolidayRow {
    pub row: u64,
    pub date: NaiveDate,
    pub name: String,
    pub kind: DayOffKind,
    /// The legal source: decree and number.
    pub source: String,
    /// When it became known.
    pub known_on: Option<NaiveDate>,
}

impl From<HolidayRow> for DayOff {
    fn from(row: HolidayRow) -> Self {
        Self { date: row.date, kind: row.kind, name: row.name, source: row.source }
    }
}

pub fn parse(reader: impl Read) -> Result<Vec<HolidayRow>, Vec<RowError>> {
    let mut seen: HashMap<(NaiveDate, DayOffKind), u64> = HashMap::new();
    csv_table::read_with(reader, &["date", "name_id", "kind", "source"], &["known_on"], |fields| {
        let date = fields.required_date("date");
        let name = fields.required("name_id");
        let kind = fields.one_of("kind", "national, joint_leave", |text| {
            DayOffKind::parse(text).filter(|kind| *kind != DayOffKind::Closure)
        });
        let source = fields.required("source");
        let known_on = fields.optional_date("known_on");
        let row =
            HolidayRow { row: fields.row, date: date?, name: name?, kind: kind?, source: source?, known_on };
        if let Some(first) = seen.insert((row.date, row.kind), row.row) {
            fields.fault("date", format!("stands already in row {first} with the same kind"));
        }
        Some(row)
    })
}

/// Writes what [`parse`] reads.
pub fn write<'a>(days: impl Iterator<Item = (&'a DayOff, Option<NaiveDate>)>) -> anyhow::Result<String> {
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record(["date", "name_id", "kind", "source", "known_on"])?;
    for (day, known_on) in days {
        let known_on = known_on.map(|day| day.to_string()).unwrap_or_default();
        file.write_record([&day.date.to_string(), &day.name, day.kind.as_str(), &day.source, &known_on])?;
    }
    Ok(String::from_utf8(file.into_inner().map_err(csv::IntoInnerError::into_error)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_calendar_is_read_whole() {
        let rows = parse(include_str!("../../../../data/holidays-id.csv").as_bytes()).unwrap();
        assert_eq!(rows.len(), 214);
        assert_eq!(rows[0].name, "Tahun Baru Masehi");
        assert_eq!(rows[0].source, "SKB 617/2018, 262/2018, 16/2018");
    }

    #[test]
    fn a_wrong_calendar_is_refused_with_every_fault() {
        let faults = parse(
            "date,name_id,kind,source\n2026-01-01,A,national,S\n2026-01-01,B,national,S\n\
             2026-01-01,B,joint_leave,S\n01-02-2026,,closure,\n"
                .as_bytes(),
        )
        .unwrap_err();
        let places: Vec<(u64, &str)> = faults.iter().map(|f| (f.row, f.column.as_str())).collect();
        assert_eq!(places, [(3, "date"), (5, "date"), (5, "name_id"), (5, "kind"), (5, "source")]);
    }
}
