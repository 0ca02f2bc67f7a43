//! `aktivasi office|calendar|taxpayer|credential import`: files to typed rows, rows to the acts.

use std::{
    fs::File,
    io::{Read, Write},
    path::Path,
};

use super::{
    Failure, RowError, credentials_csv, failure, holidays_csv, offices_csv, persons_csv, taxpayers_csv,
};
use crate::{
    app::{
        Office,
        registry::{self, CredentialEntry, HolidayEntry, ImportError, Numbered, PersonEntry, Summary},
    },
    store::{
        offices::ImportedOffice,
        taxpayers::{ImportedPerson, ImportedTaxpayer},
    },
};

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    Offices,
    Calendar,
    Taxpayers,
    Persons,
    Credentials,
}

/// Why nothing was imported: faults of the file itself, or of its rows against the registry.
#[derive(Debug)]
pub enum Refused {
    File(Vec<RowError>),
    Registry(ImportError),
}

/// Imports the file at `path` and says what became of its rows.
pub async fn run(
    office: &Office,
    content: Content,
    path: &Path,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let file = File::open(path).map_err(|error| {
        Failure::usage(format!(
            "{} cannot be opened: {error}; check the path and the right to read it",
            path.display()
        ))
    })?;
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let told = import(office, content, file, &name).await.map_err(|failed| match failed {
        Refused::File(faults) => Failure::rows(path, faults.iter().map(ToString::to_string)),
        Refused::Registry(error) => refused(path, error),
    })?;
    writeln!(out, "{}: {told}", path.display())?;
    Ok(())
}

/// Imports from any reader; `source` names it in the registry. Gives the line to print.
pub async fn import(
    office: &Office,
    content: Content,
    reader: impl Read,
    source: &str,
) -> Result<String, Refused> {
    let summary: Summary = match content {
        Content::Offices => {
            let rows = rows(offices_csv::parse(reader), |row| (row.row, office_of(row)))?;
            registry::import_offices(office, &rows, source).await?
        }
        Content::Calendar => {
            let rows = rows(holidays_csv::parse(reader), |row| (row.row, HolidayEntry::from(row)))?;
            let outcome = registry::import_calendar(office, &rows, source).await?;
            return Ok(calendar_told(&outcome));
        }
        Content::Taxpayers => {
            let rows = rows(taxpayers_csv::parse(reader), |row| (row.row, taxpayer_of(row)))?;
            registry::import_taxpayers(office, &rows, source).await?
        }
        Content::Persons => {
            let rows = rows(persons_csv::parse(reader), |row| (row.row, person_of(row)))?;
            registry::import_persons(office, &rows, source).await?
        }
        Content::Credentials => {
            let rows = rows(credentials_csv::parse(reader), |row| (row.row, credential_of(row)))?;
            registry::import_credentials(office, &rows, source).await?
        }
    };
    Ok(summary.to_string())
}

/// What to tell about a file that the registry refused.
pub fn refused(path: &Path, error: ImportError) -> Failure {
    failure::of_import(path, error)
}

impl From<ImportError> for Refused {
    fn from(error: ImportError) -> Self {
        Self::Registry(error)
    }
}

fn rows<R, T>(
    parsed: Result<Vec<R>, Vec<RowError>>,
    convert: impl Fn(R) -> (u64, T),
) -> Result<Vec<Numbered<T>>, Refused> {
    let rows = parsed.map_err(Refused::File)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let (row, value) = convert(row);
            Numbered { row, value }
        })
        .collect())
}

fn calendar_told(outcome: &registry::CalendarImport) -> String {
    let years: Vec<String> = outcome.years.iter().map(ToString::to_string).collect();
    let version =
        outcome.version.map_or_else(|| "nothing changed".to_owned(), |version| format!("version {version}"));
    format!(
        "{}, {} removed; complete years: {}; {version}; {} due dates moved",
        outcome.days,
        outcome.removed,
        years.join(", "),
        outcome.moved.len()
    )
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
    let first = [&row.npwp15, &row.npwp16, &row.nik, &row.nitku].into_iter().flatten().next();
    let digits =
        |number: &Option<crate::domain::tax_id::TaxId>| number.as_ref().map(|id| id.digits().to_owned());
    let (evidence_case, report) = row.evidence.map_or((None, None), |found| (Some(found.case), found.report));
    let (evidence_number, evidence_on) = report.unzip();
    ImportedTaxpayer {
        canonical: first.map(crate::domain::tax_id::TaxId::canonical).unwrap_or_default(),
        kind: row.kind.as_str().to_owned(),
        name: row.name,
        npwp15: digits(&row.npwp15),
        npwp16: digits(&row.npwp16),
        nik: digits(&row.nik),
        nitku: digits(&row.nitku),
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
