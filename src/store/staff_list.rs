//! Accounts of staff as operators look at them.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, error::Column};
use crate::domain::{
    ids::{DecreeDocumentId, StaffId},
    names::Role,
    office::OfficeCode,
};

/// An account in a list, as it stands today at its office.
#[derive(Debug, Clone)]
pub struct AccountRow {
    pub id: StaffId,
    pub username: String,
    pub name: String,
    pub office: Option<OfficeCode>,
    pub active: bool,
    pub roles: Vec<Role>,
    /// The number of the decree in force.
    pub decree: Option<String>,
    /// `Plh.` or `Plt.`
    pub acting: Option<String>,
}

struct Row {
    staff_id: Uuid,
    username: String,
    name: String,
    office_code: Option<String>,
    active: bool,
    roles: Vec<String>,
    decree: Option<String>,
    acting: Option<String>,
}

impl TryFrom<Row> for AccountRow {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let role = |role: &String| Column("staff_roles", "role").parse(role);
        Ok(Self {
            id: StaffId(row.staff_id),
            username: row.username,
            name: row.name,
            office: Column("staff", "office_code").parse_some(row.office_code.as_deref())?,
            active: row.active,
            roles: row.roles.iter().map(role).collect::<Result<_, StoreError>>()?,
            decree: row.decree,
            acting: row.acting,
        })
    }
}

/// Accounts by name, after the given one; those whose name, user name or NIP holds the words.
pub async fn list(
    conn: &mut PgConnection,
    office: Option<OfficeCode>,
    words: &str,
    after: Option<StaffId>,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<AccountRow>, StoreError> {
    let pattern = format!("%{}%", words.trim().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
    sqlx::query_as!(
        Row,
        r#"select staff_id, username, staff.name, office_code, active,
                  array(select role from staff_roles as held where held.staff_id = staff.staff_id order by role) as "roles!",
                  (select number from decrees
                   where decrees.staff_id = staff.staff_id and decrees.office_code = staff.office_code
                     and in_force_on <= day.today and (revoked_on is null or revoked_on > day.today)
                     and (until_on is null or until_on >= day.today)
                   order by in_force_on desc limit 1) as decree,
                  (select appointment.kind from acting_appointments as appointment
                   where appointment.staff_id = staff.staff_id and appointment.office_code = staff.office_code
                     and day.today between from_on and appointment.until_on
                   order by from_on desc limit 1) as acting
           from staff left join offices using (office_code)
           cross join lateral (select ($5::timestamptz at time zone coalesce(offices.time_zone, 'Asia/Jakarta'))::date as today) as day
           where ($1::text is null or office_code = $1)
             and staff.name || ' ' || username || ' ' || nip ilike $2
             and ($3::uuid is null or (staff.name, staff_id) > (select last.name, last.staff_id from staff as last where last.staff_id = $3))
           order by staff.name, staff_id limit $4"#,
        office.map(String::from),
        pattern,
        after.map(|id| id.0),
        limit,
        now
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(AccountRow::try_from)
    .collect()
}

/// A decree of a person, and how it stands today.
#[derive(Debug, Clone)]
pub struct DecreeRow {
    pub id: Uuid,
    pub number: String,
    pub dated_on: NaiveDate,
    pub in_force_on: NaiveDate,
    pub until_on: Option<NaiveDate>,
    pub revoked_on: Option<NaiveDate>,
    pub document: Option<DecreeDocumentId>,
    pub in_force: bool,
    pub has_scan: bool,
}

/// The decrees of a person, newest first.
pub async fn decrees(
    conn: &mut PgConnection,
    id: StaffId,
    now: DateTime<Utc>,
) -> Result<Vec<DecreeRow>, StoreError> {
    Ok(sqlx::query!(
        r#"select decree_id, number, dated_on, in_force_on, until_on, revoked_on, decree_document_id,
                  in_force_on <= day.today and (revoked_on is null or revoked_on > day.today)
                      and (until_on is null or until_on >= day.today) as "in_force!",
                  exists(select from decree_scans as scan
                         where scan.decree_id = decrees.decree_id
                            or scan.decree_document_id = decrees.decree_document_id) as "has_scan!"
           from decrees join offices using (office_code)
           cross join lateral (select ($2::timestamptz at time zone offices.time_zone)::date as today) as day
           where staff_id = $1 order by in_force_on desc, decree_id"#,
        id.0,
        now
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| DecreeRow {
        id: row.decree_id,
        number: row.number,
        dated_on: row.dated_on,
        in_force_on: row.in_force_on,
        until_on: row.until_on,
        revoked_on: row.revoked_on,
        document: row.decree_document_id.map(DecreeDocumentId),
        in_force: row.in_force,
        has_scan: row.has_scan,
    })
    .collect())
}

/// Days on which somebody acts as section head.
#[derive(Debug, Clone)]
pub struct ActingRow {
    pub kind: String,
    pub from_on: NaiveDate,
    pub until_on: NaiveDate,
}

/// The appointments of a person as Plh. or Plt., newest first; at most fifty.
pub async fn acting(conn: &mut PgConnection, id: StaffId) -> Result<Vec<ActingRow>, StoreError> {
    Ok(sqlx::query_as!(
        ActingRow,
        "select kind, from_on, until_on from acting_appointments where staff_id = $1 order by from_on desc limit 50",
        id.0
    )
    .fetch_all(conn)
    .await?)
}

/// An active special officer of an office.
#[derive(Debug, Clone, serde::Serialize)]
pub struct SpecialOfficerRow {
    pub staff_id: StaffId,
    pub name: String,
    pub nip: String,
}

/// The active special officers of an office, by name.
pub async fn special_officers(
    conn: &mut PgConnection,
    office: OfficeCode,
) -> Result<Vec<SpecialOfficerRow>, StoreError> {
    let rows = sqlx::query!(
        "select staff_id, name, nip from staff
         where office_code = $1 and active
           and exists (select from staff_roles as held where held.staff_id = staff.staff_id and held.role = 'special_officer')
         order by name, staff_id",
        office.as_str()
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| SpecialOfficerRow { staff_id: StaffId(row.staff_id), name: row.name, nip: row.nip })
        .collect())
}
