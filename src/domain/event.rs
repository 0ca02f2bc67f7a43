//! What other systems are told of, and how long they are given to hear it.
//!
//! Which row tells what is written in migration 0046: the tables tell themselves, in the transaction of the act.

use std::{fmt, str::FromStr};

use chrono::TimeDelta;
use url::{Host, Url};

use super::names::named;

named! {
    /// What happened.
    EventKind {
        /// Every document of a request is there: its first round, or one after a return.
        RequestReceived = "request.received",
        RequestReturned = "request.returned",
        LetterIssued = "letter.issued",
        /// The relay took it, the post has it, or it was collected.
        LetterDelivered = "letter.delivered",
        MessageBounced = "message.bounced",
        /// A pair was made, or its state, its password or its desktop code changed.
        CredentialChanged = "credential.changed",
    }
}

named! {
    /// Where an event is on its way to one receiver.
    DeliveryState {
        Pending = "pending",
        Delivered = "delivered",
        /// Nobody tries it any more until an operator says so.
        GivenUp = "given_up",
    }
}

named! {
    /// How one try ended.
    Outcome {
        /// 2xx within the time.
        Delivered = "delivered",
        /// Any other status; a redirect too, which is never followed.
        Refused = "refused",
        /// Every address of the host is in a network that we do not call.
        PrivateNetwork = "private_network",
        /// The host has no address.
        NotResolved = "not_resolved",
        NotConnected = "not_connected",
        /// The certificate is not one of this host, or no connection that we trust came about.
        NotTrusted = "not_trusted",
        TimedOut = "timed_out",
        /// It hung up before it answered.
        BrokenOff = "broken_off",
        /// The message could not be made: a fault of ours.
        NotMade = "not_made",
    }
}

/// What a try came to: how it ended, and the status of the answer if there was one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    pub outcome: Outcome,
    pub status: Option<u16>,
}

impl Tried {
    /// Without an answer.
    #[must_use]
    pub fn without_answer(outcome: Outcome) -> Self {
        Self { outcome, status: None }
    }

    /// What a status means.
    #[must_use]
    pub fn answered(status: u16) -> Self {
        let taken = (200..300).contains(&status);
        Self { outcome: if taken { Outcome::Delivered } else { Outcome::Refused }, status: Some(status) }
    }

    /// Whether the receiver is there and refuses this one message, so that the next ones need not wait.
    #[must_use]
    pub fn is_about_the_message(&self) -> bool {
        match self.status {
            Some(408 | 429) => false,
            Some(status) => (400..500).contains(&status),
            None => self.outcome == Outcome::NotMade,
        }
    }
}

/// An event is tried for this long.
pub const TRIED_FOR: TimeDelta = TimeDelta::days(3);
/// After a new secret the old one signs too for this long.
pub const OLD_SECRET_SIGNS_FOR: TimeDelta = TimeDelta::hours(24);

/// How long after the n-th try (from 1) the next one waits: 5 s, 30 s, 3 min, 15 min, 1 h, 3 h, then 6 h each.
#[must_use]
pub fn pause(tries: i32) -> TimeDelta {
    match tries {
        ..=1 => TimeDelta::seconds(5),
        2 => TimeDelta::seconds(30),
        3 => TimeDelta::minutes(3),
        4 => TimeDelta::minutes(15),
        5 => TimeDelta::hours(1),
        6 => TimeDelta::hours(3),
        7.. => TimeDelta::hours(6),
    }
}

/// How long a receiver that failed so often in a row is left alone, whatever waits for it: 1 s, 2 s, 4 s … 5 minutes. So a
/// dead one keeps hardly any sender busy.
#[must_use]
pub fn rest(failures: i32) -> TimeDelta {
    let doublings = failures.clamp(1, 10) - 1;
    TimeDelta::seconds((1_i64 << doublings).min(300))
}

/// Where events go: `https`, a host, nothing that signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiverUrl(Url);

/// Why a text is no such address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiverUrlError {
    #[error("not an address")]
    NotAnAddress,
    #[error("not https")]
    NotHttps,
    #[error("a user or password in it")]
    SignsIn,
}

