//! What mail servers send back about a mail of ours: delivery reports of RFC 3464, the plain text of qmail, and what is
//! neither. Reads any bytes without a panic; what cannot be read has no recipients.

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};

use super::fate::without_addresses;
use crate::domain::{
    email_address::EmailAddress, enhanced_status::EnhancedStatus, mail_report::ReportAction,
};

/// Of a forged report with thousands of addresses or recipients, so many are looked at.
const MOST: usize = 64;
/// What a report says stands at its beginning, before the mail that it returns. The mail library keeps a message inside an
/// encoded message once more at every level, so that a forged report of a mebibyte would take gigabytes: the rest is not read.
const MOST_BYTES: usize = 64 * 1024;
/// The mail library frees messages inside messages one in another: some 2,000 of them fit into what is read.
const STACK_BYTES: usize = 64 * 1024 * 1024;
/// How qmail begins its notices (qsbmf, <https://cr.yp.to/proto/qsbmf.txt>), and how it begins what it returns.
const QMAIL_OPENING: &str = "Hi. This is the";
const QMAIL_RETURNED: &str = "--- Below this line is ";

/// A message that came to the return path of a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Returned {
    /// Its own Message-ID.
    pub own_id: Option<String>,
    /// Whom it was sent to, and the return path that it quotes: one of them may name the mail.
    pub addresses: Vec<EmailAddress>,
    /// Message-IDs of the mail that it may be about, the surest first. Without angle brackets.
    pub about: Vec<String>,
    /// What became of the mail at each recipient. Empty: this is no report, or none that we can read.
    pub recipients: Vec<RecipientReport>,
    /// A mail server wrote it, not a person or a holiday notice.
    pub from_a_server: bool,
}

/// What a report says of one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientReport {
    /// As it was addressed first, when the report knows it.
    pub recipient: Option<EmailAddress>,
    pub action: ReportAction,
    pub status: Option<EnhancedStatus>,
    /// The server's words: one line, at most 200 characters, every address replaced by `[address]`.
    pub diagnostic: String,
}

impl Returned {
    /// Reads what came back. Equal bytes read equal.
    pub fn parse(content: &[u8]) -> Self {
        std::thread::scope(|scope| {
            let reader = std::thread::Builder::new().stack_size(STACK_BYTES);
            let reading = reader.spawn_scoped(scope, || Self::read(content));
            reading.ok().and_then(|reading| reading.join().ok()).unwrap_or_default()
        })
    }

    fn read(content: &[u8]) -> Self {
        let beginning = &content[..content.len().min(MOST_BYTES)];
        let Some(message) = MessageParser::default().parse(beginning) else { return Self::default() };
        let mut found = Self {
            own_id: message.message_id().map(str::to_owned),
            from_a_server: from_a_server(&message),
            ..Self::default()
        };
        for (name, value) in message.headers_raw() {
            if is_one_of(name, &["to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to"]) {
                found.takes_addresses(value);
            }
        }
        for part in &message.parts {
            found.reads_part(part);
        }
        if found.recipients.is_empty() {
            found.reads_qmail(&message);
        }
        if found.recipients.is_empty() {
            found.recipients = failed_recipients(&message);
        }
        // An answer names what it answers to; the returned mail itself, read above, is surer.
        for (name, value) in message.headers_raw() {
            if is_one_of(name, &["references", "in-reply-to"]) {
                value.split_ascii_whitespace().for_each(|id| found.takes_id(id));
            }
        }
        found
    }

    fn reads_part(&mut self, part: &MessagePart<'_>) {
        let is = |wanted: &[&str]| {
            part.content_type().is_some_and(|media| {
                let subtype = media.subtype().unwrap_or_default();
                is_one_of(&format!("{}/{subtype}", media.ctype()), wanted)
            })
        };
        if is(&["message/delivery-status", "message/global-delivery-status"]) {
            self.reads_status(&String::from_utf8_lossy(part.contents()));
        } else if let PartType::Message(returned) = &part.body {
            self.reads_returned(returned);
        } else if is(&["text/rfc822-headers", "message/rfc822-headers", "message/global-headers"])
            && let Some(headers) = MessageParser::default().parse_headers(part.contents())
        {
            self.reads_returned(&headers);
        }
    }

    fn reads_returned(&mut self, returned: &Message<'_>) {
        if let Some(id) = returned.message_id() {
            self.takes_id(id);
        }
        for (name, value) in returned.headers_raw() {
            if is_one_of(name, &["return-path"]) {
                self.takes_addresses(value);
            }
        }
    }

