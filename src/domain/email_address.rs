//! The e-mail address that a request names and that letters go to.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// RFC 5321 allows a path of 256 octets, of which two are the angle brackets.
const MAX_OCTETS: usize = 254;
const MAX_LOCAL_OCTETS: usize = 64;
const MAX_LABEL_OCTETS: usize = 63;

/// An ASCII `local@domain` of at most 254 octets whose domain has a dot and is lower-case.
/// It holds no space, no control character and no line break, so it cannot end a header.
///
/// Made only by `FromStr`, which trims spaces and lower-cases the domain; the local part stays as typed,
/// because the mailbox owner's server decides about its case. Quoted local parts and address literals are
/// refused: nobody files with one, and each is a transcription fault far more often.
///
/// `Display` is the whole address and is for envelopes and letters; `Debug` is masked, because it ends up in logs.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// Why a text is not an e-mail address. Carries nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EmailAddressError {
    #[error("the e-mail address is empty")]
    Empty,
    #[error("the e-mail address has no @")]
    MissingAt,
    #[error("the e-mail address has more than one @")]
    SeveralAts,
    #[error("the e-mail address is longer than 254 characters")]
    TooLong,
    #[error("the e-mail address holds a character that is not plain ASCII")]
    NotAscii,
    #[error("the e-mail address holds a space or a control character")]
    Space,
    #[error("the part before the @ is empty")]
    LocalEmpty,
    #[error("the part before the @ is longer than 64 characters")]
    LocalTooLong,
    #[error("the part before the @ holds a character that is not allowed there")]
    LocalCharacter,
    #[error("the part before the @ begins or ends with a dot, or has two dots in a row")]
    LocalDot,
    #[error("the part after the @ is empty")]
    DomainEmpty,
    #[error("the part after the @ has no dot")]
    DomainWithoutDot,
    #[error("the part after the @ begins or ends with a dot, or has two dots in a row")]
    DomainDot,
    #[error("the part after the @ is not a valid domain name")]
    DomainLabel,
}