impl ReceiverUrlError {
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotAnAddress => "url",
            Self::NotHttps => "https",
            Self::SignsIn => "credentials",
        }
    }

    /// For the operator.
    #[must_use]
    pub fn detail(self) -> &'static str {
        match self {
            Self::NotAnAddress => "Isi alamat lengkap, misalnya https://penerima.example.go.id/peristiwa.",
            Self::NotHttps => "Alamat harus dimulai dengan https://.",
            Self::SignsIn => {
                "Alamat tidak boleh memuat nama pengguna atau kata sandi; penerima memeriksa tanda tangannya."
            }
        }
    }
}

impl ReceiverUrl {
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    #[must_use]
    pub fn host(&self) -> Option<Host<&str>> {
        self.0.host()
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port().unwrap_or(443)
    }

    /// What is asked for on that host.
    #[must_use]
    pub fn path_and_query(&self) -> String {
        match self.0.query() {
            Some(query) => format!("{}?{query}", self.0.path()),
            None => self.0.path().to_owned(),
        }
    }

    /// Host and port, as a request names them.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.0.authority()
    }
}

impl FromStr for ReceiverUrl {
    type Err = ReceiverUrlError;

    fn from_str(text: &str) -> Result<Self, ReceiverUrlError> {
        const MOST: usize = 1_000;
        let text = text.trim();
        let mut url = Url::parse(text).map_err(|_| ReceiverUrlError::NotAnAddress)?;
        if url.scheme() != "https" {
            return Err(ReceiverUrlError::NotHttps);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ReceiverUrlError::SignsIn);
        }
        if url.host_str().is_none_or(str::is_empty) || text.len() > MOST || text.contains(char::is_whitespace)
        {
            return Err(ReceiverUrlError::NotAnAddress);
        }
        url.set_fragment(None);
        Ok(Self(url))
    }
}

impl fmt::Display for ReceiverUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_three_days_have_some_twenty_tries() {
        let (mut at, mut tries) = (TimeDelta::zero(), 1);
        while at < TRIED_FOR {
            assert!(pause(tries + 1) >= pause(tries));
            at = (at + pause(tries)).min(TRIED_FOR);
            tries += 1;
        }
        assert_eq!(tries, 19);
        assert_eq!(pause(i32::MAX), TimeDelta::hours(6));
    }

    #[test]
    fn a_receiver_that_fails_rests_longer_each_time_and_at_most_five_minutes() {
        let seconds: Vec<i64> = (1..=11).map(|failures| rest(failures).num_seconds()).collect();

        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(rest(i32::MAX), TimeDelta::minutes(5));
    }

    #[test]
    fn only_2xx_takes_a_message_and_a_refusal_of_one_message_is_no_failure_of_the_receiver() {
        for status in [200, 202, 204, 299] {
            assert_eq!(Tried::answered(status).outcome, Outcome::Delivered);
        }
        for status in [199, 301, 302, 307, 400, 404, 410, 429, 500, 503] {
            assert_eq!(Tried::answered(status).outcome, Outcome::Refused);
        }
        assert!(Tried::answered(400).is_about_the_message() && Tried::answered(422).is_about_the_message());
        for status in [302, 408, 429, 500, 503] {
            assert!(!Tried::answered(status).is_about_the_message(), "{status}");
        }
        assert!(!Tried::without_answer(Outcome::TimedOut).is_about_the_message());
    }

    #[test]
    fn events_go_over_https_only_and_to_no_address_that_signs_in() {
        let url: ReceiverUrl = " https://penerima.example.go.id:8443/a/b?c=d#e ".parse().unwrap();
        assert_eq!(url.as_str(), "https://penerima.example.go.id:8443/a/b?c=d");
        assert_eq!((url.port(), url.path_and_query().as_str()), (8443, "/a/b?c=d"));
        assert_eq!(url.authority(), "penerima.example.go.id:8443");

        let refused = |text: &str| text.parse::<ReceiverUrl>().unwrap_err();
        assert_eq!(refused("http://penerima.example.go.id/"), ReceiverUrlError::NotHttps);
        assert_eq!(refused("file:///etc/passwd"), ReceiverUrlError::NotHttps);
        assert_eq!(refused("https://u:p@penerima.example.go.id/"), ReceiverUrlError::SignsIn);
        assert_eq!(refused("https://u@penerima.example.go.id/"), ReceiverUrlError::SignsIn);
        for wrong in ["", "penerima", "https://", "https://a b/", &format!("https://a/{}", "x".repeat(1_000))]
        {
            assert_eq!(refused(wrong), ReceiverUrlError::NotAnAddress, "{wrong}");
        }
    }
}
