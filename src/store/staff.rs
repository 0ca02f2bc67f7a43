//! Staff: accounts, roles, decrees, acting appointments.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    error::{Column, one_row},
};
use crate::domain::{
    ids::{DecreeDocumentId, StaffId},
    names::{Role, Scope},
    office::OfficeCode,
};

/// An account of a member of staff.
#[derive(Debug, Clone)]
pub struct Staff {
    pub id: StaffId,
    pub username: String,
    pub name: String,
    pub nip: String,
    pub office: Option<OfficeCode>,
    pub kanwil: Option<String>,
    pub active: bool,
    pub demo: bool,
}

struct Row {
    staff_id: Uuid,
    username: String,
    name: String,
    nip: String,
    office_code: Option<String>,
    kanwil: Option<String>,
    active: bool,
    demo: bool,
}

impl TryFrom<Row> for Staff {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: StaffId(row.staff_id),
            username: row.username,
            name: row.name,
            nip: row.nip,
            office: Column("staff", "office_code").parse_some(row.office_code.as_deref())?,
            kanwil: row.kanwil,
            active: row.active,
            demo: row.demo,
        })
    }
}

pub async fn find(conn: &mut PgConnection, id: StaffId) -> Result<Option<Staff>, StoreError> {
    sqlx::query_as!(
        Row,
        "select staff_id, username, name, nip, office_code, kanwil, active, demo from staff where staff_id = $1",
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(Staff::try_from)
    .transpose()
}

/// An account with the hash of its password, for signing in.
pub async fn find_by_username(
    conn: &mut PgConnection,
    username: &str,
) -> Result<Option<(Staff, String)>, StoreError> {
    sqlx::query!(
        "select staff_id, username, name, nip, office_code, kanwil, active, demo, password_hash
         from staff where username = $1",
        username
    )
    .fetch_optional(conn)
    .await?
    .map(|row| {
        let hash = row.password_hash;
        Row {
            staff_id: row.staff_id,
            username: row.username,
            name: row.name,
            nip: row.nip,
            office_code: row.office_code,
            kanwil: row.kanwil,
            active: row.active,
            demo: row.demo,
        }
        .try_into()
        .map(|staff| (staff, hash))
    })
    .transpose()
}

/// Accounts of an office, or all of them.
pub async fn list(conn: &mut PgConnection, office: Option<OfficeCode>) -> Result<Vec<Staff>, StoreError> {
    sqlx::query_as!(
        Row,
        "select staff_id, username, name, nip, office_code, kanwil, active, demo from staff
         where $1::text is null or office_code = $1 order by name, staff_id",
        office.map(String::from)
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Staff::try_from)
    .collect()
}

pub async fn roles(conn: &mut PgConnection, id: StaffId) -> Result<Vec<(Role, Scope)>, StoreError> {
    sqlx::query!("select role, scope from staff_roles where staff_id = $1 order by role", id.0)
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(|row| {
            Ok((
                Column("staff_roles", "role").parse(&row.role)?,
                Column("staff_roles", "scope").parse(&row.scope)?,
            ))
        })
        .collect()
}

/// A decree that appoints a special officer.
#[derive(Debug, Clone)]
pub struct Decree {
    pub id: Uuid,
    pub staff: StaffId,
    pub office: OfficeCode,
    pub number: String,
    pub dated_on: NaiveDate,
    pub in_force_on: NaiveDate,
    /// The last day that the decree names.
    pub until_on: Option<NaiveDate>,
    pub revoked_on: Option<NaiveDate>,
    /// The paper, when it was made here.
    pub document: Option<DecreeDocumentId>,
}

/// The decree in force for this person at this office on this day.
pub async fn decree_in_force(
    conn: &mut PgConnection,
    id: StaffId,
    office: OfficeCode,
    on: NaiveDate,
) -> Result<Option<Decree>, StoreError> {
    Ok(sqlx::query!(
        "select decree_id, number, dated_on, in_force_on, until_on, revoked_on, decree_document_id from decrees
         where staff_id = $1 and office_code = $2 and in_force_on <= $3 and (revoked_on is null or revoked_on > $3)
           and (until_on is null or until_on >= $3)
         order by in_force_on desc limit 1",
        id.0,
        office.as_str(),
        on
    )
    .fetch_optional(conn)
    .await?
    .map(|row| Decree {
        id: row.decree_id,
        staff: id,
        office,
        number: row.number,
        dated_on: row.dated_on,
        in_force_on: row.in_force_on,
        until_on: row.until_on,
        revoked_on: row.revoked_on,
        document: row.decree_document_id.map(DecreeDocumentId),
    }))
}

pub struct NewStaff<'a> {
    pub id: StaffId,
    pub username: &'a str,
    pub name: &'a str,
    pub nip: &'a str,
    pub office: Option<OfficeCode>,
    pub kanwil: Option<&'a str>,
    pub password_hash: &'a str,
    pub demo: bool,
}

