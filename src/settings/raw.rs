//! The settings as they are written, before anything is checked.

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Display};
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use chrono::TimeDelta;
use config::builder::DefaultState;
use config::{Config, ConfigBuilder, ConfigError, Environment, File, FileFormat};
use secrecy::{ExposeSecret, SecretString};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::domain::enhanced_status::SuppressionPeriods;

use super::{
    DatabaseSettings, DkimSettings, KeySettings, LimitSettings, LinkSettings, LogFormat, LoggingSettings,
    PasswordSettings, ServerSettings, SessionSettings, Settings, SettingsError, SmtpCredentials,
    SmtpSecurity, SmtpSettings, mail_domains, network, signature, webhooks,
};

const DEFAULTS: &str = include_str!("../../config/default.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    server: RawServer,
    database: RawDatabase,
    keys: RawKeys,
    #[serde(default)]
    signature: BTreeMap<String, signature::RawSource>,
    smtp: RawSmtp,
    #[serde(default)]
    dkim: RawDkim,
    mail_domains: mail_domains::RawMailDomains,
    webhooks: webhooks::RawWebhooks,
    limits: RawLimits,
    #[serde(default)]
    links: RawLinks,
    passwords: RawPasswords,
    sessions: RawSessions,
    #[serde(default)]
    metrics: RawMetrics,
    logging: RawLogging,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawServer {
    bind: String,
    public_url: String,
    workers: bool,
    #[serde(deserialize_with = "list")]
    trusted_proxies: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDatabase {
    url: Option<SecretString>,
    url_file: Option<PathBuf>,
    max_connections: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKeys {
    file: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSmtp {
    host: String,
    port: i64,
    security: String,
    username: Option<String>,
    password: Option<SecretString>,
    password_file: Option<PathBuf>,
    timeout_seconds: i64,
    from_name: String,
    from_address: Option<String>,
    bounce_address: Option<String>,
    ca_file: Option<PathBuf>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawDkim {
    domain: Option<String>,
    selector: Option<String>,
    private_key: Option<SecretString>,
    private_key_file: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLimits {
    upload_max_bytes: i64,
    uploads_at_once: i64,
    documents_per_request: i64,
    json_max_bytes: i64,
    proof_code_minutes: i64,
    proof_minutes: i64,
    unused_document_hours: i64,
    idempotency_hours: i64,
    suppress_address_days: i64,
    suppress_mailbox_hours: i64,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawLinks {
    #[serde(rename = "tracking_url")]
    tracking: Option<String>,
    #[serde(rename = "start_url")]
    start: Option<String>,
    #[serde(rename = "account_url")]
    account: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPasswords {
    memory_kib: i64,
    iterations: i64,
    parallelism: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSessions {
    access_minutes: i64,
    idle_hours: i64,
    absolute_hours: i64,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawMetrics {
    token: Option<SecretString>,
    token_file: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLogging {
    format: String,
    filter: String,
}

pub(super) fn read(
    file: Option<&Path>,
    mut environment: HashMap<String, String>,
) -> Result<Raw, SettingsError> {
    let mut builder = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
    if let Some(path) = file {
        let text = fs::read_to_string(path)
            .map_err(|source| SettingsError::File { path: path.to_owned(), source })?;
        check_syntax(path, &text)?;
        builder = builder.add_source(File::from_str(&text, FileFormat::Toml));
    }
    let database_url = environment.remove("AKTIVASI_DATABASE_URL");
    let http_port = environment.remove("AKTIVASI_HTTP_PORT");
    let config = builder
        // Without `try_parsing` a value stays text until its field is read: a password of digits keeps its zeros.
        .add_source(Environment::with_prefix("AKTIVASI").separator("__").source(Some(environment)))
        // The short name beats both forms of the long one.
        .set_override_option("database.url_file", database_url.is_some().then_some(""))
        .and_then(|builder| builder.set_override_option("database.url", database_url))
        .and_then(ConfigBuilder::<DefaultState>::build)
        .map_err(|error| SettingsError::Key { key: "(all)".to_owned(), problem: error.to_string() })?;
    let mut raw: Raw = serde_path_to_error::deserialize(config).map_err(|error| {
        let key = error.path().to_string();
        key_error(&key, describe(error.into_inner()))
    })?;
    if let Some(port) = http_port {
        raw.server.bind = with_port(&raw.server.bind, &port)?;
    }
    Ok(raw)
}

/// Finds faults of the file itself, so that the message has its line. The parser's own text would quote the line,
/// which may hold a secret.
fn check_syntax(path: &Path, text: &str) -> Result<(), SettingsError> {
    toml::from_str::<toml::Table>(text).map(|_| ()).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = text.get(..start).map_or(0, |head| head.matches('\n').count()) + 1;
        SettingsError::Syntax { path: path.to_owned(), message: format!("line {line} is not valid TOML") }
    })
}

/// The words of the parser without its own mention of the key, which stands in front already.
fn describe(error: ConfigError) -> String {
    match error {
        ConfigError::At { error, .. } => describe(*error),
        ConfigError::Type { unexpected, expected, .. } => format!("expected {expected}, found {unexpected}"),
        other => other.to_string(),
    }
}

fn with_port(bind: &str, port: &str) -> Result<String, SettingsError> {
    let port: u16 = parsed("AKTIVASI_HTTP_PORT", port, "a port from 0 to 65535")?;
    let mut bind: std::net::SocketAddr = parsed("server.bind", bind, BIND)?;
    bind.set_port(port);
    Ok(bind.to_string())
}

const BIND: &str = "an address and port such as 127.0.0.1:8080";

impl Raw {
    pub(super) fn check(self) -> Result<Settings, SettingsError> {
        Ok(Settings {
            server: ServerSettings {
                bind: parsed("server.bind", &self.server.bind, BIND)?,
                public_url: parse("server.public_url", &self.server.public_url)?,
                workers: self.server.workers,
                trusted_proxies: self
                    .server
                    .trusted_proxies
                    .iter()
                    .map(|network| parse("server.trusted_proxies", network))
                    .collect::<Result<_, _>>()?,
            },
            database: self.database.check()?,
            keys: KeySettings { file: self.keys.file },
            signature: signature::check(self.signature)?,
            smtp: self.smtp.check()?,
            dkim: self.dkim.check()?,
            mail_domains: self.mail_domains.check()?,
            webhooks: self.webhooks.check()?,
            limits: self.limits.check()?,
            links: LinkSettings {
                tracking_url: match optional_url("links.tracking_url", self.links.tracking.as_deref())? {
                    Some(elsewhere) => elsewhere,
                    None => parse("server.public_url", &format!("{}/lacak", self.server.public_url))?,
                },
                start_url: match optional_url("links.start_url", self.links.start.as_deref())? {
                    Some(elsewhere) => elsewhere,
                    None => parse("server.public_url", &self.server.public_url)?,
                },
                account_url: match optional_url("links.account_url", self.links.account.as_deref())? {
                    Some(elsewhere) => elsewhere,
                    None => parse("server.public_url", &format!("{}/akun", self.server.public_url))?,
                },
            },
            passwords: PasswordSettings {
                // The floor is the lowest of the OWASP recommendations (7 MiB with 5 passes needs the passes too).
                memory_kib: ranged("passwords.memory_kib", self.passwords.memory_kib, 7168..=4_194_304)?,
                iterations: ranged("passwords.iterations", self.passwords.iterations, 1..=100)?,
                parallelism: ranged("passwords.parallelism", self.passwords.parallelism, 1..=64)?,
            },
            sessions: self.sessions.check()?,
            metrics_token: self.metrics.check()?,
            logging: LoggingSettings {
                format: match self.logging.format.as_str() {
                    "json" => LogFormat::Json,
                    "text" => LogFormat::Text,
                    other => return Err(unexpected("logging.format", "json or text", other)),
                },
                filter: self.logging.filter,
            },
        })
    }
}

impl RawDatabase {
    fn check(self) -> Result<DatabaseSettings, SettingsError> {
        let url = secret("database.url", self.url, self.url_file)?.ok_or_else(|| {
            key_error("database.url", "is required: database.url, database.url_file or AKTIVASI_DATABASE_URL")
        })?;
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.expose_secret().starts_with(scheme)) {
            return Err(key_error("database.url", "expected a URL that starts with postgres://"));
        }
        Ok(DatabaseSettings {
            url,
            max_connections: ranged("database.max_connections", self.max_connections, 1..=1000)?,
        })
    }
}

impl RawSmtp {
    fn check(self) -> Result<SmtpSettings, SettingsError> {
        let security = match self.security.as_str() {
            "starttls" => SmtpSecurity::Starttls,
            "tls" => SmtpSecurity::Tls,
            "plain" if network::is_loopback_host(&self.host) => SmtpSecurity::Plain,
            "plain" => {
                return Err(key_error(
                    "smtp.security",
                    "plain is only allowed when smtp.host is this machine (localhost, 127.0.0.1, ::1)",
                ));
            }
            other => return Err(unexpected("smtp.security", "starttls, tls or plain", other)),
        };
        if self.host.trim().is_empty() {
            return Err(key_error("smtp.host", "expected a host name or address"));
        }
        let username = self.username.filter(|username| !username.is_empty());
        let password = secret("smtp.password", self.password, self.password_file)?;
        let credentials = match (username, password) {
            (Some(username), Some(password)) => Some(SmtpCredentials { username, password }),
            (None, None) => None,
            (Some(_), None) => {
                return Err(key_error("smtp.password", "is required when smtp.username is given"));
            }
            (None, Some(_)) => {
                return Err(key_error("smtp.username", "is required when smtp.password is given"));
            }
        };
        let from_address = self.from_address.filter(|address| !address.is_empty());
        if self.from_name.contains(char::is_control) {
            return Err(key_error("smtp.from_name", "expected one line of text"));
        }
        Ok(SmtpSettings {
            host: self.host,
            port: ranged("smtp.port", self.port, 1..=65535)?,
            security,
            credentials,
            from_name: self.from_name,
            from_address: from_address
                .map(|address| parsed("smtp.from_address", &address, "an e-mail address"))
                .transpose()?,
            bounce_address: self
                .bounce_address
                .filter(|address| !address.is_empty())
                .map(|address| parse("smtp.bounce_address", &address))
                .transpose()?,
            timeout: Duration::from_secs(ranged("smtp.timeout_seconds", self.timeout_seconds, 1..=600)?),
            extra_ca_pem: self
                .ca_file
                .filter(|path| !path.as_os_str().is_empty())
                .map(|path| certificates(&path))
                .transpose()?,
        })
    }
}

fn certificates(path: &Path) -> Result<Vec<u8>, SettingsError> {
    let unreadable =
        |source| SettingsError::SecretFile { key: "smtp.ca_file".to_owned(), path: path.to_owned(), source };
    fs::read(path).map_err(unreadable)
}

impl RawDkim {
    /// All of it or nothing.
    fn check(self) -> Result<Option<DkimSettings>, SettingsError> {
        let given = |value: Option<String>| value.filter(|value| !value.is_empty());
        let private_key = secret("dkim.private_key", self.private_key, self.private_key_file)?;
        let missing =
            |key: &str| key_error(key, "is required: dkim has a domain, a selector and a private key");
        match (given(self.domain), given(self.selector), private_key) {
            (None, None, None) => Ok(None),
            (Some(domain), Some(selector), Some(private_key)) => {
                Ok(Some(DkimSettings { domain, selector, private_key }))
            }
            (None, _, _) => Err(missing("dkim.domain")),
            (_, None, _) => Err(missing("dkim.selector")),
            (_, _, None) => Err(missing("dkim.private_key_file")),
        }
    }
}

impl RawLimits {
    fn check(self) -> Result<LimitSettings, SettingsError> {
        let minutes = |key, value| Ok::<_, SettingsError>(TimeDelta::minutes(ranged(key, value, 1..=1440)?));
        let hours = |key, value| Ok::<_, SettingsError>(TimeDelta::hours(ranged(key, value, 1..=720)?));
        Ok(LimitSettings {
            upload_max_bytes: ranged("limits.upload_max_bytes", self.upload_max_bytes, 1..=104_857_600)?,
            uploads_at_once: ranged("limits.uploads_at_once", self.uploads_at_once, 1..=1000)?,
            documents_per_request: ranged(
                "limits.documents_per_request",
                self.documents_per_request,
                1..=100,
            )?,
            json_max_bytes: ranged("limits.json_max_bytes", self.json_max_bytes, 1024..=16_777_216)?,
            proof_code: minutes("limits.proof_code_minutes", self.proof_code_minutes)?,
            proof: minutes("limits.proof_minutes", self.proof_minutes)?,
            unused_document: hours("limits.unused_document_hours", self.unused_document_hours)?,
            idempotency: hours("limits.idempotency_hours", self.idempotency_hours)?,
            suppression: SuppressionPeriods {
                address: TimeDelta::days(ranged(
                    "limits.suppress_address_days",
                    self.suppress_address_days,
                    1..=730,
                )?),
                mailbox: hours("limits.suppress_mailbox_hours", self.suppress_mailbox_hours)?,
            },
        })
    }
}

impl RawMetrics {
    fn check(self) -> Result<Option<SecretString>, SettingsError> {
        let token = secret("metrics.token", self.token, self.token_file)?;
        match token {
            Some(short) if short.expose_secret().len() < 16 => {
                Err(key_error("metrics.token", "expected at least 16 characters"))
            }
            token => Ok(token),
        }
    }
}

impl RawSessions {
    fn check(self) -> Result<SessionSettings, SettingsError> {
        let idle: i64 = ranged("sessions.idle_hours", self.idle_hours, 1..=24)?;
        Ok(SessionSettings {
            access: TimeDelta::minutes(ranged("sessions.access_minutes", self.access_minutes, 1..=60)?),
            idle: TimeDelta::hours(idle),
            absolute: TimeDelta::hours(ranged("sessions.absolute_hours", self.absolute_hours, idle..=72)?),
        })
    }
}

/// Takes a secret from its key or from the file named by `<key>_file`. An empty one counts as not given.
pub(super) fn secret(
    key: &str,
    value: Option<SecretString>,
    file: Option<PathBuf>,
) -> Result<Option<SecretString>, SettingsError> {
    let value = value.filter(|value| !value.expose_secret().is_empty());
    let Some(path) = file.filter(|path| !path.as_os_str().is_empty()) else { return Ok(value) };
    let file_key = format!("{key}_file");
    if value.is_some() {
        return Err(key_error(key, format!("give {key} or {file_key}, not both")));
    }
    let text = fs::read_to_string(&path)
        .map(SecretString::from)
        .map_err(|source| SettingsError::SecretFile { key: file_key.clone(), path, source })?;
    let trimmed = text.expose_secret().trim();
    if trimmed.is_empty() {
        return Err(key_error(&file_key, "the file is empty"));
    }
    Ok(Some(SecretString::from(trimmed)))
}

pub(super) fn key_error(key: &str, problem: impl Into<String>) -> SettingsError {
    SettingsError::Key { key: key.to_owned(), problem: problem.into() }
}

fn unexpected(key: &str, expected: &str, found: &str) -> SettingsError {
    key_error(key, format!("expected {expected}, found {found:?}"))
}

fn parsed<T: FromStr>(key: &str, value: &str, expected: &str) -> Result<T, SettingsError> {
    value.trim().parse().map_err(|_| unexpected(key, expected, value))
}

pub(super) fn parse<T: FromStr<Err: Display>>(key: &str, value: &str) -> Result<T, SettingsError> {
    value.parse().map_err(|error| key_error(key, format!("{error}, found {value:?}")))
}

fn optional_url(key: &str, value: Option<&str>) -> Result<Option<super::PublicUrl>, SettingsError> {
    value.filter(|value| !value.is_empty()).map(|value| parse(key, value)).transpose()
}

pub(super) fn ranged<T: TryFrom<i64>>(
    key: &str,
    value: i64,
    range: RangeInclusive<i64>,
) -> Result<T, SettingsError> {
    let refused = || {
        key_error(key, format!("expected a number from {} to {}, found {value}", range.start(), range.end()))
    };
    if range.contains(&value) { T::try_from(value).map_err(|_| refused()) } else { Err(refused()) }
}

/// A list in a file; in the environment its entries are separated by commas.
pub(super) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Entries;

    impl<'de> Visitor<'de> for Entries {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of texts")
        }

        fn visit_str<E>(self, text: &str) -> Result<Vec<String>, E> {
            Ok(text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Vec<String>, A::Error> {
            let mut out = Vec::new();
            while let Some(entry) = entries.next_element()? {
                out.push(entry);
            }
            Ok(out)
        }
    }

    deserializer.deserialize_any(Entries)
}
