//! E-mail on its way out: one message, one recipient, one fate. And what comes back about it ([`Returned`]).
//!
//! The caller commits first and sends afterwards; it passes the Message-ID and the date, so that a repeat of the
//! same content is the same bytes under the same Message-ID. Nothing here logs an address or a content.

mod dkim;
mod domains;
mod dsn;
mod fate;
mod message;
mod settings;
mod shelf;
mod smtp;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::domain::email_address::EmailAddress;

pub use self::{
    dkim::{Dkim, DkimError, DkimRecord},
    domains::{MailDomains, NoNameServers, Takes},
    dsn::{RecipientReport, Returned},
    fate::{Cause, Fate, Fault, Stage},
    message::MessageError,
    settings::{Login, Security, Sender, SenderError, SmtpSettings},
    smtp::{MailerError, SmtpMailer},
};

/// One e-mail to one recipient.
///
/// `message_id` is `left@right` without angle brackets and belongs to the content: the same content keeps it,
/// another secret gets another. `at` becomes the `Date` header. Equal values give equal bytes;
/// a DKIM signature, which names the second at which it was made, is the one exception.
#[derive(Clone)]
pub struct Outgoing<'a> {
    pub message_id: &'a str,
    pub to: &'a EmailAddress,
    /// The envelope sender, where bounces go. Absent: the address of the visible sender.
    pub return_path: Option<&'a EmailAddress>,
    /// One line; line breaks and control characters become spaces.
    pub subject: &'a str,
    pub text: &'a str,
    /// The same in HTML. Absent: the mail is plain text.
    pub html: Option<&'a str>,
    pub attachments: Vec<Attachment>,
    pub at: DateTime<Utc>,
}

/// A file that goes with an e-mail. The bytes arrive as they are, whatever they hold.
#[derive(Clone)]
pub struct Attachment {
    pub filename: String,
    /// `type/subtype`, for instance `application/pdf`.
    pub media_type: String,
    pub bytes: Vec<u8>,
}

/// Hands an e-mail over and tells what became of it. Never panics and never retries by itself.
#[async_trait]
pub trait Mailer: Send + Sync {
    async fn send(&self, mail: &Outgoing<'_>) -> Fate;
}
