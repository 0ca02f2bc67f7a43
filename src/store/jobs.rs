//! Work to do after a commit: leased with `FOR UPDATE SKIP LOCKED`, fenced by the number of the attempt.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sqlx::{PgConnection, PgPool, postgres::PgListener};

use super::{StoreError, error::to_json};
use crate::domain::ids::{ForgottenId, LetterId, MessageId};

/// What a job is: the name of its queue and the ids it needs. Never a secret, never a text.
pub trait Job: Serialize + DeserializeOwned {
    const QUEUE: &'static str;

    /// At most one unfinished job of the queue has this key.
    fn dedup_key(&self) -> Option<String> {
        None
    }
}

/// A job in the hands of a worker.
#[derive(Debug, Clone)]
pub struct Leased {
    pub id: i64,
    pub queue: String,
    pub payload: serde_json::Value,
    pub attempts: i32,
}

/// Adds a job, inside the transaction that makes it necessary.
pub async fn enqueue<J: Job>(
    conn: &mut PgConnection,
    job: &J,
    run_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into jobs (queue, payload, dedup_key, run_at, created_at) values ($1, $2, $3, $4, $5)
         on conflict (queue, dedup_key) where finished_at is null and dedup_key is not null do nothing",
        J::QUEUE,
        to_json(job)?,
        job.dedup_key(),
        run_at,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the oldest ready job for `lease`; after that another worker may take it.
pub async fn lease_next(
    conn: &mut PgConnection,
    worker: &str,
    lease: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Option<Leased>, StoreError> {
    Ok(sqlx::query!(
        "update jobs set attempts = attempts + 1, leased_until = $2, leased_by = $3
         where job_id = (
             select job_id from jobs
             where finished_at is null and run_at <= $1 and (leased_until is null or leased_until <= $1)
             order by run_at, job_id limit 1 for update skip locked)
         returning job_id, queue, payload, attempts",
        now,
        now + lease,
        worker
    )
    .fetch_optional(conn)
    .await?
    .map(|row| Leased { id: row.job_id, queue: row.queue, payload: row.payload, attempts: row.attempts }))
}

/// Extends the lease of a job that takes long. `false`: it was taken over.
pub async fn renew(conn: &mut PgConnection, job: &Leased, until: DateTime<Utc>) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "update jobs set leased_until = $3 where job_id = $1 and attempts = $2 and finished_at is null",
        job.id,
        job.attempts,
        until
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// How a worker ends a job.
#[derive(Debug, Clone, Copy)]
pub enum Verdict<'a> {
    Done,
    RetryAt(DateTime<Utc>, &'a str),
    Buried(&'a str),
    /// The process stops: somebody else may take it at once. The attempt does not count.
    HandBack,
}

/// Ends a leased job. A worker whose lease was taken over no longer matches: its late verdict is dropped (`false`).
pub async fn settle(
    conn: &mut PgConnection,
    job: &Leased,
    verdict: Verdict<'_>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let (finished_at, buried, run_at, reason, attempts) = match verdict {
        Verdict::Done => (Some(now), false, None, None, job.attempts),
        Verdict::RetryAt(run_at, reason) => (None, false, Some(run_at), Some(reason), job.attempts),
        Verdict::Buried(reason) => (Some(now), true, None, Some(reason), job.attempts),
        Verdict::HandBack => (None, false, None, None, job.attempts - 1),
    };
    let written = sqlx::query!(
        "update jobs
         set finished_at = $3, buried = $4, run_at = coalesce($5, run_at), failed_reason = coalesce($6, failed_reason),
             attempts = $7, leased_until = null, leased_by = null
         where job_id = $1 and attempts = $2 and finished_at is null",
        job.id,
        job.attempts,
        finished_at,
        buried,
        run_at,
        reason,
        attempts
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Deletes jobs that were done before `finished_before`; buried ones stay to be seen.
pub async fn delete_done(conn: &mut PgConnection, finished_before: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(sqlx::query!("delete from jobs where finished_at < $1 and not buried", finished_before)
        .execute(conn)
        .await?
        .rows_affected())
}

/// Sends an e-mail.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct SendMessage {
    pub message_id: MessageId,
}

impl Job for SendMessage {
    const QUEUE: &'static str = "send_message";
}

/// Renders a letter that no e-mail carries, so that its bytes exist when somebody prints it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct RenderLetter {
    pub letter_id: LetterId,
}

impl Job for RenderLetter {
    const QUEUE: &'static str = "render_letter";

    fn dedup_key(&self) -> Option<String> {
        Some(self.letter_id.to_string())
    }
}

/// Compares what was typed into "Lupa password".
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct CompareForgotten {
    pub forgotten_id: ForgottenId,
}

impl Job for CompareForgotten {
    const QUEUE: &'static str = "compare_forgotten_password";
}

const CHANNEL: &str = "aktivasi_jobs";

/// Tells the workers of every process that there may be new jobs. Never inside a business transaction: commits with
/// a NOTIFY take turns on one lock of the whole cluster.
pub async fn notify(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!(r#"select pg_notify($1, '')::text as "void""#, CHANNEL).fetch_one(conn).await?;
    Ok(())
}

/// A connection that hears [`notify`] of any process.
pub async fn listen(pool: &PgPool) -> Result<PgListener, StoreError> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// Names the periodic work among advisory locks; any number that nothing else uses.
const PERIODIC_LOCK: i64 = 0x4b54_4956_4a4f_4231;

/// Takes the turn of periodic work until the transaction ends. `false`: another process has it.
pub async fn take_periodic_turn(conn: &mut PgConnection) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock($1) as "taken!""#, PERIODIC_LOCK)
        .fetch_one(conn)
        .await?)
}
