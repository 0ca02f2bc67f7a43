//! `aktivasi key …`: makes and rotates the key file. Never prints a secret, never overwrites a file by `init`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

use super::Failure;
use crate::app::{
    Office,
    clients::{Rotated, Rotation, rotate},
};
use crate::vault::entropy::{Entropy, OsEntropy};
use crate::vault::key_file::{KeyFile, KeyFileError, KeyId, KeyPurpose};

/// What can be done with a key file.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Makes a new key file with one key for each purpose
    Init { file: PathBuf },
    /// Adds a key that is not active yet; load the file everywhere, then activate it
    Add {
        file: PathBuf,
        /// seal, token or session (a lookup key cannot be rotated in place)
        #[arg(long)]
        purpose: KeyPurpose,
        /// Name of the key; the purpose and the present instant when left out
        #[arg(long)]
        id: Option<KeyId>,
    },
    /// Makes a key the one that new work is done with
    Activate { file: PathBuf, id: KeyId },
    /// Lists ids and purposes, no secrets
    List { file: PathBuf },
    /// Makes the next key that signs access tokens of other systems; needs the database and no file
    RotateTokens(RotateTokens),
}

/// Keys of access tokens are kept in the database, sealed with a key of the file.
#[derive(Debug, Args)]
pub struct RotateTokens {
    /// After a leak: revokes every earlier key and the tokens that it signed. Callers get new ones
    #[arg(long)]
    at_once: bool,
}

impl RotateTokens {
    pub async fn run(&self, office: &Office, out: &mut impl Write) -> Result<(), Failure> {
        let rotation = if self.at_once { Rotation::AtOnce } else { Rotation::InTime };
        match rotate(office, rotation).await? {
            Rotated::Made { id, signs_from } => writeln!(out, "{id} signs from {}", signs_from.to_rfc3339())?,
            Rotated::Waits => writeln!(out, "a key that was made before waits for its time")?,
        }
        Ok(())
    }
}

impl KeyCommand {
    /// Runs the command; writes for people to `out`.
    pub fn run(&self, now: DateTime<Utc>, out: &mut impl Write) -> anyhow::Result<()> {
        run_with(self, now, &OsEntropy, out)
    }
}

fn run_with(
    command: &KeyCommand,
    now: DateTime<Utc>,
    entropy: &dyn Entropy,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    match command {
        KeyCommand::Init { file } => {
            KeyFile::generate(entropy, &now.format("%Y-%m-%d").to_string())?.create(file)?;
            writeln!(out, "{} made; keep a copy of it apart from the database backups", file.display())?;
        }
        KeyCommand::Add { file, purpose, id } => {
            let id = id.clone().map_or_else(|| generated_id(*purpose, now), Ok)?;
            change(file, |keys| keys.with_new_key(id.clone(), *purpose, entropy))?;
            writeln!(out, "{id} added, not active yet")?;
        }
        KeyCommand::Activate { file, id } => {
            change(file, |keys| keys.with_active(id))?;
            writeln!(out, "{id} is active")?;
        }
        KeyCommand::RotateTokens(_) => bail!("this needs the database"),
        KeyCommand::List { file } => {
            for key in KeyFile::load(file)?.keys() {
                let state = if key.active { "active" } else { "old or waiting" };
                writeln!(out, "{}\t{}\t{state}", key.id, key.purpose)?;
            }
        }
    }
    Ok(())
}

fn change(file: &Path, edit: impl FnOnce(KeyFile) -> Result<KeyFile, KeyFileError>) -> anyhow::Result<()> {
    edit(KeyFile::load(file)?)
        .and_then(|keys| keys.replace(file))
        .with_context(|| format!("{} is unchanged", file.display()))
}

fn generated_id(purpose: KeyPurpose, now: DateTime<Utc>) -> Result<KeyId, KeyFileError> {
    format!("{purpose}-{}", now.format("%Y-%m-%dT%H%M%S")).parse()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::entropy::SeededEntropy;

    fn run(command: &KeyCommand) -> anyhow::Result<String> {
        let mut out = Vec::new();
        let now = "2026-11-22T03:04:05Z".parse().unwrap();
        run_with(command, now, &SeededEntropy::new([5; 32]), &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    fn fresh_path() -> PathBuf {
        std::env::temp_dir().join(format!("aktivasi-keys-{}.toml", uuid::Uuid::now_v7()))
    }

    #[test]
    fn a_key_is_added_then_activated_and_the_list_shows_no_secret() {
        let file = fresh_path();

        run(&KeyCommand::Init { file: file.clone() }).unwrap();
        run(&KeyCommand::Add { file: file.clone(), purpose: KeyPurpose::Seal, id: None }).unwrap();
        let id: KeyId = "seal-2026-11-22T030405".parse().unwrap();
        run(&KeyCommand::Activate { file: file.clone(), id }).unwrap();

        let list = run(&KeyCommand::List { file }).unwrap();
        assert_eq!(
            list,
            "seal-2026-11-22\tseal\told or waiting\nlookup-2026-11-22\tlookup\tactive\n\
             token-2026-11-22\ttoken\tactive\nsession-2026-11-22\tsession\tactive\n\
             seal-2026-11-22T030405\tseal\tactive\n"
        );
    }

    #[test]
    fn a_refused_change_leaves_the_file_as_it_was() {
        let file = fresh_path();
        run(&KeyCommand::Init { file: file.clone() }).unwrap();
        let before = std::fs::read(&file).unwrap();

        assert!(run(&KeyCommand::Init { file: file.clone() }).is_err());
        assert!(run(&KeyCommand::Add { file: file.clone(), purpose: KeyPurpose::Lookup, id: None }).is_err());
        assert!(run(&KeyCommand::Activate { file: file.clone(), id: "nothing".parse().unwrap() }).is_err());

        assert_eq!(std::fs::read(&file).unwrap(), before);
    }
}
