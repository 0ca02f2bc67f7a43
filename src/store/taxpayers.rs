//! The taxpayer registry.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    error::{Column, one_row, to_json},
};
use crate::domain::{
    eligibility::{Evidence, Reference},
    ids::TaxpayerId,
    names::{EvidenceCase, PkpStatus},
    office::OfficeCode,
    tax_id::{RegistryColumn, TaxId},
};

/// A row of the registry, or the provisional one of a number that the registry does not know.
#[derive(Debug, Clone)]
pub struct Taxpayer {
    pub id: TaxpayerId,
    pub kind: String,
    pub name: String,
    pub npwp15: Option<String>,
    pub npwp16: Option<String>,
    pub nik: Option<String>,
    pub nitku: Option<String>,
    pub office: Option<OfficeCode>,
    pub address: String,
    pub city: String,
    pub province: String,
    pub email: Option<String>,
    pub status: Option<PkpStatus>,
    pub revocation: Option<Reference>,
    pub evidence: Option<Evidence>,
    pub sppkp_office: Option<OfficeCode>,
    pub source: String,
    pub version: i32,
}

impl Taxpayer {
    /// Whether the registry knows it.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.kind != "provisional"
    }

    /// Whether letters address the *pengurus*.
    #[must_use]
    pub fn is_entity(&self) -> bool {
        self.kind != "person"
    }

    /// The place of business in one line.
    #[must_use]
    pub fn address_line(&self) -> String {
        [&self.address, &self.city, &self.province]
            .into_iter()
            .filter(|part| !part.is_empty())
            .cloned()
            .collect::<Vec<_>>()
            .join(", ")
    }
}

struct Row {
    taxpayer_id: Uuid,
    kind: String,
    name: String,
    npwp15: Option<String>,
    npwp16: Option<String>,
    nik: Option<String>,
    nitku: Option<String>,
    office_code: Option<String>,
    address: String,
    city: String,
    province: String,
    email: Option<String>,
    pkp_status: Option<String>,
    revocation_number: Option<String>,
    revocation_on: Option<NaiveDate>,
    evidence_case: Option<String>,
    evidence_number: Option<String>,
    evidence_on: Option<NaiveDate>,
    sppkp_office: Option<String>,
    source: String,
    version: i32,
}

fn reference(number: Option<String>, on: Option<NaiveDate>) -> Option<Reference> {
    Some(Reference { number: number?, on: on? })
}

impl TryFrom<Row> for Taxpayer {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let at = |column| Column("taxpayers", column);
        let case: Option<EvidenceCase> = at("evidence_case").parse_some(row.evidence_case.as_deref())?;
        Ok(Self {
            id: TaxpayerId(row.taxpayer_id),
            kind: row.kind,
            name: row.name,
            npwp15: row.npwp15,
            npwp16: row.npwp16,
            nik: row.nik,
            nitku: row.nitku,
            office: at("office_code").parse_some(row.office_code.as_deref())?,
            address: row.address,
            city: row.city,
            province: row.province,
            email: row.email,
            status: at("pkp_status").parse_some(row.pkp_status.as_deref())?,
            revocation: reference(row.revocation_number, row.revocation_on),
            evidence: case
                .map(|case| Evidence { case, report: reference(row.evidence_number, row.evidence_on) }),
            sppkp_office: at("sppkp_office").parse_some(row.sppkp_office.as_deref())?,
            source: row.source,
            version: row.version,
        })
    }
}

pub async fn get(conn: &mut PgConnection, id: TaxpayerId) -> Result<Taxpayer, StoreError> {
    sqlx::query_as!(
        Row,
        "select taxpayer_id, kind, name, npwp15, npwp16, nik, nitku, office_code, address, city, province, email,
                pkp_status, revocation_number, revocation_on, evidence_case, evidence_number, evidence_on, sppkp_office,
                source, version
         from taxpayers where taxpayer_id = $1",
        id.0
    )
    .fetch_one(conn)
    .await?
    .try_into()
}

