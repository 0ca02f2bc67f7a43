//! One job: lease, run, settle.

use std::{panic::AssertUnwindSafe, time::Duration};

use chrono::TimeDelta;
use futures_util::FutureExt;
use sqlx::PgPool;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::work::perform;
use crate::{
    app::{
        Office,
        job_failure::{self, JobFailure},
    },
    mail::Mailer,
    store::{
        self, StoreError,
        jobs::{Leased, Verdict},
    },
};

/// Longer than a process takes to die and come back is not needed: a running job renews it.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// Two renewals may fail before the lease is over.
const RENEW_EVERY: Duration = Duration::from_secs(20);

/// A job leased more often than this is buried unseen: it takes its process down each time. More than the 38 tries
/// of five days without a relay, which end with a verdict each.
pub const MAX_LEASES: i32 = 60;

/// Runs every ready job, one after the other, until none is ready. Returns how many ran. For tests and the command
/// line; a job that is to be tried again later counts as not ready.
pub async fn run_ready(pool: &PgPool, office: &Office, mailer: &dyn Mailer) -> Result<usize, StoreError> {
    let mut ran = 0;
    while let Some(job) = lease(pool, office, "run_ready").await? {
        run(pool, office, mailer, &job, &CancellationToken::new()).await?;
        ran += 1;
    }
    Ok(ran)
}

/// Takes a ready job, if there is one.
pub(super) async fn lease(
    pool: &PgPool,
    office: &Office,
    worker: &str,
) -> Result<Option<Leased>, StoreError> {
    let mut conn = pool.acquire().await?;
    store::jobs::lease_next(&mut conn, worker, LEASE, office.now()).await
}

/// Runs a leased job and settles it; hands it back when `abandon` is called.
pub(super) async fn run(
    pool: &PgPool,
    office: &Office,
    mailer: &dyn Mailer,
    job: &Leased,
    abandon: &CancellationToken,
) -> Result<(), StoreError> {
    let span =
        tracing::info_span!("job", job.id = job.id, job.queue = %job.queue, job.attempt = job.attempts);
    run_in_span(pool, office, mailer, job, abandon).instrument(span).await
}

/// How the run of a job ended.
enum Outcome {
    Ended(Result<(), JobFailure>),
    Panicked,
    /// Another worker has it: nothing to settle.
    Lost,
    /// The process stops.
    Abandoned,
}

async fn run_in_span(
    pool: &PgPool,
    office: &Office,
    mailer: &dyn Mailer,
    job: &Leased,
    abandon: &CancellationToken,
) -> Result<(), StoreError> {
    if job.attempts > MAX_LEASES {
        tracing::error!("a job is buried: it was begun too often without an end");
        let buried = Verdict::Buried("begun too often without an end");
        return settle(pool, office, job, buried).await;
    }
    let renewals = Renewals::start(pool.clone(), office.clone(), job.clone());
    let work = AssertUnwindSafe(perform(office, mailer, job)).catch_unwind();
    let outcome = tokio::select! {
        ended = work => ended.map_or(Outcome::Panicked, Outcome::Ended),
        () = renewals.lost.cancelled() => Outcome::Lost,
        () = abandon.cancelled() => Outcome::Abandoned,
    };
    drop(renewals);
    let now = office.now();
    match outcome {
        Outcome::Ended(Ok(())) => settle(pool, office, job, Verdict::Done).await,
        Outcome::Ended(Err(JobFailure::Retry { at, reason })) => {
            tracing::warn!("a job will be tried again: {reason}");
            settle(pool, office, job, Verdict::RetryAt(at, &reason)).await
        }
        Outcome::Ended(Err(JobFailure::Bury { reason })) => {
            tracing::error!("a job is buried: {reason}");
            settle(pool, office, job, Verdict::Buried(&reason)).await
        }
        Outcome::Panicked => {
            tracing::error!("a job panicked and will be tried again");
            let at = now + job_failure::pause(job.attempts);
            settle(pool, office, job, Verdict::RetryAt(at, "panicked")).await
        }
        Outcome::Lost => Ok(()),
        Outcome::Abandoned => settle(pool, office, job, Verdict::HandBack).await,
    }
}

async fn settle(
    pool: &PgPool,
    office: &Office,
    job: &Leased,
    verdict: Verdict<'_>,
) -> Result<(), StoreError> {
    let mut conn = pool.acquire().await?;
    if !store::jobs::settle(&mut conn, job, verdict, office.now()).await? {
        tracing::warn!("another worker has the job; this verdict does not count");
    }
    Ok(())
}

/// Renews the lease of a job until dropped, on a task of its own: a job that computes for long does not lose it.
struct Renewals {
    task: tokio::task::JoinHandle<()>,
    lost: CancellationToken,
}

impl Renewals {
    fn start(pool: PgPool, office: Office, job: Leased) -> Self {
        let lost = CancellationToken::new();
        let tell = lost.clone();
        let task = tokio::spawn(async move {
            loop {
                sleep(RENEW_EVERY).await;
                match renew(&pool, &office, &job).await {
                    Ok(true) => {}
                    Ok(false) => {
                        tracing::warn!(job.id = job.id, "the lease of a job was lost");
                        tell.cancel();
                        return;
                    }
                    Err(error) => tracing::warn!(job.id = job.id, "a lease could not be renewed: {error}"),
                }
            }
        });
        Self { task, lost }
    }
}

impl Drop for Renewals {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn renew(pool: &PgPool, office: &Office, job: &Leased) -> Result<bool, StoreError> {
    let mut conn = pool.acquire().await?;
    store::jobs::renew(&mut conn, job, office.now() + LEASE).await
}
