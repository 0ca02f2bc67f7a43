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
    ids::{RequestId, TaxpayerId},
    names::{EvidenceCase, PkpStatus},
    office::OfficeCode,
    registry_change,
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
        one_line(&[&self.address, &self.city, &self.province]).unwrap_or_default()
    }

    /// What officers are told of when it changes under an open request.
    #[must_use]
    pub fn watched(&self) -> registry_change::Snapshot {
        registry_change::Snapshot {
            office: self.office.map(String::from),
            status: self.status.map(|status| status.as_str().to_owned()),
            address: one_line(&[&self.address, &self.city, &self.province]),
        }
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

/// A taxpayer as an operator writes it.
#[derive(Debug, Clone, Copy)]
pub struct Replacement<'a> {
    pub taxpayer: &'a ImportedTaxpayer,
    pub revocation: Option<&'a Reference>,
    /// What it rests on.
    pub source: &'a str,
    /// Who writes it.
    pub by: &'a str,
}

/// What a replacement did, and which columns it changed.
#[derive(Debug)]
pub struct Replaced {
    pub id: TaxpayerId,
    pub outcome: Imported,
    pub columns: Vec<String>,
}

/// Writes all of a taxpayer and logs the change; nothing is written where nothing differs. `id` is whom the numbers
/// belong to already: a provisional row becomes the real one. The address of an account is never touched.
pub async fn replace(
    conn: &mut PgConnection,
    id: Option<TaxpayerId>,
    replacement: Replacement<'_>,
    now: DateTime<Utc>,
) -> Result<Replaced, StoreError> {
    let Replacement { taxpayer, revocation, source, by } = replacement;
    let id = id.unwrap_or_else(|| TaxpayerId(Uuid::now_v7()));
    let before = snapshot(conn, id).await?;
    let written = sqlx::query!(
        "insert into taxpayers (taxpayer_id, canonical, kind, name, npwp15, npwp16, nik, nitku, office_code, address, city,
                                province, email, pkp_status, evidence_case, evidence_number, evidence_on, sppkp_number,
                                sppkp_on, sppkp_office, revocation_number, revocation_on, source, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
         on conflict (taxpayer_id) do update
         set canonical = case when exists(select from taxpayers as other where other.canonical = $2 and other.taxpayer_id <> $1)
                         then taxpayers.canonical else $2 end,
             kind = $3, name = $4, npwp15 = $5, npwp16 = $6, nik = $7, nitku = $8, office_code = $9,
             address = $10, city = $11, province = $12, email = $13, pkp_status = $14, evidence_case = $15,
             evidence_number = $16, evidence_on = $17, sppkp_number = $18, sppkp_on = $19, sppkp_office = $20,
             revocation_number = $21, revocation_on = $22, source = $23, updated_at = $24, version = taxpayers.version + 1
         where (taxpayers.kind, taxpayers.name, taxpayers.npwp15, taxpayers.npwp16, taxpayers.nik,
                taxpayers.nitku, taxpayers.office_code, taxpayers.address, taxpayers.city, taxpayers.province,
                taxpayers.email, taxpayers.pkp_status, taxpayers.evidence_case, taxpayers.evidence_number,
                taxpayers.evidence_on, taxpayers.sppkp_number, taxpayers.sppkp_on, taxpayers.sppkp_office,
                taxpayers.revocation_number, taxpayers.revocation_on)
            is distinct from ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
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
        revocation.map(|paper| paper.number.as_str()),
        revocation.map(|paper| paper.on),
        source,
        now
    )
    .execute(&mut *conn)
    .await?;
    if written.rows_affected() == 0 {
        return Ok(Replaced { id, outcome: Imported::Unchanged, columns: Vec::new() });
    }
    let after = snapshot(conn, id).await?.ok_or(StoreError::Stale { table: "taxpayers" })?;
    let columns = differing(before.as_ref(), &after);
    let known = before.as_ref().is_some_and(|row| row["kind"] != "provisional");
    record_change(conn, id, by, before, &after, now).await?;
    let outcome = if known { Imported::Changed } else { Imported::Added };
    Ok(Replaced { id, outcome, columns })
}

/// The columns that say something else; those that every change writes are left out.
fn differing(before: Option<&serde_json::Value>, after: &serde_json::Value) -> Vec<String> {
    const ALWAYS: [&str; 4] = ["taxpayer_id", "source", "updated_at", "version"];
    let fields = after.as_object().into_iter().flatten();
    fields
        .filter(|(column, value)| {
            let old = before.and_then(|row| row.get(column.as_str())).unwrap_or(&serde_json::Value::Null);
            old != *value && !ALWAYS.contains(&column.as_str())
        })
        .map(|(column, _)| column.clone())
        .collect()
}

/// Who filed under this number before the registry knew it.
pub async fn provisional_under(
    conn: &mut PgConnection,
    canonical: &str,
) -> Result<Option<TaxpayerId>, StoreError> {
    let found = sqlx::query_scalar!(
        "select taxpayer_id from taxpayers where canonical = $1 and kind = 'provisional'",
        canonical
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.map(TaxpayerId))
}

struct EarlierRow {
    changed_at: DateTime<Utc>,
    source: String,
    office_code: Option<String>,
    pkp_status: Option<String>,
    address: Vec<String>,
}

/// The changes of a request's taxpayer since it was received, oldest first, with what stood there before each.
pub async fn changes_under(
    conn: &mut PgConnection,
    request: RequestId,
) -> Result<Vec<registry_change::Earlier>, StoreError> {
    let rows = sqlx::query_as!(
        EarlierRow,
        r#"select changed_at, coalesce(after ->> 'source', changed_by) as "source!", before ->> 'office_code' as office_code,
                  before ->> 'pkp_status' as pkp_status,
                  array[before ->> 'address', before ->> 'city', before ->> 'province'] as "address!: Vec<String>"
           from taxpayer_changes join requests using (taxpayer_id)
           where request_id = $1 and before is not null
           and case when taxpayer_version is null then changed_at > first_received_at
                    else (before ->> 'version')::integer >= taxpayer_version end
           order by change_id"#,
        request.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| registry_change::Earlier {
            at: row.changed_at,
            source: row.source,
            before: registry_change::Snapshot {
                office: row.office_code,
                status: row.pkp_status,
                address: one_line(&row.address),
            },
        })
        .collect())
}

/// The parts of an address in one line; nothing where there is none.
fn one_line<T: AsRef<str>>(parts: &[T]) -> Option<String> {
    let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
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
