//! `aktivasi job list|retry`: jobs that wait, and those that were given up.

use std::io::Write;

use clap::Subcommand;

use super::Failure;
use crate::app::{Office, jobs_desk};

#[derive(Debug, Subcommand)]
pub enum JobCommand {
    /// Lists unfinished and buried jobs, oldest first
    List,
    /// Lets a buried job run again
    Retry { id: i64 },
}

pub async fn run(office: &Office, command: &JobCommand, out: &mut impl Write) -> Result<(), Failure> {
    match command {
        JobCommand::List => {
            for job in jobs_desk::list(office).await? {
                let state = if job.buried { "buried" } else { "waiting" };
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
            if !jobs_desk::retry(office, *id).await? {
                return Err(Failure::new(format!(
                    "no buried job has the number {id}; see aktivasi job list"
                )));
            }
            writeln!(out, "job {id} runs again")?;
        }
    }
    Ok(())
}
