//! The file that holds the keys, outside the database.
//!
//! ```toml
//! [[key]]
//! id = "seal-2026-11-22"
//! purpose = "seal"
//! secret = "…32 bytes in base64…"
//! active = true
//! ```

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use thiserror::Error;

use super::entropy::Entropy;

/// Names a key: 1 to 32 characters of `A-Z a-z 0-9 . _ -`. Not a secret; it stands in rows, tokens and logs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(String);

impl KeyId {
    /// Longest id, in bytes. The sealed envelope keeps the length in one byte.
    pub const MAX_BYTES: usize = 32;

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyId {
    type Err = KeyFileError;

    fn from_str(input: &str) -> Result<Self, KeyFileError> {
        let fits = (1..=Self::MAX_BYTES).contains(&input.len());
        let plain = input.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
        if fits && plain { Ok(Self(input.to_owned())) } else { Err(KeyFileError::KeyIdShape) }
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a key is for. A key serves one purpose only, so that a flaw in one use reveals nothing about another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyPurpose {
    /// Encrypts codes, letters and documents at rest.
    Seal,
    /// Keyed hashes under which rows are found. There is one such key for the life of the database: see [`KeyFile`].
    Lookup,
    /// Tracking codes and the tokens of links.
    Token,
    /// Signs the tokens of the interface.
    Session,
}

impl KeyPurpose {
    pub const ALL: [Self; 4] = [Self::Seal, Self::Lookup, Self::Token, Self::Session];

    /// The word used in the file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Lookup => "lookup",
            Self::Token => "token",
            Self::Session => "session",
        }
    }
}

impl fmt::Display for KeyPurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for KeyPurpose {
    type Err = KeyFileError;

    fn from_str(input: &str) -> Result<Self, KeyFileError> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == input).ok_or(KeyFileError::PurposeShape)
    }
}

/// The 32 bytes of a key. Wiped from memory when dropped, never printed.
#[derive(Clone)]
pub struct KeyBytes(Zeroizing<[u8; 32]>);

impl KeyBytes {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(super) fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for KeyBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyBytes(hidden)")
    }
}

/// One key of the file.
#[derive(Debug, Clone)]
pub struct Key {
    pub id: KeyId,
    pub purpose: KeyPurpose,
    pub secret: KeyBytes,
    /// New work uses the active key of a purpose; the others only open, verify and find what they once made.
    pub active: bool,
}

/// What can be wrong with a key file. Never carries a secret.
#[derive(Debug, Error)]
pub enum KeyFileError {
    #[error("key file {path} cannot be read")]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("key file {path} cannot be written")]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("key file {path} exists already and is never overwritten")]
    Exists { path: PathBuf },
    #[error("key file {path} has mode {mode:04o}: only its owner may read it (chmod 600 {path})")]
    Permissions { path: PathBuf, mode: u32 },
    #[error(
        "key file line {line}: expected [[key]] tables with id, purpose, secret and active, nothing else"
    )]
    Syntax { line: usize },
    #[error("a key id is 1 to 32 characters of A-Z a-z 0-9 . _ -")]
    KeyIdShape,
    #[error("a key purpose is one of seal, lookup, token, session")]
    PurposeShape,
    #[error("key {id}: the secret must be 32 bytes in base64")]
    SecretShape { id: String },
    #[error("key id {id} occurs twice")]
    Duplicate { id: KeyId },
    #[error("there must be exactly one active {purpose} key, found {found}")]
    Active { purpose: KeyPurpose, found: usize },
    #[error(
        "there must be exactly one lookup key: rows are found by its hashes, a second one would need a re-index"
    )]
    SecondLookup,
    #[error("there is no key {id} in the file")]
    NoSuchKey { id: KeyId },
}

/// A checked set of keys.
///
/// Holds: ids are unique; each purpose has exactly one active key; there is exactly one lookup key. That last one
/// never rotates in place: the database finds rows by hashes made with it, so a new key needs every hash computed
/// again from the sealed values.
#[derive(Debug, Clone)]
pub struct KeyFile {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    key: Vec<RawKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKey {
    id: String,
    purpose: KeyPurpose,
    secret: SecretString,
    active: bool,
}

impl KeyFile {
    /// One fresh, active key for each purpose. `label` (for instance the date) ends each id.
    pub fn generate(entropy: &dyn Entropy, label: &str) -> Result<Self, KeyFileError> {
        let keys = KeyPurpose::ALL
            .into_iter()
            .map(|purpose| {
                let id = format!("{purpose}-{label}").parse()?;
                Ok(Key { id, purpose, secret: fresh_secret(entropy), active: true })
            })
            .collect::<Result<_, KeyFileError>>()?;
        Self::checked(keys)
    }

    /// Reads a file. Refuses one that others than its owner can read.
    pub fn load(path: &Path) -> Result<Self, KeyFileError> {
        let unreadable = |source| KeyFileError::Read { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(unreadable)?;
        // The mode of the opened file, not of the path: the path may point elsewhere a moment later.
        let mode = file.metadata().map_err(unreadable)?.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyFileError::Permissions { path: path.to_owned(), mode });
        }
        let mut text = Zeroizing::new(String::new());
        file.read_to_string(&mut text).map_err(unreadable)?;
        Self::parse(&text)
    }

