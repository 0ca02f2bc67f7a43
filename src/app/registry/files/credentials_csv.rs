//! The file of pairs that exist on the first day.

use std::{collections::HashMap, fmt, io::Read};

use chrono::NaiveDate;

use super::{
    RowError,
    csv_table::{self, Fields},
};
use crate::domain::{
    credential::ActivationCode, email_address::EmailAddress, names::CredentialState, office::OfficeCode,
    tax_id::TaxId,
};

/// One existing pair. `taxpayer` is any number the registry knows the taxpayer by; the password is not part of
/// an import. `Debug` shows no code, number or address.
#[derive(Clone, PartialEq, Eq)]
pub struct CredentialRow {
    pub row: u64,
    pub taxpayer: TaxId,
    pub activation_code: ActivationCode,
    pub desktop_code: ActivationCode,
    /// The office that issued the pair.
    pub office: OfficeCode,
    pub letter_number: String,
    pub letter_on: NaiveDate,
    /// The address of the account.
    pub email: EmailAddress,
    pub state: CredentialState,
}

impl fmt::Debug for CredentialRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialRow").field("row", &self.row).finish_non_exhaustive()
    }
}

pub fn parse(reader: impl Read) -> Result<Vec<CredentialRow>, Vec<RowError>> {
    const COLUMNS: &[&str] = &[
        "npwp15",
        "activation_code",
        "desktop_code",
        "office_code",
        "letter_number",
        "letter_date",
        "email",
        "state",
    ];
    let mut codes: HashMap<String, u64> = HashMap::new();
    let mut living: HashMap<TaxId, u64> = HashMap::new();
    csv_table::read(reader, COLUMNS, |fields| {
        let taxpayer = fields.tax_id("npwp15");
        let activation_code = code(fields, "activation_code");
        let desktop_code = code(fields, "desktop_code");
        let office = fields.office_code("office_code");
        let letter_number = fields.required("letter_number");
        let letter_on = fields.required_date("letter_date");
        fields.required("email");
        let email = fields.optional_email("email");
        let state = fields.one_of("state", "active, suspended, revoked, superseded", |text| {
            text.parse::<CredentialState>().ok()
        });

        if let Some(code) = &activation_code
            && let Some(first) = codes.insert(code.bare().to_owned(), fields.row)
        {
            fields.fault("activation_code", format!("the same code stands already in row {first}"));
        }
        if let (Some(taxpayer), Some(state)) = (&taxpayer, state)
            && lives(state)
            && let Some(first) = living.insert(taxpayer.clone(), fields.row)
        {
            let message = format!("row {first} has an active or suspended pair of the same taxpayer");
            fields.fault("state", message);
        }
        Some(CredentialRow {
            row: fields.row,
            taxpayer: taxpayer?,
            activation_code: activation_code?,
            desktop_code: desktop_code?,
            office: office?,
            letter_number: letter_number?,
            letter_on: letter_on?,
            email: email?,
            state: state?,
        })
    })
}

/// At most one pair of a taxpayer is in one of these states.
fn lives(state: CredentialState) -> bool {
    match state {
        CredentialState::Active | CredentialState::Suspended => true,
        CredentialState::Superseded | CredentialState::Revoked => false,
    }
}

fn code(fields: &mut Fields<'_>, column: &str) -> Option<ActivationCode> {
    let text = fields.required(column)?;
    let code = ActivationCode::parse(&text).ok();
    if code.is_none() {
        fields.fault(column, "is not a code of 12 characters of A-Z without I, L, O and 2-9");
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "npwp15,activation_code,desktop_code,office_code,letter_number,letter_date,email,state\n";

    #[test]
    fn the_sample_is_read_whole() {
        let rows = parse(include_str!("../../../../data/sample/credentials.csv").as_bytes()).unwrap();
        assert_eq!(rows.len(), 19);
        assert_eq!(rows.iter().filter(|row| row.state == CredentialState::Active).count(), 17);
        assert_eq!(format!("{:?}", rows[0]), "CredentialRow { row: 2, .. }");
    }

    #[test]
    fn faults_are_found_and_repeat_no_secret() {
        let rows = "999993389217000,R2P2-QVRD-NFDX,R2P2-QVRD-NFDX,217,S-1,2016-01-10,a@example.com,active\n\
                    999993389217000,R2P2-QVRD-NFDX,R2P2-QVRD-NFD,217,S-1,2016-01-10,a@example.com,suspended\n\
                    999993389217000,UH39-W56A-Q6C9,UH39-W56A-Q6C0,9,,10-01-2016,rahasia,lost\n";
        let faults = parse(format!("{HEADER}{rows}").as_bytes()).unwrap_err();
        let places: Vec<(u64, &str)> = faults.iter().map(|f| (f.row, f.column.as_str())).collect();
        assert_eq!(
            places,
            [
                (3, "desktop_code"),
                (3, "activation_code"),
                (3, "state"),
                (4, "desktop_code"),
                (4, "office_code"),
                (4, "letter_number"),
                (4, "letter_date"),
                (4, "email"),
                (4, "state"),
            ]
        );
        let told = format!("{faults:?}");
        assert!(["99999", "R2P2", "UH39", "rahasia"].iter().all(|secret| !told.contains(secret)), "{told}");
    }
}
