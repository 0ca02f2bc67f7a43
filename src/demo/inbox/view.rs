//! What the pages and the interface show of a mail.

use chrono::{DateTime, Datelike, Timelike, Utc};
use chrono_tz::Asia::Jakarta;
use serde::Serialize;

use super::mailbox::Kept;

/// A mail in the JSON interface.
#[derive(Serialize)]
pub(super) struct MessageBody<'a> {
    id: u64,
    received_at: DateTime<Utc>,
    /// The envelope's recipients.
    to: &'a [String],
    from: &'a str,
    subject: &'a str,
    message_id: &'a str,
    text: &'a str,
    html: Option<&'a str>,
    attachments: Vec<AttachmentBody<'a>>,
}

#[derive(Serialize)]
struct AttachmentBody<'a> {
    index: usize,
    filename: &'a str,
    media_type: &'a str,
    size: usize,
}

impl<'a> MessageBody<'a> {
    pub fn of(kept: &'a Kept) -> Self {
        let files = kept.mail.attachments.iter().enumerate();
        Self {
            id: kept.id,
            received_at: kept.at,
            to: &kept.to,
            from: &kept.mail.from,
            subject: &kept.mail.subject,
            message_id: &kept.mail.message_id,
            text: &kept.mail.text,
            html: kept.mail.html.as_deref(),
            attachments: files
                .map(|(index, file)| AttachmentBody {
                    index,
                    filename: &file.filename,
                    media_type: &file.media_type,
                    size: file.bytes.len(),
                })
                .collect(),
        }
    }
}

/// A line of the list page.
#[derive(Serialize)]
pub(super) struct Row {
    id: u64,
    to: String,
    subject: String,
    at: String,
    instant: DateTime<Utc>,
    files: usize,
}

impl Row {
    pub fn of(kept: &Kept) -> Self {
        Self {
            id: kept.id,
            to: kept.to.join(", "),
            subject: subject(kept),
            at: moment(kept.at),
            instant: kept.at,
            files: kept.mail.attachments.len(),
        }
    }
}

/// The page of one mail.
#[derive(Serialize)]
pub(super) struct Reading {
    id: u64,
    from: String,
    to: String,
    subject: String,
    at: String,
    instant: DateTime<Utc>,
    body: Vec<Piece>,
    has_html: bool,
    headers: Vec<(String, String)>,
    files: Vec<File>,
}

#[derive(Serialize)]
struct File {
    index: usize,
    filename: String,
    media_type: String,
    size: String,
}

/// A stretch of text, with the address it leads to when it is a link.
#[derive(Debug, Serialize, PartialEq, Eq)]
struct Piece {
    text: String,
    is_link: bool,
}

impl Reading {
    pub fn of(kept: &Kept) -> Self {
        let files = kept.mail.attachments.iter().enumerate();
        Self {
            id: kept.id,
            from: kept.mail.from.clone(),
            to: kept.to.join(", "),
            subject: subject(kept),
            at: moment(kept.at),
            instant: kept.at,
            body: pieces(&kept.mail.text),
            has_html: kept.mail.html.is_some(),
            headers: kept.mail.headers.clone(),
            files: files
                .map(|(index, file)| File {
                    index,
                    filename: file.filename.clone(),
                    media_type: file.media_type.clone(),
                    size: size(file.bytes.len()),
                })
                .collect(),
        }
    }
}

fn subject(kept: &Kept) -> String {
    if kept.mail.subject.trim().is_empty() { "(tanpa subjek)".to_owned() } else { kept.mail.subject.clone() }
}

/// `15 Juli 2026, 10.12.05 WIB`: seconds, because mails of one walk come within a minute.
fn moment(at: DateTime<Utc>) -> String {
    const MONTHS: [&str; 12] = [
        "Januari",
        "Februari",
        "Maret",
        "April",
        "Mei",
        "Juni",
        "Juli",
        "Agustus",
        "September",
        "Oktober",
        "November",
        "Desember",
    ];
    let local = at.with_timezone(&Jakarta);
    let month = MONTHS[local.month0() as usize % MONTHS.len()];
    let (hour, minute, second) = (local.hour(), local.minute(), local.second());
    format!("{} {month} {}, {hour:02}.{minute:02}.{second:02} WIB", local.day(), local.year())
}

fn size(bytes: usize) -> String {
    const KIB: usize = 1024;
    const MIB: usize = KIB * KIB;
    match bytes {
        0..KIB => format!("{bytes} bita"),
        KIB..MIB => format!("{} KiB", bytes.div_ceil(KIB)),
        _ => format!("{},{} MiB", bytes / MIB, bytes % MIB * 10 / MIB),
    }
}

/// Cuts the text at its `http` and `https` addresses. The pieces in order are the text.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = |text: &str, is_link: bool| {
        if !text.is_empty() {
            pieces.push(Piece { text: text.to_owned(), is_link });
        }
    };
    let mut rest = text;
    while let Some(start) = ["http://", "https://"].iter().filter_map(|scheme| rest.find(scheme)).min() {
        let (before, from_link) = rest.split_at(start);
        let end =
            from_link.find(|c: char| c.is_whitespace() || "<>\"".contains(c)).unwrap_or(from_link.len());
        let (candidate, _) = from_link.split_at(end);
        // A full stop after an address ends the sentence, not the address.
        let link = candidate.trim_end_matches(['.', ',', ';', ':', ')', '!', '?', '\'']);
        let is_link = link.len() > "https://".len();
        plain(before, false);
        plain(if is_link { link } else { candidate }, is_link);
        rest = from_link.strip_prefix(if is_link { link } else { candidate }).unwrap_or_default();
    }
    plain(rest, false);
    pieces
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_become_links_without_the_full_stop_behind_them() {
        let text =
            "Buka (https://aktivasi.example/p/abc?x=1&y=2). Atau http://127.0.0.1:8080/mulai\nhttps://";

        let links: Vec<String> = pieces(text).into_iter().filter(|p| p.is_link).map(|p| p.text).collect();

        assert_eq!(links, ["https://aktivasi.example/p/abc?x=1&y=2", "http://127.0.0.1:8080/mulai"]);
    }

    #[test]
    fn times_and_sizes_are_written_the_indonesian_way() {
        let at = Utc.with_ymd_and_hms(2026, 7, 15, 3, 2, 5).unwrap();

        assert_eq!(moment(at), "15 Juli 2026, 10.02.05 WIB");
        assert_eq!(size(27), "27 bita");
        assert_eq!(size(27 * 1024 + 1), "28 KiB");
        assert_eq!(size(5 * 1024 * 1024 + 600 * 1024), "5,5 MiB");
    }

    proptest! {
        #[test]
        fn cutting_at_links_loses_nothing(text in r"(\PC|\n|http://|https://|[a-z./]){0,60}") {
            let joined: String = pieces(&text).into_iter().map(|piece| piece.text).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