    /// Reads the text of a file.
    pub fn parse(text: &str) -> Result<Self, KeyFileError> {
        // The parser's own message quotes the line, and the line may hold a secret: only its number goes on.
        let raw: RawFile = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start.min(text.len()));
            KeyFileError::Syntax { line: text.get(..start).map_or(0, |head| head.matches('\n').count()) + 1 }
        })?;
        let keys = raw
            .key
            .into_iter()
            .map(|raw| {
                let shape = || KeyFileError::SecretShape { id: raw.id.clone() };
                let bytes =
                    Zeroizing::new(STANDARD.decode(raw.secret.expose_secret().trim()).map_err(|_| shape())?);
                let secret = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| shape())?;
                Ok(Key {
                    id: raw.id.parse()?,
                    purpose: raw.purpose,
                    secret: KeyBytes::new(secret),
                    active: raw.active,
                })
            })
            .collect::<Result<_, KeyFileError>>()?;
        Self::checked(keys)
    }

    fn checked(keys: Vec<Key>) -> Result<Self, KeyFileError> {
        for (index, key) in keys.iter().enumerate() {
            if keys[..index].iter().any(|earlier| earlier.id == key.id) {
                return Err(KeyFileError::Duplicate { id: key.id.clone() });
            }
        }
        if keys.iter().filter(|key| key.purpose == KeyPurpose::Lookup).count() > 1 {
            return Err(KeyFileError::SecondLookup);
        }
        for purpose in KeyPurpose::ALL {
            let found = keys.iter().filter(|key| key.purpose == purpose && key.active).count();
            if found != 1 {
                return Err(KeyFileError::Active { purpose, found });
            }
        }
        Ok(Self { keys })
    }

    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// Adds a fresh key that is not active yet, so that every replica can learn it before anything is made with it.
    pub fn with_new_key(
        mut self,
        id: KeyId,
        purpose: KeyPurpose,
        entropy: &dyn Entropy,
    ) -> Result<Self, KeyFileError> {
        self.keys.push(Key { id, purpose, secret: fresh_secret(entropy), active: false });
        Self::checked(self.keys)
    }

    /// Makes one key the active one of its purpose; the one before it stays in the file.
    pub fn with_active(mut self, id: &KeyId) -> Result<Self, KeyFileError> {
        let purpose = self
            .keys
            .iter()
            .find(|key| key.id == *id)
            .map(|key| key.purpose)
            .ok_or_else(|| KeyFileError::NoSuchKey { id: id.clone() })?;
        for key in self.keys.iter_mut().filter(|key| key.purpose == purpose) {
            key.active = key.id == *id;
        }
        Self::checked(self.keys)
    }

    /// Writes a file that does not exist yet.
    pub fn create(&self, path: &Path) -> Result<(), KeyFileError> {
        let temporary = self.write_beside(path)?;
        // A hard link fails when the name is taken, in one step; a rename would replace what is there.
        let linked = fs::hard_link(&temporary, path);
        let removed = fs::remove_file(&temporary);
        match linked {
            Err(source) if source.kind() == io::ErrorKind::AlreadyExists => {
                Err(KeyFileError::Exists { path: path.to_owned() })
            }
            outcome => {
                outcome.and(removed).map_err(|source| KeyFileError::Write { path: path.to_owned(), source })
            }
        }
    }

    /// Replaces a file in one step. When anything fails, the old file is still there.
    pub fn replace(&self, path: &Path) -> Result<(), KeyFileError> {
        let temporary = self.write_beside(path)?;
        fs::rename(&temporary, path).map_err(|source| {
            // The first failure is the one to report.
            let _ = fs::remove_file(&temporary);
            KeyFileError::Write { path: path.to_owned(), source }
        })
    }

    fn write_beside(&self, path: &Path) -> Result<PathBuf, KeyFileError> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.new", std::process::id()));
        let temporary = path.with_file_name(name);
        let write = || {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
            file.write_all(self.to_toml().as_bytes())?;
            file.sync_all()
        };
        match write() {
            Ok(()) => Ok(temporary),
            Err(source) => {
                if source.kind() != io::ErrorKind::AlreadyExists {
                    let _ = fs::remove_file(&temporary);
                }
                Err(KeyFileError::Write { path: path.to_owned(), source })
            }
        }
    }

    fn to_toml(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::from(
            "# Keys of Aktivasi. Without this file codes, letters and documents in the database cannot be read.\n\
             # Keep it readable by the service only, and a copy of it apart from the database backups.\n",
        ));
        for key in &self.keys {
            let secret = Zeroizing::new(STANDARD.encode(key.secret.expose()));
            text.push_str("\n[[key]]\nid = \"");
            text.push_str(key.id.as_str());
            text.push_str("\"\npurpose = \"");
            text.push_str(key.purpose.name());
            text.push_str("\"\nsecret = \"");
            text.push_str(&secret);
            text.push_str(if key.active { "\"\nactive = true\n" } else { "\"\nactive = false\n" });
        }
        text
    }
}

fn fresh_secret(entropy: &dyn Entropy) -> KeyBytes {
    let mut bytes = Zeroizing::new([0; 32]);
    entropy.fill(bytes.as_mut_slice());
    KeyBytes::new(*bytes)
}

#[cfg(test)]
mod tests;
