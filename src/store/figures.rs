//! What the service has to do and how it fares, for whoever watches it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{StoreError, error::Column};
use crate::{
    domain::{names::Fate, working_days::Threshold},
    store::tasks::TaskKind,
};

/// Jobs of a queue by what they wait for.
#[derive(Debug, Clone)]
pub struct QueueFigures {
    pub queue: String,
    /// Could run now.
    pub ready: i64,
    /// Wait for their time.
    pub later: i64,
    pub running: i64,
    /// Will not run again: somebody has to look after them.
    pub buried: i64,
}

pub async fn queues(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<QueueFigures>, StoreError> {
    Ok(sqlx::query_as!(
        QueueFigures,
        r#"select queue,
                  count(*) filter (where finished_at is null and run_at <= $1 and (leased_until is null or leased_until <= $1)) as "ready!",
                  count(*) filter (where finished_at is null and run_at > $1 and (leased_until is null or leased_until <= $1)) as "later!",
                  count(*) filter (where finished_at is null and leased_until > $1) as "running!",
                  count(*) filter (where buried) as "buried!"
           from jobs where finished_at is null or buried group by queue order by queue"#,
        now
    )
    .fetch_all(conn)
    .await?)
}

pub async fn mails(conn: &mut PgConnection) -> Result<Vec<(Fate, i64)>, StoreError> {
    sqlx::query!(r#"select fate, count(*) as "count!" from messages group by fate"#)
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(|row| Ok((Column("messages", "fate").parse(&row.fate)?, row.count)))
        .collect()
}

/// Open rounds by threshold; `None`: they wait for a calendar.
pub async fn open_rounds(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<Vec<(Option<Threshold>, i64)>, StoreError> {
    Ok(sqlx::query!(
        r#"select threshold_of(tomorrow_from, today_from, due_at, $1) as threshold, count(*) as "count!"
           from requests join rounds on rounds.request_id = requests.request_id and number = round_number
           where rounds.ended_at is null group by 1"#,
        now
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| (row.threshold.as_deref().and_then(Threshold::parse), row.count))
    .collect())
}

pub async fn open_tasks(conn: &mut PgConnection) -> Result<Vec<(TaskKind, i64)>, StoreError> {
    sqlx::query!(r#"select kind, count(*) as "count!" from tasks where closed_at is null group by kind"#)
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(|row| Ok((Column("tasks", "kind").parse(&row.kind)?, row.count)))
        .collect()
}
