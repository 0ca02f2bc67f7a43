//! Reports of months: which were made, and what was signed.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, error::Column};
use crate::domain::{
    figures::Month,
    ids::{ReportId, StaffId},
    office::OfficeCode,
};

/// A report as the list shows it.
#[derive(Debug, Clone)]
pub struct ReportRow {
    pub id: ReportId,
    pub office: OfficeCode,
    pub month: Month,
    pub made_at: DateTime<Utc>,
    /// None: by the service.
    pub made_by: Option<String>,
    pub signed: Option<SignedRow>,
}

/// What is kept of a signature, without the file.
#[derive(Debug, Clone)]
pub struct SignedRow {
    pub at: DateTime<Utc>,
    /// Name and position as printed.
    pub signatory: String,
    pub computed_at: DateTime<Utc>,
    pub figures: Value,
    /// What the paper was made from.
    pub data: Value,
    pub template_version: i32,
    pub digest: Vec<u8>,
    pub sha256: Vec<u8>,
    pub pages: i32,
    pub certificate_name: Option<String>,
}

/// What a signature freezes.
#[derive(Debug)]
pub struct Frozen {
    pub by: StaffId,
    pub signatory: String,
    pub figures: Value,
    pub data: Value,
    pub computed_at: DateTime<Utc>,
    pub digest: Vec<u8>,
    pub template_version: i32,
    pub sealed: Vec<u8>,
    pub sha256: Vec<u8>,
    pub pages: i32,
    pub renderer_version: String,
    pub certificate_name: Option<String>,
}

/// Makes the report of a month. `false`: there is one already.
pub async fn insert(
    conn: &mut PgConnection,
    id: ReportId,
    office: OfficeCode,
    month: Month,
    by: Option<StaffId>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "insert into monthly_reports (report_id, office_code, month_on, made_at, made_by) values ($1, $2, $3, $4, $5)
         on conflict (office_code, month_on) do nothing",
        id.0,
        office.as_str(),
        month.first(),
        now,
        by.map(|id| id.0)
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// The last month of each office that has a report.
pub async fn last_months(conn: &mut PgConnection) -> Result<Vec<(OfficeCode, Month)>, StoreError> {
    sqlx::query!(
        r#"select office_code, max(month_on) as "month_on!" from monthly_reports group by office_code"#
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        let office = Column("monthly_reports", "office_code").parse(&row.office_code)?;
        Ok((office, Month::of(row.month_on)))
    })
    .collect()
}

struct Row {
    report_id: Uuid,
    office_code: String,
    month_on: NaiveDate,
    made_at: DateTime<Utc>,
    made_by: Option<String>,
    signed_at: Option<DateTime<Utc>>,
    signatory: Option<String>,
    computed_at: Option<DateTime<Utc>>,
    figures: Option<Value>,
    data: Option<Value>,
    template_version: Option<i32>,
    digest: Option<Vec<u8>>,
    sha256: Option<Vec<u8>>,
    pages: Option<i32>,
    certificate_name: Option<String>,
}

impl TryFrom<Row> for ReportRow {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let at = |column| Column("monthly_reports", column);
        let signed = match row.signed_at {
            None => None,
            Some(signed_at) => Some(SignedRow {
                at: signed_at,
                signatory: row.signatory.ok_or_else(|| at("signatory").wrong())?,
                computed_at: row.computed_at.ok_or_else(|| at("computed_at").wrong())?,
                figures: row.figures.ok_or_else(|| at("figures").wrong())?,
                data: row.data.ok_or_else(|| at("data").wrong())?,
                template_version: row.template_version.ok_or_else(|| at("template_version").wrong())?,
                digest: row.digest.ok_or_else(|| at("digest").wrong())?,
                sha256: row.sha256.ok_or_else(|| at("sha256").wrong())?,
                pages: row.pages.ok_or_else(|| at("pages").wrong())?,
                certificate_name: row.certificate_name,
            }),
        };
        Ok(Self {
            id: ReportId(row.report_id),
            office: at("office_code").parse(&row.office_code)?,
            month: Month::of(row.month_on),
            made_at: row.made_at,
            made_by: row.made_by,
            signed,
        })
    }
}

pub async fn find(
    conn: &mut PgConnection,
    office: OfficeCode,
    month: Month,
) -> Result<Option<ReportRow>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"select report_id, monthly_reports.office_code, month_on, made_at, staff.name as "made_by?", signed_at, signatory,
                  computed_at, figures, data, template_version, digest, sha256, pages, certificate_name
           from monthly_reports left join staff on staff_id = made_by
           where monthly_reports.office_code = $1 and month_on = $2"#,
        office.as_str(),
        month.first()
    )
    .fetch_optional(conn)
    .await?
    .map(ReportRow::try_from)
    .transpose()
}

/// The reports of an office, the latest first; those before a month.
pub async fn list(
    conn: &mut PgConnection,
    office: OfficeCode,
    before: Option<NaiveDate>,
    limit: i64,
) -> Result<Vec<ReportRow>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"select report_id, monthly_reports.office_code, month_on, made_at, staff.name as "made_by?", signed_at, signatory,
                  computed_at, figures, data, template_version, digest, sha256, pages, certificate_name
           from monthly_reports left join staff on staff_id = made_by
           where monthly_reports.office_code = $1 and ($2::date is null or month_on < $2)
           order by month_on desc limit $3"#,
        office.as_str(),
        before,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(ReportRow::try_from)
    .collect()
}

/// Keeps what was signed. `false`: somebody else signed before.
pub async fn freeze(
    conn: &mut PgConnection,
    id: ReportId,
    frozen: &Frozen,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "update monthly_reports
         set signed_at = $2, signed_by = $3, signatory = $4, figures = $5, data = $6, computed_at = $7, digest = $8,
             template_version = $9, sealed = $10, sha256 = $11, pages = $12, renderer_version = $13, certificate_name = $14
         where report_id = $1 and signed_at is null",
        id.0,
        now,
        frozen.by.0,
        frozen.signatory,
        frozen.figures,
        frozen.data,
        frozen.computed_at,
        frozen.digest,
        frozen.template_version,
        frozen.sealed,
        frozen.sha256,
        frozen.pages,
        frozen.renderer_version,
        frozen.certificate_name
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// The sealed file of a signed report.
pub async fn file(conn: &mut PgConnection, id: ReportId) -> Result<Option<(Vec<u8>, Vec<u8>)>, StoreError> {
    let row = sqlx::query!(
        r#"select sealed as "sealed!", sha256 as "sha256!" from monthly_reports
           where report_id = $1 and signed_at is not null"#,
        id.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.sealed, row.sha256)))
}

/// A letter that was issued late in a month.
#[derive(Debug, Clone)]
pub struct LateLetter {
    pub receipt_number: String,
    pub due_on: Option<NaiveDate>,
    pub ended_on: NaiveDate,
    /// In the words of the list; none for what was signed before there was one.
    pub cause: Option<String>,
}

/// The letters that were issued late on days of an office, by the clock of the office.
pub async fn late_letters(
    conn: &mut PgConnection,
    office: OfficeCode,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<LateLetter>, StoreError> {
    Ok(sqlx::query_as!(
        LateLetter,
        r#"select receipt_number, due_on, ended_on as "ended_on!", label_id as "cause?"
           from rounds left join overdue_causes on code = overdue_cause_code
           where office_code = $1 and ended_on between $2 and $3 and ending in ('granted', 'refused') and breached
           order by ended_on, receipt_number"#,
        office.as_str(),
        from,
        until
    )
    .fetch_all(conn)
    .await?)
}