pub async fn insert(
    conn: &mut PgConnection,
    new: &NewStaff<'_>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into staff (staff_id, username, name, nip, office_code, kanwil, password_hash, demo, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.id.0,
        new.username,
        new.name,
        new.nip,
        new.office.map(String::from),
        new.kanwil,
        new.password_hash,
        new.demo,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn set_password(conn: &mut PgConnection, id: StaffId, hash: &str) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update staff set password_hash = $2, version = version + 1 where staff_id = $1",
        id.0,
        hash
    )
    .execute(conn)
    .await?;
    one_row("staff", written.rows_affected())
}

pub async fn set_active(conn: &mut PgConnection, id: StaffId, active: bool) -> Result<(), StoreError> {
    let written =
        sqlx::query!("update staff set active = $2, version = version + 1 where staff_id = $1", id.0, active)
            .execute(conn)
            .await?;
    one_row("staff", written.rows_affected())
}

pub async fn grant_role(
    conn: &mut PgConnection,
    id: StaffId,
    role: Role,
    scope: Scope,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into staff_roles (staff_id, role, scope) values ($1, $2, $3)
         on conflict (staff_id, role) do update set scope = $3",
        id.0,
        role.as_str(),
        scope.as_str()
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn insert_decree(
    conn: &mut PgConnection,
    decree: &Decree,
    by: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into decrees (decree_id, staff_id, office_code, number, dated_on, in_force_on, recorded_at, recorded_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        decree.id,
        decree.staff.0,
        decree.office.as_str(),
        decree.number,
        decree.dated_on,
        decree.in_force_on,
        now,
        by
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn find_decree(conn: &mut PgConnection, id: Uuid) -> Result<Option<Decree>, StoreError> {
    sqlx::query!(
        "select staff_id, office_code, number, dated_on, in_force_on, until_on, revoked_on, decree_document_id from decrees where decree_id = $1 for update",
        id
    )
    .fetch_optional(conn)
    .await?
    .map(|row| {
        Ok(Decree {
            id,
            staff: StaffId(row.staff_id),
            office: Column("decrees", "office_code").parse(&row.office_code)?,
            number: row.number,
            dated_on: row.dated_on,
            in_force_on: row.in_force_on,
            until_on: row.until_on,
            revoked_on: row.revoked_on,
            document: row.decree_document_id.map(DecreeDocumentId),
        })
    })
    .transpose()
}

pub async fn revoke_decree(conn: &mut PgConnection, id: Uuid, on: NaiveDate) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update decrees set revoked_on = $2 where decree_id = $1 and revoked_on is null and in_force_on <= $2",
        id,
        on
    )
    .execute(conn)
    .await?;
    one_row("decrees", written.rows_affected())
}

/// Days on which somebody acts as section head.
#[derive(Debug, Clone)]
pub struct NewActing<'a> {
    pub staff: StaffId,
    pub office: OfficeCode,
    pub kind: &'a str,
    pub from_on: NaiveDate,
    pub until_on: NaiveDate,
}

