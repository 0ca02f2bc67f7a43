//! The office file: one tax office per row.

use std::{collections::HashMap, io::Read};

use chrono_tz::Tz;

use super::{RowError, csv_table};
use crate::domain::office::OfficeCode;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfficeKind {
    Pratama,
    Madya,
    /// The offices of the Kanwil Khusus.
    Khusus,
    /// The offices for large taxpayers.
    Lto,
}

impl OfficeKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pratama => "pratama",
            Self::Madya => "madya",
            Self::Khusus => "khusus",
            Self::Lto => "lto",
        }
    }
}

/// How sure the code and name of an office are; addresses always want a second look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    High,
    Medium,
    Low,
}

impl Confidence {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// One office. The zone follows the province, not the Kanwil.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficeRow {
    pub row: u64,
    pub code: OfficeCode,
    pub name: String,
    pub kanwil: String,
    pub city: String,
    pub province: String,
    pub zone: Tz,
    pub kind: OfficeKind,
    pub address: Option<String>,
    pub phone: Option<String>,
    pub confidence: Confidence,
    pub former_name: Option<String>,
}

pub fn parse(reader: impl Read) -> Result<Vec<OfficeRow>, Vec<RowError>> {
    const COLUMNS: &[&str] = &[
        "code",
        "name",
        "kanwil",
        "city",
        "province",
        "time_zone",
        "kind",
        "address",
        "phone",
        "confidence",
        "former_name",
    ];
    let mut seen: HashMap<OfficeCode, u64> = HashMap::new();
    csv_table::read(reader, COLUMNS, |fields| {
        let code = fields.office_code("code");
        let name = fields.required("name");
        let kanwil = fields.required("kanwil");
        let city = fields.required("city");
        let province = fields.required("province");
        let zone = fields.one_of("time_zone", "Asia/Jakarta, Asia/Makassar, Asia/Jayapura", zone);
        let kind = fields.one_of("kind", "Pratama, Madya, Khusus, LTO", kind);
        let confidence = fields.one_of("confidence", "high, medium, low", confidence);
        if let Some(code) = &code
            && let Some(first) = seen.insert(*code, fields.row)
        {
            fields.fault("code", format!("stands already in row {first}"));
        }
        Some(OfficeRow {
            row: fields.row,
            code: code?,
            name: name?,
            kanwil: kanwil?,
            city: city?,
            province: province?,
            zone: zone?,
            kind: kind?,
            address: fields.optional("address"),
            phone: fields.optional("phone"),
            confidence: confidence?,
            former_name: fields.optional("former_name"),
        })
    })
}

fn zone(text: &str) -> Option<Tz> {
    [Tz::Asia__Jakarta, Tz::Asia__Makassar, Tz::Asia__Jayapura].into_iter().find(|zone| zone.name() == text)
}

fn kind(text: &str) -> Option<OfficeKind> {
    [OfficeKind::Pratama, OfficeKind::Madya, OfficeKind::Khusus, OfficeKind::Lto]
        .into_iter()
        .find(|kind| kind.as_str().eq_ignore_ascii_case(text))
}

fn confidence(text: &str) -> Option<Confidence> {
    [Confidence::High, Confidence::Medium, Confidence::Low]
        .into_iter()
        .find(|confidence| confidence.as_str() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_offices_are_read_whole() {
        let rows = parse(include_str!("../../../../data/offices.csv").as_bytes()).unwrap();
        assert_eq!(rows.len(), 334);
        assert_eq!((rows[0].code.as_str(), rows[0].zone), ("001", Tz::Asia__Jakarta));
    }

    #[test]
    fn a_code_stands_once_and_values_come_from_their_lists() {
        let faults = parse(
            "code,name,kanwil,city,province,time_zone,kind,address,phone,confidence,former_name\n\
             001,A,K,C,P,Asia/Jakarta,Pratama,,,high,\n001,B,K,C,P,Asia/Tokyo,KP2KP,,,sure,\n"
                .as_bytes(),
        )
        .unwrap_err();
        let places: Vec<(u64, &str)> = faults.iter().map(|f| (f.row, f.column.as_str())).collect();
        assert_eq!(places, [(3, "time_zone"), (3, "kind"), (3, "confidence"), (3, "code")]);
    }
}
