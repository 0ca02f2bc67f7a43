//! What an operator can see and do about jobs.

use super::{AppError, Office};
use crate::store::{
    audit::{self, By, Event},
    jobs::{self, JobRow},
};

/// Unfinished and buried jobs, oldest first, at most 1000.
pub async fn list(office: &Office) -> Result<Vec<JobRow>, AppError> {
    let mut tx = office.begin().await?;
    Ok(jobs::list_open(&mut tx).await?)
}

/// Gives a buried job another life. `false`: there is no such job.
pub async fn retry(office: &Office, id: i64) -> Result<bool, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    if !jobs::unbury(&mut tx, id, now).await? {
        return Ok(false);
    }
    let event = Event::new(By::Console, "retry_job").detail(serde_json::json!({ "job": id }));
    audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    office.wake().ring();
    Ok(true)
}
