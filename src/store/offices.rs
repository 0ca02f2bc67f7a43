//! Offices and their settings.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{
    StoreError,
    error::{Column, one_row},
};
use crate::domain::{
    names::{Delivery, OfficePaper, PasswordDelivery},
    office::OfficeCode,
};

/// A row of `offices`.
#[derive(Debug, Clone)]
pub struct OfficeRow {
    pub code: OfficeCode,
    pub name: String,
    pub kanwil: String,
    pub city: String,
    pub province: String,
    pub zone: chrono_tz::Tz,
    pub kind: String,
    pub address: Option<String>,
    pub phone: Option<String>,
    pub fax: Option<String>,
    pub password_delivery: PasswordDelivery,
    pub letter_delivery: Delivery,
    pub signatory_title: String,
    pub signs_on_behalf: bool,
    pub drafting_code: String,
    /// Names the row of `emblems`; none: a placeholder is drawn.
    pub emblem: Option<Vec<u8>>,
    pub paper: OfficePaper,
    pub version: i32,
}

struct Row {
    office_code: String,
    name: String,
    kanwil: String,
    city: String,
    province: String,
    time_zone: String,
    kind: String,
    address: Option<String>,
    phone: Option<String>,
    fax: Option<String>,
    password_delivery: String,
    letter_delivery: String,
    signatory_title: String,
    signs_on_behalf: bool,
    drafting_code: String,
    emblem_sha256: Option<Vec<u8>>,
    paper: String,
    version: i32,
}

impl TryFrom<Row> for OfficeRow {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let at = |column| Column("offices", column);
        Ok(Self {
            code: at("office_code").parse(&row.office_code)?,
            name: row.name,
            kanwil: row.kanwil,
            city: row.city,
            province: row.province,
            zone: at("time_zone").parse(&row.time_zone)?,
            kind: row.kind,
            address: row.address,
            phone: row.phone,
            fax: row.fax,
            password_delivery: at("password_delivery").parse(&row.password_delivery)?,
            letter_delivery: at("letter_delivery").parse(&row.letter_delivery)?,
            signatory_title: row.signatory_title,
            signs_on_behalf: row.signs_on_behalf,
            drafting_code: row.drafting_code,
            emblem: row.emblem_sha256,
            paper: at("paper").parse(&row.paper)?,
            version: row.version,
        })
    }
}

pub async fn find(conn: &mut PgConnection, code: OfficeCode) -> Result<Option<OfficeRow>, StoreError> {
    sqlx::query_as!(
        Row,
        "select office_code, name, kanwil, city, province, time_zone, kind, address, phone, fax, password_delivery,
                letter_delivery, signatory_title, signs_on_behalf, drafting_code, emblem_sha256, paper, version
         from offices where office_code = $1",
        code.as_str()
    )
    .fetch_optional(conn)
    .await?
    .map(OfficeRow::try_from)
    .transpose()
}

/// Offices whose code, name, Kanwil or city holds the words; all of them for an empty text.
pub async fn list(conn: &mut PgConnection, words: &str) -> Result<Vec<OfficeRow>, StoreError> {
    let pattern = format!("%{}%", words.trim().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
    sqlx::query_as!(
        Row,
        "select office_code, name, kanwil, city, province, time_zone, kind, address, phone, fax, password_delivery,
                letter_delivery, signatory_title, signs_on_behalf, drafting_code, emblem_sha256, paper, version
         from offices
         where office_code || ' ' || name || ' ' || kanwil || ' ' || city ilike $1
         order by office_code",
        pattern
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(OfficeRow::try_from)
    .collect()
}

/// What an operator may change of an office.
#[derive(Debug, Clone)]
pub struct OfficeSettings {
    pub address: Option<String>,
    pub phone: Option<String>,
    pub fax: Option<String>,
    pub password_delivery: PasswordDelivery,
    pub letter_delivery: Delivery,
    pub signatory_title: String,
    pub signs_on_behalf: bool,
    pub drafting_code: String,
}

/// Saves settings when nobody else changed them since `version`.
pub async fn save_settings(
    conn: &mut PgConnection,
    code: OfficeCode,
    version: i32,
    settings: &OfficeSettings,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update offices
         set address = $3, phone = $4, fax = $5, password_delivery = $6, letter_delivery = $7, signatory_title = $8,
             signs_on_behalf = $9, drafting_code = $10, updated_at = $11, version = version + 1
         where office_code = $1 and version = $2",
        code.as_str(),
        version,
        settings.address,
        settings.phone,
        settings.fax,
        settings.password_delivery.as_str(),
        settings.letter_delivery.as_str(),
        settings.signatory_title,
        settings.signs_on_behalf,
        settings.drafting_code,
        now
    )
    .execute(conn)
    .await?;
    one_row("offices", written.rows_affected())
}

/// An office as an import brings it.
#[derive(Debug, Clone)]
pub struct ImportedOffice {
    pub code: OfficeCode,
    pub name: String,
    pub kanwil: String,
    pub city: String,
    pub province: String,
    pub zone: chrono_tz::Tz,
    pub kind: String,
    pub address: Option<String>,
    pub phone: Option<String>,
    pub confidence: String,
    pub former_name: Option<String>,
}

/// Adds or renews an office. Address and phone that an operator entered stay. `true` when something changed.
pub async fn import(
    conn: &mut PgConnection,
    office: &ImportedOffice,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "insert into offices (office_code, name, kanwil, city, province, time_zone, kind, address, phone, confidence,
                              former_name, drafting_code, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'KPP.' || $1 || '/KPP.' || $1 || '02', $12)
         on conflict (office_code) do update
         set name = $2, kanwil = $3, city = $4, province = $5, time_zone = $6, kind = $7,
             address = coalesce(offices.address, $8), phone = coalesce(offices.phone, $9), confidence = $10,
             former_name = $11, updated_at = $12
         where (offices.name, offices.kanwil, offices.city, offices.province, offices.time_zone, offices.kind,
                offices.address, offices.phone, offices.confidence, offices.former_name)
            is distinct from ($2, $3, $4, $5, $6, $7, coalesce(offices.address, $8), coalesce(offices.phone, $9), $10, $11)",
        office.code.as_str(),
        office.name,
        office.kanwil,
        office.city,
        office.province,
        office.zone.name(),
        office.kind,
        office.address,
        office.phone,
        office.confidence,
        office.former_name,
        now
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected() == 1)
}
