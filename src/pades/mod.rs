//! The office's electronic seal on the bytes of a letter: PAdES baseline B-B, as an incremental update.
//!
//! [`sign`] appends a signature field to a finished PDF; the bytes before stay as they are, and are the first bytes of
//! what comes out. What signs is behind [`PdfSigner`]: a key in memory (`pkcs12`), a key in a token (`pkcs11`), or a
//! service that answers over the network. Nothing here reads a clock; which office has which signer, [`Signers`] knows.

mod certificate;
mod cms;
mod memory_key;
mod offices;
mod pkcs11;
mod pkcs12;
mod signer;
mod update;

pub use certificate::{CertificateChain, CertificateFault};
pub use offices::Signers;
pub use pkcs11::open_token;
pub use pkcs12::open_file;
pub use signer::{KeySigner, OpenFault, PdfSigner, SignerFailure, SigningKey};
pub use update::unsigned_length;

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::letters::SignatureArea;

/// A PDF with its signature, and what was signed with.
#[derive(Clone)]
pub struct SignedPdf {
    pub pdf: Vec<u8>,
    /// So many of the first bytes are the PDF as it was before.
    pub unsigned_length: usize,
    pub chain: Arc<CertificateChain>,
}

/// A letter holds a code, names and addresses: its bytes never show in logs.
impl std::fmt::Debug for SignedPdf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedPdf").field("unsigned_length", &self.unsigned_length).finish_non_exhaustive()
    }
}

/// Signs a PDF with the certificate that `chain` holds, which the signer gave. What the signer answers is checked
/// before it is believed: the record of a letter never holds a signature that does not verify.
///
/// The same PDF, time and certificate give the same bytes when the signer's own signatures are deterministic.
pub async fn sign(
    signer: &dyn PdfSigner,
    chain: Arc<CertificateChain>,
    pdf: Vec<u8>,
    area: SignatureArea,
    at: DateTime<Utc>,
) -> Result<SignedPdf, SignerFailure> {
    chain.check(at).map_err(|fault| SignerFailure::Refused(fault.to_string()))?;
    let room = signer.room(&chain);
    let field = Arc::clone(&chain);
    let prepared =
        tokio::task::spawn_blocking(move || update::prepare(pdf, &area, &field.display_name(), at, room))
            .await
            .map_err(|_| SignerFailure::Refused("the update of the file panicked".to_owned()))?
            .map_err(|error| SignerFailure::Refused(format!("the file cannot be updated: {error}")))?;
    let digest = prepared.digest();
    let answer = signer.sign(&digest).await?;
    cms::verify(&answer, &chain, &digest).map_err(|fault| SignerFailure::Away(fault.to_string()))?;
    let unsigned_length = prepared.unsigned_length();
    let pdf = prepared.finish(&answer).ok_or_else(|| {
        SignerFailure::Refused(format!("the signature of {} bytes has no room in {room}", answer.len()))
    })?;
    Ok(SignedPdf { pdf, unsigned_length, chain })
}

#[cfg(test)]
mod tests;
