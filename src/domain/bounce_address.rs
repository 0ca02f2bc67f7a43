//! Where bounces come back to, and which message a bounce is about.

use std::str::FromStr;

use thiserror::Error;

use super::email_address::{EmailAddress, EmailAddressError};

/// Length of the token that names the message: see `vault::bounce`.
pub const TOKEN_LENGTH: usize = 40;
const SEPARATOR: char = '+';
/// What is left of the 64 octets of a local part.
const MAX_LOCAL: usize = 64 - TOKEN_LENGTH - SEPARATOR.len_utf8();

/// A mailbox of ours whose local part leaves room for `+TOKEN`, so that each message has a return path of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BounceAddress(EmailAddress);

/// Why an address cannot take bounces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BounceAddressError {
    #[error(transparent)]
    Address(#[from] EmailAddressError),
    #[error("the part before the @ must be at most {MAX_LOCAL} characters and hold no +")]
    NoRoom,
}

impl FromStr for BounceAddress {
    type Err = BounceAddressError;

    fn from_str(text: &str) -> Result<Self, BounceAddressError> {
        let address: EmailAddress = text.parse()?;
        let local = address.local();
        if local.len() > MAX_LOCAL || local.contains(SEPARATOR) {
            return Err(BounceAddressError::NoRoom);
        }
        Ok(Self(address))
    }
}

impl BounceAddress {
    /// `bounce+TOKEN@kpp.example`.
    ///
    /// # Errors
    /// When the token does not fit into an address; one of the vault does.
    pub fn with_token(&self, token: &str) -> Result<EmailAddress, EmailAddressError> {
        format!("{}{SEPARATOR}{token}@{}", self.0.local(), self.0.domain()).parse()
    }
}

/// The token in the address that a bounce was sent to. Whether it is one of ours is for the vault to say; the address
/// around it may have changed since, so it is not compared.
pub fn token_in(recipient: &EmailAddress) -> Option<&str> {
    let (_, token) = recipient.local().rsplit_once(SEPARATOR)?;
    (token.len() == TOKEN_LENGTH).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "abcdefghijklmnopqrstuvwxyz234567abcdefgh";

    #[test]
    fn the_token_stands_behind_a_plus_and_is_found_again() {
        let bounce: BounceAddress = "bounce@KPP.example".parse().unwrap();

        let address = bounce.with_token(TOKEN).unwrap();

        assert_eq!(address.as_str(), format!("bounce+{TOKEN}@kpp.example"));
        assert_eq!(token_in(&address), Some(TOKEN));
    }

    #[test]
    fn an_address_without_room_for_the_token_is_refused() {
        let longest = "a".repeat(MAX_LOCAL);
        assert!(format!("{longest}@kpp.example").parse::<BounceAddress>().unwrap().with_token(TOKEN).is_ok());

        for bad in [format!("a{longest}@kpp.example"), "bounce+x@kpp.example".to_owned()] {
            assert_eq!(bad.parse::<BounceAddress>(), Err(BounceAddressError::NoRoom), "{bad}");
        }
        assert!(matches!("bounce".parse::<BounceAddress>(), Err(BounceAddressError::Address(_))));
    }

    #[test]
    fn an_address_without_token_names_no_message() {
        for text in ["bounce@kpp.example", "bounce+x@kpp.example", "kpp@kpp.example"] {
            assert_eq!(token_in(&text.parse().unwrap()), None, "{text}");
        }
    }
}