/// Locks the row, so that acts on one taxpayer wait for each other.
pub async fn lock(conn: &mut PgConnection, id: TaxpayerId) -> Result<(), StoreError> {
    sqlx::query!("select taxpayer_id from taxpayers where taxpayer_id = $1 for no key update", id.0)
        .fetch_one(conn)
        .await?;
    Ok(())
}

/// Whoever the number belongs to, in any of its forms.
pub async fn find_by_tax_id(conn: &mut PgConnection, tax_id: &TaxId) -> Result<Option<Taxpayer>, StoreError> {
    let key = |wanted: RegistryColumn| {
        tax_id.registry_keys().into_iter().find(|key| key.column == wanted).map(|key| key.digits)
    };
    sqlx::query_as!(
        Row,
        "select taxpayer_id, kind, name, npwp15, npwp16, nik, nitku, office_code, address, city, province, email,
                pkp_status, revocation_number, revocation_on, evidence_case, evidence_number, evidence_on, sppkp_office,
                source, version
         from taxpayers
         where npwp15 = $1 or npwp16 = $2 or nik = $3 or nitku = $4 or (canonical = $5 and kind = 'provisional')
         order by kind = 'provisional' limit 1",
        key(RegistryColumn::Npwp15),
        key(RegistryColumn::Npwp16),
        key(RegistryColumn::Nik),
        key(RegistryColumn::Nitku),
        tax_id.canonical()
    )
    .fetch_optional(conn)
    .await?
    .map(Taxpayer::try_from)
    .transpose()
}

/// The taxpayer of a number that the registry does not know; the same one for every form of it.
pub async fn provisional(
    conn: &mut PgConnection,
    tax_id: &TaxId,
    name: &str,
    now: DateTime<Utc>,
) -> Result<Taxpayer, StoreError> {
    sqlx::query!(
        "insert into taxpayers (taxpayer_id, canonical, kind, name, source, updated_at)
         values ($1, $2, 'provisional', $3, 'filed', $4)
         on conflict (canonical) do nothing",
        Uuid::now_v7(),
        tax_id.canonical(),
        name,
        now
    )
    .execute(&mut *conn)
    .await?;
    find_by_tax_id(conn, tax_id).await?.ok_or(StoreError::Stale { table: "taxpayers" })
}

/// Names of the persons who may sign.
pub async fn persons(conn: &mut PgConnection, id: TaxpayerId) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!("select name from persons where taxpayer_id = $1 order by name", id.0)
        .fetch_all(conn)
        .await?)
}

/// What an officer found at the examination, with its source.
#[derive(Debug, Clone, serde::Serialize)]
pub struct EnteredEvidence {
    pub pkp_status: PkpStatus,
    pub evidence_case: Option<EvidenceCase>,
    pub evidence_number: Option<String>,
    pub evidence_on: Option<NaiveDate>,
    pub sppkp_number: Option<String>,
    pub sppkp_on: Option<NaiveDate>,
    pub sppkp_office: Option<OfficeCode>,
    pub revocation_number: Option<String>,
    pub revocation_on: Option<NaiveDate>,
    pub source: String,
}

/// Saves entered evidence and keeps what stood there before.
pub async fn save_evidence(
    conn: &mut PgConnection,
    id: TaxpayerId,
    entered: &EnteredEvidence,
    by: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let before = snapshot(conn, id).await?;
    let written = sqlx::query!(
        "update taxpayers
         set pkp_status = $2, evidence_case = $3, evidence_number = $4, evidence_on = $5,
             sppkp_number = coalesce($6, sppkp_number), sppkp_on = coalesce($7, sppkp_on),
             sppkp_office = coalesce($8, sppkp_office), revocation_number = $9, revocation_on = $10, source = $11,
             updated_at = $12, version = version + 1
         where taxpayer_id = $1",
        id.0,
        entered.pkp_status.as_str(),
        entered.evidence_case.map(EvidenceCase::as_str),
        entered.evidence_number,
        entered.evidence_on,
        entered.sppkp_number,
        entered.sppkp_on,
        entered.sppkp_office.map(String::from),
        entered.revocation_number,
        entered.revocation_on,
        entered.source,
        now
    )
    .execute(&mut *conn)
    .await?;
    one_row("taxpayers", written.rows_affected())?;
    record_change(conn, id, by, before, &to_json(entered)?, now).await
}

