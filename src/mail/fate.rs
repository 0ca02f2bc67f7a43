//! What became of an e-mail, and who has to do something about it.
//!
//! The rule: an answer is final only when it is a 5xx about this recipient or this message. Whatever speaks of us
//! (our log-in, our sender, our right to relay, our end of the protocol, our certificate) is retried, because a wrong
//! setting must not use up every letter of the day; [`Fault::is_ours`] is there to raise an alarm at once.

use std::fmt;

use crate::domain::enhanced_status::EnhancedStatus;

/// The outcome of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The relay answered 250 to the whole message and is responsible for it from here on.
    Accepted { code: u16, text: String },
    /// Try again later with the same Message-ID. The relay may already hold the message, when the connection ended
    /// between our final dot and its answer: a repeat is possible, a loss is not.
    Transient { reason: Fault },
    /// Trying again brings the same answer: stop and show it.
    Permanent { reason: Fault },
}

/// Why an attempt failed. Holds no address, also not one that the relay quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub stage: Stage,
    pub cause: Cause,
    /// The relay's own words or ours; one line, at most 200 characters, every address replaced by `[address]`.
    pub text: String,
}

/// How far the conversation had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Putting the message together: nothing was sent.
    Compose,
    /// TCP, TLS when it comes first, greeting and EHLO.
    Connect,
    StartTls,
    Login,
    /// MAIL FROM: our sender.
    Sender,
    /// RCPT TO.
    Recipient,
    /// The DATA command.
    Data,
    /// The message and the final dot. The relay may have taken it although no answer came.
    Content,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The relay answered with a 4xx or 5xx.
    Refused { code: u16, enhanced: Option<EnhancedStatus> },
    /// No answer within the timeout.
    Timeout,
    /// The connection could not be made or ended early, TLS faults among them, or the answer was no SMTP.
    Connection,
    /// The relay does not offer what our settings demand: STARTTLS or a way to log in.
    NotOffered,
    /// The message cannot be put together as asked.
    Message,
}

/// RFC 3463: the mail delivery protocol, that is, how the two programs talk.
const SUBJECT_PROTOCOL: u16 = 5;
/// RFC 3463: security and policy: log-in, relaying, authentication of our domain.
const SUBJECT_POLICY: u16 = 7;

impl Fate {
    /// The fate of an attempt that failed with this fault.
    pub(super) fn of(reason: Fault) -> Self {
        if reason.is_final() { Self::Permanent { reason } } else { Self::Transient { reason } }
    }
}

impl Fault {
    /// A fault whose text comes from the relay.
    pub(super) fn refused(stage: Stage, code: u16, answer: &str) -> Self {
        let enhanced = answer.split_whitespace().next().and_then(|word| word.parse().ok());
        Self { stage, cause: Cause::Refused { code, enhanced }, text: without_addresses(answer) }
    }

    /// A fault without an answer; the text holds no address.
    pub(super) fn new(stage: Stage, cause: Cause, text: impl Into<String>) -> Self {
        Self { stage, cause, text: text.into() }
    }

    /// The SMTP code, when the relay gave one.
    pub fn code(&self) -> Option<u16> {
        match self.cause {
            Cause::Refused { code, .. } => Some(code),
            Cause::Timeout | Cause::Connection | Cause::NotOffered | Cause::Message => None,
        }
    }

    /// The enhanced status, when the relay gave one.
    pub fn enhanced(&self) -> Option<EnhancedStatus> {
        match self.cause {
            Cause::Refused { enhanced, .. } => enhanced,
            Cause::Timeout | Cause::Connection | Cause::NotOffered | Cause::Message => None,
        }
    }

    /// Whether our settings or our standing with the relay are at fault, so that other mail fails alike:
    /// an operator is to be alarmed, the recipient has nothing to mend.
    pub fn is_ours(&self) -> bool {
        match self.cause {
            Cause::NotOffered | Cause::Message => true,
            Cause::Timeout | Cause::Connection => false,
            Cause::Refused { code, enhanced } => code >= 500 && self.speaks_of_us(code, enhanced),
        }
    }

    fn speaks_of_us(&self, code: u16, enhanced: Option<EnhancedStatus>) -> bool {
        match self.stage {
            // The recipient has not been named yet, so it cannot be meant.
            Stage::Compose | Stage::Connect | Stage::StartTls | Stage::Login | Stage::Sender => true,
            Stage::Recipient | Stage::Data | Stage::Content => {
                let log_in = matches!(code, 530 | 534 | 535 | 538);
                match enhanced {
                    Some(status) => log_in || matches!(status.subject, SUBJECT_PROTOCOL | SUBJECT_POLICY),
                    // Unknown, unimplemented or misplaced command: a protocol fault without its enhanced status.
                    None => log_in || matches!(code, 500 | 502 | 503),
                }
            }
        }
    }

