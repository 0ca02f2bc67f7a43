//! Settings: read once, checked once, then only typed values.
//!
//! Layers, later ones win: `config/default.toml` (inside the binary), the settings file, the environment, secret
//! files. Every error names the key as it is written in the file, and what was expected.

mod mail_domains;
mod network;
mod public_url;
mod raw;
mod signature;
mod webhooks;

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::TimeDelta;
use lettre::Address;
use secrecy::SecretString;
use thiserror::Error;

use crate::domain::{bounce_address::BounceAddress, enhanced_status::SuppressionPeriods};

pub use mail_domains::MailDomainSettings;
pub use network::Network;
pub use public_url::PublicUrl;
pub use signature::{CertificateSource, SignatureSettings};
pub use webhooks::WebhookSettings;

/// Where the settings file is when nobody names another one. It may be missing.
const STANDARD_FILE: &str = "/etc/aktivasi/settings.toml";

/// What is wrong with the settings. Shows values of ordinary keys, never of secret ones.
#[derive(Debug, Error)]
pub enum SettingsError {
    #[error("settings file {path} cannot be read")]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("settings file {path}: {message}")]
    Syntax { path: PathBuf, message: String },
    #[error("setting {key}: {problem}")]
    Key { key: String, problem: String },
    #[error("setting {key}: the file {path} cannot be read")]
    SecretFile {
        key: String,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// All settings of one process.
#[derive(Debug, Clone)]
pub struct Settings {
    pub server: ServerSettings,
    pub database: DatabaseSettings,
    pub keys: KeySettings,
    pub signature: SignatureSettings,
    pub smtp: SmtpSettings,
    /// Absent: mails go out without a signature of ours.
    pub dkim: Option<DkimSettings>,
    /// Absent: the DNS is not asked about the domains of addresses.
    pub mail_domains: Option<MailDomainSettings>,
    pub webhooks: WebhookSettings,
    pub limits: LimitSettings,
    pub links: LinkSettings,
    pub passwords: PasswordSettings,
    pub sessions: SessionSettings,
    /// Who shows it may read `/metrics`; without one nobody may.
    pub metrics_token: Option<SecretString>,
    pub logging: LoggingSettings,
}

#[derive(Debug, Clone)]
pub struct ServerSettings {
    pub bind: SocketAddr,
    pub public_url: PublicUrl,
    /// Whether `serve` runs the job workers too.
    pub workers: bool,
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
}

#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    /// A `postgres://` URL. Secret, because it may hold a password.
    pub url: SecretString,
    pub max_connections: u32,
}

#[derive(Debug, Clone)]
pub struct KeySettings {
    pub file: PathBuf,
}

#[derive(Debug, Clone)]
pub struct SmtpSettings {
    pub host: String,
    pub port: u16,
    pub security: SmtpSecurity,
    /// Absent for a relay that asks for no sign-in.
    pub credentials: Option<SmtpCredentials>,
    pub from_name: String,
    /// Only what sends mail needs it: see [`SmtpSettings::sender`].
    pub from_address: Option<Address>,
    /// Where bounces go. Absent: to the sender, and none finds its message.
    pub bounce_address: Option<BounceAddress>,
    pub timeout: Duration,
    /// Certificates that are trusted beside the public ones, as PEM.
    pub extra_ca_pem: Option<Vec<u8>>,
}

#[derive(Debug, Clone)]
pub struct SmtpCredentials {
    pub username: String,
    pub password: SecretString,
}

/// The key that signs mails, and where its public half is published.
#[derive(Debug, Clone)]
pub struct DkimSettings {
    pub domain: String,
    pub selector: String,
    /// PEM.
    pub private_key: SecretString,
}

impl SmtpSettings {
    /// The address that mails come from. Required by everything that sends or words a mail, not by an import.
    pub fn sender(&self) -> Result<&Address, SettingsError> {
        self.from_address.as_ref().ok_or_else(|| SettingsError::Key {
            key: "smtp.from_address".to_owned(),
            problem: "is required: the e-mail address that the mails of this office come from".to_owned(),
        })
    }
}

/// How the connection to the relay is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// Plain first, then upgraded; refused when the relay does not offer it.
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// Nothing. Only to a relay on the same machine.
    Plain,
}

#[derive(Debug, Clone)]
pub struct LimitSettings {
    pub upload_max_bytes: usize,
    pub uploads_at_once: usize,
    pub documents_per_request: usize,
    pub json_max_bytes: usize,
    pub proof_code: TimeDelta,
    pub proof: TimeDelta,
    pub unused_document: TimeDelta,
    pub idempotency: TimeDelta,
    /// How long an address that refused gets no mail.
    pub suppression: SuppressionPeriods,
}

/// Where letters and mails send people.
#[derive(Debug, Clone)]
pub struct LinkSettings {
    /// Where a request is followed: the page of this service, unless an office has another.
    pub tracking_url: PublicUrl,
    /// Where a request is filed: the start page of this service, unless an office has another.
    pub start_url: PublicUrl,
    /// The account of a PKP: the page of this service, unless an office has another.
    pub account_url: PublicUrl,
}

/// Cost of Argon2id.
#[derive(Debug, Clone, Copy)]
pub struct PasswordSettings {
    pub memory_kib: u32,
    pub iterations: u32,
    pub parallelism: u32,
}

#[derive(Debug, Clone, Copy)]
pub struct SessionSettings {
    pub access: TimeDelta,
    pub idle: TimeDelta,
    pub absolute: TimeDelta,
}

#[derive(Debug, Clone)]
pub struct LoggingSettings {
    pub format: LogFormat,
    /// Directives of `tracing_subscriber::EnvFilter`, checked when logging starts.
    pub filter: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Json,
    Text,
}

impl Settings {
    /// Reads all layers. `extra` is the file of `--settings`; without it `AKTIVASI_SETTINGS` may name one.
    pub fn load(extra: Option<&Path>) -> Result<Self, SettingsError> {
        let environment: HashMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let named =
            extra.map(Path::to_owned).or_else(|| environment.get("AKTIVASI_SETTINGS").map(PathBuf::from));
        let file = named.or_else(|| Some(PathBuf::from(STANDARD_FILE)).filter(|path| path.exists()));
        Self::from_layers(file.as_deref(), environment)
    }

    /// Reads the default layer, one file, and an environment that is passed in.
    pub fn from_layers(
        file: Option<&Path>,
        environment: HashMap<String, String>,
    ) -> Result<Self, SettingsError> {
        raw::read(file, environment)?.check()
    }
}

#[cfg(test)]
mod tests;
