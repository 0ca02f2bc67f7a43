//! The certificate that a signature is made with, and those above it.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use der::{
    Decode, Encode, Tag, Tagged,
    asn1::{Any, ObjectIdentifier},
    oid::db::{rfc4519, rfc5912},
};
use sha2::{Digest, Sha256};
use x509_cert::{Certificate, ext::pkix::KeyUsage, time::Time};

/// How long before its end people are told.
const ENDING: TimeDelta = TimeDelta::days(30);

/// How a key signs. Always over SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    EcdsaP256,
    EcdsaP384,
    /// PKCS #1 v1.5.
    Rsa,
}

/// Why a certificate cannot be signed with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    #[error("a certificate is not a DER encoded X.509 certificate")]
    Malformed,
    #[error("the key of the certificate is neither ECDSA P-256, ECDSA P-384 nor RSA")]
    UnknownKey,
    #[error("the certificate is not for signatures (key usage)")]
    NotForSignatures,
    #[error("the certificate is valid from {0} on")]
    NotYet(DateTime<Utc>),
    #[error("the certificate was valid until {0}")]
    Ended(DateTime<Utc>),
}

/// A certificate that signatures may be made with, and those above it, the nearest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateChain {
    leaf: Certificate,
    above: Vec<Certificate>,
    scheme: Scheme,
    sha256: [u8; 32],
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
    encoded_length: usize,
}

impl CertificateChain {
    /// Reads certificates. `others` may be in any order and hold some of other owners: those that lead up from the
    /// first are kept, without the root, which who checks a signature must have already.
    ///
    /// Whether the certificate is in force depends on the time: see [`Self::check`].
    pub fn from_der(leaf: &[u8], others: &[&[u8]]) -> Result<Self, CertificateFault> {
        let sha256 = Sha256::digest(leaf).into();
        let mut encoded_length = leaf.len();
        let leaf = parsed(leaf)?;
        let mut others = others
            .iter()
            .map(|der| Ok((parsed(der)?, der.len())))
            .collect::<Result<Vec<_>, CertificateFault>>()?;
        others.retain(|(other, _)| other.tbs_certificate.subject != other.tbs_certificate.issuer);
        let mut above = Vec::new();
        let mut issuer = leaf.tbs_certificate.issuer.clone();
        while let Some(at) = others.iter().position(|(other, _)| other.tbs_certificate.subject == issuer) {
            let (next, length) = others.swap_remove(at);
            issuer = next.tbs_certificate.issuer.clone();
            encoded_length += length;
            above.push(next);
        }
        let usage = leaf.tbs_certificate.get::<KeyUsage>().map_err(|_| CertificateFault::Malformed)?;
        if usage.is_some_and(|(_, usage)| !usage.digital_signature() && !usage.non_repudiation()) {
            return Err(CertificateFault::NotForSignatures);
        }
        let validity = leaf.tbs_certificate.validity;
        Ok(Self {
            scheme: scheme(&leaf)?,
            sha256,
            not_before: instant(validity.not_before)?,
            not_after: instant(validity.not_after)?,
            leaf,
            above,
            encoded_length,
        })
    }

    /// Whether a signature may be made at this time.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), CertificateFault> {
        if now < self.not_before {
            return Err(CertificateFault::NotYet(self.not_before));
        }
        if now > self.not_after {
            return Err(CertificateFault::Ended(self.not_after));
        }
        Ok(())
    }

    /// The end of the certificate, when it is near or past.
    pub fn ending(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        (now + ENDING >= self.not_after).then_some(self.not_after)
    }

    /// The whole subject (RFC 4514).
    pub fn subject(&self) -> String {
        self.leaf.tbs_certificate.subject.to_string()
    }

    /// The subject as people read it: its common name, and the organisation when it says something more.
    pub fn display_name(&self) -> String {
        let part = |wanted: ObjectIdentifier| {
            let parts = self.leaf.tbs_certificate.subject.0.iter().flat_map(|names| names.0.iter());
            parts.filter(|part| part.oid == wanted).find_map(|part| text(&part.value))
        };
        match (part(rfc4519::CN), part(rfc4519::O)) {
            (Some(name), Some(organisation)) if name != organisation => format!("{name} ({organisation})"),
            (Some(name), _) | (None, Some(name)) => name,
            (None, None) => self.subject(),
        }
    }

    /// The serial number in hexadecimal digits.
    pub fn serial(&self) -> String {
        HEXLOWER.encode(self.leaf.tbs_certificate.serial_number.as_bytes())
    }

    /// The SHA-256 of the certificate.
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    pub(super) fn scheme(&self) -> Scheme {
        self.scheme
    }

    pub(super) fn leaf(&self) -> &Certificate {
        &self.leaf
    }

    pub(super) fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        std::iter::once(&self.leaf).chain(&self.above)
    }

    /// Of all certificates together.
    pub(super) fn encoded_length(&self) -> usize {
        self.encoded_length
    }

    /// The key as the bit string of the certificate holds it.
    pub(super) fn public_key(&self) -> &[u8] {
        self.leaf.tbs_certificate.subject_public_key_info.subject_public_key.raw_bytes()
    }
}

/// A certificate is embedded as it is: one that would come out of the encoder differently is refused.
fn parsed(der: &[u8]) -> Result<Certificate, CertificateFault> {
    let certificate = Certificate::from_der(der).map_err(|_| CertificateFault::Malformed)?;
    if certificate.to_der().is_ok_and(|again| again == der) {
        Ok(certificate)
    } else {
        Err(CertificateFault::Malformed)
    }
}

fn scheme(certificate: &Certificate) -> Result<Scheme, CertificateFault> {
    let algorithm = &certificate.tbs_certificate.subject_public_key_info.algorithm;
    let curve = || {
        let parameters = algorithm.parameters.as_ref()?;
        parameters.decode_as::<ObjectIdentifier>().ok()
    };
    match algorithm.oid {
        rfc5912::RSA_ENCRYPTION => Ok(Scheme::Rsa),
        rfc5912::ID_EC_PUBLIC_KEY => match curve() {
            Some(rfc5912::SECP_256_R_1) => Ok(Scheme::EcdsaP256),
            Some(rfc5912::SECP_384_R_1) => Ok(Scheme::EcdsaP384),
            _ => Err(CertificateFault::UnknownKey),
        },
        _ => Err(CertificateFault::UnknownKey),
    }
}

fn instant(time: Time) -> Result<DateTime<Utc>, CertificateFault> {
    let seconds =
        i64::try_from(time.to_unix_duration().as_secs()).map_err(|_| CertificateFault::Malformed)?;
    DateTime::from_timestamp(seconds, 0).ok_or(CertificateFault::Malformed)
}

/// A name in one of the encodings that certificates use.
fn text(value: &Any) -> Option<String> {
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => {
            std::str::from_utf8(value.value()).ok().map(str::to_owned)
        }
        _ => None,
    }
}
