//! The certificates that seal letters.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;

use super::SettingsError;
use super::raw::{key_error, secret};
use crate::domain::office::OfficeCode;

/// Which certificate seals the letters of an office. An office that is not named seals none.
#[derive(Debug, Clone, Default)]
pub struct SignatureSettings {
    pub offices: BTreeMap<OfficeCode, CertificateSource>,
}

/// Where a certificate and its key are.
#[derive(Debug, Clone)]
pub enum CertificateSource {
    Pkcs12 { file: PathBuf, passphrase: SecretString },
    Pkcs11 { module: PathBuf, token: String, pin: SecretString },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSource {
    pkcs12_file: Option<PathBuf>,
    passphrase: Option<SecretString>,
    passphrase_file: Option<PathBuf>,
    pkcs11_module: Option<PathBuf>,
    pkcs11_token: Option<String>,
    pin: Option<SecretString>,
    pin_file: Option<PathBuf>,
}

pub(super) fn check(offices: BTreeMap<String, RawSource>) -> Result<SignatureSettings, SettingsError> {
    let offices = offices.into_iter().map(|(code, source)| {
        let section = format!("signature.{code}");
        let code = code.parse().map_err(|error| key_error(&section, format!("{error}")))?;
        Ok((code, source.check(&section)?))
    });
    Ok(SignatureSettings { offices: offices.collect::<Result<_, SettingsError>>()? })
}

impl RawSource {
    fn check(self, section: &str) -> Result<CertificateSource, SettingsError> {
        let key = |name: &str| format!("{section}.{name}");
        let missing = |name: &str, beside: &str| {
            key_error(&key(name), format!("is required when {section}.{beside} is given"))
        };
        let passphrase = secret(&key("passphrase"), self.passphrase, self.passphrase_file)?;
        let pin = secret(&key("pin"), self.pin, self.pin_file)?;
        match (self.pkcs12_file, self.pkcs11_module) {
            (Some(file), None) => {
                if self.pkcs11_token.is_some() || pin.is_some() {
                    return Err(key_error(section, "has keys of a token beside pkcs12_file"));
                }
                let passphrase = passphrase.ok_or_else(|| missing("passphrase", "pkcs12_file"))?;
                Ok(CertificateSource::Pkcs12 { file, passphrase })
            }
            (None, Some(module)) => {
                if passphrase.is_some() {
                    return Err(key_error(section, "has a passphrase beside pkcs11_module"));
                }
                let token = self.pkcs11_token.ok_or_else(|| missing("pkcs11_token", "pkcs11_module"))?;
                let pin = pin.ok_or_else(|| missing("pin", "pkcs11_module"))?;
                Ok(CertificateSource::Pkcs11 { module, token, pin })
            }
            (None, None) => Err(key_error(section, "needs pkcs12_file or pkcs11_module")),
            (Some(_), Some(_)) => Err(key_error(section, "give pkcs12_file or pkcs11_module, not both")),
        }
    }
}
