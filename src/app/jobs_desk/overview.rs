use serde::Serialize;

use crate::{
    app::{AppError, Office, desk::Desk},
    domain::ids::MessageId,
    store::{
        self,
        failed_mail::{self, FailedMail, HeldAddress},
        messages::Message,
        open_jobs::{self, JobState},
    },
};

/// How much an operator has to look after.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Overview {
    pub buried: i64,
    pub retrying: i64,
    /// Those that a worker has as well.
    pub waiting: i64,
    pub failed: i64,
    pub held: i64,
    /// `None` for whoever looks after one office.
    pub kept: Option<i64>,
}

pub async fn overview(office: &Office, desk: Desk) -> Result<Overview, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    let jobs = open_jobs::count(&mut tx, keeper.office, now).await?;
    let mails = failed_mail::counts(&mut tx, keeper.office, now).await?;
    let of = |wanted| jobs.iter().filter(|(state, _)| *state == wanted).map(|(_, count)| count).sum::<i64>();
    Ok(Overview {
        buried: of(JobState::Buried),
        retrying: of(JobState::Retrying),
        waiting: of(JobState::Waiting) + of(JobState::Running),
        failed: mails.failed,
        held: mails.held,
        kept: keeper.of_everything().is_ok().then_some(mails.kept),
    })
}

/// Mails that did not arrive, the latest first; those after the given one.
pub async fn failed_mail(
    office: &Office,
    desk: Desk,
    after: Option<MessageId>,
    limit: i64,
) -> Result<Vec<FailedMail>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let scope = desk.keeper(&mut tx, now).await?.office;
    Ok(failed_mail::failed(&mut tx, scope, after, limit, now).await?)
}

/// Addresses that get no mail for now; at most a hundred.
pub async fn held_addresses(office: &Office, desk: Desk) -> Result<Vec<HeldAddress>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let scope = desk.keeper(&mut tx, now).await?.office;
    Ok(failed_mail::held(&mut tx, scope, now).await?)
}

/// A mail that the desk looks after.
pub async fn mail_of_desk(office: &Office, desk: Desk, id: MessageId) -> Result<Message, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    store::messages::find(&mut tx, id)
        .await?
        .filter(|message| keeper.looks_after(message.office))
        .ok_or(AppError::NotFound("message"))
}
