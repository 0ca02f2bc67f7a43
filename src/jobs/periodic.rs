//! Work that no commit causes: time passes.

use std::time::Duration;

use sqlx::PgPool;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    app::{AppError, Office, housekeeping::housekeeping, lapse::lapse_due},
    store,
};

const EVERY: Duration = Duration::from_secs(30);

/// Does the periodic work until the stop.
pub(super) async fn keep_going(pool: PgPool, office: Office, stop: CancellationToken) {
    loop {
        match stop.run_until_cancelled(one_round(&pool, &office)).await {
            None => return,
            Some(Ok(())) => {}
            Some(Err(error)) => tracing::error!("periodic work failed and will be tried again: {error}"),
        }
        if stop.run_until_cancelled(sleep(EVERY)).await.is_none() {
            return;
        }
    }
}

/// One round, unless another process is at it. The transaction holds nothing but the turn.
async fn one_round(pool: &PgPool, office: &Office) -> Result<(), AppError> {
    let mut turn = pool.begin().await?;
    if !store::jobs::take_periodic_turn(&mut turn).await? {
        return Ok(());
    }
    let lapsed = lapse_due(office).await?;
    if lapsed > 0 {
        tracing::info!(lapsed, "returned requests lapsed");
    }
    housekeeping(office).await?;
    turn.commit().await?;
    Ok(())
}
