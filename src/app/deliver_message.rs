//! Sends one queued e-mail and records what became of it.
//!
//! Three steps: read and prepare (short transactions), talk to the relay (no connection to the database is held), record
//! the attempt and the fate (one transaction). A crash before the last step repeats the mail under the same Message-ID;
//! nothing is lost. Whoever comes second finds the fate settled and does nothing.

mod held;
mod prepare;
mod record;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use self::{held::Held, prepare::Prepared};
use super::{AppError, Office, job_failure::JobFailure, render_letter::RenderedLetter, return_path};
use crate::{
    domain::{
        ids::{LetterId, MessageId, TaskId},
        office::OfficeCode,
    },
    mail::{Mailer, Outgoing},
    store::{
        self,
        messages::Message,
        tasks::{Task, TaskKind},
    },
};

/// What a delivery came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// The relay took it.
    Accepted,
    /// The relay refused it for good, or its address did lately; a task is open.
    Bounced,
    /// It was tried for days; a task is open.
    GivenUp,
    /// What it carries has no use any more: not sent.
    Superseded,
    /// Its fate was settled before.
    NothingToDo,
}

/// Sends the message if it is still queued. `attempt` is the number of this run of the job, from 1.
pub async fn deliver_message(
    office: &Office,
    mailer: &dyn Mailer,
    id: MessageId,
    attempt: i32,
) -> Result<Delivered, JobFailure> {
    let failed = |error: AppError| JobFailure::of(&error, attempt, office.now());
    let Some(message) = find(office, id).await.map_err(failed)? else {
        return Ok(Delivered::NothingToDo);
    };
    match held::hold(office, &message).await.map_err(failed)? {
        Held::No => {}
        Held::Until(at) => {
            return Err(JobFailure::Retry { at, reason: "the address refused lately".to_owned() });
        }
        Held::UntilTheOfficeOpens(at) => {
            return Err(JobFailure::Retry { at, reason: "the office is closed".to_owned() });
        }
        Held::Bounced => return Ok(Delivered::Bounced),
    }
    let ready = match prepare::prepare(office, &message).await {
        Ok(Prepared::Ready(ready)) => ready,
        Ok(Prepared::NothingToDo) => return Ok(Delivered::NothingToDo),
        Ok(Prepared::Superseded) => return record::superseded(office, &message).await.map_err(failed),
        Err(error) => return Err(not_prepared(office, &message, &error, attempt).await),
    };
    let return_path = return_path::of_message(office, message.id).map_err(failed)?;
    let fate = mailer
        .send(&Outgoing {
            message_id: &ready.message_id,
            to: &message.email,
            return_path: return_path.as_ref(),
            subject: &ready.text.subject,
            text: &ready.text.body,
            html: Some(&ready.text.html),
            attachments: ready.attachments,
            at: ready.dated,
        })
        .await;
    record::fate(office, &message, &ready.message_id, fate, attempt).await
}

/// Renders a letter that no e-mail carries; a letter that cannot be rendered raises an alarm and a task.
pub async fn render_or_report(
    office: &Office,
    id: LetterId,
    attempt: i32,
) -> Result<RenderedLetter, JobFailure> {
    match super::render_letter::render_letter(office, id).await {
        Ok(rendered) => Ok(rendered),
        Err(error) => {
            let failure = JobFailure::of(&error, attempt, office.now());
            if let JobFailure::Bury { reason } = &failure {
                tracing::error!(letter.id = %id, "a letter cannot be rendered: {reason}");
                report_letter(office, id).await;
            }
            Err(failure)
        }
    }
}

async fn find(office: &Office, id: MessageId) -> Result<Option<Message>, AppError> {
    let mut conn = office.pool.acquire().await?;
    Ok(store::messages::find(&mut conn, id).await?)
}

/// The mail stays queued for the day when the fault is mended; somebody has to hear of it.
async fn not_prepared(office: &Office, message: &Message, error: &AppError, attempt: i32) -> JobFailure {
    let failure = JobFailure::of(error, attempt, office.now());
    if let JobFailure::Bury { reason } = &failure {
        tracing::error!(message.id = %message.id, "an e-mail cannot be made: {reason}");
        let opened = async {
            let mut tx = office.begin().await?;
            open_task(&mut tx, message, TaskKind::LetterNotRendered, office.now()).await?;
            tx.commit().await?;
            Ok::<_, AppError>(())
        };
        if let Err(error) = opened.await {
            tracing::error!(message.id = %message.id, "the task for it could not be opened: {error}");
        }
    }
    failure
}

async fn report_letter(office: &Office, id: LetterId) {
    let opened = async {
        let mut tx = office.begin().await?;
        if let Some(letter) = store::letters::find(&mut tx, id).await? {
            let detail = letter.number.unwrap_or_else(|| letter.kind.to_string());
            let task = new_task(letter.office, TaskKind::LetterNotRendered, detail, office.now());
            store::tasks::open(&mut tx, &Task { request: Some(letter.request), ..task }).await?;
        }
        tx.commit().await?;
        Ok::<_, AppError>(())
    };
    if let Err(error) = opened.await {
        tracing::error!(letter.id = %id, "the task for a letter could not be opened: {error}");
    }
}

/// A task for the office of the message, if it has one; its number for the help desk says which mail is meant.
pub(in crate::app) async fn open_task(
    conn: &mut sqlx::PgConnection,
    message: &Message,
    kind: TaskKind,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    if let Some(office) = message.office {
        let task = new_task(office, kind, message.help_desk_number.clone(), now);
        store::tasks::open(conn, &Task { request: message.request, ..task }).await?;
    }
    Ok(())
}

fn new_task(office: OfficeCode, kind: TaskKind, detail: String, now: DateTime<Utc>) -> Task {
    Task { id: TaskId(Uuid::now_v7()), office, request: None, taxpayer: None, kind, detail, opened_at: now }
}
