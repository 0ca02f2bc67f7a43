//! Pairs of Kode Aktivasi and Password e-Nofa. Codes arrive here sealed; nothing here can open them.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    error::{Column, one_row},
};
use crate::domain::{
    ids::{CredentialId, TaxpayerId},
    names::CredentialState,
    office::OfficeCode,
};

/// A pair without its secrets.
#[derive(Debug, Clone)]
pub struct Credential {
    pub id: CredentialId,
    pub taxpayer: TaxpayerId,
    /// Issuing office; the one of an external pair need not be served here.
    pub office: String,
    pub letter_number: String,
    pub letter_on: NaiveDate,
    pub has_password: bool,
    pub state: CredentialState,
    pub state_changed_at: DateTime<Utc>,
    pub version: i32,
}

struct Row {
    credential_id: Uuid,
    taxpayer_id: Uuid,
    office_code: String,
    letter_number: String,
    letter_on: NaiveDate,
    has_password: bool,
    state: String,
    state_changed_at: DateTime<Utc>,
    version: i32,
}

impl TryFrom<Row> for Credential {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: CredentialId(row.credential_id),
            taxpayer: TaxpayerId(row.taxpayer_id),
            office: row.office_code,
            letter_number: row.letter_number,
            letter_on: row.letter_on,
            has_password: row.has_password,
            state: Column("credentials", "state").parse(&row.state)?,
            state_changed_at: row.state_changed_at,
            version: row.version,
        })
    }
}

/// All pairs of a taxpayer, newest first.
pub async fn of_taxpayer(
    conn: &mut PgConnection,
    taxpayer: TaxpayerId,
) -> Result<Vec<Credential>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"select credential_id, taxpayer_id, office_code, letter_number, letter_on,
                  password_hash is not null as "has_password!", state, state_changed_at, version
           from credentials where taxpayer_id = $1 order by created_at desc, credential_id desc"#,
        taxpayer.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Credential::try_from)
    .collect()
}

pub async fn find(conn: &mut PgConnection, id: CredentialId) -> Result<Option<Credential>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"select credential_id, taxpayer_id, office_code, letter_number, letter_on,
                  password_hash is not null as "has_password!", state, state_changed_at, version
           from credentials where credential_id = $1 for no key update"#,
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(Credential::try_from)
    .transpose()
}

/// A sealed code with the keyed hash by which it is found.
pub struct SealedCode<'a> {
    pub sealed: &'a [u8],
    pub lookup: &'a [u8],
}

/// A pair to be stored. An external one has no code.
pub struct NewCredential<'a> {
    pub id: CredentialId,
    pub taxpayer: TaxpayerId,
    pub office: &'a str,
    pub origin: &'static str,
    pub letter_number: &'a str,
    pub letter_on: NaiveDate,
    pub code: Option<SealedCode<'a>>,
    pub desktop: Option<SealedCode<'a>>,
    pub state: CredentialState,
    pub state_reason: Option<&'a str>,
}

pub async fn insert(
    conn: &mut PgConnection,
    new: &NewCredential<'_>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into credentials (credential_id, taxpayer_id, office_code, origin, letter_number, letter_on, code_sealed,
                                  code_lookup, desktop_sealed, desktop_lookup, state, state_changed_at, state_reason, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $12)",
        new.id.0,
        new.taxpayer.0,
        new.office,
        new.origin,
        new.letter_number,
        new.letter_on,
        new.code.as_ref().map(|code| code.sealed),
        new.code.as_ref().map(|code| code.lookup),
        new.desktop.as_ref().map(|code| code.sealed),
        new.desktop.as_ref().map(|code| code.lookup),
        new.state.as_str(),
        now,
        new.state_reason
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Changes the state, when it still is as it was read.
pub async fn change_state(
    conn: &mut PgConnection,
    credential: &Credential,
    state: CredentialState,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update credentials set state = $3, state_reason = $4, state_changed_at = $5, version = version + 1
         where credential_id = $1 and version = $2",
        credential.id.0,
        credential.version,
        state.as_str(),
        reason,
        now
    )
    .execute(conn)
    .await?;
    one_row("credentials", written.rows_affected())
}

/// Sets the hash of a new password, or clears it (`None`): then no password is right.
pub async fn set_password(
    conn: &mut PgConnection,
    id: CredentialId,
    hash: Option<&str>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update credentials set password_hash = $2, version = version + 1 where credential_id = $1",
        id.0,
        hash
    )
    .execute(conn)
    .await?;
    one_row("credentials", written.rows_affected())
}

/// The sealed Kode Aktivasi, for the job that prints it.
pub async fn sealed_code(conn: &mut PgConnection, id: CredentialId) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(sqlx::query_scalar!("select code_sealed from credentials where credential_id = $1", id.0)
        .fetch_one(conn)
        .await?)
}

/// Whether a pair with this letter of this office is already stored (imports run twice).
pub async fn imported(
    conn: &mut PgConnection,
    taxpayer: TaxpayerId,
    office: OfficeCode,
    letter_number: &str,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select exists(select from credentials where taxpayer_id = $1 and office_code = $2 and letter_number = $3) as "found!""#,
        taxpayer.0,
        office.as_str(),
        letter_number
    )
    .fetch_one(conn)
    .await?)
}

/// Reads a pair without locking it.
pub async fn find_unlocked(
    conn: &mut PgConnection,
    id: CredentialId,
) -> Result<Option<Credential>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"select credential_id, taxpayer_id, office_code, letter_number, letter_on,
                  password_hash is not null as "has_password!", state, state_changed_at, version
           from credentials where credential_id = $1"#,
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(Credential::try_from)
    .transpose()
}

/// Whether a pair has this Kode Aktivasi, given as its keyed hash.
pub async fn knows_code(conn: &mut PgConnection, lookup: &[u8]) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select exists(select from credentials where code_lookup = $1) as "known!""#,
        lookup
    )
    .fetch_one(conn)
    .await?)
}

/// Where the pairs of a taxpayer come from: `issued`, `imported` or `external`.
pub async fn origins(
    conn: &mut PgConnection,
    taxpayer: TaxpayerId,
) -> Result<HashMap<CredentialId, String>, StoreError> {
    Ok(sqlx::query!("select credential_id, origin from credentials where taxpayer_id = $1", taxpayer.0)
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(|row| (CredentialId(row.credential_id), row.origin))
        .collect())
}
