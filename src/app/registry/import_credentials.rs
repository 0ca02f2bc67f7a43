use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{ImportError, Numbered, RowFault, Summary, all_or_nothing, record, registered};
use crate::{
    app::{
        Office,
        secrets::codes::{self, CodeOf},
    },
    domain::{
        credential::ActivationCode,
        email_address::EmailAddress,
        ids::{CredentialId, TaxpayerId},
        names::CredentialState,
        office::OfficeCode,
        tax_id::TaxId,
    },
    store::{
        accounts,
        credentials::{self, NewCredential, SealedCode},
        taxpayers::Imported,
    },
};

/// A pair that was issued before this service. `Debug` shows no code, number or address.
#[derive(Clone)]
pub struct CredentialEntry {
    /// Any number that the registry knows the taxpayer by.
    pub taxpayer: TaxId,
    pub activation_code: ActivationCode,
    pub desktop_code: ActivationCode,
    /// The office that issued it; it need not be one that is served here.
    pub office: OfficeCode,
    pub letter_number: String,
    pub letter_on: NaiveDate,
    /// The address of the account, where the taxpayer has none yet.
    pub email: EmailAddress,
    pub state: CredentialState,
}

impl fmt::Debug for CredentialEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CredentialEntry(..)")
    }
}

/// Stores existing pairs, sealed, in the state that the file gives. A pair that is stored already (same taxpayer,
/// office and letter number) stays as it is: what happened to it since is not undone by an old file.
pub async fn import_credentials(
    office: &Office,
    rows: &[Numbered<CredentialEntry>],
    source: &str,
) -> Result<Summary, ImportError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let mut faults = Vec::new();
    let mut summary = Summary::default();
    for Numbered { row, value } in rows {
        let Some(taxpayer) = registered(&mut tx, *row, &value.taxpayer, &mut faults).await? else { continue };
        if credentials::imported(&mut tx, taxpayer.id, value.office, &value.letter_number).await? {
            summary.count(Imported::Unchanged);
            continue;
        }
        if let Some(fault) = conflict(office, &mut tx, *row, taxpayer.id, value).await? {
            faults.push(fault);
            continue;
        }
        store(office, &mut tx, taxpayer.id, value, now).await?;
        summary.count(Imported::Added);
    }
    all_or_nothing(faults)?;
    record(&mut tx, "import_credentials", source, summary, now).await?;
    tx.commit().await?;
    Ok(summary)
}

/// Why this pair cannot stand beside those that are stored.
async fn conflict(
    office: &Office,
    conn: &mut PgConnection,
    row: u64,
    taxpayer: TaxpayerId,
    entry: &CredentialEntry,
) -> Result<Option<RowFault>, ImportError> {
    let in_force = |state| match state {
        CredentialState::Active | CredentialState::Suspended => true,
        CredentialState::Superseded | CredentialState::Revoked => false,
    };
    if in_force(entry.state)
        && credentials::of_taxpayer(conn, taxpayer).await?.iter().any(|stored| in_force(stored.state))
    {
        return Ok(Some(RowFault::new(
            row,
            "state",
            "the taxpayer has another active or suspended pair already",
        )));
    }
    if credentials::knows_code(conn, &codes::lookup(office, CodeOf::Account, &entry.activation_code)).await? {
        return Ok(Some(RowFault::new(row, "activation_code", "the code belongs to another pair already")));
    }
    Ok(None)
}

async fn store(
    office: &Office,
    conn: &mut PgConnection,
    taxpayer: TaxpayerId,
    entry: &CredentialEntry,
    now: DateTime<Utc>,
) -> Result<(), ImportError> {
    let id = CredentialId(Uuid::now_v7());
    let code = codes::seal(office, id, CodeOf::Account, &entry.activation_code)?;
    let desktop = codes::seal(office, id, CodeOf::Desktop, &entry.desktop_code)?;
    let new = NewCredential {
        id,
        taxpayer,
        office: entry.office.as_str(),
        origin: "imported",
        letter_number: &entry.letter_number,
        letter_on: entry.letter_on,
        code: Some(SealedCode { sealed: &code.sealed, lookup: &code.lookup }),
        desktop: Some(SealedCode { sealed: &desktop.sealed, lookup: &desktop.lookup }),
        state: entry.state,
        state_reason: None,
    };
    credentials::insert(conn, &new, now).await?;
    accounts::import(conn, taxpayer, &entry.email).await?;
    Ok(())
}
