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
        database_clock,
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
        let round = Box::pin(one_round(&pool, &office, &mut balanced_at));
        match stop.run_until_cancelled(round).await {
            None => return,
            Some(Ok(_)) => {}
            Some(Err(error)) => tracing::error!("periodic work failed and will be tried again: {error}"),
        }
        if stop.run_until_cancelled(sleep(EVERY)).await.is_none() {
            return;
        }
    }
}

/// One round of periodic work. `false`: another process is at it, or the clock of this one is off the database's.
pub async fn one_periodic_round(pool: &PgPool, office: &Office) -> Result<bool, AppError> {
    Box::pin(one_round(pool, office, &mut None)).await
}

/// One round, unless another process is at it. The transaction holds nothing but the turn.
async fn one_round(
    pool: &PgPool,
    office: &Office,
    balanced_at: &mut Option<DateTime<Utc>>,
) -> Result<bool, AppError> {
    let mut turn = pool.begin().await?;
    if !store::jobs::take_periodic_turn(&mut turn).await? {
        return Ok(false);
    }
    let offset = database_clock::offset(&mut turn, || office.now()).await?;
    if !database_clock::is_near(offset) {
        let off_ms = offset.num_milliseconds();
        tracing::error!(off_ms, "the clock is off the database's: no periodic work is done by it");
        return Ok(false);
    }
    let lapsed = step("lapse", lapse_due(office)).await.unwrap_or_default();
    if lapsed > 0 {
        tracing::info!(lapsed, "returned requests lapsed");
    }
    let noticed = step("notices", raise_notices(office)).await.unwrap_or_default();
    let digests = step("summaries", make_digests(office)).await.unwrap_or_default();
    if noticed + digests > 0 {
        tracing::info!(noticed, digests, "people were told of limits");
    }
    step("figures of letters", measure_letters(office)).await;
    let reports = step("reports", make_reports(office)).await.unwrap_or_default();
    if reports > 0 {
        tracing::info!(reports, "reports of a month were made");
    }
    step("figures", fold_figures(office)).await;
    if step("keys of tokens", rotate_when_due(office)).await.unwrap_or_default() {
        tracing::info!("another key signs access tokens from now on, or will soon");
    }
    step("housekeeping", housekeeping(office)).await;
    let now = office.now();
    if balanced_at.is_none_or(|at| now - at >= BALANCE_EVERY) {
        let balance = step("balance of letters", check_balance(office)).await;
        let coverage = step("coverage of the calendar", check_coverage(office)).await;
        if balance.is_some() && coverage.is_some() {
            *balanced_at = Some(now);
        }
    }
    turn.commit().await?;
    Ok(true)
}

/// One step of a round. It is tried again with the next one; its failure is told and holds up no other step.
async fn step<T>(name: &'static str, work: impl Future<Output = Result<T, AppError>>) -> Option<T> {
    work.await
        .inspect_err(|error| {
            tracing::error!(step = name, "periodic work failed and will be tried again: {error}");
        })
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_step_that_fails_holds_up_no_other() {
        let failed = step("one", async { Err::<u8, _>(AppError::Stale) }).await;
        let done = step("other", async { Ok(3) }).await;
        assert_eq!((failed, done), (None, Some(3)));
    }
}
