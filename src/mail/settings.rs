//! Where mail is handed over, and as whom.

use std::time::Duration;

use secrecy::SecretString;
use thiserror::Error;

use crate::domain::email_address::EmailAddress;

/// How to reach the relay.
///
/// `timeout` bounds each step of a conversation (connecting, each command and its answer). A send has at most nine of them:
/// eight, and the first word on a kept connection that turns out to be closed. A job renews its lease meanwhile.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    /// Host name or IP address; with TLS the certificate must be made out to it.
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub login: Option<Login>,
    pub from: Sender,
    /// The name we greet with (EHLO), a host name of ours.
    pub helo: String,
    pub timeout: Duration,
    /// PEM certificates that are trusted beside the public ones, for a relay with an in-house certificate.
    pub extra_ca_pem: Option<Vec<u8>>,
}

/// How the connection is protected. There is no "if possible": what can be stripped by a third party protects nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// In the clear: for a relay on this machine and for tests.
    Plain,
    /// Begin in the clear and refuse to go on without STARTTLS.
    StartTls,
    /// TLS from the first byte.
    Tls,
}

/// The account at the relay.
#[derive(Debug, Clone)]
pub struct Login {
    pub username: String,
    pub password: SecretString,
}

/// The visible sender; also the envelope sender of a mail without a return path. The name holds no control character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    name: String,
    address: EmailAddress,
}

/// Why a sender name cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SenderError {
    #[error("the sender's name is empty")]
    NameEmpty,
    #[error("the sender's name holds a line break or a control character")]
    NameControl,
}

impl Sender {
    /// # Errors
    /// When the name is blank or holds a control character.
    pub fn new(name: &str, address: EmailAddress) -> Result<Self, SenderError> {
        let name = name.trim();
        if name.is_empty() {
            return Err(SenderError::NameEmpty);
        }
        if name.chars().any(char::is_control) {
            return Err(SenderError::NameControl);
        }
        Ok(Self { name: name.to_owned(), address })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn address(&self) -> &EmailAddress {
        &self.address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_name_cannot_carry_a_header() {
        let address: EmailAddress = "kirim@pajak.example".parse().unwrap();

        assert_eq!(Sender::new("KPP\r\nBcc: x@example.com", address.clone()), Err(SenderError::NameControl));
        assert_eq!(Sender::new(" ", address.clone()), Err(SenderError::NameEmpty));
        assert!(Sender::new("KPP Pratama Jakarta Palmerah", address).is_ok());
    }
}
