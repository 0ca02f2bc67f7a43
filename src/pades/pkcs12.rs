//! A certificate with its key in a PKCS #12 file.

use std::{fs, path::Path, sync::Arc};

use p12_keystore::{KeyStore, error::Error};
use secrecy::{ExposeSecret, SecretString};

use super::{
    CertificateChain,
    memory_key::MemoryKey,
    signer::{KeySigner, OpenFault, PdfSigner},
};

const FILE: &str = "pkcs12_file";

/// Reads the file once; the key stays in memory.
pub fn open_file(path: &Path, passphrase: &SecretString) -> Result<Arc<dyn PdfSigner>, OpenFault> {
    let bad = |problem: &str| OpenFault::new(FILE, format!("{}: {problem}", path.display()));
    let bytes = fs::read(path).map_err(|error| bad(&format!("cannot be read: {error}")))?;
    let store = KeyStore::from_pkcs12(&bytes, passphrase.expose_secret()).map_err(|error| match error {
        Error::MacError(_) | Error::Pkcs5Error(_) => {
            OpenFault::new("passphrase", format!("does not open {}", path.display()))
        }
        _ => bad("is not a PKCS #12 file that can be read"),
    })?;
    let (_, entry) = store.private_key_chain().ok_or_else(|| bad("holds no key with its certificate"))?;
    let certificates: Vec<&[u8]> = entry.chain().iter().map(p12_keystore::Certificate::as_der).collect();
    let (leaf, above) = certificates.split_first().ok_or_else(|| bad("holds no certificate"))?;
    let chain = CertificateChain::from_der(leaf, above).map_err(|fault| bad(&fault.to_string()))?;
    let key = MemoryKey::of_certificate(entry.key(), &chain)
        .ok_or_else(|| bad("its key is not the one of the certificate, or an RSA key below 2048 bits"))?;
    Ok(Arc::new(KeySigner::new(chain, key)))
}