async fn snapshot(conn: &mut PgConnection, id: TaxpayerId) -> Result<Option<serde_json::Value>, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select to_jsonb(taxpayers) as "row!" from taxpayers where taxpayer_id = $1 for no key update"#,
        id.0
    )
    .fetch_optional(conn)
    .await?)
}

async fn record_change(
    conn: &mut PgConnection,
    id: TaxpayerId,
    by: &str,
    before: Option<serde_json::Value>,
    after: &serde_json::Value,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into taxpayer_changes (taxpayer_id, changed_at, changed_by, before, after) values ($1, $2, $3, $4, $5)",
        id.0,
        now,
        by,
        before,
        after
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A taxpayer as an import brings it. At least one number is set.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ImportedTaxpayer {
    pub canonical: String,
    pub kind: String,
    pub name: String,
    pub npwp15: Option<String>,
    pub npwp16: Option<String>,
    pub nik: Option<String>,
    pub nitku: Option<String>,
    pub office: OfficeCode,
    pub address: String,
    pub city: String,
    pub province: String,
    pub email: Option<String>,
    pub status: Option<PkpStatus>,
    pub evidence_case: Option<EvidenceCase>,
    pub evidence_number: Option<String>,
    pub evidence_on: Option<NaiveDate>,
    pub sppkp_number: Option<String>,
    pub sppkp_on: Option<NaiveDate>,
    pub sppkp_office: Option<OfficeCode>,
}

/// What an import did with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    Added,
    Changed,
    Unchanged,
}

/// Adds or renews a taxpayer and logs the change. A provisional row of the same number becomes the real one.
/// The account's address is never touched.
pub async fn import(
    conn: &mut PgConnection,
    taxpayer: &ImportedTaxpayer,
    source: &str,
    now: DateTime<Utc>,
) -> Result<(TaxpayerId, Imported), StoreError> {
    let existing = sqlx::query_scalar!(
        "select taxpayer_id from taxpayers
         where canonical = $1 or npwp15 = $2 or npwp16 = $3 or nik = $4 or nitku = $5
         order by kind = 'provisional' limit 1 for no key update",
        taxpayer.canonical,
        taxpayer.npwp15,
        taxpayer.npwp16,
        taxpayer.nik,
        taxpayer.nitku
    )
    .fetch_optional(&mut *conn)
    .await?;
    let id = TaxpayerId(existing.unwrap_or_else(Uuid::now_v7));
    let before = snapshot(conn, id).await?;
    let written = sqlx::query!(
        "insert into taxpayers (taxpayer_id, canonical, kind, name, npwp15, npwp16, nik, nitku, office_code, address, city,
                                province, email, pkp_status, evidence_case, evidence_number, evidence_on, sppkp_number,
                                sppkp_on, sppkp_office, source, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
         on conflict (taxpayer_id) do update
         set canonical = $2, kind = $3, name = $4, npwp15 = $5, npwp16 = $6, nik = $7, nitku = $8, office_code = $9,
             address = $10, city = $11, province = $12, email = $13, pkp_status = $14, evidence_case = $15,
             evidence_number = $16, evidence_on = $17, sppkp_number = $18, sppkp_on = $19, sppkp_office = $20,
             source = $21, updated_at = $22, version = taxpayers.version + 1
         where (taxpayers.canonical, taxpayers.kind, taxpayers.name, taxpayers.npwp15, taxpayers.npwp16, taxpayers.nik,
                taxpayers.nitku, taxpayers.office_code, taxpayers.address, taxpayers.city, taxpayers.province,
                taxpayers.email, taxpayers.pkp_status, taxpayers.evidence_case, taxpayers.evidence_number,
                taxpayers.evidence_on, taxpayers.sppkp_number, taxpayers.sppkp_on, taxpayers.sppkp_office)
            is distinct from ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        id.0,
        taxpayer.canonical,
        taxpayer.kind,
        taxpayer.name,
        taxpayer.npwp15,
        taxpayer.npwp16,
        taxpayer.nik,
        taxpayer.nitku,
        taxpayer.office.as_str(),
        taxpayer.address,
        taxpayer.city,
        taxpayer.province,
        taxpayer.email,
        taxpayer.status.map(PkpStatus::as_str),
        taxpayer.evidence_case.map(EvidenceCase::as_str),
        taxpayer.evidence_number,
        taxpayer.evidence_on,
        taxpayer.sppkp_number,
        taxpayer.sppkp_on,
        taxpayer.sppkp_office.map(String::from),
        source,
        now
    )
    .execute(&mut *conn)
    .await?;
    if written.rows_affected() == 0 {
        return Ok((id, Imported::Unchanged));
    }
    let outcome = if before.is_some() { Imported::Changed } else { Imported::Added };
    record_change(conn, id, source, before, &to_json(taxpayer)?, now).await?;
    Ok((id, outcome))
}

