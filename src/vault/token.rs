//! Tokens that are computed, not stored: tracking codes, links for a password, links for "this was not me".
//!
//! A token is an HMAC over what it stands for. The row keeps the id of the key; a repeated mail carries the same
//! token, and neither rows nor job payloads hold anything that could be used.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use super::key_file::{Key, KeyId};
use super::{Vault, VaultError, keyed_hash};
use crate::domain::code_alphabet;

/// Characters of a tracking code without its hyphen.
pub const TRACKING_CODE_LENGTH: usize = 8;

const TRACKING_PURPOSE: &str = "tracking_code";

/// The links of mails. The prefix makes a token found somewhere recognisable, also for secret scanners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Makes a new password.
    Password,
    /// Suspends a pair that its owner did not ask for.
    NotUs,
}

impl LinkPurpose {
    const fn name(self) -> &'static str {
        match self {
            Self::Password => "password_link",
            Self::NotUs => "not_us_link",
        }
    }

    const fn prefix(self) -> &'static str {
        match self {
            Self::Password => "akp_",
            Self::NotUs => "akn_",
        }
    }
}

impl Vault {
    /// A token made with the active key; keep the key's id with the row.
    pub fn token(&self, purpose: &str, parts: &[&[u8]]) -> (KeyId, [u8; 32]) {
        let key = &self.token.active;
        (key.id.clone(), token_bytes(key, purpose, parts))
    }

    /// The token that the key `kid` makes, or made.
    pub fn token_with(&self, kid: &str, purpose: &str, parts: &[&[u8]]) -> Result<[u8; 32], VaultError> {
        Ok(token_bytes(self.token.get(kid)?, purpose, parts))
    }

    /// Compares in constant time.
    pub fn token_matches(
        &self,
        kid: &str,
        purpose: &str,
        parts: &[&[u8]],
        presented: &[u8],
    ) -> Result<bool, VaultError> {
        Ok(self.token_with(kid, purpose, parts)?.ct_eq(presented).into())
    }

    /// The tracking code of a request, as printed: `XXXX-XXXX`.
    pub fn tracking_code(&self, kid: &str, parts: &[&[u8]]) -> Result<String, VaultError> {
        Ok(code_alphabet::grouped(&self.bare_tracking_code(kid, parts)?))
    }

    /// Whether a typed tracking code is the one of the request. Takes what people type; compares in constant time.
    pub fn tracking_code_matches(&self, kid: &str, parts: &[&[u8]], typed: &str) -> Result<bool, VaultError> {
        let expected = self.bare_tracking_code(kid, parts)?;
        Ok(code_alphabet::parse(typed, TRACKING_CODE_LENGTH)
            .is_ok_and(|typed| expected.as_bytes().ct_eq(typed.as_bytes()).into()))
    }

    /// The token of a link, as it stands in the mail: 47 characters, safe in a URL path.
    pub fn link_token(&self, kid: &str, purpose: LinkPurpose, parts: &[&[u8]]) -> Result<String, VaultError> {
        let token = self.token_with(kid, purpose.name(), parts)?;
        Ok(format!("{}{}", purpose.prefix(), URL_SAFE_NO_PAD.encode(token)))
    }

    /// Whether a link's token is the one for these parts. Compares in constant time.
    pub fn link_token_matches(
        &self,
        kid: &str,
        purpose: LinkPurpose,
        parts: &[&[u8]],
        presented: &str,
    ) -> Result<bool, VaultError> {
        Ok(self.link_token(kid, purpose, parts)?.as_bytes().ct_eq(presented.as_bytes()).into())
    }

