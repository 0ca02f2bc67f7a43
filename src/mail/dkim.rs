//! Our signature under what we send (RFC 6376), by which a mailbox tells our mail from that of others.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use lettre::{
    Message,
    message::{
        dkim::{
            DkimCanonicalization, DkimCanonicalizationType, DkimConfig, DkimSigningAlgorithm, DkimSigningKey,
        },
        header::HeaderName,
    },
};
use rsa::{
    RsaPrivateKey, RsaPublicKey,
    pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPrivateKey as _},
    pkcs8::{DecodePrivateKey as _, EncodePublicKey as _, LineEnding},
    traits::PublicKeyParts as _,
};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

use crate::domain::email_address::EmailAddress;

/// Every field that we write at the head of a message; each occurs once.
const SIGNED: [&str; 9] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Auto-Submitted",
];
/// RFC 8301: what receivers take for strong enough.
const MIN_RSA_BITS: usize = 2048;
/// The longest piece of text in a TXT record.
const TXT_PIECE: usize = 255;

/// A key that signs for a domain. Never prints the key.
pub struct Dkim {
    config: DkimConfig,
    domain: String,
    record: DkimRecord,
}

/// What the office publishes in its DNS, so that our signature can be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DkimRecord {
    /// `selector._domainkey.domain`
    pub name: String,
    /// `v=DKIM1; k=rsa; p=…`
    pub value: String,
}

/// Why nothing can be signed. Carries nothing of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DkimError {
    #[error("expected a domain name such as kpp.example")]
    Domain,
    #[error("expected letters, digits and hyphens such as aktivasi-2026")]
    Selector,
    #[error("expected a private key in PEM: RSA (PKCS#8 or PKCS#1) or Ed25519 (PKCS#8)")]
    Key,
    #[error("an RSA key must have at least {MIN_RSA_BITS} bits, this one has {0}")]
    Short(usize),
}

impl std::fmt::Debug for Dkim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Dkim({})", self.record.name)
    }
}

impl Dkim {
    /// Reads the key; its kind decides the algorithm.
    pub fn new(domain: &str, selector: &str, private_key: &SecretString) -> Result<Self, DkimError> {
        if !domain.contains('.') || !domain.split('.').all(is_label) {
            return Err(DkimError::Domain);
        }
        if !selector.split('.').all(is_label) {
            return Err(DkimError::Selector);
        }
        let (key, public) = read(private_key.expose_secret())?;
        let headers = SIGNED.into_iter().map(HeaderName::new_from_ascii_str).collect();
        let canonicalization = DkimCanonicalization {
            header: DkimCanonicalizationType::Relaxed,
            body: DkimCanonicalizationType::Relaxed,
        };
        let (selector, domain) = (selector.to_ascii_lowercase(), domain.to_ascii_lowercase());
        let record = DkimRecord {
            name: format!("{selector}._domainkey.{domain}"),
            value: format!("v=DKIM1; {public}"),
        };
        let config = DkimConfig::new(selector, domain.clone(), key, headers, canonicalization);
        Ok(Self { config, domain, record })
    }

    pub fn record(&self) -> &DkimRecord {
        &self.record
    }

