//! `aktivasi job list|retry`: jobs that wait, and those that were given up.

use std::io::Write;

use clap::Subcommand;

use super::Failure;
use crate::{
    app::{AppError, Office, desk::Desk, jobs_desk},
    store::open_jobs::JobState,
};

#[derive(Debug, Subcommand)]
pub enum JobCommand {
    /// Lists unfinished and buried jobs, oldest first
    List,
    /// Lets a job run now, also one that was buried
    Retry { id: i64 },
}

pub async fn run(office: &Office, command: &JobCommand, out: &mut impl Write) -> Result<(), Failure> {
    match command {
        JobCommand::List => {
            for job in jobs_desk::list(office, Desk::Console, jobs_desk::Wanted::default()).await? {
                let state = if job.state == JobState::Buried { "buried" } else { "waiting" };
                let reason = job.failed_reason.as_deref().unwrap_or("-");
                writeln!(
                    out,
                    "{}\t{}\t{state}\t{}\t{}\t{reason}",
                    job.id,
                    job.queue,
                    job.run_at.to_rfc3339(),
                    job.attempts
                )?;
            }
        }
        JobCommand::Retry { id } => {
            jobs_desk::retry(office, Desk::Console, *id).await.map_err(|error| match error {
                AppError::NotFound(_) => Failure::new(format!(
                    "no job that is not done has the number {id}; see aktivasi job list"
                )),
                AppError::AlreadyDone(_) => Failure::new(format!("job {id} runs already")),
                other => other.into(),
            })?;
            writeln!(out, "job {id} runs again")?;
        }
    }
    Ok(())
}