impl EmailAddress {
    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`, as typed.
    pub fn local(&self) -> &str {
        self.0.split_once('@').map_or("", |(local, _)| local)
    }

    /// The part after the `@`, in lower case.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }

    /// First and last letter of the local part around three stars, then the domain: `p***a@example.com`.
    /// A local part of one or two letters shows the first only, so at least one letter always stays hidden
    /// unless there is just one.
    pub fn masked(&self) -> String {
        let local = self.local();
        let mut letters = local.chars();
        let first = letters.next().map_or_else(String::new, String::from);
        let last = if local.len() > 2 {
            letters.next_back().map_or_else(String::new, String::from)
        } else {
            String::new()
        };
        format!("{first}***{last}@{}", self.domain())
    }

    /// The key under which two spellings count as one mailbox: the whole address in lower case.
    /// For comparing and for keyed hashes only; mail goes to the address as typed.
    pub fn canonical(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// Whether both name the same mailbox, whatever the case.
    pub fn is_same_mailbox(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl FromStr for EmailAddress {
    type Err = EmailAddressError;

    fn from_str(input: &str) -> Result<Self, EmailAddressError> {
        let text = input.trim();
        if text.is_empty() {
            return Err(EmailAddressError::Empty);
        }
        if !text.is_ascii() {
            return Err(EmailAddressError::NotAscii);
        }
        if text.bytes().any(|b| b.is_ascii_whitespace() || b.is_ascii_control()) {
            return Err(EmailAddressError::Space);
        }
        let (local, domain) = text.split_once('@').ok_or(EmailAddressError::MissingAt)?;
        if domain.contains('@') {
            return Err(EmailAddressError::SeveralAts);
        }
        if text.len() > MAX_OCTETS {
            return Err(EmailAddressError::TooLong);
        }
        check_local(local)?;
        check_domain(domain)?;
        Ok(Self(format!("{local}@{}", domain.to_ascii_lowercase())))
    }
}

fn check_local(local: &str) -> Result<(), EmailAddressError> {
    if local.is_empty() {
        return Err(EmailAddressError::LocalEmpty);
    }
    if local.len() > MAX_LOCAL_OCTETS {
        return Err(EmailAddressError::LocalTooLong);
    }
    if !local.bytes().all(|b| b == b'.' || is_atext(b)) {
        return Err(EmailAddressError::LocalCharacter);
    }
    if local.split('.').any(str::is_empty) {
        return Err(EmailAddressError::LocalDot);
    }
    Ok(())
}

/// `atext` of RFC 5322.
fn is_atext(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

fn check_domain(domain: &str) -> Result<(), EmailAddressError> {
    if domain.is_empty() {
        return Err(EmailAddressError::DomainEmpty);
    }
    let Some((_, top)) = domain.rsplit_once('.') else {
        return Err(EmailAddressError::DomainWithoutDot);
    };
    if domain.split('.').any(str::is_empty) {
        return Err(EmailAddressError::DomainDot);
    }
    let is_label = |label: &str| {
        label.len() <= MAX_LABEL_OCTETS
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // A top-level domain is never all digits (RFC 3696): `budi@10.0.0.1` is a machine, not a mailbox.
    if !domain.split('.').all(is_label) || top.bytes().all(|b| b.is_ascii_digit()) {
        return Err(EmailAddressError::DomainLabel);
    }
    Ok(())
}

impl TryFrom<String> for EmailAddress {
    type Error = EmailAddressError;

    fn try_from(text: String) -> Result<Self, EmailAddressError> {
        text.parse()
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EmailAddress({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<EmailAddress, EmailAddressError> {
        text.parse()
    }

    #[test]
    fn spaces_around_are_trimmed_and_only_the_domain_is_lower_cased() {
        assert_eq!(parse("  Pajak.Utama@Example.COM\t").unwrap().as_str(), "Pajak.Utama@example.com");
    }

    #[test]
    fn every_fault_says_what_is_wrong() {
        use EmailAddressError as E;
        let long_local = format!("{}@example.com", "a".repeat(65));
        let long_label = format!("a@{}.com", "b".repeat(64));
        let long = format!("a@{}com", "abcdefghi.".repeat(26));
        let cases = [
            ("", E::Empty),
            ("   ", E::Empty),
            ("derrydessyanygmail.com", E::MissingAt),
            ("a@b@example.com", E::SeveralAts),
            ("a@@example.com", E::SeveralAts),
            ("pajak utama@example.com", E::Space),
            ("a@example.com\r\nBcc: b@example.com", E::Space),
            ("a\0@example.com", E::Space),
            ("pajäk@example.com", E::NotAscii),
            ("pajak@例え.com", E::NotAscii),
            ("@example.com", E::LocalEmpty),
            (&long_local, E::LocalTooLong),
            ("\"a\"@example.com", E::LocalCharacter),
            ("a,b@example.com", E::LocalCharacter),
            ("<a@example.com", E::LocalCharacter),
            (".a@example.com", E::LocalDot),
            ("a.@example.com", E::LocalDot),
            ("a..b@example.com", E::LocalDot),
            ("a@", E::DomainEmpty),
            ("a@localhost", E::DomainWithoutDot),
            ("a@.example.com", E::DomainDot),
            ("a@example.com.", E::DomainDot),
            ("a@example..com", E::DomainDot),
            ("a@-example.com", E::DomainLabel),
            ("a@example-.com", E::DomainLabel),
            ("a@exa_mple.com", E::DomainLabel),
            ("a@example.com>", E::DomainLabel),
            ("a@10.0.0.1", E::DomainLabel),
            ("a@[10.0.0.1]", E::DomainLabel),
            (&long_label, E::DomainLabel),
            (&long, E::TooLong),
        ];

        for (text, fault) in cases {
            assert_eq!(parse(text), Err(fault), "{text:?}");
        }
    }

    #[test]
    fn the_longest_allowed_address_is_254_octets() {
        let with_length = |n: usize| format!("a@{}{}", "abcdefghi.".repeat(24), "c".repeat(n - 242));

        assert!(parse(&with_length(254)).is_ok());
        assert_eq!(parse(&with_length(255)), Err(EmailAddressError::TooLong));
    }

    #[test]
    fn unusual_but_valid_local_parts_are_taken() {
        for text in
            ["a@example.com", "pajak+efaktur@mail.example.co.id", "o'neil_1@example.com", "a@1.example.com"]
        {
            assert!(parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn masking_shows_first_and_last_letter_only() {
        let masked = |text: &str| parse(text).unwrap().masked();

        assert_eq!(masked("pertama@example.com"), "p***a@example.com");
        assert_eq!(masked("abc@example.com"), "a***c@example.com");
        assert_eq!(masked("ab@example.com"), "a***@example.com");
        assert_eq!(masked("a@example.com"), "a***@example.com");
    }

    #[test]
    fn debug_is_masked_and_display_is_whole() {
        let address = parse("pertama@example.com").unwrap();

        assert_eq!(format!("{address:?}"), "EmailAddress(p***a@example.com)");
        assert_eq!(address.to_string(), "pertama@example.com");
    }

    #[test]
    fn case_does_not_make_another_mailbox() {
        let (typed, known) = (parse("Pajak@Example.com").unwrap(), parse("pajak@example.com").unwrap());

        assert_ne!(typed, known);
        assert_eq!(typed.canonical(), known.canonical());
        assert!(typed.is_same_mailbox(&known));
        assert!(!typed.is_same_mailbox(&parse("pajak1@example.com").unwrap()));
    }

    #[test]
    fn json_is_checked_on_the_way_in() {
        let address: EmailAddress = serde_json::from_str("\" a@Example.com \"").unwrap();

        assert_eq!(serde_json::to_string(&address).unwrap(), "\"a@example.com\"");
        assert!(serde_json::from_str::<EmailAddress>("\"a\"").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_taken_or_refused_without_panic(text in any::<String>()) {
            let _ = parse(&text);
        }

        #[test]
        fn what_is_taken_is_safe_and_parses_to_itself(text in r"[\PC\r\n\t ]{0,3}[a-zA-Z0-9.!+\r\n@ -]{1,40}@[a-zA-Z0-9.\r\n-]{1,20}\.[a-z]{2,4}[ \r\n]{0,2}") {
            if let Ok(address) = parse(&text) {
                prop_assert!(address.as_str().bytes().all(|b| b.is_ascii_graphic()));
                prop_assert_eq!(address.as_str().matches('@').count(), 1);
                prop_assert_eq!(parse(address.as_str()), Ok(address.clone()));
                prop_assert!(parse(&address.canonical()).unwrap().is_same_mailbox(&address));
            }
        }
    }
}
