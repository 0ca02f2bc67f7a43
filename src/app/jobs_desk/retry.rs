use crate::{
    app::{AppError, Office, desk::Desk},
    store::{
        audit::{self, Event},
        open_jobs,
    },
};

/// Lets a job run now: one that was given up begins anew, one that waits for its next try waits no longer.
///
/// Errors: [`AppError::NotFound`] for a job that is done or of another office, [`AppError::AlreadyDone`] when a worker
/// has it or the same work waits already.
pub async fn retry(office: &Office, desk: Desk, id: i64) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    let job = open_jobs::find(&mut tx, id, now)
        .await?
        .filter(|job| keeper.looks_after(job.office))
        .ok_or(AppError::NotFound("job"))?;
    let runs = open_jobs::run_now(&mut tx, id, now).await.map_err(|error| match error.constraint() {
        Some("jobs_dedup") => AppError::AlreadyDone("job_runs"),
        _ => error.into(),
    })?;
    if !runs {
        return Err(AppError::AlreadyDone("job_runs"));
    }
    let mut event = Event::new(keeper.by, "retry_job").detail(serde_json::json!({ "job": id }));
    event.office = job.office;
    audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    office.wake().ring();
    Ok(())
}

/// Lets every job of the scope run again that was given up: after what stopped them all was mended. Returns how many.
pub async fn retry_buried(office: &Office, desk: Desk) -> Result<u64, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    let count = open_jobs::run_buried(&mut tx, keeper.office, now).await?;
    let mut event = Event::new(keeper.by, "retry_buried_jobs").detail(serde_json::json!({ "jobs": count }));
    event.office = keeper.office;
    audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    office.wake().ring();
    Ok(count)
}
