//! The `class.subject.detail` with which mail servers say what became of a mail (RFC 3463).

use std::{fmt, str::FromStr};

use chrono::TimeDelta;

/// Class 2 (done), 4 (put off) or 5 (refused); subject and detail of at most three digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnhancedStatus {
    pub class: u8,
    pub subject: u16,
    pub detail: u16,
}

/// A text that is no enhanced status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a class.subject.detail of RFC 3463")]
pub struct NoEnhancedStatus;

/// What a refusal says of the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such mailbox or domain: mails to it fail until somebody corrects it.
    Address,
    /// The mailbox is there and takes nothing for now: full, closed, or not said why.
    Mailbox,
    /// The way there, the message or its sender is at fault: another mail may arrive.
    Other,
}

impl EnhancedStatus {
    /// What a refusal with this status says of the address it was meant for.
    #[must_use]
    pub fn refusal(self) -> Refusal {
        match (self.class, self.subject, self.detail) {
            // 5.1.7 and 5.1.8 speak of our sender.
            (5, 1, 7 | 8) => Refusal::Other,
            // 5.4.4: the domain of the address is not known.
            (5, 1, _) | (5, 4, 4) => Refusal::Address,
            (5, 2, 0..=2) | (5, 0, 0) => Refusal::Mailbox,
            _ => Refusal::Other,
        }
    }

    /// As staff and taxpayers read it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match (self.class, self.subject, self.detail) {
            (2, ..) => "Diterima server tujuan",
            (_, 1, 7 | 8) => "Alamat pengirim ditolak server tujuan",
            (_, 1, 2 | 10) | (_, 4, 4) => "Domain alamat email tidak ada atau tidak menerima email",
            (_, 1, _) => "Alamat email tidak dikenal di server tujuan",
            (_, 2, 1) => "Kotak surat tidak aktif",
            (_, 2, 2) => "Kotak surat penuh",
            (_, 2, 3) | (_, 3, 4) => "Ukuran email melebihi batas server tujuan",
            (_, 2, _) => "Kotak surat tidak dapat menerima email",
            (_, 3, _) => "Server tujuan sedang terganggu",
            (_, 4, _) => "Server tujuan tidak dapat dihubungi",
            (_, 5, _) => "Kedua server tidak saling memahami",
            (_, 6, _) => "Isi email tidak diterima server tujuan",
            (_, 7, _) => "Ditolak aturan keamanan server tujuan",
            _ => "Tidak diterima, tanpa sebab yang disebut",
        }
    }

    /// The status itself, or a more telling one in the server's own words: several servers say `5.0.0` and quote a `5.1.1`.
    #[must_use]
    pub fn refined_by(self, text: &str) -> Self {
        if (self.subject, self.detail) != (0, 0) {
            return self;
        }
        Self::in_text(text).filter(|found| found.class == self.class).unwrap_or(self)
    }

    /// The first status in a text.
    #[must_use]
    pub fn in_text(text: &str) -> Option<Self> {
        let mut words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'));
        words.find_map(|word| word.trim_matches(['.', '-']).parse().ok())
    }
}

impl FromStr for EnhancedStatus {
    type Err = NoEnhancedStatus;

    fn from_str(word: &str) -> Result<Self, NoEnhancedStatus> {
        let mut parts = word.split('.');
        let mut number = |longest: usize| {
            let digits = |part: &&str| {
                (1..=longest).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
            };
            parts.next().filter(digits).and_then(|part| part.parse::<u16>().ok()).ok_or(NoEnhancedStatus)
        };
        let class = match number(1)? {
            2 => 2,
            4 => 4,
            5 => 5,
            _ => return Err(NoEnhancedStatus),
        };
        let (subject, detail) = (number(3)?, number(3)?);
        if parts.next().is_some() { Err(NoEnhancedStatus) } else { Ok(Self { class, subject, detail }) }
    }
}

impl fmt::Display for EnhancedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// How long mails to an address are held after a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SuppressionPeriods {
    pub address: TimeDelta,
    pub mailbox: TimeDelta,
}

impl SuppressionPeriods {
    /// `None`: the next mail may arrive.
    #[must_use]
    pub fn after(&self, refusal: Refusal) -> Option<TimeDelta> {
        match refusal {
            Refusal::Address => Some(self.address),
            Refusal::Mailbox => Some(self.mailbox),
            Refusal::Other => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn status(text: &str) -> EnhancedStatus {
        text.parse().unwrap()
    }

    #[test]
    fn only_class_subject_detail_is_a_status() {
        assert_eq!(status("5.1.1"), EnhancedStatus { class: 5, subject: 1, detail: 1 });
        for wrong in ["", "5", "5.1", "3.1.1", "5.1.1.1", "5.1.1000", "5..1", "+5.1.1", "5.1.a", "55.1.1"] {
            assert_eq!(wrong.parse::<EnhancedStatus>(), Err(NoEnhancedStatus), "{wrong}");
        }
    }

    #[test]
    fn a_wrong_address_is_told_from_a_full_mailbox_and_from_a_fault_of_ours() {
        for (refusal, statuses) in [
            (Refusal::Address, &["5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.10", "5.4.4"][..]),
            (Refusal::Mailbox, &["5.2.0", "5.2.1", "5.2.2", "5.0.0"]),
            (
                Refusal::Other,
                &["5.1.7", "5.1.8", "5.7.1", "5.3.4", "5.6.0", "5.4.1", "4.1.1", "4.2.2", "2.1.5"],
            ),
        ] {
            for text in statuses {
                assert_eq!(status(text).refusal(), refusal, "{text}");
            }
        }
    }

    #[test]
    fn a_status_that_says_nothing_gives_way_to_the_one_that_the_server_quotes() {
        let quoted = "smtp; 550 5.1.1 <x@example.com>: User unknown";

        assert_eq!(status("5.0.0").refined_by(quoted), status("5.1.1"));
        assert_eq!(status("5.2.2").refined_by(quoted), status("5.2.2"));
        assert_eq!(status("4.0.0").refined_by(quoted), status("4.0.0"));
        assert_eq!(EnhancedStatus::in_text("no mailbox here (#5.1.1)"), Some(status("5.1.1")));
    }

    proptest! {
        #[test]
        fn every_status_has_words_and_is_read_back(class in prop::sample::select(vec![2_u8, 4, 5]), subject in 0_u16..1000, detail in 0_u16..1000) {
            let status = EnhancedStatus { class, subject, detail };
            prop_assert!(!status.words().is_empty());
            prop_assert_eq!(status.to_string().parse(), Ok(status));
        }

        #[test]
        fn any_text_is_read_without_panic(text in any::<String>()) {
            let _ = text.parse::<EnhancedStatus>();
            let _ = EnhancedStatus::in_text(&text);
        }
    }
}
