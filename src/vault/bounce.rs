//! The token that a bounce carries back: which message it is about, in a form that nobody else can make.
//!
//! The id of the message and an HMAC over it, as 40 characters of base32 in lower case, because mail servers may
//! change the case of an address. A bounce changes the fate of a message, so a guessed or altered token must name none.

use data_encoding::BASE32_NOPAD_NOCASE;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::{Vault, token::token_bytes};
use crate::domain::ids::MessageId;

const PURPOSE: &str = "bounce";
const ID_BYTES: usize = 16;
/// 72 bits: who guesses has to send us a mail for each guess.
const MAC_BYTES: usize = 9;

impl Vault {
    /// The token for the return path of a message, made with the active key.
    pub fn bounce_token(&self, message: MessageId) -> String {
        let id = message.0.as_bytes();
        let mac = token_bytes(&self.token.active, PURPOSE, &[id]);
        let bytes = [&id[..], &mac[..MAC_BYTES]].concat();
        BASE32_NOPAD_NOCASE.encode(&bytes).to_ascii_lowercase()
    }

    /// The message whose token this is, whichever key of the file made it, whatever became of its case.
    /// `None`: nobody but a stranger made it.
    pub fn message_of_bounce(&self, token: &str) -> Option<MessageId> {
        let bytes = BASE32_NOPAD_NOCASE.decode(token.as_bytes()).ok()?;
        let (id, mac) = bytes.split_at_checked(ID_BYTES)?;
        let ours = mac.len() == MAC_BYTES
            && self.token.all.iter().any(|key| {
                let expected = token_bytes(key, PURPOSE, &[id]);
                expected[..MAC_BYTES].ct_eq(mac).into()
            });
        ours.then(|| Uuid::from_slice(id).ok()).flatten().map(MessageId)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        domain::bounce_address::{self, BounceAddress},
        vault::{
            entropy::SeededEntropy,
            key_file::{KeyFile, KeyId, KeyPurpose},
        },
    };

    fn vault() -> Vault {
        Vault::ephemeral([1; 32]).unwrap()
    }

    proptest! {
        #[test]
        fn a_bounce_finds_its_message_whatever_servers_do_to_the_case(id: u128, upper: bool) {
            let (vault, message) = (vault(), MessageId(Uuid::from_u128(id)));
            let token = vault.bounce_token(message);
            let address: BounceAddress = "bounce@kpp.example".parse().unwrap();
            let sent = address.with_token(&token).unwrap();
            let back = if upper { sent.as_str().to_ascii_uppercase() } else { sent.to_string() };

            let back = back.parse().unwrap();
            let found = bounce_address::token_in(&back).and_then(|token| vault.message_of_bounce(token));

            prop_assert_eq!(found, Some(message));
        }

        #[test]
        fn a_token_with_one_changed_character_names_no_message(at in 0..40_usize, other in 0..31_u8) {
            let vault = vault();
            let token = vault.bounce_token(MessageId(Uuid::from_u128(7)));
            let alphabet = b"abcdefghijklmnopqrstuvwxyz234567";
            let mut changed = token.clone().into_bytes();
            let now = alphabet.iter().position(|letter| *letter == changed[at]).unwrap();
            changed[at] = alphabet[(now + 1 + usize::from(other)) % 32];

            prop_assert_eq!(vault.message_of_bounce(std::str::from_utf8(&changed).unwrap()), None);
        }

        #[test]
        fn no_text_makes_a_panic(text in any::<String>()) {
            prop_assert_eq!(vault().message_of_bounce(&text), None);
        }
    }

    #[test]
    fn a_token_of_another_office_names_no_message() {
        let token = vault().bounce_token(MessageId(Uuid::from_u128(7)));

        assert_eq!(Vault::ephemeral([2; 32]).unwrap().message_of_bounce(&token), None);
    }

    #[test]
    fn a_bounce_that_comes_after_the_keys_were_changed_still_finds_its_message() {
        let entropy = SeededEntropy::new([3; 32]);
        let file = KeyFile::generate(&entropy, "2026").unwrap();
        let message = MessageId(Uuid::from_u128(7));
        let token =
            Vault::from_keys(&file, Arc::new(SeededEntropy::new([3; 32]))).unwrap().bounce_token(message);
        let new: KeyId = "token-2027".parse().unwrap();
        let file =
            file.with_new_key(new.clone(), KeyPurpose::Token, &entropy).unwrap().with_active(&new).unwrap();

        let later = Vault::from_keys(&file, Arc::new(entropy)).unwrap();

        assert_ne!(later.bounce_token(message), token);
        assert_eq!(later.message_of_bounce(&token), Some(message));
    }
}