/// A person who may sign, as an import brings it.
#[derive(Debug, Clone)]
pub struct ImportedPerson {
    pub name: String,
    pub position: String,
    pub capacity: String,
    pub id_kind: String,
    pub id_last4: String,
}

/// Adds or renews a person. `true` when something changed.
pub async fn import_person(
    conn: &mut PgConnection,
    taxpayer: TaxpayerId,
    person: &ImportedPerson,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "insert into persons (person_id, taxpayer_id, name, position, capacity, id_kind, id_last4, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (taxpayer_id, name, id_last4) do update
         set position = $4, capacity = $5, id_kind = $6, updated_at = $8
         where (persons.position, persons.capacity, persons.id_kind) is distinct from ($4, $5, $6)",
        Uuid::now_v7(),
        taxpayer.0,
        person.name,
        person.position,
        person.capacity,
        person.id_kind,
        person.id_last4,
        now
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// The registered taxpayers who hold one of these numbers: more than one when the numbers do not belong together.
pub async fn registered_under(
    conn: &mut PgConnection,
    taxpayer: &ImportedTaxpayer,
) -> Result<Vec<TaxpayerId>, StoreError> {
    Ok(sqlx::query_scalar!(
        "select taxpayer_id from taxpayers
         where kind <> 'provisional' and (npwp15 = $1 or npwp16 = $2 or nik = $3 or nitku = $4)",
        taxpayer.npwp15,
        taxpayer.npwp16,
        taxpayer.nik,
        taxpayer.nitku
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(TaxpayerId)
    .collect())
}

/// Whether an import brought this person before.
pub async fn knows_person(
    conn: &mut PgConnection,
    taxpayer: TaxpayerId,
    person: &ImportedPerson,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select exists(select from persons where taxpayer_id = $1 and name = $2 and id_last4 = $3) as "known!""#,
        taxpayer.0,
        person.name,
        person.id_last4
    )
    .fetch_one(conn)
    .await?)
}

/// What only screens show of a taxpayer.
#[derive(Debug, Clone)]
pub struct Particulars {
    pub sppkp_number: Option<String>,
    pub sppkp_on: Option<NaiveDate>,
    pub updated_at: DateTime<Utc>,
}

pub async fn particulars(conn: &mut PgConnection, id: TaxpayerId) -> Result<Particulars, StoreError> {
    Ok(sqlx::query_as!(
        Particulars,
        "select sppkp_number, sppkp_on, updated_at from taxpayers where taxpayer_id = $1",
        id.0
    )
    .fetch_one(conn)
    .await?)
}

/// A person who may sign, as the registry has it. Of the identity number it keeps the last four characters.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Person {
    pub name: String,
    pub position: String,
    pub capacity: String,
    pub id_kind: String,
    pub id_last4: String,
}

pub async fn signatories(conn: &mut PgConnection, id: TaxpayerId) -> Result<Vec<Person>, StoreError> {
    Ok(sqlx::query_as!(
        Person,
        "select name, position, capacity, id_kind, id_last4 from persons where taxpayer_id = $1 order by name, id_last4",
        id.0
    )
    .fetch_all(conn)
    .await?)
}