pub async fn insert_acting(
    conn: &mut PgConnection,
    new: &NewActing<'_>,
    by: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into acting_appointments (acting_id, staff_id, office_code, kind, from_on, until_on, recorded_at, recorded_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        Uuid::now_v7(),
        new.staff.0,
        new.office.as_str(),
        new.kind,
        new.from_on,
        new.until_on,
        now,
        by
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether any demo account exists: `serve` refuses them when its public URL is not loopback.
pub async fn any_demo(conn: &mut PgConnection) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(r#"select exists(select from staff where demo and active) as "any!""#)
        .fetch_one(conn)
        .await?)
}

/// Days of an appointment as Plh. or Plt.
#[derive(Debug, Clone)]
pub struct ActingDays {
    pub kind: String,
    pub office: OfficeCode,
    pub from_on: NaiveDate,
    pub until_on: NaiveDate,
}

/// The appointment that covers this day.
pub async fn acting_days(
    conn: &mut PgConnection,
    id: StaffId,
    office: OfficeCode,
    on: NaiveDate,
) -> Result<Option<ActingDays>, StoreError> {
    Ok(sqlx::query!(
        "select kind, from_on, until_on from acting_appointments
         where staff_id = $1 and office_code = $2 and $3 between from_on and until_on order by from_on desc limit 1",
        id.0,
        office.as_str(),
        on
    )
    .fetch_optional(conn)
    .await?
    .map(|row| ActingDays { kind: row.kind, office, from_on: row.from_on, until_on: row.until_on }))
}

/// Accounts of an office, or all of them, by name; those after the given one, at most `limit`.
pub async fn list_page(
    conn: &mut PgConnection,
    office: Option<OfficeCode>,
    after: Option<(String, StaffId)>,
    limit: i64,
) -> Result<Vec<Staff>, StoreError> {
    let (name, id) = after.map_or((None, None), |(name, id)| (Some(name), Some(id.0)));
    sqlx::query_as!(
        Row,
        "select staff_id, username, name, nip, office_code, kanwil, active, demo from staff
         where ($1::text is null or office_code = $1) and ($2::text is null or (name, staff_id) > ($2, $3::uuid))
         order by name, staff_id limit $4",
        office.map(String::from),
        name,
        id,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Staff::try_from)
    .collect()
}

/// The decrees of a person, oldest first.
pub async fn decrees(conn: &mut PgConnection, id: StaffId) -> Result<Vec<Decree>, StoreError> {
    sqlx::query!(
        "select decree_id, office_code, number, dated_on, in_force_on, until_on, revoked_on, decree_document_id from decrees
         where staff_id = $1 order by in_force_on, decree_id",
        id.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(Decree {
            id: row.decree_id,
            staff: id,
            office: Column("decrees", "office_code").parse(&row.office_code)?,
            number: row.number,
            dated_on: row.dated_on,
            in_force_on: row.in_force_on,
            until_on: row.until_on,
            revoked_on: row.revoked_on,
            document: row.decree_document_id.map(DecreeDocumentId),
        })
    })
    .collect()
}

/// Names of members of staff, also of those who left.
pub async fn names(conn: &mut PgConnection, ids: &[StaffId]) -> Result<HashMap<StaffId, String>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    Ok(sqlx::query!("select staff_id, name from staff where staff_id = any($1)", &ids)
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(|row| (StaffId(row.staff_id), row.name))
        .collect())
}

/// The version of an account, for who changes what somebody else may change.
pub async fn version(conn: &mut PgConnection, id: StaffId) -> Result<i32, StoreError> {
    Ok(sqlx::query_scalar!("select version from staff where staff_id = $1", id.0).fetch_one(conn).await?)
}

/// Marks an account as changed when nobody else changed it since `version`.
pub async fn touch(conn: &mut PgConnection, id: StaffId, version: i32) -> Result<(), StoreError> {
    let written = sqlx::query!(
        "update staff set version = version + 1 where staff_id = $1 and version = $2",
        id.0,
        version
    )
    .execute(conn)
    .await?;
    one_row("staff", written.rows_affected())
}

pub async fn revoke_roles(conn: &mut PgConnection, id: StaffId) -> Result<(), StoreError> {
    sqlx::query!("delete from staff_roles where staff_id = $1", id.0).execute(conn).await?;
    Ok(())
}
