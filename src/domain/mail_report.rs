//! What comes back about an e-mail after the relay took it.

use super::{enhanced_status::EnhancedStatus, names::named};

named! {
    /// What a report says was done with the mail (RFC 3464), and what we cannot read.
    ReportAction {
        Failed = "failed",
        Delayed = "delayed",
        Delivered = "delivered",
        Relayed = "relayed",
        Expanded = "expanded",
        /// Something came back for the mail that is no report.
        Unread = "unread",
    }
}

named! {
    /// What a report changed.
    ReportEffect {
        /// The mail counts as bounced since this report.
        Bounced = "bounced",
        /// Information only.
        Noted = "noted",
        /// About a mail or a content that a newer one has replaced: it changes nothing.
        Overtaken = "overtaken",
    }
}

impl ReportAction {
    /// The report in words, as the office reads it beside the mail.
    #[must_use]
    pub fn words(self, status: Option<EnhancedStatus>) -> String {
        let lead = match self {
            Self::Failed => "Email tidak sampai",
            Self::Delayed => "Email tertunda, server masih mencoba",
            Self::Delivered => return "Email sampai di kotak surat".to_owned(),
            Self::Relayed => return "Email diteruskan ke server lain yang tidak memberi kabar".to_owned(),
            Self::Expanded => return "Email dibagikan ke beberapa kotak surat".to_owned(),
            Self::Unread => return "Ada kabar balik yang tidak dapat dibaca program".to_owned(),
        };
        match status {
            Some(status) => format!("{lead}: {} ({status})", status.words().to_lowercase()),
            None => format!("{lead}, tanpa sebab yang disebut"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_tells_the_office_what_happened_and_why() {
        assert_eq!(
            ReportAction::Failed.words("5.1.1".parse().ok()),
            "Email tidak sampai: alamat email tidak dikenal di server tujuan (5.1.1)"
        );
        assert_eq!(ReportAction::Failed.words(None), "Email tidak sampai, tanpa sebab yang disebut");
        for action in ReportAction::ALL {
            assert!(!action.words("4.2.2".parse().ok()).is_empty());
        }
    }
}
