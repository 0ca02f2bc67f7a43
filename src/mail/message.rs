//! An [`Outgoing`] as the bytes that go over the wire: ASCII throughout, lines of at most 998 octets.

use std::time::SystemTime;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use lettre::{
    Address, Message,
    address::Envelope,
    message::{
        self, Body, Mailbox, MessageBuilder, MultiPart, SinglePart,
        header::{self, ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{Attachment, Outgoing, Sender, dkim::Dkim};
use crate::domain::email_address::EmailAddress;

/// Why a message cannot be put together. Holds nothing of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MessageError {
    #[error("the Message-ID is not of the form left@right")]
    MessageId,
    #[error("an attachment's media type is not of the form type/subtype")]
    MediaType,
    #[error("an attachment has no file name")]
    Filename,
    #[error("the date does not fit into a Date header")]
    Date,
    #[error("an address is refused by the mail library")]
    Address,
    #[error("the message cannot be assembled")]
    Assembly,
}

/// Puts the message together: text, the same in HTML beside it, then the attachments. Equal input gives equal bytes, up to
/// the signature.
///
/// No input can add a header: addresses and the sender's name are parsed values, the Message-ID and media types are
/// checked here, subject and file names lose their control characters.
pub(super) fn compose(
    from: &Sender,
    mail: &Outgoing<'_>,
    dkim: Option<&Dkim>,
) -> Result<(Envelope, Vec<u8>), MessageError> {
    let sender = address(from.address())?;
    let recipient = address(mail.to)?;
    let return_path = mail.return_path.map_or_else(|| Ok(sender.clone()), address)?;
    let envelope =
        Envelope::new(Some(return_path), vec![recipient.clone()]).map_err(|_| MessageError::Address)?;
    let builder = Message::builder()
        .envelope(envelope.clone())
        .from(Mailbox::new(Some(from.name().to_owned()), sender))
        .to(Mailbox::new(None, recipient))
        .subject(one_line(mail.subject))
        .date(date(mail)?)
        .message_id(Some(message_id(mail.message_id)?))
        // RFC 3834: keeps holiday notices and list robots from answering.
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    let mut message = assembled(builder, mail)?;
    if let Some(dkim) = dkim {
        dkim.sign(&mut message);
    }
    Ok((envelope, message.formatted()))
}

fn assembled(builder: MessageBuilder, mail: &Outgoing<'_>) -> Result<Message, MessageError> {
    let builder = builder.header(header::MIME_VERSION_1_0);
    let text = text_part(ContentType::TEXT_PLAIN, mail.text);
    let words = mail.html.map(|html| {
        let boundary = boundary("alternative", mail.message_id);
        let html = text_part(ContentType::TEXT_HTML, html);
        MultiPart::alternative().boundary(boundary).singlepart(text.clone()).singlepart(html)
    });
    let files = mail.attachments.iter().map(attachment).collect::<Result<Vec<_>, _>>()?;
    let parts = match words {
        Some(words) if files.is_empty() => words,
        None if files.is_empty() => {
            let message = builder.header(ContentType::TEXT_PLAIN).body(mail.text.to_owned());
            return message.map_err(|_| MessageError::Assembly);
        }
        words => {
            let mixed = MultiPart::mixed().boundary(boundary("mixed", mail.message_id));
            let mixed = match words {
                Some(words) => mixed.multipart(words),
                None => mixed.singlepart(text),
            };
            files.into_iter().fold(mixed, MultiPart::singlepart)
        }
    };
    enclosed(builder, &parts)
}

/// Puts the parts into the body as bytes and their Content-Type among the fields of the message: the library would keep
/// it with the parts, where its signature does not see it, and whoever changes a boundary changes what is read.
fn enclosed(builder: MessageBuilder, parts: &MultiPart) -> Result<Message, MessageError> {
    let content_type = parts.headers().get::<ContentType>().ok_or(MessageError::Assembly)?;
    let formatted = parts.formatted();
    let head_ends =
        formatted.windows(4).position(|four| four == b"\r\n\r\n").ok_or(MessageError::Assembly)?;
    let body = formatted[head_ends + 4..].to_vec();
    let body = Body::dangerous_pre_encoded(body, ContentTransferEncoding::SevenBit);
    builder.header(content_type).body(body).map_err(|_| MessageError::Assembly)
}

/// Chooses between 7bit, quoted-printable and base64; the server need not know 8BITMIME.
fn text_part(content_type: ContentType, text: &str) -> SinglePart {
    SinglePart::builder().header(content_type).body(text.to_owned())
}

fn address(address: &EmailAddress) -> Result<Address, MessageError> {
    Address::new(address.local(), address.domain()).map_err(|_| MessageError::Address)
}

/// The library panics outside these years.
fn date(mail: &Outgoing<'_>) -> Result<SystemTime, MessageError> {
    const YEAR_9999: i64 = 253_370_764_800;
    if (0..YEAR_9999).contains(&mail.at.timestamp()) { Ok(mail.at.into()) } else { Err(MessageError::Date) }
}

/// The id in angle brackets; `dot-atom@dot-atom` only, so it is printed in one piece on one line.
fn message_id(id: &str) -> Result<String, MessageError> {
    let is_atom = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b))
    };
    match id.split_once('@') {
        Some((left, right)) if is_atom(left) && is_atom(right) && id.len() <= 200 => Ok(format!("<{id}>")),
        Some(_) | None => Err(MessageError::MessageId),
    }
}

