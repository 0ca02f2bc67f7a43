//! A message came to the return path of one of our mails: what it says is recorded, once, and a failure is looked after.
//!
//! Whoever knows the return path or the Message-ID of a mail can say that it failed; both hold what nobody guesses, and
//! only its recipient and the servers on the way know them. Anything else changes nothing and is kept for an operator.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Courier, after_refusal, kept};
use crate::{
    app::{AppError, Office, deliver_message::open_task, return_path, signing::digest::hex},
    domain::{
        email_address::EmailAddress,
        ids::MessageId,
        mail_report::{ReportAction, ReportEffect},
        names::{Fate, named},
    },
    mail::{RecipientReport, Returned},
    store::{
        self,
        audit::{By, Event},
        mail_reports::NewReport,
        messages::Message,
        tasks::TaskKind,
    },
};

/// Of a longer message only so much is read: reports stand before what they return.
pub const MAX_BYTES: usize = 1024 * 1024;

named! {
    /// What became of a message that came back.
    Outcome {
        /// The mail counts as bounced from now on.
        Bounced = "bounced",
        /// Recorded beside the mail, which stays as it is.
        Noted = "noted",
        /// It was recorded before.
        Repeated = "repeated",
        /// It is kept for an operator: no report, or about no mail of ours.
        Kept = "kept",
    }
}

/// Records what came back. `envelope` is whom the mail server says it was for, when it says so.
///
/// # Errors
/// [`AppError::Unavailable`] also when too much waits for an operator; nothing of it is taken then.
pub async fn record_bounce(
    office: &Office,
    courier: Courier,
    envelope: Option<&EmailAddress>,
    content: &[u8],
) -> Result<Outcome, AppError> {
    let now = office.now();
    let returned = Returned::parse(&content[..content.len().min(MAX_BYTES)]);
    let mut tx = office.begin().await?;
    let by = courier.check(&mut tx, now).await?;
    let found = find(office, &mut tx, envelope, &returned).await?;
    let arrival = Arrival { office, by, content, returned: &returned, now };
    let outcome = match &found {
        Some(found) => arrival.record(&mut tx, found).await?,
        None => arrival.keep(&mut tx, None).await?,
    };
    tx.commit().await?;
    Ok(outcome)
}

/// The mail that something is about, locked.
struct Found {
    message: Message,
    /// `return_path` or `message_id`.
    by: &'static str,
    /// The Message-ID of the content that came back, as far as it is one of this mail.
    about: Option<String>,
}

async fn find(
    office: &Office,
    conn: &mut PgConnection,
    envelope: Option<&EmailAddress>,
    returned: &Returned,
) -> Result<Option<Found>, AppError> {
    for address in envelope.into_iter().chain(&returned.addresses) {
        if let Some(id) = return_path::message(office, address)
            && let Some(message) = store::messages::lock(conn, id).await?
        {
            let about = returned.about.iter().find(|text| message_of(text) == Some(id)).cloned();
            return Ok(Some(Found { message, by: "return_path", about }));
        }
    }
    for text in &returned.about {
        if let Some(id) = message_of(text)
            && let Some(message) = store::messages::lock(conn, id).await?
        {
            return Ok(Some(Found { message, by: "message_id", about: Some(text.clone()) }));
        }
    }
    Ok(None)
}

/// The mail whose Message-ID begins with its id, as all of ours do.
fn message_of(message_id: &str) -> Option<MessageId> {
    const UUID_LENGTH: usize = 36;
    let (left, _) = message_id.split_once('@')?;
    let (id, rest) = left.split_at_checked(UUID_LENGTH)?;
    let ours = message_id.len() <= 200 && (rest.is_empty() || rest.starts_with('.'));
    Uuid::try_parse(id).ok().filter(|_| ours).map(MessageId)
}

/// Something that came back, on its way into the books.
struct Arrival<'a> {
    office: &'a Office,
    by: By,
    content: &'a [u8],
    returned: &'a Returned,
    now: DateTime<Utc>,
}

