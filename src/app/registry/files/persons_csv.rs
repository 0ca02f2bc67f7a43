//! The file of persons who may sign for a taxpayer.

use std::{collections::HashMap, fmt, io::Read};

use super::{RowError, csv_table};
use crate::domain::{names::Capacity, tax_id::TaxId};

/// Which identity document the signer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdKind {
    Ktp,
    Paspor,
}

impl IdKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ktp => "ktp",
            Self::Paspor => "paspor",
        }
    }
}

/// One person. `taxpayer` is any number the registry knows the taxpayer by; of the identity document only the
/// last four characters are kept. `Debug` shows nothing of the person.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonRow {
    pub row: u64,
    pub taxpayer: TaxId,
    pub name: String,
    pub position: String,
    pub capacity: Capacity,
    pub id_kind: IdKind,
    pub id_last4: String,
}

impl fmt::Debug for PersonRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonRow").field("row", &self.row).finish_non_exhaustive()
    }
}

pub fn parse(reader: impl Read) -> Result<Vec<PersonRow>, Vec<RowError>> {
    let mut seen: HashMap<(TaxId, String, String), u64> = HashMap::new();
    csv_table::read(reader, &["npwp15", "name", "position", "capacity", "id_kind", "id_last4"], |fields| {
        let taxpayer = fields.tax_id("npwp15");
        let name = fields.required("name");
        let position = fields.required("position");
        let capacity = fields.one_of("capacity", "pkp, pengurus, kuasa", |text| text.parse().ok());
        let id_kind = fields.one_of("id_kind", "ktp, paspor", |text| {
            [IdKind::Ktp, IdKind::Paspor].into_iter().find(|kind| kind.as_str() == text)
        });
        let id_last4 = fields.required("id_last4");
        if let (Some(last4), Some(kind)) = (&id_last4, id_kind)
            && !is_last4(last4, kind)
        {
            fields
                .fault("id_last4", "must be the last four digits of the KTP (of a passport: digits or A-Z)");
        }
        let person = PersonRow {
            row: fields.row,
            taxpayer: taxpayer?,
            name: name?,
            position: position?,
            capacity: capacity?,
            id_kind: id_kind?,
            id_last4: id_last4?,
        };
        let key = (person.taxpayer.clone(), person.name.clone(), person.id_last4.clone());
        if let Some(first) = seen.insert(key, person.row) {
            fields.fault("name", format!("the same person stands already in row {first}"));
        }
        Some(person)
    })
}

fn is_last4(text: &str, kind: IdKind) -> bool {
    text.len() == 4
        && text.bytes().all(|byte| match kind {
            IdKind::Ktp => byte.is_ascii_digit(),
            IdKind::Paspor => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "npwp15,name,position,capacity,id_kind,id_last4\n";

    #[test]
    fn the_sample_is_read_whole() {
        let rows = parse(include_str!("../../../../data/sample/persons.csv").as_bytes()).unwrap();
        assert_eq!(rows.len(), 56);
        assert!(rows.iter().any(|row| row.id_last4 == "0281"), "leading zeros are kept");
    }

    #[test]
    fn every_fault_of_every_row_is_found() {
        let rows = "999991003001000,A,D,pengurus,ktp,123\n999991003001000,A,D,pengurus,ktp,1234\n\
                    999991003001000,A,D,pengurus,ktp,1234\n,,,direktur,sim,\n999991003001000,B,D,kuasa,paspor,X12A\n";
        let faults = parse(format!("{HEADER}{rows}").as_bytes()).unwrap_err();
        let places: Vec<(u64, &str)> = faults.iter().map(|f| (f.row, f.column.as_str())).collect();
        assert_eq!(
            places,
            [
                (2, "id_last4"),
                (4, "name"),
                (5, "npwp15"),
                (5, "name"),
                (5, "position"),
                (5, "capacity"),
                (5, "id_kind"),
                (5, "id_last4"),
            ]
        );
    }
}
