//! A mail to an address that refused one lately waits for the end of the suppression, visibly; when it would have to
//! wait for too long, it counts as bounced and the office looks after it. Nothing is dropped.

use chrono::{DateTime, Utc};

use super::{open_task, record::GIVE_UP_AFTER};
use crate::{
    app::{AppError, Office, bounces::suppression},
    domain::names::Fate,
    store::{self, messages::Message, suppressions::Suppression, tasks::TaskKind},
};

/// Whether a mail goes to the relay now.
pub(super) enum Held {
    No,
    Until(DateTime<Utc>),
    /// Its address is suppressed for longer than a mail may wait.
    Bounced,
}

pub(super) async fn hold(office: &Office, message: &Message) -> Result<Held, AppError> {
    if message.fate != Fate::Queued || message.proof.is_some() {
        return Ok(Held::No);
    }
    let now = office.now();
    let mut tx = office.begin().await?;
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
