//! Authenticated encryption of values at rest: XChaCha20-Poly1305.
//!
//! Envelope: `version (1) | length of key id (1) | key id | nonce (24) | ciphertext and tag`. The nonce is random;
//! 24 bytes make a repeat negligible without any counter that replicas would have to share.

use std::fmt;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use secrecy::zeroize::Zeroizing;
use uuid::Uuid;

use super::key_file::{Key, KeyPurpose};
use super::{Vault, VaultError};

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;

/// Where a sealed value lives. Bound to the ciphertext, so that one moved to another row or column does not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aad {
    table: &'static str,
    column: &'static str,
    row: String,
}

impl Aad {
    /// The place of a value in a row that has a UUID.
    pub fn new(table: &'static str, column: &'static str, row: Uuid) -> Self {
        Self::keyed(table, column, row)
    }

    /// The place of a value in a row that is known by another key.
    pub fn keyed(table: &'static str, column: &'static str, row: impl fmt::Display) -> Self {
        Self { table, column, row: row.to_string() }
    }

    /// Unambiguous bytes: every part is preceded by its length. `part` is empty for a whole value.
    fn bytes(&self, part: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for field in [
            b"aktivasi/seal".as_slice(),
            self.table.as_bytes(),
            self.column.as_bytes(),
            self.row.as_bytes(),
            part,
        ] {
            out.extend_from_slice(&(field.len() as u64).to_be_bytes());
            out.extend_from_slice(field);
        }
        out
    }
}

impl Vault {
    /// Encrypts a value with the active key.
    pub fn seal(&self, aad: &Aad, plaintext: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.seal_part(aad, &[], plaintext)
    }

    /// Decrypts what [`Vault::seal`] made for the same place, with whichever key made it.
    pub fn open(&self, aad: &Aad, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        self.open_part(aad, &[], sealed)
    }

    pub(super) fn seal_part(&self, aad: &Aad, part: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, VaultError> {
        let key = &self.seal.active;
        let kid = key.id.as_str().as_bytes();
        let kid_length = u8::try_from(kid.len()).map_err(|_| VaultError::Envelope)?;
        let mut nonce = [0; NONCE_BYTES];
        self.entropy.fill(&mut nonce);
        let ciphertext = cipher(key)
            .encrypt(&XNonce::from(nonce), Payload { msg: plaintext, aad: &aad.bytes(part) })
            .map_err(|_| VaultError::TooLong)?;

        let mut envelope = Vec::with_capacity(2 + kid.len() + NONCE_BYTES + ciphertext.len());
        envelope.extend_from_slice(&[VERSION, kid_length]);
        envelope.extend_from_slice(kid);
        envelope.extend_from_slice(&nonce);
        envelope.extend_from_slice(&ciphertext);
        Ok(envelope)
    }

    pub(super) fn open_part(
        &self,
        aad: &Aad,
        part: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let envelope = Envelope::read(sealed).ok_or(VaultError::Envelope)?;
        let key = self.seal.get(envelope.kid)?;
        cipher(key)
            .decrypt(
                &XNonce::from(envelope.nonce),
                Payload { msg: envelope.ciphertext, aad: &aad.bytes(part) },
            )
            .map(Zeroizing::new)
            .map_err(|_| VaultError::NotAuthentic)
    }
}

/// The id of the key that sealed these bytes, for finding what a rotation still has to seal again.
pub fn key_of(sealed: &[u8]) -> Option<&str> {
    Envelope::read(sealed).map(|envelope| envelope.kid)
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    debug_assert!(key.purpose == KeyPurpose::Seal);
    XChaCha20Poly1305::new(key.secret.expose().into())
}

struct Envelope<'a> {
    kid: &'a str,
    nonce: [u8; NONCE_BYTES],
    ciphertext: &'a [u8],
}

