//! The taxpayer file: who is known, by which numbers, and the evidence of the PKP status.

use std::{fmt, io::Read};

use chrono::NaiveDate;

use super::{
    RowError,
    csv_table::{self, Fields},
};
use crate::domain::{
    email_address::EmailAddress,
    names::{EvidenceCase, PkpStatus},
    office::OfficeCode,
    registered::{Contradiction, Numbers, TaxpayerKind},
    tax_id::TaxIdKind,
};

/// The case that the evidence falls under. Every case but r1 (not verified yet) names its report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    pub case: EvidenceCase,
    pub report: Option<(String, NaiveDate)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sppkp {
    pub number: String,
    pub on: NaiveDate,
    pub office: OfficeCode,
}

/// One taxpayer: at least one number, each in the column of its kind, none that contradicts another.
///
/// Numbers whose check digit does not hold are taken, because this registry decides about them. No evidence
/// means not known, never a verdict. `Debug` shows nothing of the person.
#[derive(Clone, PartialEq, Eq)]
pub struct TaxpayerRow {
    pub row: u64,
    pub name: String,
    pub kind: TaxpayerKind,
    pub numbers: Numbers,
    pub office: OfficeCode,
    pub address: String,
    pub city: String,
    pub province: String,
    pub email: Option<EmailAddress>,
    pub status: PkpStatus,
    pub evidence: Option<Evidence>,
    pub sppkp: Option<Sppkp>,
}

impl fmt::Debug for TaxpayerRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaxpayerRow").field("row", &self.row).finish_non_exhaustive()
    }
}

/// The rows as they are read. That a number stands in two of them is not seen here: it takes the whole file.
pub fn rows(reader: impl Read + Send) -> impl Iterator<Item = Result<TaxpayerRow, Vec<RowError>>> + Send {
    const COLUMNS: &[&str] = &[
        "name",
        "taxpayer_kind",
        "npwp15",
        "npwp16",
        "nik",
        "nitku",
        "office_code",
        "address",
        "city",
        "province",
        "email",
        "pkp_status",
        "evidence_case",
        "evidence_number",
        "evidence_date",
        "sppkp_number",
        "sppkp_date",
        "sppkp_office",
    ];
    csv_table::Table::new(reader, COLUMNS, &[], |fields: &mut Fields<'_>| {
        let name = fields.required("name");
        let kind = fields.one_of("taxpayer_kind", "entity, branch, person", |text| text.parse().ok());
        let npwp15 = fields.optional_tax_id("npwp15", &[TaxIdKind::Npwp15]);
        let npwp16 = fields.optional_tax_id("npwp16", &[TaxIdKind::Npwp16, TaxIdKind::Nik16]);
        let nik = fields.optional_tax_id("nik", &[TaxIdKind::Nik16]);
        let nitku = fields.optional_tax_id("nitku", &[TaxIdKind::Nitku22]);
        let office = fields.office_code("office_code");
        let address = fields.required("address");
        let city = fields.required("city");
        let province = fields.required("province");
        let email = fields.optional_email("email");
        let status = fields.one_of("pkp_status", "confirmed, revoked", |text| text.parse().ok());
        let evidence = evidence(fields);
        let sppkp = sppkp(fields);

        let numbers = Numbers { npwp15, npwp16, nik, nitku };
        agree(fields, kind, &numbers);

        Some(TaxpayerRow {
            row: fields.row,
            name: name?,
            kind: kind?,
            numbers,
            office: office?,
            address: address?,
            city: city?,
            province: province?,
            email,
            status: status?,
            evidence,
            sppkp,
        })
    })
}

fn agree(fields: &mut Fields<'_>, kind: Option<TaxpayerKind>, numbers: &Numbers) {
    const COLUMNS: [&str; 4] = ["npwp15", "npwp16", "nik", "nitku"];
    for found in numbers.contradictions(kind) {
        let message = match found {
            // A number of the wrong shape is told already.
            Contradiction::NoNumber if COLUMNS.iter().any(|column| !fields.text(column).is_empty()) => {
                continue;
            }
            Contradiction::NoNumber => "at least one of npwp15, npwp16, nik, nitku must be given",
            Contradiction::NotOfNpwp15 => "begins with 0 but is not 0 and the digits of npwp15",
            Contradiction::NotTheNik => "is not the NIK, which is the 16-digit NPWP of a resident",
            Contradiction::NotOfNpwp16 => "does not begin with the digits of npwp16",
            Contradiction::NikOfNoPerson => "only a person has a NIK",
        };
        fields.fault(found.field(), message);
    }
}

