//! What each queue does.

use serde::de::DeserializeOwned;

use crate::{
    app::{
        Office,
        account::forgot_password::compare_forgotten,
        deliver_message::{deliver_message, render_or_report},
        job_failure::JobFailure,
    },
    mail::Mailer,
    store::jobs::{CompareForgotten, Job, Leased, RenderLetter, SendMessage},
};

/// A job as it is understood.
enum Work {
    Send(SendMessage),
    Render(RenderLetter),
    Compare(CompareForgotten),
}

impl Work {
    fn of(job: &Leased) -> Result<Self, JobFailure> {
        match job.queue.as_str() {
            SendMessage::QUEUE => payload(job).map(Self::Send),
            RenderLetter::QUEUE => payload(job).map(Self::Render),
            CompareForgotten::QUEUE => payload(job).map(Self::Compare),
            _ => Err(JobFailure::Bury { reason: "no such queue".to_owned() }),
        }
    }
}

fn payload<J: DeserializeOwned>(job: &Leased) -> Result<J, JobFailure> {
    serde_json::from_value(job.payload.clone())
        .map_err(|_| JobFailure::Bury { reason: "the payload is not one of this queue".to_owned() })
}

/// Does the work of a job. May be dropped at any point of waiting.
pub(super) async fn perform(office: &Office, mailer: &dyn Mailer, job: &Leased) -> Result<(), JobFailure> {
    match Work::of(job)? {
        Work::Send(SendMessage { message_id }) => {
            let delivered = deliver_message(office, mailer, message_id, job.attempts).await?;
            tracing::info!(message.id = %message_id, "e-mail: {delivered:?}");
        }
        Work::Render(RenderLetter { letter_id }) => {
            render_or_report(office, letter_id, job.attempts).await?;
        }
        Work::Compare(CompareForgotten { forgotten_id }) => {
            compare_forgotten(office, forgotten_id)
                .await
                .map_err(|error| JobFailure::of(&error, job.attempts, office.now()))?;
        }
    }
    Ok(())
}
