//! A received message taken apart for reading.

use mail_parser::{Address, Message, MessageParser, MimeHeaders, PartType};

/// What a reader of a mailbox sees. Header values are unfolded and decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadableMail {
    /// Name and value of each header in the order of the message, decoded where it is text.
    pub headers: Vec<(String, String)>,
    pub from: String,
    pub to: Vec<String>,
    pub subject: String,
    /// Without angle brackets.
    pub message_id: String,
    /// The text part with plain `\n`; the text of the HTML part when there is no other.
    pub text: String,
    /// The HTML part, if there is one.
    pub html: Option<String>,
    pub attachments: Vec<ReceivedFile>,
}

/// An attachment as it came out of its encoding.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivedFile {
    pub filename: String,
    pub media_type: String,
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for ReceivedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReceivedFile({}, {}, {} bytes)", self.filename, self.media_type, self.bytes.len())
    }
}

impl ReadableMail {
    /// Reads any bytes: what is no message has empty fields and the bytes as text.
    pub fn parse(content: &[u8]) -> Self {
        let Some(message) = MessageParser::default().parse(content) else {
            let text = String::from_utf8_lossy(content).into_owned();
            let (from, subject, message_id) = Default::default();
            return Self {
                headers: vec![],
                from,
                to: vec![],
                subject,
                message_id,
                text,
                html: None,
                attachments: vec![],
            };
        };
        let headers =
            message.headers_raw().map(|(name, raw)| (name.to_owned(), unfolded(raw))).map(|(name, raw)| {
                let decoded = match name.to_ascii_lowercase().as_str() {
                    "subject" => message.subject().map(str::to_owned),
                    "from" => message.from().map(readable),
                    "to" => message.to().map(readable),
                    _ => None,
                };
                (name, decoded.unwrap_or(raw))
            });
        let attachments = message.attachments().enumerate().map(|(index, part)| ReceivedFile {
            filename: part.attachment_name().map_or_else(|| format!("lampiran-{}", index + 1), str::to_owned),
            media_type: part.content_type().map_or_else(
                || "application/octet-stream".to_owned(),
                |t| format!("{}/{}", t.ctype(), t.subtype().unwrap_or("octet-stream")),
            ),
            bytes: part.contents().to_vec(),
        });
        Self {
            headers: headers.collect(),
            from: message.from().map(readable).unwrap_or_default(),
            to: message.to().map(addresses).unwrap_or_default(),
            subject: message.subject().unwrap_or_default().to_owned(),
            message_id: message.message_id().unwrap_or_default().to_owned(),
            text: message.body_text(0).unwrap_or_default().replace("\r\n", "\n"),
            html: html(&message),
            attachments: attachments.collect(),
        }
    }

    /// The first header of this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Only what was sent as HTML: the library would make HTML of a plain text as well.
fn html(message: &Message<'_>) -> Option<String> {
    message.html_bodies().find_map(|part| match &part.body {
        PartType::Html(html) => Some(html.to_string()),
        _ => None,
    })
}

fn unfolded(raw: &str) -> String {
    raw.replace("\r\n", "\n").replace('\n', "").trim().to_owned()
}

fn addresses(address: &Address<'_>) -> Vec<String> {
    address.iter().filter_map(|one| one.address()).map(str::to_owned).collect()
}

/// `Name <address>`, several parted by commas.
fn readable(address: &Address<'_>) -> String {
    let one = |name: Option<&str>, address: &str| match name {
        Some(name) if !name.is_empty() => format!("{name} <{address}>"),
        Some(_) | None => address.to_owned(),
    };
    let all: Vec<String> = address.iter().map(|a| one(a.name(), a.address().unwrap_or_default())).collect();
    all.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_unfolded_and_decoded() {
        let mail = ReadableMail::parse(
            b"From: =?utf-8?q?KPP_Pratama_=E2=80=94_Palmerah?= <kirim@pajak.example>\r\nTo: a@example.com,\r\n b@example.com\r\n\
              Subject: =?utf-8?b?TMOhcG9yYW4=?=\r\nMessage-ID: <m1@pajak.example>\r\nX-Long: one\r\n two\r\n\r\nIsi\r\nsurat",
        );

        assert_eq!(mail.from, "KPP Pratama \u{2014} Palmerah <kirim@pajak.example>");
        assert_eq!(mail.to, ["a@example.com", "b@example.com"]);
        assert_eq!(mail.subject, "Láporan");
        assert_eq!(mail.message_id, "m1@pajak.example");
        assert_eq!(mail.header("x-long"), Some("one two"));
        assert_eq!(mail.text, "Isi\nsurat");
    }

    #[test]
    fn bytes_that_are_no_message_are_shown_all_the_same() {
        for content in [&b""[..], b"\xff\xfe", b"halo"] {
            let mail = ReadableMail::parse(content);
            assert!(mail.attachments.is_empty());
        }
    }
}
