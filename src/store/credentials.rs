//! Pairs of Kode Aktivasi and Password e-Nofa. Codes arrive here sealed; nothing here can open them.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError, account_sessions,
    error::{Column, one_row},
};
use crate::domain::{
    ids::{AccountSessionId, CredentialId, TaxpayerId},
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

/// Changes the state, when it still is as it was read. A pair that is not active any more holds no account open.
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
    .execute(&mut *conn)
    .await?;
    one_row("credentials", written.rows_affected())?;
    if state != CredentialState::Active {
        account_sessions::end_others(conn, credential.id, None, now).await?;
    }
    Ok(())
}

/// A pair with the hash of its password, for signing in.
#[derive(Debug, Clone)]
pub struct Presented {
    pub pair: Credential,
    pub password_hash: Option<String>,
}

/// The pair of a taxpayer that is in force, and the latest one that was superseded. One statement, also for nobody.
pub async fn presented(
    conn: &mut PgConnection,
    taxpayer: Option<TaxpayerId>,
) -> Result<(Option<Presented>, Option<Presented>), StoreError> {
    let rows = sqlx::query!(
        r#"select credential_id, taxpayer_id, office_code, letter_number, letter_on, password_hash, state, state_changed_at,
                  version
           from credentials
           where taxpayer_id = $1 and state in ('active', 'suspended', 'superseded') and origin <> 'external'
           order by state = 'superseded', state_changed_at desc, credential_id desc"#,
        taxpayer.map(|id| id.0)
    )
    .fetch_all(conn)
    .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let state = Column("credentials", "state").parse(&row.state)?;
        found.push(Presented {
            pair: Credential {
                id: CredentialId(row.credential_id),
                taxpayer: TaxpayerId(row.taxpayer_id),
                office: row.office_code,
                letter_number: row.letter_number,
                letter_on: row.letter_on,
                has_password: row.password_hash.is_some(),
                state,
                state_changed_at: row.state_changed_at,
                version: row.version,
            },
            password_hash: row.password_hash,
        });
    }
    let is_former = |presented: &Presented| presented.pair.state == CredentialState::Superseded;
    let former = found.iter().find(|presented| is_former(presented)).cloned();
    Ok((found.into_iter().find(|presented| !is_former(presented)), former))
}

/// A pair with what is compared when another system asks about a code.
#[derive(Debug, Clone)]
pub struct Comparable {
    pub id: CredentialId,
    pub office: String,
    pub state: CredentialState,
    pub code_lookup: Vec<u8>,
    pub desktop_lookup: Vec<u8>,
    pub password_hash: Option<String>,
}

struct ComparableRow {
    credential_id: Uuid,
    office_code: String,
    state: String,
    code_lookup: Vec<u8>,
    desktop_lookup: Vec<u8>,
    password_hash: Option<String>,
}

impl TryFrom<ComparableRow> for Comparable {
    type Error = StoreError;
    fn try_from(row: ComparableRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: CredentialId(row.credential_id),
            office: row.office_code,
            state: Column("credentials", "state").parse(&row.state)?,
            code_lookup: row.code_lookup,
            desktop_lookup: row.desktop_lookup,
            password_hash: row.password_hash,
        })
    }
}

/// The pairs of a taxpayer that have codes, newest first. One statement, also for nobody.
pub async fn comparable(
    conn: &mut PgConnection,
    taxpayer: Option<TaxpayerId>,
) -> Result<Vec<Comparable>, StoreError> {
    sqlx::query_as!(
        ComparableRow,
        r#"select credential_id, office_code, state, code_lookup as "code_lookup!", desktop_lookup as "desktop_lookup!",
                  password_hash
           from credentials where taxpayer_id = $1 and code_lookup is not null
           order by created_at desc, credential_id desc"#,
        taxpayer.map(|id| id.0)
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Comparable::try_from)
    .collect()
}

/// One pair as it is now; whoever changes it waits until the transaction ends. One statement, also for none.
pub async fn hold_comparable(
    conn: &mut PgConnection,
    id: Option<CredentialId>,
) -> Result<Option<Comparable>, StoreError> {
    sqlx::query_as!(
        ComparableRow,
        r#"select credential_id, office_code, state, code_lookup as "code_lookup!", desktop_lookup as "desktop_lookup!",
                  password_hash
           from credentials where credential_id = $1 and code_lookup is not null for share"#,
        id.map(|id| id.0)
    )
    .fetch_optional(conn)
    .await?
    .map(Comparable::try_from)
    .transpose()
}

/// Both codes of a pair, sealed.
#[derive(Debug, Clone)]
pub struct SealedCodes {
    pub code: Vec<u8>,
    pub desktop: Vec<u8>,
}

/// `None` for an external pair, which has no code here.
pub async fn sealed_codes(
    conn: &mut PgConnection,
    id: CredentialId,
) -> Result<Option<SealedCodes>, StoreError> {
    let row =
        sqlx::query!("select code_sealed, desktop_sealed from credentials where credential_id = $1", id.0)
            .fetch_one(conn)
            .await?;
    Ok(row.code_sealed.zip(row.desktop_sealed).map(|(code, desktop)| SealedCodes { code, desktop }))
}

/// Replaces the Kode Aktivasi Desktop; the first code stays as it is.
pub async fn replace_desktop_code(
    conn: &mut PgConnection,
    pair: &Credential,
    new: &SealedCode<'_>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update credentials set desktop_sealed = $3, desktop_lookup = $4, secret_changed_at = $5, version = version + 1
         where credential_id = $1 and version = $2 and desktop_sealed is not null",
        pair.id.0,
        pair.version,
        new.sealed,
        new.lookup,
        now
    )
    .execute(conn)
    .await?;
    one_row("credentials", written.rows_affected())
}

/// The hash of the password of a pair.
pub async fn password_hash(conn: &mut PgConnection, id: CredentialId) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar!("select password_hash from credentials where credential_id = $1", id.0)
        .fetch_one(conn)
        .await?)
}

/// Sets the hash of a new password, or clears it (`None`): then no password is right. Sessions that were opened with the
/// old one end, but for the one in which it is changed.
pub async fn set_password(
    conn: &mut PgConnection,
    id: CredentialId,
    hash: Option<&str>,
    changed_in: Option<AccountSessionId>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update credentials set password_hash = $2, secret_changed_at = $3, version = version + 1 where credential_id = $1",
        id.0,
        hash,
        now
    )
    .execute(&mut *conn)
    .await?;
    one_row("credentials", written.rows_affected())?;
    account_sessions::end_others(conn, id, changed_in, now).await?;
    Ok(())
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

/// The keyed hash under which the Kode Aktivasi of a pair is found; an external pair has none.
pub async fn code_lookup(conn: &mut PgConnection, id: CredentialId) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(sqlx::query_scalar!("select code_lookup from credentials where credential_id = $1", id.0)
        .fetch_one(conn)
        .await?)
}
