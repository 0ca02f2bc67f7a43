//! The workers of one process.

use std::{sync::Arc, time::Duration};

use sqlx::PgPool;
use tokio::{sync::Notify, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use super::{
    bell, periodic,
    run::{lease, run},
    webhooks,
};
use crate::{app::Office, mail::Mailer, store::StoreError, webhook::Sender};

/// A worker looks at least this often: for jobs whose time comes, and for rings that were lost.
const POLL: Duration = Duration::from_secs(1);
/// After the grace, jobs are handed back; this is for the statement that does it.
const HAND_BACK: Duration = Duration::from_secs(5);

/// Running workers. Dropping them without [`Workers::stop`] leaves them running until the process ends.
pub struct Workers {
    tasks: TaskTracker,
    stop: CancellationToken,
    abandon: CancellationToken,
}

impl Workers {
    /// Starts `count` workers, the senders of events, the bell and the periodic work. Takes one connection of the pool for itself, and one
    /// per worker while it leases, settles or works.
    pub fn start(
        pool: PgPool,
        office: Office,
        mailer: Arc<dyn Mailer>,
        sender: &Sender,
        count: usize,
    ) -> Self {
        let workers = Self {
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            abandon: CancellationToken::new(),
        };
        let idle = Arc::new(Notify::new());
        let process = Uuid::now_v7();
        for (number, mailer) in std::iter::repeat_n(mailer, count).enumerate() {
            let worker = Worker {
                name: format!("{process}/{number}"),
                pool: pool.clone(),
                office: office.clone(),
                mailer,
                idle: Arc::clone(&idle),
                stop: workers.stop.clone(),
                abandon: workers.abandon.clone(),
            };
            workers.tasks.spawn(worker.work());
        }
        webhooks::start(&workers.tasks, &office, sender, &workers.stop);
        workers.tasks.spawn(bell::pass_on(
            pool.clone(),
            office.clone(),
            Arc::clone(&idle),
            workers.stop.clone(),
        ));
        workers.tasks.spawn(bell::hear(pool.clone(), idle, workers.stop.clone()));
        workers.tasks.spawn(periodic::keep_going(pool, office, workers.stop.clone()));
        workers.tasks.close();
        workers
    }

    /// Leases nothing new, lets running jobs finish for `grace`, and hands back the rest.
    pub async fn stop(self, grace: Duration) {
        self.stop.cancel();
        if timeout(grace, self.tasks.wait()).await.is_err() {
            tracing::warn!("jobs still run after the grace; they are handed back");
            self.abandon.cancel();
            if timeout(HAND_BACK, self.tasks.wait()).await.is_err() {
                tracing::warn!("jobs could not be handed back; their leases will run out");
            }
        }
    }
}

struct Worker {
    name: String,
    pool: PgPool,
    office: Office,
    mailer: Arc<dyn Mailer>,
    idle: Arc<Notify>,
    stop: CancellationToken,
    abandon: CancellationToken,
}

impl Worker {
    async fn work(self) {
        while !self.stop.is_cancelled() {
            match self.next().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::error!("a worker cannot reach its jobs: {error}"),
            }
            tokio::select! {
                () = self.idle.notified() => {}
                () = self.stop.cancelled() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Runs a ready job. `false`: there was none.
    async fn next(&self) -> Result<bool, StoreError> {
        let Some(job) = lease(&self.pool, &self.office, &self.name).await? else {
            return Ok(false);
        };
        // One ring wakes one worker; where one job was, another may be.
        self.idle.notify_one();
        run(&self.pool, &self.office, self.mailer.as_ref(), &job, &self.abandon).await?;
        Ok(true)
    }
}