    fn bare_tracking_code(&self, kid: &str, parts: &[&[u8]]) -> Result<String, VaultError> {
        let key = self.token.get(kid)?;
        let mut block: u32 = 0;
        let mut bytes = Vec::new().into_iter();
        Ok(code_alphabet::sample(TRACKING_CODE_LENGTH, || {
            loop {
                if let Some(byte) = bytes.next() {
                    return byte;
                }
                let counter = block.to_be_bytes();
                let framed: Vec<&[u8]> =
                    std::iter::once(counter.as_slice()).chain(parts.iter().copied()).collect();
                bytes = token_bytes(key, TRACKING_PURPOSE, &framed).to_vec().into_iter();
                block = block.wrapping_add(1);
            }
        }))
    }
}

pub(super) fn token_bytes(key: &Key, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
    keyed_hash(&key.secret, "token", purpose, parts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vault::key_file::KeyPurpose;

    fn vault() -> Vault {
        Vault::ephemeral([1; 32]).unwrap()
    }

    #[test]
    fn a_repeated_mail_carries_the_same_link() {
        let vault = vault();
        let kid = vault.active_key(KeyPurpose::Token).as_str();

        let first = vault.link_token(kid, LinkPurpose::Password, &[b"link-1", &[1]]).unwrap();
        let again = vault.link_token(kid, LinkPurpose::Password, &[b"link-1", &[1]]).unwrap();
        let next_generation = vault.link_token(kid, LinkPurpose::Password, &[b"link-1", &[2]]).unwrap();

        assert_eq!(first, again);
        assert_ne!(first, next_generation);
        assert_eq!(first.len(), 47);
        assert!(first.starts_with("akp_"));
    }

    #[test]
    fn a_link_of_one_purpose_does_not_serve_the_other() {
        let vault = vault();
        let kid = vault.active_key(KeyPurpose::Token).as_str();
        let parts: &[&[u8]] = &[b"row"];
        let password = vault.link_token(kid, LinkPurpose::Password, parts).unwrap();
        let forged = password.replace("akp_", "akn_");

        assert!(vault.link_token_matches(kid, LinkPurpose::Password, parts, &password).unwrap());
        assert!(!vault.link_token_matches(kid, LinkPurpose::NotUs, parts, &forged).unwrap());
        assert!(!vault.link_token_matches(kid, LinkPurpose::Password, parts, "").unwrap());
    }

    #[test]
    fn parts_cannot_be_shifted_into_each_other() {
        let vault = vault();

        assert_ne!(vault.token("p", &[b"ab", b"c"]).1, vault.token("p", &[b"a", b"bc"]).1);
        assert_ne!(vault.token("p", &[b"ab"]).1, vault.token("pa", &[b"b"]).1);
    }

    #[test]
    fn a_tracking_code_has_two_groups_and_is_read_as_typed() {
        let vault = vault();
        let kid = vault.active_key(KeyPurpose::Token).as_str();

        let code = vault.tracking_code(kid, &[b"request"]).unwrap();

        assert_eq!(code.len(), 9);
        assert_eq!(code.as_bytes()[4], b'-');
        assert!(
            vault.tracking_code_matches(kid, &[b"request"], &code.to_lowercase().replace('-', " ")).unwrap()
        );
        assert!(!vault.tracking_code_matches(kid, &[b"another"], &code).unwrap());
        assert!(!vault.tracking_code_matches(kid, &[b"request"], "").unwrap());
    }

    #[test]
    fn a_token_of_a_removed_key_names_the_key() {
        let refused = vault().token_with("token-2019", "p", &[]).unwrap_err();

        assert_eq!(refused.to_string(), "there is no token key token-2019 in the key file");
    }

    proptest! {
        #[test]
        fn other_requests_have_other_tracking_codes(one: u128, other: u128) {
            prop_assume!(one != other);
            let vault = vault();
            let kid = vault.active_key(KeyPurpose::Token).as_str();

            // 31^8 codes: a collision in a few hundred cases would be a fault.
            prop_assert_ne!(
                vault.tracking_code(kid, &[&one.to_be_bytes()]).unwrap(),
                vault.tracking_code(kid, &[&other.to_be_bytes()]).unwrap()
            );
        }
    }
}
