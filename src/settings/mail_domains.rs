//! Whether the DNS is asked about the domains of addresses.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::Deserialize;

use super::SettingsError;
use super::raw::{key_error, list, ranged};

const DNS_PORT: u16 = 53;

/// Whom to ask, and how long.
#[derive(Debug, Clone)]
pub struct MailDomainSettings {
    /// Empty: those of the system.
    pub name_servers: Vec<SocketAddr>,
    pub timeout: Duration,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMailDomains {
    check: bool,
    #[serde(deserialize_with = "list")]
    name_servers: Vec<String>,
    timeout_seconds: i64,
}

impl RawMailDomains {
    /// `None`: nobody is asked.
    pub(super) fn check(self) -> Result<Option<MailDomainSettings>, SettingsError> {
        let name_servers = self.name_servers.iter().map(|text| name_server(text));
        let settings = MailDomainSettings {
            name_servers: name_servers.collect::<Result<_, _>>()?,
            timeout: Duration::from_secs(ranged(
                "mail_domains.timeout_seconds",
                self.timeout_seconds,
                1..=10,
            )?),
        };
        Ok(self.check.then_some(settings))
    }
}

fn name_server(text: &str) -> Result<SocketAddr, SettingsError> {
    let address = text.parse::<IpAddr>().map(|address| SocketAddr::new(address, DNS_PORT));
    address.or_else(|_| text.parse()).map_err(|_| {
        let expected = format!("expected an address such as 192.0.2.1 or 192.0.2.1:53, found {text:?}");
        key_error("mail_domains.name_servers", expected)
    })
}
