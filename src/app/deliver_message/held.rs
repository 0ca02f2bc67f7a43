//! A mail to an address that refused one lately waits for the end of the suppression, visibly; when it would have to
//! wait for too long, it counts as bounced and the office looks after it. Nothing is dropped.

use chrono::{DateTime, TimeZone, Utc};
use chrono_tz::Tz;
use sqlx::PgConnection;

use super::{open_task, record::GIVE_UP_AFTER};
use crate::{
    app::{AppError, Office, bounces::suppression},
    domain::{
        names::Fate,
        working_days::{CLOSES_AT, OPENS_AT, Opening},
    },
    letters::EmailKind,
    store::{self, messages::Message, suppressions::Suppression, tasks::TaskKind},
};

/// Whether a mail goes to the relay now.
pub(super) enum Held {
    No,
    /// Its address refused lately.
    Until(DateTime<Utc>),
    /// It reminds people of their work, and their office is closed.
    UntilTheOfficeOpens(DateTime<Utc>),
    /// Its address is suppressed for longer than a mail may wait.
    Bounced,
}

pub(super) async fn hold(office: &Office, message: &Message) -> Result<Held, AppError> {
    if message.fate != Fate::Queued || message.proof.is_some() {
        return Ok(Held::No);
    }
    let now = office.now();
    let mut tx = office.begin().await?;
    if let Some(opens_at) = office_opens_at(&mut tx, message, now).await? {
        return Ok(Held::UntilTheOfficeOpens(opens_at));
    }
    let Some(suppression) = suppression::of_address(office, &mut tx, &message.email, now).await? else {
        return Ok(Held::No);
    };
    if store::messages::lock_fate(&mut tx, message.id).await? != Some(Fate::Queued) {
        return Ok(Held::No);
    }
    let detail = detail(&suppression);
    store::messages::insert_attempt(&mut tx, message.id, now, "suppressed", None, &detail).await?;
    let held = if suppression.until <= message.fate_at + GIVE_UP_AFTER {
        Held::Until(suppression.until)
    } else {
        store::messages::change_fate(&mut tx, message.id, Fate::Queued, Fate::Bounced, None, now).await?;
        open_task(&mut tx, message, TaskKind::MailFailed, now).await?;
        Held::Bounced
    };
    tx.commit().await?;
    Ok(held)
}

/// When the office of a reminder opens, if it is closed. In a year that is not known it waits for the usual hours of a day,
/// which guess no day off.
async fn office_opens_at(
    conn: &mut PgConnection,
    message: &Message,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, AppError> {
    let reminds = message.kind.parse().is_ok_and(EmailKind::is_reminder);
    let Some(code) = message.office.filter(|_| reminds) else { return Ok(None) };
    let row = store::offices::find(conn, code).await?.ok_or(AppError::NotFound("office"))?;
    let today = now.with_timezone(&row.zone).date_naive();
    let calendar = store::calendar::load(conn, code, row.zone, today).await?.calendar;
    match calendar.opening(now) {
        Ok(Opening::Closed { opens_at, .. }) => Ok(Some(opens_at)),
        Ok(Opening::Until(_)) => Ok(None),
        Err(_) => Ok(usual_opening(row.zone, now)),
    }
}

/// When the usual hours of a counter begin next; `None`: they run.
fn usual_opening(zone: Tz, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let local = now.with_timezone(&zone);
    let day = match local.time() {
        time if time < OPENS_AT => local.date_naive(),
        time if time < CLOSES_AT => return None,
        _ => local.date_naive().succ_opt()?,
    };
    zone.from_local_datetime(&day.and_time(OPENS_AT)).earliest().map(|opens| opens.to_utc())
}

/// As the office reads it beside the mail.
fn detail(suppression: &Suppression) -> String {
    match suppression.status {
        Some(status) => format!(
            "Tidak dikirim: alamat ini baru saja menolak email ({}, {status})",
            status.words().to_lowercase()
        ),
        None => "Tidak dikirim: alamat ini baru saja menolak email".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_year_that_is_not_known_a_reminder_waits_for_eight_o_clock() {
        let opens = |at: &str| {
            let opens = usual_opening(Tz::Asia__Makassar, at.parse().unwrap());
            opens.map(|opens| opens.with_timezone(&Tz::Asia__Makassar).to_rfc3339())
        };
        assert_eq!(opens("2029-01-01T07:59:59+08:00").unwrap(), "2029-01-01T08:00:00+08:00");
        assert_eq!(opens("2029-01-01T08:00:00+08:00"), None);
        assert_eq!(opens("2029-01-01T15:59:59+08:00"), None);
        assert_eq!(opens("2029-01-01T16:00:00+08:00").unwrap(), "2029-01-02T08:00:00+08:00");
    }
}
