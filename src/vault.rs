//! Everything that needs a secret key: sealing, keyed look-ups, tokens of links and codes, tokens of sessions.
//!
//! The keys come from a file outside the database ([`key_file`]); a copy of the database alone opens nothing.
//! Each purpose has its own keys. Rotation: add a key, let every process load the file, make the key active.
//! New work then uses it, and whatever an older key made is served as long as that key stays in the file.

pub mod access_token;
pub mod bounce;
pub mod chunks;
pub mod client_key;
pub mod entropy;
pub mod key_file;
pub mod seal;
pub mod session;
pub mod token;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use thiserror::Error;

use entropy::{Entropy, OsEntropy, SeededEntropy};
use key_file::{Key, KeyBytes, KeyFile, KeyFileError, KeyId, KeyPurpose};
use session::SessionKeys;

/// Why the vault refuses. Says nothing about what was inside.
#[derive(Debug, Error)]
pub enum VaultError {
    /// The key that made this is not in the key file (any more).
    #[error("there is no {purpose} key {kid} in the key file")]
    UnknownKey { purpose: KeyPurpose, kid: String },
    /// The bytes are not an envelope of ours.
    #[error("the sealed bytes have no valid envelope")]
    Envelope,
    /// The key is right, the bytes or the place are not: changed, cut, or moved to another row.
    #[error("the sealed bytes were changed or belong to another place")]
    NotAuthentic,
    /// The value is too long to be sealed in one piece (4 GiB and more).
    #[error("the value is too long to be sealed")]
    TooLong,
    /// A session token that is not ours, is expired, or is of another kind. One answer for all of them.
    #[error("the session token is not valid")]
    SessionToken,
    /// An access token could not be signed.
    #[error("the access token cannot be signed")]
    AccessToken,
}

/// The keys in use, by purpose.
pub struct Vault {
    seal: Ring,
    lookup: Key,
    token: Ring,
    session: SessionKeys,
    entropy: Arc<dyn Entropy>,
}

impl Vault {
    /// Opens the key file; random bytes come from the operating system.
    pub fn load(path: &Path) -> Result<Self, KeyFileError> {
        Self::from_keys(&KeyFile::load(path)?, Arc::new(OsEntropy))
    }

    /// A vault that makes the same keys and the same "random" bytes for the same seed. For tests only.
    pub fn ephemeral(seed: [u8; 32]) -> Result<Self, KeyFileError> {
        let entropy = SeededEntropy::new(seed);
        let keys = KeyFile::generate(&entropy, "ephemeral")?;
        Self::from_keys(&keys, Arc::new(entropy))
    }

    /// Puts the keys of a checked file to use.
    pub fn from_keys(file: &KeyFile, entropy: Arc<dyn Entropy>) -> Result<Self, KeyFileError> {
        Ok(Self {
            seal: Ring::new(file, KeyPurpose::Seal)?,
            lookup: Ring::new(file, KeyPurpose::Lookup)?.active,
            token: Ring::new(file, KeyPurpose::Token)?,
            session: SessionKeys::new(&Ring::new(file, KeyPurpose::Session)?),
            entropy,
        })
    }

    /// The source of random bytes that this vault was given.
    pub fn entropy(&self) -> &dyn Entropy {
        self.entropy.as_ref()
    }

    /// The id of the key that new work of a purpose is done with.
    pub fn active_key(&self, purpose: KeyPurpose) -> &KeyId {
        match purpose {
            KeyPurpose::Seal => &self.seal.active.id,
            KeyPurpose::Lookup => &self.lookup.id,
            KeyPurpose::Token => &self.token.active.id,
            KeyPurpose::Session => self.session.active_key(),
        }
    }

    /// A keyed hash under which a secret value is found and kept unique without being readable.
    ///
    /// `purpose` keeps equal values of different columns apart. The caller normalises the value first.
    pub fn lookup(&self, purpose: &str, value: &str) -> [u8; 32] {
        keyed_hash(&self.lookup.secret, "lookup", purpose, &[value.as_bytes()])
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(hidden)")
    }
}

/// The keys of one purpose: one makes, all serve.
#[derive(Clone)]
struct Ring {
    active: Key,
    all: Vec<Key>,
}

impl Ring {
    fn new(file: &KeyFile, purpose: KeyPurpose) -> Result<Self, KeyFileError> {
        let all: Vec<Key> = file.keys().iter().filter(|key| key.purpose == purpose).cloned().collect();
        let active =
            all.iter().find(|key| key.active).cloned().ok_or(KeyFileError::Active { purpose, found: 0 })?;
        Ok(Self { active, all })
    }

    fn get(&self, kid: &str) -> Result<&Key, VaultError> {
        self.all
            .iter()
            .find(|key| key.id.as_str() == kid)
            .ok_or_else(|| VaultError::UnknownKey { purpose: self.active.purpose, kid: printable(kid) })
    }
}

/// A key id from outside goes into an error only when it has the shape of one.
fn printable(kid: &str) -> String {
    kid.parse::<KeyId>().map_or_else(|_| "(not an id)".to_owned(), |kid| kid.to_string())
}

/// HMAC-SHA-256 over unambiguously framed parts: every part is preceded by its length.
fn keyed_hash(key: &KeyBytes, use_of_key: &str, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
    // HMAC pads a short key with zeros to the block of the hash; doing it here leaves nothing that could fail.
    let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
    block[..32].copy_from_slice(key.expose());
    let mut mac = Hmac::<Sha256>::new(&block);
    for part in [use_of_key.as_bytes(), purpose.as_bytes()].iter().chain(parts) {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_of_different_columns_have_different_look_ups() {
        let vault = Vault::ephemeral([1; 32]).unwrap();

        assert_eq!(vault.lookup("code", "K7QM3XWB9TRD"), vault.lookup("code", "K7QM3XWB9TRD"));
        assert_ne!(vault.lookup("code", "K7QM3XWB9TRD"), vault.lookup("e-mail", "K7QM3XWB9TRD"));
        assert_ne!(vault.lookup("ab", "c"), vault.lookup("a", "bc"));
    }

    #[test]
    fn another_key_finds_nothing() {
        let one = Vault::ephemeral([1; 32]).unwrap();
        let two = Vault::ephemeral([2; 32]).unwrap();

        assert_ne!(one.lookup("code", "K7QM3XWB9TRD"), two.lookup("code", "K7QM3XWB9TRD"));
    }

    #[test]
    fn debug_output_shows_nothing() {
        assert_eq!(format!("{:?}", Vault::ephemeral([1; 32]).unwrap()), "Vault(hidden)");
    }
}
