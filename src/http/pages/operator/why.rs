//! Why work failed, in plain words: the recorded reason is for programmers and mail servers.

use crate::domain::enhanced_status::EnhancedStatus;

/// The key of the words for a recorded reason of a job, an attempt or a report.
pub(super) fn why(reason: &str) -> &'static str {
    ours(reason).unwrap_or_else(|| of_mail(reason))
}

/// Reasons of jobs begin with the words of the error of an act.
fn ours(reason: &str) -> Option<&'static str> {
    const KNOWN: [(&str, &str); 11] = [
        ("the address refused lately", "op.why.held"),
        ("Tidak dikirim: alamat ini", "op.why.held"),
        ("unavailable for now", "op.why.database"),
        ("the letter cannot be sealed for now", "op.why.signer_away"),
        ("the letter cannot be sealed", "op.why.signer"),
        ("the letter cannot be rendered", "op.why.wording"),
        ("internal error", "op.why.bug"),
        ("panicked", "op.why.bug"),
        ("begun too often", "op.why.bug"),
        ("no such queue", "op.why.bug"),
        ("the payload is not", "op.why.bug"),
    ];
    KNOWN.iter().find(|(begin, _)| reason.starts_with(begin)).map(|(_, key)| *key)
}

/// What the relay or another server answered; ours end with the step of the conversation in brackets.
fn of_mail(reason: &str) -> &'static str {
    let step = reason.rsplit_once(" (").and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or_default();
    let code: Option<u16> = reason.get(..4).and_then(|text| text.strip_suffix(' ')?.parse().ok());
    match (step, code) {
        ("message", _) => return "op.why.message",
        ("log-in", _) => return "op.why.login",
        ("STARTTLS", _) => return "op.why.tls",
        ("connecting", Some(500..)) => return "op.why.relay",
        ("MAIL FROM", Some(500..)) => return "op.why.sender",
        (step, None) if !step.is_empty() => return "op.why.relay_away",
        _ => {}
    }
    if let Some(status) = EnhancedStatus::in_text(reason) {
        return of_status(status);
    }
    match code {
        Some(400..=499) => "op.why.later",
        Some(_) => "op.why.refused",
        None => "op.why.other",
    }
}

/// The key of the words for what a server said.
pub(super) fn of_status(status: EnhancedStatus) -> &'static str {
    match (status.class, status.subject, status.detail) {
        (_, 1, 7 | 8) => "op.why.sender",
        (_, 1, 2 | 10) | (_, 4, 4) => "op.why.no_domain",
        (_, 1, _) => "op.why.no_mailbox",
        (_, 2, 2) => "op.why.full",
        (_, 2, 3) | (_, 3, 4) => "op.why.too_large",
        (_, 2, _) => "op.why.closed",
        (_, 6, _) => "op.why.content",
        (5, 7, _) => "op.why.policy",
        (4, ..) | (_, 3 | 4, _) => "op.why.later",
        _ => "op.why.refused",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_told_in_the_words_of_who_can_mend_it() {
        for (reason, key) in [
            ("the address refused lately", "op.why.held"),
            ("unavailable for now: pool timed out", "op.why.database"),
            ("the letter cannot be sealed for now: 503", "op.why.signer_away"),
            ("the letter cannot be sealed: wrong PIN", "op.why.signer"),
            ("the letter cannot be rendered: pkp.nama", "op.why.wording"),
            ("panicked", "op.why.bug"),
            ("timed out (connecting)", "op.why.relay_away"),
            ("554 No SMTP service here (connecting)", "op.why.relay"),
            ("535 5.7.8 Authentication credentials invalid (log-in)", "op.why.login"),
            ("550 5.1.8 Sender rejected (MAIL FROM)", "op.why.sender"),
            ("550 5.1.1 [address] User unknown (RCPT TO)", "op.why.no_mailbox"),
            ("5.1.10 smtp; 550 5.1.10 no such domain", "op.why.no_domain"),
            ("552 5.2.2 Mailbox full (RCPT TO)", "op.why.full"),
            ("554 5.7.1 Relay access denied (RCPT TO)", "op.why.policy"),
            ("451 4.7.1 Greylisted (RCPT TO)", "op.why.later"),
            ("550 No such user (RCPT TO)", "op.why.refused"),
            ("connection lost (end of DATA)", "op.why.relay_away"),
            ("", "op.why.other"),
        ] {
            assert_eq!(why(reason), key, "{reason}");
        }
    }
}
