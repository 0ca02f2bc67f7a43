//! Figures for supervisors.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::{StoreError, error::Column};
use crate::domain::{ids::StaffId, names::Kind, office::OfficeCode, working_days::Threshold};

/// How many open rounds are alike: same officer, kind and threshold.
#[derive(Debug, Clone)]
pub struct OpenRounds {
    /// `None`: nobody has it in hand.
    pub officer: Option<(StaffId, String)>,
    pub kind: Kind,
    /// `None`: waits for the calendar.
    pub threshold: Option<Threshold>,
    pub count: i64,
}

/// Rounds that the office ended.
#[derive(Debug, Clone, Copy)]
pub struct Closed {
    pub total: i64,
    pub on_time: i64,
    /// Had no due date.
    pub undated: i64,
}

/// Open rounds of offices, grouped. Every figure on open rounds is a sum over these.
pub async fn open_rounds(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
    now: DateTime<Utc>,
) -> Result<Vec<OpenRounds>, StoreError> {
    sqlx::query!(
        r#"select officer_id, staff.name as "name?", kind,
                  threshold_of(tomorrow_from, today_from, due_at, $2) as threshold, count(*) as "count!"
           from requests
           join rounds on rounds.request_id = requests.request_id and number = round_number
           left join staff on staff.staff_id = officer_id
           where requests.office_code = any($1) and rounds.ended_at is null
           group by 1, 2, 3, 4 order by staff.name nulls last, officer_id"#,
        &texts(offices),
        now
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(OpenRounds {
            officer: row.officer_id.map(StaffId).zip(row.name),
            kind: Column("requests", "kind").parse(&row.kind)?,
            threshold: row.threshold.as_deref().and_then(Threshold::parse),
            count: row.count,
        })
    })
    .collect()
}

/// Rounds that the office ended on one of these days, each in the zone of its office. A return counts: a
/// round that ended too late is a breach whatever came after. A withdrawal is the filer's.
pub async fn closed(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Closed, StoreError> {
    Ok(sqlx::query_as!(
        Closed,
        r#"select count(*) as "total!", count(*) filter (where timeliness_of(ended_at, due_at, breached) = 'on_time') as "on_time!",
                  count(*) filter (where due_at is null) as "undated!"
           from rounds
           where office_code = any($1) and ending in ('granted', 'refused', 'returned') and ended_on between $2 and $3"#,
        &texts(offices),
        from,
        until
    )
    .fetch_one(conn)
    .await?)
}

fn texts(offices: &[OfficeCode]) -> Vec<String> {
    offices.iter().map(ToString::to_string).collect()
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
