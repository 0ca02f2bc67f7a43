//! Figures for supervisors.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use crate::domain::office::OfficeCode;

/// Open load of one officer; `None`: nobody has it in hand.
#[derive(Debug, Clone)]
pub struct OfficerLoad {
    pub officer: Option<Uuid>,
    pub name: Option<String>,
    pub open: i64,
    pub overdue: i64,
    pub due_today: i64,
}

/// Rounds that ended by a letter.
#[derive(Debug, Clone, Copy)]
pub struct Closed {
    pub total: i64,
    pub on_time: i64,
}

pub async fn by_officer(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
    now: DateTime<Utc>,
) -> Result<Vec<OfficerLoad>, StoreError> {
    let offices: Vec<String> = offices.iter().map(ToString::to_string).collect();
    Ok(sqlx::query_as!(
        OfficerLoad,
        r#"select officer_id as "officer?", staff.name as "name?", count(*) as "open!",
                  count(*) filter (where due_at <= $2) as "overdue!",
                  count(*) filter (where today_from <= $2 and due_at > $2) as "due_today!"
           from requests
           join rounds on rounds.request_id = requests.request_id and number = round_number
           left join staff on staff.staff_id = officer_id
           where requests.office_code = any($1) and state in ('received', 'examining', 'drafted')
           group by officer_id, staff.name order by staff.name nulls first, officer_id"#,
        &offices,
        now
    )
    .fetch_all(conn)
    .await?)
}

/// Rounds that ended with a letter in a period.
pub async fn closed(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Closed, StoreError> {
    let offices: Vec<String> = offices.iter().map(ToString::to_string).collect();
    Ok(sqlx::query_as!(
        Closed,
        r#"select count(*) as "total!", count(*) filter (where not breached) as "on_time!"
           from rounds
           where office_code = any($1) and ended_at >= $2 and ended_at < $3 and ending in ('granted', 'refused')"#,
        &offices,
        from,
        until
    )
    .fetch_all(conn)
    .await?
    .pop()
    .unwrap_or(Closed { total: 0, on_time: 0 }))
}

/// Offices of a Kanwil.
pub async fn offices_of_kanwil(conn: &mut PgConnection, kanwil: &str) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!("select office_code from offices where kanwil = $1 order by office_code", kanwil)
        .fetch_all(conn)
        .await?)
}

pub async fn all_offices(conn: &mut PgConnection) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!("select office_code from offices order by office_code").fetch_all(conn).await?)
}