    fn is_final(&self) -> bool {
        match self.cause {
            Cause::Message => true,
            Cause::Timeout | Cause::Connection | Cause::NotOffered => false,
            Cause::Refused { code, enhanced } => code >= 500 && !self.speaks_of_us(code, enhanced),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code() {
            Some(code) => write!(f, "{code} {} ({})", self.text, self.stage),
            None => write!(f, "{} ({})", self.text, self.stage),
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Compose => "message",
            Self::Connect => "connecting",
            Self::StartTls => "STARTTLS",
            Self::Login => "log-in",
            Self::Sender => "MAIL FROM",
            Self::Recipient => "RCPT TO",
            Self::Data => "DATA",
            Self::Content => "end of DATA",
        })
    }
}

/// One line of at most 200 characters in which every word with an `@` is gone: relays like to quote the recipient.
pub(super) fn without_addresses(answer: &str) -> String {
    const LONGEST: usize = 200;
    let words = answer.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let safe: Vec<&str> =
        words.map(|word| if word.contains(['@', '＠']) { "[address]" } else { word }).collect();
    safe.join(" ").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fate(stage: Stage, code: u16, answer: &str) -> Fate {
        Fate::of(Fault::refused(stage, code, answer))
    }

    #[test]
    fn a_5xx_about_the_recipient_or_the_message_is_final() {
        for (stage, code, answer) in [
            (Stage::Recipient, 550, "5.1.1 User unknown"),
            (Stage::Recipient, 550, "No such user"),
            (Stage::Recipient, 552, "5.2.2 Mailbox full"),
            (Stage::Recipient, 501, "5.1.3 Bad address syntax"),
            (Stage::Data, 554, "No valid recipients"),
            (Stage::Content, 552, "5.3.4 Message too big"),
            (Stage::Content, 554, "5.6.0 Message refused"),
        ] {
            assert!(matches!(fate(stage, code, answer), Fate::Permanent { .. }), "{code} {answer}");
        }
    }

    #[test]
    fn a_5xx_about_us_is_retried_and_marked_as_ours() {
        for (stage, code, answer) in [
            (Stage::Connect, 554, "No SMTP service here"),
            (Stage::StartTls, 554, "5.3.3 TLS not available"),
            (Stage::Login, 535, "5.7.8 Authentication credentials invalid"),
            (Stage::Sender, 550, "5.1.8 Sender rejected"),
            (Stage::Sender, 530, "5.7.0 Must issue a STARTTLS command first"),
            (Stage::Recipient, 530, "Authentication required"),
            (Stage::Recipient, 554, "5.7.1 Relay access denied"),
            (Stage::Recipient, 503, "5.5.1 Need MAIL command"),
            (Stage::Recipient, 502, "Command not implemented"),
            (Stage::Content, 550, "5.7.26 Unauthenticated mail is not accepted"),
        ] {
            let Fate::Transient { reason } = fate(stage, code, answer) else {
                panic!("final: {code} {answer}")
            };
            assert!(reason.is_ours(), "{code} {answer}");
        }
    }

    #[test]
    fn a_4xx_is_retried_and_is_not_ours() {
        for stage in [Stage::Connect, Stage::Sender, Stage::Recipient, Stage::Data, Stage::Content] {
            let Fate::Transient { reason } = fate(stage, 451, "4.7.1 Greylisted") else { panic!("final") };
            assert!(!reason.is_ours());
            assert_eq!(reason.enhanced().unwrap().to_string(), "4.7.1");
        }
    }

    #[test]
    fn the_relays_words_are_kept_without_addresses() {
        let fault = Fault::refused(
            Stage::Recipient,
            550,
            "5.1.1 <pemilik@example.com>: Recipient address\r\n rejected, to=pemilik@example.com;",
        );

        assert_eq!(fault.text, "5.1.1 [address] Recipient address rejected, [address]");
        assert_eq!(fault.to_string(), "550 5.1.1 [address] Recipient address rejected, [address] (RCPT TO)");
    }

    proptest! {
        #[test]
        fn no_answer_brings_an_address_or_a_line_break_into_the_text(answer in any::<String>()) {
            let text = without_addresses(&answer);
            prop_assert!(!text.contains('@') && !text.chars().any(char::is_control));
            prop_assert!(text.chars().count() <= 200);
        }
    }
}
