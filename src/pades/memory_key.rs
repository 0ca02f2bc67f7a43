//! A private key in this process. ECDSA signs with a nonce of RFC 6979, RSA with blinding in constant time (ring; see
//! `docs/decisions/0019-keys-of-the-seal.md`): the same bytes give the same signature.

use async_trait::async_trait;
use p256::{
    ecdsa::signature::{Signer, hazmat::PrehashSigner},
    pkcs8::DecodePrivateKey,
};
use ring::{rand::SystemRandom, signature};
use sha2::{Digest, Sha256};

use super::{
    certificate::{CertificateChain, Scheme},
    cms,
    signer::{SignerFailure, SigningKey},
};

pub enum MemoryKey {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    Rsa(Box<signature::RsaKeyPair>),
}

impl MemoryKey {
    /// Reads a PKCS #8 key. `None` when it is not the key of the certificate, or of a size that is not signed with.
    pub fn of_certificate(pkcs8: &[u8], chain: &CertificateChain) -> Option<Self> {
        let key = match chain.scheme() {
            Scheme::EcdsaP256 => Self::P256(p256::ecdsa::SigningKey::from_pkcs8_der(pkcs8).ok()?),
            Scheme::EcdsaP384 => Self::P384(p384::ecdsa::SigningKey::from_pkcs8_der(pkcs8).ok()?),
            Scheme::Rsa => Self::Rsa(Box::new(signature::RsaKeyPair::from_pkcs8(pkcs8).ok()?)),
        };
        let tried = key.signature(b"Aktivasi").ok()?;
        cms::verify_bytes(chain, b"Aktivasi", &tried).is_ok().then_some(key)
    }

    fn signature(&self, bytes: &[u8]) -> Result<Vec<u8>, SignerFailure> {
        let failed = || SignerFailure::Refused("the key cannot sign".to_owned());
        match self {
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature = key.try_sign(bytes).map_err(|_| failed())?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
            Self::P384(key) => {
                let digest = Sha256::digest(bytes);
                let signature: p384::ecdsa::Signature = key.sign_prehash(&digest).map_err(|_| failed())?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
            Self::Rsa(key) => {
                let mut made = vec![0; key.public().modulus_len()];
                key.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut made)
                    .map_err(|_| failed())?;
                Ok(made)
            }
        }
    }
}

#[async_trait]
impl SigningKey for MemoryKey {
    async fn sign(&self, bytes: Vec<u8>) -> Result<Vec<u8>, SignerFailure> {
        self.signature(&bytes)
    }
}
