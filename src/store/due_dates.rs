//! Stored due dates with what they were computed from, for their proof.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::{StoreError, error::Column, rounds};
use crate::domain::{ids::RoundId, office::OfficeCode, request::Round};

/// A round with what the log says of its due date.
#[derive(Debug, Clone)]
pub struct KeptDueDate {
    pub round: Round,
    /// When the version of the calendar came that the due date was computed with.
    pub version_came_at: Option<DateTime<Utc>>,
    /// Where the last logged change moved it to; `None`: it never moved.
    pub moved_to: Option<NaiveDate>,
}

/// Everything that this transaction reads is of one moment, and it writes nothing. Its first statement.
pub async fn look_at_one_moment(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!("set transaction isolation level repeatable read, read only").execute(conn).await?;
    Ok(())
}

pub async fn count(conn: &mut PgConnection, office: Option<OfficeCode>) -> Result<u64, StoreError> {
    let counted = sqlx::query_scalar!(
        r#"select count(*) as "count!" from rounds where $1::text is null or office_code = $1"#,
        office.map(String::from)
    )
    .fetch_one(conn)
    .await?;
    Column("rounds", "count").convert(counted)
}

/// The rounds after the given one in the order in which they were opened, at most `limit`.
pub async fn page(
    conn: &mut PgConnection,
    office: Option<OfficeCode>,
    after: Option<RoundId>,
    limit: i64,
) -> Result<Vec<KeptDueDate>, StoreError> {
    sqlx::query!(
        r#"select round_id, request_id, office_code, number, receipt_number, received_at, limit_days, due_on, tomorrow_from,
                  today_from, due_at, derivation, calendar_version, ended_at, ending, breached, overdue_cause_code,
                  overdue_cause,
                  (select changed_at from calendar_versions
                   where calendar_versions.calendar_version = rounds.calendar_version) as version_came_at,
                  (select new_due_on from due_date_changes where due_date_changes.round_id = rounds.round_id
                   order by change_id desc limit 1) as moved_to
           from rounds
           where ($1::text is null or office_code = $1) and ($2::uuid is null or round_id > $2)
           order by round_id limit $3"#,
        office.map(String::from),
        after.map(|id| id.0),
        limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        let (version_came_at, moved_to) = (row.version_came_at, row.moved_to);
        let round = rounds::row_of!(row);
        Ok(KeptDueDate { round: round.try_into()?, version_came_at, moved_to })
    })
    .collect()
}
