//! Where events may be sent besides public addresses.

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;

use super::raw::{list, parse};
use super::{Network, SettingsError};

#[derive(Debug, Clone)]
pub struct WebhookSettings {
    /// Networks that are called although they are not public.
    pub allowed_networks: Vec<Network>,
    /// Certificates that are trusted beside the public ones, as PEM.
    pub extra_ca_pem: Option<Vec<u8>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWebhooks {
    #[serde(deserialize_with = "list")]
    allowed_networks: Vec<String>,
    ca_file: Option<PathBuf>,
}

impl RawWebhooks {
    pub(super) fn check(self) -> Result<WebhookSettings, SettingsError> {
        let networks = self.allowed_networks.iter();
        let file = self.ca_file.filter(|path| !path.as_os_str().is_empty());
        let unreadable = |path: PathBuf| {
            move |source| SettingsError::SecretFile { key: "webhooks.ca_file".to_owned(), path, source }
        };
        Ok(WebhookSettings {
            allowed_networks: networks
                .map(|network| parse("webhooks.allowed_networks", network))
                .collect::<Result<_, _>>()?,
            extra_ca_pem: file.map(|path| fs::read(&path).map_err(unreadable(path.clone()))).transpose()?,
        })
    }
}