    /// Whether receivers hold this signature for one of the sender (DMARC's relaxed alignment): same domain, or one above.
    pub fn signs_for(&self, sender: &EmailAddress) -> bool {
        let rest = sender.domain().strip_suffix(self.domain.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }

    /// Puts the signature at the head of the message. It carries the second at which it was made.
    pub(super) fn sign(&self, message: &mut Message) {
        message.sign(&self.config);
    }
}

impl DkimRecord {
    /// The record as a line of a zone file.
    pub fn zone_line(&self) -> String {
        let pieces: Vec<String> = self
            .value
            .as_bytes()
            .chunks(TXT_PIECE)
            .map(|piece| format!("\"{}\"", String::from_utf8_lossy(piece)))
            .collect();
        format!("{}. IN TXT ( {} )", self.name, pieces.join(" "))
    }
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// The key as the mail library takes it, and the public half as the record names it.
fn read(pem: &str) -> Result<(DkimSigningKey, String), DkimError> {
    if let Ok(key) = ed25519_dalek::SigningKey::from_pkcs8_pem(pem) {
        let public = format!("k=ed25519; p={}", STANDARD.encode(key.verifying_key().as_bytes()));
        let seed = SecretString::from(STANDARD.encode(key.as_bytes()));
        let signing = DkimSigningKey::new(seed.expose_secret(), DkimSigningAlgorithm::Ed25519);
        return Ok((signing.map_err(|_| DkimError::Key)?, public));
    }
    let key = RsaPrivateKey::from_pkcs8_pem(pem)
        .or_else(|_| RsaPrivateKey::from_pkcs1_pem(pem))
        .map_err(|_| DkimError::Key)?;
    let bits = key.n().bits();
    if bits < MIN_RSA_BITS {
        return Err(DkimError::Short(bits));
    }
    let public = RsaPublicKey::from(&key).to_public_key_der().map_err(|_| DkimError::Key)?;
    let pem = key.to_pkcs1_pem(LineEnding::LF).map_err(|_| DkimError::Key)?;
    let signing = DkimSigningKey::new(&pem, DkimSigningAlgorithm::Rsa).map_err(|_| DkimError::Key)?;
    Ok((signing, format!("k=rsa; p={}", STANDARD.encode(public.as_bytes()))))
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::pkcs8::EncodePrivateKey as _;

    use super::*;

    fn ed25519() -> SecretString {
        let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
        SecretString::from(key.to_pkcs8_pem(LineEnding::LF).unwrap().to_string())
    }

    fn rsa(bits: usize) -> SecretString {
        let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, bits).unwrap();
        SecretString::from(key.to_pkcs1_pem(LineEnding::LF).unwrap().to_string())
    }

    #[test]
    fn the_record_names_selector_domain_and_public_key() {
        let dkim = Dkim::new("KPP.example", "aktivasi-2026", &ed25519()).unwrap();

        assert_eq!(dkim.record().name, "aktivasi-2026._domainkey.kpp.example");
        let public = "6kqoBExzGF8skDJMMm5ak6iiyfVRGJHtxmSQ+nBeRkQ=";
        assert_eq!(dkim.record().value.len(), format!("v=DKIM1; k=ed25519; p={public}").len());
        assert!(dkim.record().value.starts_with("v=DKIM1; k=ed25519; p="));
        assert!(!format!("{dkim:?}").contains("p="));
    }

    #[test]
    fn a_record_that_is_longer_than_a_piece_of_text_is_cut_into_pieces() {
        let dkim = Dkim::new("kpp.example", "s", &rsa(2048)).unwrap();

        let line = dkim.record().zone_line();

        let pieces: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
        assert_eq!(pieces.concat(), dkim.record().value);
        assert!(pieces.len() == 2 && pieces.iter().all(|piece| piece.len() <= 255), "{line}");
        assert!(line.starts_with("s._domainkey.kpp.example. IN TXT ( \"v=DKIM1; k=rsa; p="), "{line}");
    }

    #[test]
    fn a_key_signs_for_its_domain_and_for_those_below_it() {
        let dkim = Dkim::new("kpp.example", "s", &ed25519()).unwrap();

        for (sender, signed) in [
            ("a@kpp.example", true),
            ("a@surat.kpp.example", true),
            ("a@lainkpp.example", false),
            ("a@example.com", false),
        ] {
            assert_eq!(dkim.signs_for(&sender.parse().unwrap()), signed, "{sender}");
        }
    }

    #[test]
    fn what_cannot_sign_is_refused() {
        let refusal =
            |domain: &str, selector: &str, key: &SecretString| Dkim::new(domain, selector, key).unwrap_err();

        assert_eq!(refusal("kpp", "s", &ed25519()), DkimError::Domain);
        assert_eq!(refusal("kpp..example", "s", &ed25519()), DkimError::Domain);
        assert_eq!(refusal("kpp.example", "a b", &ed25519()), DkimError::Selector);
        assert_eq!(refusal("kpp.example", "s; p=x", &ed25519()), DkimError::Selector);
        assert_eq!(refusal("kpp.example", "s", &"-----BEGIN PRIVATE KEY-----".into()), DkimError::Key);
        assert_eq!(refusal("kpp.example", "s", &rsa(1024)), DkimError::Short(1024));
    }
}