/// The boundary must not occur in any part and must be the same when the message is built again.
/// Parts are base64 or text, in which 32 letters and digits derived from the Message-ID do not turn up by chance.
fn boundary(of: &str, message_id: &str) -> String {
    let digest = Sha256::digest(format!("{of} {message_id}").as_bytes());
    URL_SAFE_NO_PAD.encode(&digest[..24])
}

fn attachment(attachment: &Attachment) -> Result<SinglePart, MessageError> {
    let filename = one_line(&attachment.filename);
    let filename = filename.trim();
    if filename.is_empty() {
        return Err(MessageError::Filename);
    }
    let media_type = &attachment.media_type;
    if media_type.chars().any(char::is_control) {
        return Err(MessageError::MediaType);
    }
    let content_type = ContentType::parse(media_type).map_err(|_| MessageError::MediaType)?;
    // Always base64: relays may rewrite line ends and trailing spaces in anything else.
    let body = Body::new_with_encoding(attachment.bytes.clone(), ContentTransferEncoding::Base64)
        .map_err(|_| MessageError::Assembly)?;
    Ok(message::Attachment::new(filename.to_owned()).body(body, content_type))
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use proptest::prelude::*;

    use super::*;

    fn sender() -> Sender {
        Sender::new("KPP Pratama Jakarta Palmerah", "kirim@pajak.example".parse().unwrap()).unwrap()
    }

    fn mail<'a>(to: &'a EmailAddress, subject: &'a str, text: &'a str) -> Outgoing<'a> {
        Outgoing {
            message_id: "m1@pajak.example",
            to,
            return_path: None,
            subject,
            text,
            html: None,
            attachments: vec![],
            at: Utc.with_ymd_and_hms(2026, 7, 15, 3, 12, 0).unwrap(),
        }
    }

    fn with_file(filename: &str, media_type: &str) -> Vec<Attachment> {
        vec![Attachment {
            filename: filename.to_owned(),
            media_type: media_type.to_owned(),
            bytes: b"%PDF".to_vec(),
        }]
    }

    #[test]
    fn the_same_message_is_the_same_bytes() {
        let to: EmailAddress = "pertama@example.com".parse().unwrap();
        let mut mail = mail(&to, "Permohonan Kode Aktivasi: tanda terima", "Yth. Pengurus,\n\nTerima kasih…");
        mail.attachments = with_file("surat S-128.pdf", "application/pdf");
        mail.html = Some("<p>Yth. Pengurus,</p><p>Terima kasih…</p>");

        let (_, first) = compose(&sender(), &mail, None).unwrap();
        let (_, second) = compose(&sender(), &mail, None).unwrap();

        assert_eq!(first, second);
    }

    #[test]
    fn a_message_id_or_media_type_that_could_break_a_header_is_refused() {
        let to: EmailAddress = "pertama@example.com".parse().unwrap();
        for id in ["", "m1", "@x", "m1@", "a b@x", "a@b@c", "a@x>\r\nBcc: y@example.com", "ä@x"] {
            let mail = Outgoing { message_id: id, ..mail(&to, "S", "t") };
            assert_eq!(compose(&sender(), &mail, None).unwrap_err(), MessageError::MessageId, "{id}");
        }
        for media_type in ["", "pdf", "application/pdf\r\nX: y"] {
            let mail = Outgoing { attachments: with_file("a.pdf", media_type), ..mail(&to, "S", "t") };
            assert_eq!(compose(&sender(), &mail, None).unwrap_err(), MessageError::MediaType, "{media_type}");
        }
        let mail = Outgoing { attachments: with_file("\r\n", "application/pdf"), ..mail(&to, "S", "t") };
        assert_eq!(compose(&sender(), &mail, None).unwrap_err(), MessageError::Filename);
    }

    #[test]
    fn a_date_before_1970_is_refused_instead_of_a_panic() {
        let to: EmailAddress = "pertama@example.com".parse().unwrap();
        let mail =
            Outgoing { at: Utc.with_ymd_and_hms(1969, 12, 31, 0, 0, 0).unwrap(), ..mail(&to, "S", "t") };

        assert_eq!(compose(&sender(), &mail, None).unwrap_err(), MessageError::Date);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_input_adds_a_header_a_long_line_or_a_byte_beyond_ascii(
            subject in any::<String>(),
            text in r"(\PC|\r\n|\n|\r){0,1200}",
            filename in r"a(\PC|\r\n){0,60}",
        ) {
            let to: EmailAddress = "pertama@example.com".parse().unwrap();
            let mut mail = mail(&to, &subject, &text);
            mail.attachments = with_file(&filename, "application/pdf");
            let html = format!("<p>{text}</p>");
            mail.html = Some(&html);

            let (envelope, bytes) = compose(&sender(), &mail, None).unwrap();

            prop_assert_eq!(envelope.to().len(), 1);
            prop_assert!(bytes.is_ascii());
            let message = String::from_utf8(bytes).unwrap();
            prop_assert!(message.split("\r\n").all(|line| line.len() <= 998));
            let (head, _) = message.split_once("\r\n\r\n").unwrap();
            let mut names: Vec<&str> = head
                .split("\r\n")
                .filter(|line| !line.starts_with([' ', '\t']))
                .map(|line| line.split_once(':').map_or(line, |(name, _)| name))
                .collect();
            names.sort_unstable();
            prop_assert_eq!(
                names,
                [
                    "Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "MIME-Version",
                    "Message-ID", "Subject", "To"
                ]
            );
        }
    }
}