impl<'a> Envelope<'a> {
    fn read(sealed: &'a [u8]) -> Option<Self> {
        let (&[version, kid_length], rest) = sealed.split_first_chunk::<2>()?;
        if version != VERSION {
            return None;
        }
        let (kid, rest) = rest.split_at_checked(usize::from(kid_length))?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>()?;
        Some(Self { kid: std::str::from_utf8(kid).ok()?, nonce: *nonce, ciphertext })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::vault::entropy::SeededEntropy;
    use crate::vault::key_file::KeyFile;

    fn place(row: u128) -> Aad {
        Aad::new("credentials", "code_sealed", Uuid::from_u128(row))
    }

    fn vault_of(file: &KeyFile) -> Vault {
        Vault::from_keys(file, Arc::new(SeededEntropy::new([9; 32]))).unwrap()
    }

    #[test]
    fn an_old_key_opens_after_a_new_one_became_active() {
        let entropy = SeededEntropy::new([4; 32]);
        let file = KeyFile::generate(&entropy, "old").unwrap();
        let sealed = vault_of(&file).seal(&place(1), b"K7QM3XWB9TRD").unwrap();

        let next = "seal-new".parse().unwrap();
        let rotated = file
            .with_new_key("seal-new".parse().unwrap(), KeyPurpose::Seal, &entropy)
            .unwrap()
            .with_active(&next);
        let rotated = vault_of(&rotated.unwrap());

        assert_eq!(rotated.open(&place(1), &sealed).unwrap().as_slice(), b"K7QM3XWB9TRD");
        assert_eq!(key_of(&sealed), Some("seal-old"));
        assert_eq!(key_of(&rotated.seal(&place(1), b"").unwrap()), Some("seal-new"));
    }

    #[test]
    fn a_missing_key_is_named() {
        let file = KeyFile::generate(&SeededEntropy::new([4; 32]), "old").unwrap();
        let other = KeyFile::generate(&SeededEntropy::new([4; 32]), "other").unwrap();
        let sealed = vault_of(&file).seal(&place(1), b"value").unwrap();

        let refused = vault_of(&other).open(&place(1), &sealed).unwrap_err();

        assert_eq!(refused.to_string(), "there is no seal key seal-old in the key file");
    }

    #[test]
    fn equal_values_are_sealed_differently() {
        let vault = Vault::ephemeral([1; 32]).unwrap();

        assert_ne!(vault.seal(&place(1), b"same").unwrap(), vault.seal(&place(1), b"same").unwrap());
    }

    #[test]
    fn a_value_moved_to_another_place_does_not_open() {
        let vault = Vault::ephemeral([1; 32]).unwrap();
        let sealed = vault.seal(&place(1), b"value").unwrap();

        for other in [
            place(2),
            Aad::new("credentials", "desktop_code_sealed", Uuid::from_u128(1)),
            Aad::new("letters", "code_sealed", Uuid::from_u128(1)),
        ] {
            assert!(matches!(vault.open(&other, &sealed), Err(VaultError::NotAuthentic)));
        }
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens(seed: [u8; 32], row: u128, value in proptest::collection::vec(any::<u8>(), 0..300)) {
            let vault = Vault::ephemeral(seed).unwrap();

            let sealed = vault.seal(&place(row), &value).unwrap();

            let opened = vault.open(&place(row), &sealed).unwrap();
            prop_assert_eq!(opened.as_slice(), value.as_slice());
        }

        #[test]
        fn one_flipped_bit_anywhere_is_noticed(
            value in proptest::collection::vec(any::<u8>(), 0..60),
            position: prop::sample::Index,
            bit in 0..8u32,
        ) {
            let vault = Vault::ephemeral([7; 32]).unwrap();
            let mut sealed = vault.seal(&place(1), &value).unwrap();

            let at = position.index(sealed.len());
            sealed[at] ^= 1u8 << bit;

            prop_assert!(vault.open(&place(1), &sealed).is_err());
        }

        #[test]
        fn any_bytes_are_refused_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            prop_assert!(Vault::ephemeral([7; 32]).unwrap().open(&place(1), &bytes).is_err());
        }
    }
}
