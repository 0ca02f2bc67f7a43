//! What became of an attempt, in one transaction: the attempt, the fate, the task.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Delivered, open_task};
use crate::{
    app::{AppError, Office, bounces::after_refusal, job_failure::JobFailure},
    domain::names::Fate,
    mail::{self, Fault, Stage},
    store::{self, messages::Message, tasks::TaskKind},
};

/// A relay that does not take a mail for this long will not.
pub(super) const GIVE_UP_AFTER: TimeDelta = TimeDelta::days(5);
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(4);

/// 1, 2, 4 … minutes, at most four hours, after the n-th transient failure (from 1).
pub(super) fn pause(failures: usize) -> TimeDelta {
    let doublings = failures.clamp(1, 9) - 1;
    TimeDelta::minutes(1 << doublings).min(LONGEST_PAUSE)
}

/// Not sent, because it is of no use any more.
pub(super) async fn superseded(office: &Office, message: &Message) -> Result<Delivered, AppError> {
    let mut tx = office.begin().await?;
    store::messages::change_fate(&mut tx, message.id, Fate::Queued, Fate::Superseded, None, office.now())
        .await?;
    tx.commit().await?;
    Ok(Delivered::Superseded)
}

/// Records what the relay made of it.
pub(super) async fn fate(
    office: &Office,
    message: &Message,
    message_id: &str,
    fate: mail::Fate,
    attempt: i32,
) -> Result<Delivered, JobFailure> {
    let now = office.now();
    let failed = |error: AppError| JobFailure::of(&error, attempt, now);
    match fate {
        mail::Fate::Accepted { code, text } => {
            accepted(office, message, message_id, code, &text).await.map_err(failed)
        }
        mail::Fate::Permanent { reason } => {
            alarm(message, &reason);
            let end = End { outcome: "permanent", fate: Some(Fate::Bounced) };
            refused(office, message, &reason, end).await.map_err(failed)?;
            Ok(Delivered::Bounced)
        }
        mail::Fate::Transient { reason } => {
            alarm(message, &reason);
            let over = now >= message.fate_at + GIVE_UP_AFTER;
            let end = End { outcome: "transient", fate: over.then_some(Fate::GivenUp) };
            let failures = refused(office, message, &reason, end).await.map_err(failed)?;
            if over {
                return Ok(Delivered::GivenUp);
            }
            Err(JobFailure::Retry { at: next(now, failures, message.fate_at), reason: reason.to_string() })
        }
    }
}

/// The next try: after the pause, but once more at the end of the days.
fn next(now: DateTime<Utc>, failures: usize, queued_at: DateTime<Utc>) -> DateTime<Utc> {
    (now + pause(failures)).min((queued_at + GIVE_UP_AFTER).max(now + pause(1)))
}

/// A fault of ours stops every mail: an operator is to hear at once.
fn alarm(message: &Message, fault: &Fault) {
    if fault.is_ours() {
        tracing::error!(message.id = %message.id, "mail is not taken for a fault of ours: {fault}");
    } else {
        tracing::warn!(message.id = %message.id, "an e-mail was not taken: {fault}");
    }
}

async fn accepted(
    office: &Office,
    message: &Message,
    message_id: &str,
    code: u16,
    text: &str,
) -> Result<Delivered, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    store::messages::lock_fate(&mut tx, message.id).await?;
    store::messages::insert_attempt(&mut tx, message.id, now, "accepted", Some(i32::from(code)), text)
        .await?;
    let taken = store::messages::change_fate(
        &mut tx,
        message.id,
        Fate::Queued,
        Fate::Accepted,
        Some(message_id),
        now,
    )
    .await?;
    // A bounce may be faster than this record, and until now nobody knew which password it was about.
    if taken
        && message.changes_with_each_try()
        && let Some(report) =
            store::mail_reports::apply_early_failure(&mut tx, message.id, message_id).await?
    {
        store::messages::change_fate(&mut tx, message.id, Fate::Accepted, Fate::Bounced, None, now).await?;
        after_refusal(office, &mut tx, message, report.status, true, now).await?;
    }
    tx.commit().await?;
    Ok(Delivered::Accepted)
}

/// How an attempt that failed ends.
struct End {
    outcome: &'static str,
    /// The last word on the message, if it is one.
    fate: Option<Fate>,
}

/// Returns how many attempts there were since the message was queued, this one included.
async fn refused(office: &Office, message: &Message, fault: &Fault, end: End) -> Result<usize, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    store::messages::lock_fate(&mut tx, message.id).await?;
    let code = fault.code().map(i32::from);
    store::messages::insert_attempt(&mut tx, message.id, now, end.outcome, code, &fault.to_string()).await?;
    if let Some(fate) = end.fate {
        let last = store::messages::change_fate(&mut tx, message.id, Fate::Queued, fate, None, now).await?;
        match fate {
            Fate::Bounced if last => {
                let address_is_meant = fault.stage == Stage::Recipient;
                after_refusal(office, &mut tx, message, fault.enhanced(), address_is_meant, now).await?;
            }
            _ if last => open_task(&mut tx, message, TaskKind::MailFailed, now).await?,
            _ => {}
        }
    }
    let attempts = store::messages::attempts(&mut tx, message.id).await?;
    tx.commit().await?;
    Ok(attempts.iter().filter(|attempt| attempt.at >= message.fate_at).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_between_tries_double_from_one_minute_to_four_hours() {
        let minutes: Vec<i64> = (1..=10).map(|failures| pause(failures).num_minutes()).collect();

        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 64, 128, 240, 240]);
        assert_eq!(pause(usize::MAX), LONGEST_PAUSE);
    }

    #[test]
    fn five_days_of_tries_stay_below_the_number_at_which_a_job_counts_as_crashing() {
        let queued = DateTime::from_timestamp(0, 0).unwrap();
        let (mut now, mut tries) = (queued, 1);
        while now < queued + GIVE_UP_AFTER {
            now = next(now, tries, queued);
            tries += 1;
        }

        assert_eq!(now, queued + GIVE_UP_AFTER, "the last try is at the end of the fifth day");
        assert_eq!(tries, 38);
    }
}