impl Arrival<'_> {
    async fn record(&self, conn: &mut PgConnection, found: &Found) -> Result<Outcome, AppError> {
        let Found { message, by, about } = found;
        let said = said_of(&self.returned.recipients, &message.email);
        let action = said.map_or(ReportAction::Unread, |said| said.action);
        let effect = effect(action, message, about.as_deref());
        let report = NewReport {
            message: message.id,
            fingerprint: self.fingerprint(said, about.as_deref()),
            action,
            status: said.and_then(|said| said.status),
            diagnostic: said.map_or("", |said| &said.diagnostic),
            about: about.as_deref(),
            found_by: by,
            effect,
        };
        if !store::mail_reports::insert(conn, &report, self.now).await? {
            return Ok(Outcome::Repeated);
        }
        self.audit(conn, found, &report).await?;
        match (said, effect) {
            (None, _) => {
                if self.returned.from_a_server && message.proof.is_none() {
                    open_task(conn, message, TaskKind::MailFailed, self.now).await?;
                }
                self.keep(conn, Some(message.id)).await
            }
            (Some(said), ReportEffect::Bounced) => {
                self.bounce(conn, message, said).await?;
                Ok(Outcome::Bounced)
            }
            (Some(_), ReportEffect::Noted | ReportEffect::Overtaken) => {
                // Nobody will find out which content this was about: somebody has to look.
                if action == ReportAction::Failed && message.fate == Fate::Queued && about.is_none() {
                    open_task(conn, message, TaskKind::MailFailed, self.now).await?;
                }
                Ok(Outcome::Noted)
            }
        }
    }

    async fn bounce(
        &self,
        conn: &mut PgConnection,
        message: &Message,
        said: &RecipientReport,
    ) -> Result<(), AppError> {
        store::messages::change_fate(conn, message.id, message.fate, Fate::Bounced, None, self.now).await?;
        // A mailbox behind a forwarding one says nothing of the address that we know.
        let ours = said.recipient.as_ref().is_none_or(|one| one.is_same_mailbox(&message.email));
        after_refusal(self.office, conn, message, said.status, ours, self.now).await
    }

    async fn keep(&self, conn: &mut PgConnection, message: Option<MessageId>) -> Result<Outcome, AppError> {
        if !kept::keep(self.office, conn, self.content, message, self.now).await? {
            return Ok(Outcome::Repeated);
        }
        tracing::warn!("something came back that is no report about a mail of ours; aktivasi mail kept list");
        if message.is_none() {
            let event = Event::new(self.by, "keep_returned_mail");
            store::audit::record(conn, event, self.now).await?;
        }
        Ok(Outcome::Kept)
    }

    async fn audit(
        &self,
        conn: &mut PgConnection,
        found: &Found,
        report: &NewReport<'_>,
    ) -> Result<(), AppError> {
        let message = &found.message;
        let event = Event {
            office: message.office,
            request: message.request,
            detail: serde_json::json!({
                "action": report.action,
                "status": report.status.map(|status| status.to_string()),
                "effect": report.effect,
                "found_by": report.found_by,
                "help_desk_number": message.help_desk_number,
            }),
            ..Event::new(self.by, "record_bounce").subject(message.id.0)
        };
        Ok(store::audit::record(conn, event, self.now).await?)
    }

    /// The same for the same report, however often it comes. Keyed, because it covers an address.
    fn fingerprint(&self, said: Option<&RecipientReport>, about: Option<&str>) -> [u8; 32] {
        let own = self.returned.own_id.clone().unwrap_or_else(|| hex(&Sha256::digest(self.content)));
        let said = said.map(|said| {
            let recipient = said.recipient.as_ref().map(EmailAddress::canonical);
            (said.action, said.status.map(|status| status.to_string()), recipient)
        });
        self.office.vault.lookup("mail_report", &format!("{own:?} {said:?} {about:?}"))
    }
}

/// What a report says of our recipient; when it names others only, a failure goes before anything else.
fn said_of<'a>(recipients: &'a [RecipientReport], to: &EmailAddress) -> Option<&'a RecipientReport> {
    let rank = |said: &&RecipientReport| {
        let ours = said.recipient.as_ref().is_some_and(|one| one.is_same_mailbox(to));
        (!ours, said.action != ReportAction::Failed)
    };
    recipients.iter().min_by_key(rank)
}

/// What a report changes. A mail that has been sent again is superseded, so that late news of it disturb nothing.
fn effect(action: ReportAction, message: &Message, about: Option<&str>) -> ReportEffect {
    if action != ReportAction::Failed {
        return ReportEffect::Noted;
    }
    match message.fate {
        Fate::Superseded => ReportEffect::Overtaken,
        Fate::Bounced => ReportEffect::Noted,
        // Each try of such a mail carries another password. Which one the relay took last is known when its answer is
        // recorded; until then the failure of one says nothing of the next.
        Fate::Queued if message.changes_with_each_try() => ReportEffect::Noted,
        Fate::Accepted if message.changes_with_each_try() => match (about, &message.smtp_message_id) {
            (Some(about), Some(last)) if about != last => ReportEffect::Overtaken,
            (Some(_) | None, _) => ReportEffect::Bounced,
        },
        // Also before the relay's answer is recorded: it took the mail, or nothing could come back.
        Fate::Queued | Fate::Accepted | Fate::GivenUp => ReportEffect::Bounced,
    }
}

#[cfg(test)]
mod tests;