fn evidence(fields: &mut Fields<'_>) -> Option<Evidence> {
    let (number, on) = (fields.optional("evidence_number"), fields.optional_date("evidence_date"));
    if fields.text("evidence_case").is_empty() {
        if number.is_some() || on.is_some() {
            fields.fault("evidence_case", "is empty although a report is given");
        }
        return None;
    }
    let case =
        fields.one_of("evidence_case", "a1, a2, b, r1, r2, r3 (or empty)", |text| text.parse().ok())?;
    // Not verified yet: there is nothing to name.
    let without_report = match case {
        EvidenceCase::R1 => true,
        EvidenceCase::A1 | EvidenceCase::A2 | EvidenceCase::B | EvidenceCase::R2 | EvidenceCase::R3 => false,
    };
    let dated = !fields.text("evidence_date").is_empty();
    match number {
        None if without_report && !dated => Some(Evidence { case, report: None }),
        None => {
            fields.fault("evidence_number", "the report of the evidence must be named");
            None
        }
        Some(number) if dated => Some(Evidence { case, report: Some((number, on?)) }),
        Some(_) => {
            fields.fault("evidence_date", "the report of the evidence must be dated");
            None
        }
    }
}

fn sppkp(fields: &mut Fields<'_>) -> Option<Sppkp> {
    const COLUMNS: [&str; 3] = ["sppkp_number", "sppkp_date", "sppkp_office"];
    if COLUMNS.iter().all(|column| fields.text(column).is_empty()) {
        return None;
    }
    let number = fields.required("sppkp_number");
    let on = fields.required_date("sppkp_date");
    let office = fields.office_code("sppkp_office");
    Some(Sppkp { number: number?, on: on?, office: office? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(reader: impl Read + Send) -> Result<Vec<TaxpayerRow>, Vec<RowError>> {
        let (mut taken, mut faults) = (Vec::new(), Vec::new());
        for row in rows(reader) {
            match row {
                Ok(row) => taken.push(row),
                Err(found) => faults.extend(found),
            }
        }
        if faults.is_empty() { Ok(taken) } else { Err(faults) }
    }

    const HEADER: &str = "name,taxpayer_kind,npwp15,npwp16,nik,nitku,office_code,address,city,province,email,\
        pkp_status,evidence_case,evidence_number,evidence_date,sppkp_number,sppkp_date,sppkp_office\n";

    fn places(rows: &str) -> Vec<(u64, String)> {
        let faults = parse(format!("{HEADER}{rows}").as_bytes()).unwrap_err();
        assert!(faults.iter().all(|fault| !fault.message.contains("99999")), "{faults:?}");
        faults.into_iter().map(|fault| (fault.row, fault.column)).collect()
    }

    #[test]
    fn the_sample_is_read_whole() {
        let rows = parse(include_str!("../../../../data/sample/taxpayers.csv").as_bytes()).unwrap();
        assert_eq!(rows.len(), 43);
        assert_eq!(rows.iter().filter(|row| row.evidence.is_none()).count(), 1);
        assert_eq!(rows.iter().filter(|row| row.sppkp.is_none()).count(), 1);
        assert_eq!(rows.iter().filter(|row| row.kind == TaxpayerKind::Person).count(), 2);
        assert!(!format!("{:?}", rows[0]).contains("99999"));
    }

    #[test]
    fn every_fault_of_a_row_is_found() {
        let found = places("PT A,company,123,1000,,x,1,,C,P,no-at,active,z,,,S-1,,\n");
        let columns: Vec<&str> = found.iter().map(|(_, column)| column.as_str()).collect();
        assert_eq!(
            columns,
            [
                "taxpayer_kind",
                "npwp15",
                "npwp16",
                "nitku",
                "office_code",
                "address",
                "email",
                "pkp_status",
                "evidence_case",
                "sppkp_date",
                "sppkp_office",
            ]
        );
    }

    #[test]
    fn numbers_must_not_contradict_each_other() {
        let rows = "A,entity,999991003001000,0999991177025000,3171014101900000,0999991003001000000000,001,J,C,P,,confirmed,,,,,,\n\
                    B,person,,,3171014101900000,,001,J,C,P,,confirmed,,,,,,\n\
                    C,entity,,,,,001,J,C,P,,confirmed,,,,,,\n";
        let expected = [(2, "npwp16"), (2, "npwp16"), (2, "nitku"), (2, "nik"), (4, "npwp15")]
            .map(|(row, column)| (row, column.to_owned()));
        assert_eq!(places(rows), expected);
    }

    #[test]
    fn evidence_comes_with_its_report() {
        let row =
            |evidence: &str| format!("A,entity,999991003001000,,,,001,J,C,P,,confirmed,{evidence},,,\n");
        for (evidence, column) in [
            ("b,,", "evidence_number"),
            ("b,LHV-1,", "evidence_date"),
            ("r1,,2020-01-01", "evidence_number"),
            (",LHV-1,2020-01-01", "evidence_case"),
            ("b,LHV-1,2020-02-30", "evidence_date"),
        ] {
            assert_eq!(places(&row(evidence)), [(2, column.to_owned())], "{evidence}");
        }
        for evidence in ["r1,,", "r1,LHV-1,2020-01-01", "a1,LHV-1,2020-01-01", ",,"] {
            assert!(parse(format!("{HEADER}{}", row(evidence)).as_bytes()).is_ok(), "{evidence}");
        }
    }
}
