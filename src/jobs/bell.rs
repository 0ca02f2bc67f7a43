//! Wakes workers: an act rings the bell of its process, which tells every process through PostgreSQL.

use std::{sync::Arc, time::Duration};

use sqlx::PgPool;
use tokio::{sync::Notify, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    app::Office,
    store::{self, StoreError},
};

/// Rings within this time count as one: a busy service does not tell every commit.
const COALESCE: Duration = Duration::from_millis(20);
/// Before the listening connection is tried anew.
const RECONNECT: Duration = Duration::from_secs(1);

/// Passes rings of this process on, until the stop.
pub(super) async fn pass_on(pool: PgPool, office: Office, idle: Arc<Notify>, stop: CancellationToken) {
    while stop.run_until_cancelled(office.wake().rung()).await.is_some() {
        idle.notify_one();
        if let Err(error) = tell(&pool).await {
            tracing::warn!("other processes were not told of new jobs; they look by themselves: {error}");
        }
        sleep(COALESCE).await;
    }
}

async fn tell(pool: &PgPool) -> Result<(), StoreError> {
    let mut conn = pool.acquire().await?;
    store::jobs::notify(&mut conn).await
}

/// Hears what any process tells, until the stop. The polling of the workers covers the time without a connection.
pub(super) async fn hear(pool: PgPool, idle: Arc<Notify>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let heard = stop.run_until_cancelled(hear_until_broken(&pool, &idle)).await;
        if let Some(Err(error)) = heard {
            tracing::warn!("the connection that hears of new jobs broke: {error}");
        }
        stop.run_until_cancelled(sleep(RECONNECT)).await;
    }
}

async fn hear_until_broken(pool: &PgPool, idle: &Notify) -> Result<(), StoreError> {
    let mut listener = store::jobs::listen(pool).await?;
    loop {
        // Jobs may have come while nobody listened.
        idle.notify_one();
        listener.recv().await?;
    }
}
