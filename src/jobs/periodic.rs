//! Work that no commit causes: time passes.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    app::{
        AppError, Office,
        balance_alarm::check_balance,
        calendar_coverage::check_coverage,
        clients::rotate_when_due,
        figures::{fold_figures, measure_letters},
        housekeeping::housekeeping,
        lapse::lapse_due,
        monthly_reports::make_reports,
        notices::{make_digests, raise_notices},
    },
    store,
};

const EVERY: Duration = Duration::from_secs(30);
/// It reads where every letter is.
const BALANCE_EVERY: TimeDelta = TimeDelta::minutes(5);

/// Does the periodic work until the stop.
pub(super) async fn keep_going(pool: PgPool, office: Office, stop: CancellationToken) {
    let mut balanced_at = None;
    loop {
        match stop.run_until_cancelled(one_round(&pool, &office, &mut balanced_at)).await {
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
async fn one_round(
    pool: &PgPool,
    office: &Office,
    balanced_at: &mut Option<DateTime<Utc>>,
) -> Result<(), AppError> {
    let mut turn = pool.begin().await?;
    if !store::jobs::take_periodic_turn(&mut turn).await? {
        return Ok(());
    }
    let lapsed = lapse_due(office).await?;
    if lapsed > 0 {
        tracing::info!(lapsed, "returned requests lapsed");
    }
    let noticed = raise_notices(office).await?;
    let digests = make_digests(office).await?;
    if noticed + digests > 0 {
        tracing::info!(noticed, digests, "people were told of limits");
    }
    measure_letters(office).await?;
    let reports = make_reports(office).await?;
    if reports > 0 {
        tracing::info!(reports, "reports of a month were made");
    }
    fold_figures(office).await?;
    if rotate_when_due(office).await? {
        tracing::info!("another key signs access tokens from now on, or will soon");
    }
    housekeeping(office).await?;
    let now = office.now();
    if balanced_at.is_none_or(|at| now - at >= BALANCE_EVERY) {
        check_balance(office).await?;
        check_coverage(office).await?;
        *balanced_at = Some(now);
    }
    turn.commit().await?;
    Ok(())
}
