//! What a signer is: the port that keys, tokens and services stand behind.

use std::sync::Arc;

use async_trait::async_trait;

use super::{CertificateChain, cms};

/// Why there is no signature. Neither text holds personal data or a secret.
#[derive(Debug, thiserror::Error)]
pub enum SignerFailure {
    /// May pass: the service does not answer, the token is not there, the answer was garbled.
    #[error("the signer is away: {0}")]
    Away(String),
    /// Does not pass by itself: the certificate has ended, the key is refused.
    #[error("the signer refuses: {0}")]
    Refused(String),
}

/// Why a signer cannot be used at all, and which of its settings is to blame.
#[derive(Debug, thiserror::Error)]
#[error("{setting}: {problem}")]
pub struct OpenFault {
    /// The key below the office's section, for instance `pkcs12_file`.
    pub setting: &'static str,
    pub problem: String,
}

impl OpenFault {
    pub(super) fn new(setting: &'static str, problem: impl Into<String>) -> Self {
        Self { setting, problem: problem.into() }
    }
}

/// Signs documents for one office. A service that answers over the network implements this itself; what can only sign
/// bytes implements [`SigningKey`] and is wrapped in a [`KeySigner`].
#[async_trait]
pub trait PdfSigner: Send + Sync {
    /// The certificate that the next signature will be made with.
    async fn chain(&self) -> Result<Arc<CertificateChain>, SignerFailure>;

    /// A detached CMS (`SignedData`, DER) over a document with this SHA-256.
    async fn sign(&self, document: &[u8; 32]) -> Result<Vec<u8>, SignerFailure>;

    /// Bytes to keep free for that CMS. More than any of its answers needs, and the same each time.
    fn room(&self, chain: &CertificateChain) -> usize {
        const ATTRIBUTES_AND_SIGNATURE: usize = 1536;
        chain.encoded_length() + ATTRIBUTES_AND_SIGNATURE
    }
}

/// A private key, wherever it is.
#[async_trait]
pub trait SigningKey: Send + Sync {
    /// The signature over these bytes, as CMS carries it: by SHA-256, and in the scheme of the certificate.
    async fn sign(&self, bytes: Vec<u8>) -> Result<Vec<u8>, SignerFailure>;
}

/// A key and its certificate: makes the CMS around what the key signs.
pub struct KeySigner<K> {
    chain: Arc<CertificateChain>,
    key: K,
}

impl<K: SigningKey> KeySigner<K> {
    pub fn new(chain: CertificateChain, key: K) -> Self {
        Self { chain: Arc::new(chain), key }
    }
}

#[async_trait]
impl<K: SigningKey> PdfSigner for KeySigner<K> {
    async fn chain(&self) -> Result<Arc<CertificateChain>, SignerFailure> {
        Ok(Arc::clone(&self.chain))
    }

    async fn sign(&self, document: &[u8; 32]) -> Result<Vec<u8>, SignerFailure> {
        let broken =
            |error: der::Error| SignerFailure::Refused(format!("the CMS cannot be written: {error}"));
        let attributes = cms::signed_attributes(&self.chain, document).map_err(broken)?;
        let signature = self.key.sign(attributes.to_sign().map_err(broken)?).await?;
        attributes.into_cms(&self.chain, signature).map_err(broken)
    }
}
