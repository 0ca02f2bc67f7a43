use crate::{
    app::{AppError, Office, deliver_message::open_task, desk::Desk},
    domain::{line::Line, names::Fate},
    store::{
        self,
        audit::{self, Event},
        open_jobs::{self, About},
        tasks::TaskKind,
    },
};

/// Ends the tries to send a mail before their five days are over. As when the time is over, its fate is `given_up` and
/// its office gets a task: nothing disappears. Letters are never given up here; their office decides that.
///
/// Errors: [`AppError::NotFound`] for a job that is done, of another office or about no mail, [`AppError::AlreadyDone`]
/// when the mail left meanwhile or is being sent.
pub async fn give_up_mail(office: &Office, desk: Desk, job: i64, reason: &Line<500>) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    let found = open_jobs::find(&mut tx, job, now).await?.filter(|found| keeper.looks_after(found.office));
    let Some(About::Mail { id, .. }) = found.map(|found| found.about) else {
        return Err(AppError::NotFound("job"));
    };
    let message = store::messages::lock(&mut tx, id).await?.ok_or(AppError::NotFound("job"))?;
    // The relay may be taking it right now: what is delivered is not given up.
    if open_jobs::finish_of_message(&mut tx, id, now).await? == 0 {
        return Err(AppError::AlreadyDone("job_runs"));
    }
    if !store::messages::change_fate(&mut tx, id, Fate::Queued, Fate::GivenUp, None, now).await? {
        return Err(AppError::AlreadyDone("mail_settled"));
    }
    open_task(&mut tx, &message, TaskKind::MailFailed, now).await?;
    let mut event = Event::new(keeper.by, "give_up_mail").subject(id.0);
    (event.office, event.request) = (message.office, message.request);
    event.detail = serde_json::json!({ "reason": reason.as_str() });
    audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(())
}
