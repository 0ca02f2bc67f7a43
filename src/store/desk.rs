//! What the screen of officers remembers: checks, notes, who has a request open, saved views of the queue.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, error::Column};
use crate::domain::{
    checklist::{Item, Mark},
    ids::{RequestId, StaffId},
    office::OfficeCode,
};

/// An item of the checklist as it was judged.
#[derive(Debug, Clone)]
pub struct Check {
    pub item: Item,
    pub mark: Mark,
    pub by: StaffId,
    pub at: DateTime<Utc>,
}

pub async fn checks(
    conn: &mut PgConnection,
    request: RequestId,
    round_number: i32,
) -> Result<Vec<Check>, StoreError> {
    sqlx::query!(
        "select item, mark, marked_by, marked_at from checks where request_id = $1 and round_number = $2",
        request.0,
        round_number
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(Check {
            item: Column("checks", "item").parse(&row.item)?,
            mark: Column("checks", "mark").parse(&row.mark)?,
            by: StaffId(row.marked_by),
            at: row.marked_at,
        })
    })
    .collect()
}

/// Keeps how an item was judged; the last judgement counts.
pub async fn mark(
    conn: &mut PgConnection,
    request: RequestId,
    round_number: i32,
    check: &Check,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into checks (request_id, round_number, item, mark, marked_by, marked_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (request_id, round_number, item) do update set mark = $4, marked_by = $5, marked_at = $6",
        request.0,
        round_number,
        check.item.as_str(),
        check.mark.as_str(),
        check.by.0,
        check.at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A note of the office.
#[derive(Debug, Clone)]
pub struct Note {
    pub text: String,
    pub by: String,
    pub at: DateTime<Utc>,
}

/// The latest notes first, at most 100.
pub async fn notes(conn: &mut PgConnection, request: RequestId) -> Result<Vec<Note>, StoreError> {
    Ok(sqlx::query_as!(
        Note,
        "select text, name as by, written_at as at from notes join staff on staff_id = written_by
         where request_id = $1 order by written_at desc, note_id desc limit 100",
        request.0
    )
    .fetch_all(conn)
    .await?)
}

pub async fn insert_note(
    conn: &mut PgConnection,
    request: RequestId,
    text: &str,
    by: StaffId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into notes (note_id, request_id, text, written_by, written_at) values ($1, $2, $3, $4, $5)",
        Uuid::now_v7(),
        request.0,
        text,
        by.0,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that somebody has a request open, and says who else had it since.
pub async fn meet(
    conn: &mut PgConnection,
    request: RequestId,
    staff: StaffId,
    now: DateTime<Utc>,
    since: DateTime<Utc>,
) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        "with mine as (
             insert into presences (request_id, staff_id, seen_at) values ($1, $2, $3)
             on conflict (request_id, staff_id) do update set seen_at = $3)
         select name from presences join staff using (staff_id)
         where request_id = $1 and staff_id <> $2 and seen_at > $4 order by name limit 10",
        request.0,
        staff.0,
        now,
        since
    )
    .fetch_all(conn)
    .await?)
}

/// Filters of the queue under a name.
#[derive(Debug, Clone)]
pub struct SavedView {
    pub id: Uuid,
    pub name: String,
    pub query: String,
}

/// Those of a person by name, at most 30.
pub async fn views(conn: &mut PgConnection, staff: StaffId) -> Result<Vec<SavedView>, StoreError> {
    Ok(sqlx::query_as!(
        SavedView,
        "select view_id as id, name, query from saved_views where staff_id = $1 order by lower(name) limit 30",
        staff.0
    )
    .fetch_all(conn)
    .await?)
}

/// Keeps a view. `false`: this person has one of that name.
pub async fn insert_view(
    conn: &mut PgConnection,
    staff: StaffId,
    view: &SavedView,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "insert into saved_views (view_id, staff_id, name, query, saved_at) values ($1, $2, $3, $4, $5)
         on conflict (staff_id, lower(name)) do nothing",
        view.id,
        staff.0,
        view.name,
        view.query,
        at
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// `false`: this person has no such view.
pub async fn delete_view(conn: &mut PgConnection, staff: StaffId, id: Uuid) -> Result<bool, StoreError> {
    let done = sqlx::query!("delete from saved_views where view_id = $1 and staff_id = $2", id, staff.0)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// An officer who may be given requests.
#[derive(Debug, Clone)]
pub struct Officer {
    pub id: StaffId,
    pub name: String,
}

/// The officers of an office with a decree in force on a day, by name.
pub async fn officers(
    conn: &mut PgConnection,
    office: OfficeCode,
    on: NaiveDate,
) -> Result<Vec<Officer>, StoreError> {
    Ok(sqlx::query!(
        "select staff_id, name from staff join staff_roles using (staff_id)
         where active and office_code = $1 and role = 'special_officer'
           and not exists (select from staff_roles other where other.staff_id = staff.staff_id and other.role = 'operator')
           and exists (select from decrees where decrees.staff_id = staff.staff_id and decrees.office_code = $1
                       and in_force_on <= $2 and (revoked_on is null or revoked_on > $2)
                       and (until_on is null or until_on >= $2))
         order by name limit 200",
        office.as_str(),
        on
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| Officer { id: StaffId(row.staff_id), name: row.name })
    .collect())
}

/// Deletes presences from before an instant.
pub async fn delete_presences(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(sqlx::query!("delete from presences where seen_at < $1", before).execute(conn).await?.rows_affected())
}
