//! The files that the registry is imported from: every fault of every row at once, or typed rows for the acts. The command
//! line and the pages read them alike.

mod credentials_csv;
mod csv_table;
pub mod holidays_csv;
mod holidays_ics;
pub mod hours_csv;
mod offices_csv;
mod persons_csv;
mod taxpayers_csv;

use std::io::Read;

use chrono::NaiveDate;

pub use csv_table::RowError;
pub use holidays_ics::is_ics;
pub use hours_csv::{HoursRow, is_hours};

use super::{CredentialEntry, HolidayEntry, Numbered, PersonEntry};
use crate::{
    app::AppError,
    domain::tax_id::TaxId,
    store::{
        offices::ImportedOffice,
        taxpayers::{ImportedPerson, ImportedTaxpayer},
    },
};

/// Typed rows, or every fault of the file.
type Rows<T> = Result<Vec<Numbered<T>>, Vec<RowError>>;

pub fn offices(reader: impl Read) -> Rows<ImportedOffice> {
    rows(offices_csv::parse(reader), |row| (row.row, office_of(row)))
}

pub fn holidays(reader: impl Read) -> Rows<HolidayEntry> {
    rows(holidays_csv::parse(reader), |row| (row.row, HolidayEntry::from(row)))
}

/// The same from iCalendar. `source` is the rule that says so, `known_on` since when.
pub fn holidays_of_ics(text: &str, source: &str, known_on: Option<NaiveDate>) -> Rows<HolidayEntry> {
    rows(holidays_ics::parse(text, source, known_on), |row| (row.row, HolidayEntry::from(row)))
}

/// Other hours of counters.
pub fn hours(reader: impl Read) -> Rows<HoursRow> {
    rows(hours_csv::parse(reader), |row| (row.row, row))
}

/// Hours as their file writes them.
pub fn hours_as_csv(rows: &[Numbered<HoursRow>]) -> Result<String, AppError> {
    hours_csv::write(rows.iter().map(|row| &row.value)).map_err(AppError::Internal)
}

/// Days off as the calendar file writes them.
pub fn holidays_as_csv<'a>(days: impl IntoIterator<Item = &'a HolidayEntry>) -> Result<String, AppError> {
    let days = days.into_iter().map(|entry| (&entry.day, entry.known_on));
    holidays_csv::write(days).map_err(AppError::Internal)
}

/// Taxpayers as they are read, each row or its faults.
pub fn taxpayers(
    reader: impl Read + Send,
) -> impl Iterator<Item = Result<Numbered<ImportedTaxpayer>, Vec<RowError>>> + Send {
    let numbered = |row: taxpayers_csv::TaxpayerRow| Numbered { row: row.row, value: taxpayer_of(row) };
    taxpayers_csv::rows(reader).map(move |row| row.map(numbered))
}

pub fn persons(reader: impl Read) -> Rows<PersonEntry> {
    rows(persons_csv::parse(reader), |row| (row.row, person_of(row)))
}

pub fn credentials(reader: impl Read) -> Rows<CredentialEntry> {
    rows(credentials_csv::parse(reader), |row| (row.row, credential_of(row)))
}

fn rows<R, T>(parsed: Result<Vec<R>, Vec<RowError>>, convert: impl Fn(R) -> (u64, T)) -> Rows<T> {
    let numbered = |row| {
        let (row, value) = convert(row);
        Numbered { row, value }
    };
    Ok(parsed?.into_iter().map(numbered).collect())
}

fn office_of(row: offices_csv::OfficeRow) -> ImportedOffice {
    ImportedOffice {
        code: row.code,
        name: row.name,
        kanwil: row.kanwil,
        city: row.city,
        province: row.province,
        zone: row.zone,
        kind: row.kind.as_str().to_owned(),
        address: row.address,
        phone: row.phone,
        confidence: row.confidence.as_str().to_owned(),
        former_name: row.former_name,
    }
}

fn taxpayer_of(row: taxpayers_csv::TaxpayerRow) -> ImportedTaxpayer {
    let digits = |number: &Option<TaxId>| number.as_ref().map(|id| id.digits().to_owned());
    let (evidence_case, report) = row.evidence.map_or((None, None), |found| (Some(found.case), found.report));
    let (evidence_number, evidence_on) = report.unzip();
    ImportedTaxpayer {
        canonical: row.numbers.canonical(),
        kind: row.kind.as_str().to_owned(),
        name: row.name,
        npwp15: digits(&row.numbers.npwp15),
        npwp16: digits(&row.numbers.npwp16),
        nik: digits(&row.numbers.nik),
        nitku: digits(&row.numbers.nitku),
        office: row.office,
        address: row.address,
        city: row.city,
        province: row.province,
        email: row.email.map(|address| address.to_string()),
        status: Some(row.status),
        evidence_case,
        evidence_number,
        evidence_on,
        sppkp_number: row.sppkp.as_ref().map(|sppkp| sppkp.number.clone()),
        sppkp_on: row.sppkp.as_ref().map(|sppkp| sppkp.on),
        sppkp_office: row.sppkp.as_ref().map(|sppkp| sppkp.office),
    }
}

fn person_of(row: persons_csv::PersonRow) -> PersonEntry {
    PersonEntry {
        taxpayer: row.taxpayer,
        person: ImportedPerson {
            name: row.name,
            position: row.position,
            capacity: row.capacity.as_str().to_owned(),
            id_kind: row.id_kind.as_str().to_owned(),
            id_last4: row.id_last4,
        },
    }
}

fn credential_of(row: credentials_csv::CredentialRow) -> CredentialEntry {
    CredentialEntry {
        taxpayer: row.taxpayer,
        activation_code: row.activation_code,
        desktop_code: row.desktop_code,
        office: row.office,
        letter_number: row.letter_number,
        letter_on: row.letter_on,
        email: row.email,
        state: row.state,
    }
}
