//! Work that is not done, with what it is about: as operators see it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, error::Column};
use crate::domain::{
    ids::{LetterId, MessageId},
    names::named,
    office::OfficeCode,
};

named! {
    /// How a job stands.
    JobState {
        /// Given up: nobody tries it any more until somebody says so.
        Buried = "buried",
        /// It failed, and is tried again.
        Retrying = "retrying",
        /// A worker has it.
        Running = "running",
        Waiting = "waiting",
    }
}

/// What a job is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    Mail { id: MessageId, kind: String, number: String },
    Letter { id: LetterId, kind: String, number: Option<String> },
    Nothing,
}

#[derive(Debug, Clone)]
pub struct OpenJob {
    pub id: i64,
    pub queue: String,
    pub state: JobState,
    pub run_at: DateTime<Utc>,
    pub attempts: i32,
    pub failed_reason: Option<String>,
    pub office: Option<OfficeCode>,
    pub about: About,
}

struct Row {
    id: i64,
    queue: String,
    run_at: DateTime<Utc>,
    attempts: i32,
    failed_reason: Option<String>,
    office_code: Option<String>,
    message_id: Option<Uuid>,
    email_kind: Option<String>,
    help_desk_number: Option<String>,
    letter_id: Option<Uuid>,
    letter_kind: Option<String>,
    letter_number: Option<String>,
    state: String,
}

impl TryFrom<Row> for OpenJob {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let mail = row.message_id.zip(row.email_kind).zip(row.help_desk_number);
        let letter = row.letter_id.zip(row.letter_kind);
        let about = match (mail, letter) {
            (Some(((id, kind), number)), _) => About::Mail { id: MessageId(id), kind, number },
            (None, Some((id, kind))) => About::Letter { id: LetterId(id), kind, number: row.letter_number },
            (None, None) => About::Nothing,
        };
        Ok(Self {
            id: row.id,
            queue: row.queue,
            state: Column("open_jobs", "state").parse(&row.state)?,
            run_at: row.run_at,
            attempts: row.attempts,
            failed_reason: row.failed_reason,
            office: Column("open_jobs", "office_code").parse_some(row.office_code.as_deref())?,
            about,
        })
    }
}

/// What is asked for. `office` `None`: all of them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    pub office: Option<OfficeCode>,
    /// Those that wait are shown with those that run.
    pub state: Option<JobState>,
    /// Those behind this one.
    pub after: Option<i64>,
    pub limit: i64,
}

/// Jobs that are not done, oldest first.
pub async fn list(
    conn: &mut PgConnection,
    wanted: &Wanted,
    now: DateTime<Utc>,
) -> Result<Vec<OpenJob>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"select job_id as "id!", queue as "queue!", run_at as "run_at!", attempts as "attempts!", failed_reason, office_code,
                  message_id, email_kind, help_desk_number, letter_id, letter_kind, letter_number, state as "state!"
           from (select *, case when buried then 'buried' when leased_until > $1 then 'running'
                                when failed_reason is not null then 'retrying' else 'waiting' end as state
                 from open_jobs) as job
           where ($2::text is null or office_code = $2) and ($3::text is null or state = $3 or $3 = 'waiting' and state = 'running')
             and job_id > $4
           order by job_id limit $5"#,
        now,
        wanted.office.map(String::from),
        wanted.state.map(JobState::as_str),
        wanted.after.unwrap_or(i64::MIN),
        wanted.limit
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(OpenJob::try_from)
    .collect()
}

/// One of them.
pub async fn find(
    conn: &mut PgConnection,
    id: i64,
    now: DateTime<Utc>,
) -> Result<Option<OpenJob>, StoreError> {
    let wanted = Wanted { after: id.checked_sub(1), limit: 1, ..Wanted::default() };
    Ok(list(conn, &wanted, now).await?.pop().filter(|job| job.id == id))
}

/// How many jobs stand how.
pub async fn count(
    conn: &mut PgConnection,
    office: Option<OfficeCode>,
    now: DateTime<Utc>,
) -> Result<Vec<(JobState, i64)>, StoreError> {
    sqlx::query!(
        r#"select case when buried then 'buried' when leased_until > $1 then 'running'
                       when failed_reason is not null then 'retrying' else 'waiting' end as "state!", count(*) as "count!"
           from open_jobs where $2::text is null or office_code = $2 group by 1"#,
        now,
        office.map(String::from)
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| Ok((Column("open_jobs", "state").parse(&row.state)?, row.count)))
    .collect()
}

/// Lets a job run now: one that was given up begins anew, one that waits for its next try waits no longer. `false`: a
/// worker has it, or it is done.
pub async fn run_now(conn: &mut PgConnection, id: i64, now: DateTime<Utc>) -> Result<bool, StoreError> {
    Ok(sqlx::query!(
        "update jobs set finished_at = null, buried = false, attempts = case when buried then 0 else attempts end, run_at = $2
         where job_id = $1 and (buried or finished_at is null and (leased_until is null or leased_until <= $2))",
        id,
        now
    )
    .execute(conn)
    .await?
    .rows_affected()
        == 1)
}

/// Lets every job run again that was given up, unless the same work waits already. Returns how many.
pub async fn run_buried(
    conn: &mut PgConnection,
    office: Option<OfficeCode>,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    Ok(sqlx::query!(
        "update jobs set finished_at = null, buried = false, attempts = 0, run_at = $2
         where buried and job_id in (select job_id from open_jobs where buried and ($1::text is null or office_code = $1))
           and not exists (select from jobs as same
                           where same.queue = jobs.queue and same.dedup_key = jobs.dedup_key
                             and (same.finished_at is null or same.buried and same.job_id < jobs.job_id))",
        office.map(String::from),
        now
    )
    .execute(conn)
    .await?
    .rows_affected())
}

/// Ends every job that would send a message; 0 when a worker has it in hand.
pub async fn finish_of_message(
    conn: &mut PgConnection,
    message: MessageId,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    Ok(sqlx::query!(
        "update jobs set finished_at = $2, buried = false, leased_until = null, leased_by = null
         where queue = 'send_message' and payload ->> 'message_id' = $1
           and (buried or finished_at is null and (leased_until is null or leased_until <= $2))",
        message.to_string(),
        now
    )
    .execute(conn)
    .await?
    .rows_affected())
}
