//! Summaries of a morning: which were made, and what stands in them.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::{StoreError, error::Column};
use crate::domain::{
    ids::{MessageId, StaffId},
    names::Kind,
    office::OfficeCode,
    state::StateName,
    working_days::Threshold,
};

/// Whether a supervisor has their summary of that day for the offices of a zone.
pub async fn is_made(
    conn: &mut PgConnection,
    staff: StaffId,
    zone: chrono_tz::Tz,
    on: NaiveDate,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select exists(select from digests where staff_id = $1 and time_zone = $2 and day_on = $3) as "made!""#,
        staff.0,
        zone.name(),
        on
    )
    .fetch_one(conn)
    .await?)
}

/// Records the summary. `false`: another worker made it meanwhile.
pub async fn record(
    conn: &mut PgConnection,
    staff: StaffId,
    zone: chrono_tz::Tz,
    on: NaiveDate,
    message: MessageId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "insert into digests (staff_id, time_zone, day_on, message_id, made_at) values ($1, $2, $3, $4, $5)
         on conflict do nothing",
        staff.0,
        zone.name(),
        on,
        message.0,
        now
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// A running round whose limit is near or over.
#[derive(Debug, Clone)]
pub struct Due {
    pub office: OfficeCode,
    pub receipt_number: String,
    pub kind: Kind,
    pub state: StateName,
    pub officer: Option<String>,
    pub threshold: Threshold,
    pub due_on: NaiveDate,
}

/// What is overdue, due today or due tomorrow at these offices: the most urgent first, at most `limit`.
pub async fn due(
    conn: &mut PgConnection,
    offices: &[OfficeCode],
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Due>, StoreError> {
    let offices: Vec<String> = offices.iter().copied().map(String::from).collect();
    sqlx::query!(
        r#"select rounds.office_code, receipt_number, kind, state, staff.name as "officer?",
                  threshold_of(tomorrow_from, today_from, due_at, $2) as "threshold!", due_on as "due_on!"
           from requests join rounds using (request_id)
           left join staff on staff.staff_id = requests.officer_id
           where rounds.office_code = any($1) and rounds.number = round_number and rounds.ended_at is null
             and state in ('received', 'examining', 'drafted') and tomorrow_from <= $2
           order by due_at, round_id limit $3"#,
        &offices,
        now,
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        let at = |column| Column("rounds", column);
        Ok(Due {
            office: at("office_code").parse(&row.office_code)?,
            receipt_number: row.receipt_number,
            kind: Column("requests", "kind").parse(&row.kind)?,
            state: Column("requests", "state").parse(&row.state)?,
            officer: row.officer,
            threshold: Threshold::parse(&row.threshold).ok_or_else(|| at("due_at").wrong())?,
            due_on: row.due_on,
        })
    })
    .collect()
}