    /// RFC 3464: groups of fields parted by empty lines, the first of them about the whole mail.
    fn reads_status(&mut self, text: &str) {
        for group in groups(text) {
            let field = |name: &str| group.iter().find(|(known, _)| known == name).map(|(_, value)| &**value);
            if let Some(sender) = field("x-postfix-sender") {
                self.takes_addresses(sender);
            }
            let Some(action) = field("action").and_then(action) else { continue };
            let diagnostic = field("diagnostic-code").unwrap_or_default();
            let status = field("status").and_then(EnhancedStatus::in_text).map_or_else(
                || EnhancedStatus::in_text(diagnostic),
                |status| Some(status.refined_by(diagnostic)),
            );
            let named = [field("original-recipient"), field("final-recipient")];
            self.takes_recipient(RecipientReport {
                recipient: named.into_iter().flatten().find_map(|value| addresses(value).next()),
                action,
                status,
                diagnostic: without_addresses(diagnostic),
            });
        }
    }

    /// qmail: an opening paragraph, then for each recipient `<address>:` and the reason.
    fn reads_qmail(&mut self, message: &Message<'_>) {
        let Some(text) = message.body_text(0) else { return };
        let text = text.replace("\r\n", "\n");
        let text = text.trim_start();
        if !text.starts_with(QMAIL_OPENING) {
            return;
        }
        let (notice, returned) = text.split_once(QMAIL_RETURNED).unwrap_or((text, ""));
        for paragraph in notice.split("\n\n").map(str::trim) {
            let Some((address, reason)) = paragraph.strip_prefix('<').and_then(|rest| rest.split_once(">:"))
            else {
                continue;
            };
            self.takes_recipient(RecipientReport {
                recipient: address.parse().ok(),
                action: ReportAction::Failed,
                status: EnhancedStatus::in_text(reason),
                diagnostic: without_addresses(reason),
            });
        }
        let copy = returned.split_once("\n\n").map_or("", |(_, copy)| copy);
        if let Some(copy) = MessageParser::default().parse_headers(copy) {
            self.reads_returned(&copy);
        }
    }

    fn takes_recipient(&mut self, recipient: RecipientReport) {
        if self.recipients.len() < MOST {
            self.recipients.push(recipient);
        }
    }

    fn takes_addresses(&mut self, text: &str) {
        for address in addresses(text) {
            if self.addresses.len() < MOST && !self.addresses.contains(&address) {
                self.addresses.push(address);
            }
        }
    }

    fn takes_id(&mut self, text: &str) {
        let id = text.trim().trim_matches(['<', '>']);
        if !id.is_empty() && self.about.len() < MOST && !self.about.iter().any(|known| known == id) {
            self.about.push(id.to_owned());
        }
    }
}

fn is_one_of(name: &str, wanted: &[&str]) -> bool {
    wanted.iter().any(|one| name.eq_ignore_ascii_case(one))
}

/// Exim of old days and some gateways name the recipients in a header and the reason in prose.
fn failed_recipients(message: &Message<'_>) -> Vec<RecipientReport> {
    let headers = message.headers_raw().filter(|(name, _)| is_one_of(name, &["x-failed-recipients"]));
    let recipients = headers.flat_map(|(_, value)| addresses(value).collect::<Vec<_>>()).take(MOST);
    let reason = message.body_text(0).unwrap_or_default();
    recipients
        .map(|recipient| RecipientReport {
            recipient: Some(recipient),
            action: ReportAction::Failed,
            status: EnhancedStatus::in_text(&reason),
            diagnostic: String::new(),
        })
        .collect()
}

/// Sent by `MAILER-DAEMON` or `postmaster`.
fn from_a_server(message: &Message<'_>) -> bool {
    let sender = message.from().and_then(|from| from.first()).and_then(|one| one.address());
    sender.is_some_and(|address| {
        let local = address.split_once('@').map_or(address, |(local, _)| local);
        is_one_of(local, &["mailer-daemon", "postmaster"])
    })
}

fn action(text: &str) -> Option<ReportAction> {
    let word = text.split_whitespace().next()?.to_ascii_lowercase();
    word.parse().ok().filter(|action| *action != ReportAction::Unread)
}

/// The addresses in a header or in a field such as `rfc822; name@example.com`.
fn addresses(text: &str) -> impl Iterator<Item = EmailAddress> {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control() || "<>()[],;:\"".contains(c));
    words.filter_map(|word| word.parse().ok())
}

/// Names in lower case with their unfolded values.
fn groups(text: &str) -> Vec<Vec<(String, String)>> {
    let mut groups = vec![Vec::new()];
    for line in text.lines() {
        let Some(group) = groups.last_mut() else { break };
        if line.trim().is_empty() {
            if !group.is_empty() {
                groups.push(Vec::new());
            }
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = group.last_mut() {
                *value = format!("{value} {}", line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            group.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    groups
}

#[cfg(test)]
mod tests;
