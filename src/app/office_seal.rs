//! The office's electronic seal on the file of a letter that an official signed.
//!
//! It is put on when the file is made, in the job, and never inside a transaction: a signer may be a service far away.

use std::sync::Arc;

use super::{AppError, Office};
use crate::{
    domain::office::OfficeCode,
    letters::Rendered,
    pades::{self, CertificateChain, PdfSigner, SignedPdf, SignerFailure},
};

/// A signer, and the certificate that it will use.
pub(in crate::app) struct OfficeSeal {
    signer: Arc<dyn PdfSigner>,
    chain: Arc<CertificateChain>,
}

impl From<SignerFailure> for AppError {
    fn from(failure: SignerFailure) -> Self {
        match failure {
            SignerFailure::Away(_) => Self::SignerAway(failure),
            SignerFailure::Refused(_) => Self::NotSealable(failure),
        }
    }
}

/// The seal of an office; `None` for an office without a certificate.
pub(in crate::app) async fn seal_of(
    office: &Office,
    code: OfficeCode,
) -> Result<Option<OfficeSeal>, AppError> {
    let Some(signer) = office.signers.of(code) else { return Ok(None) };
    let chain = signer.chain().await?;
    Ok(Some(OfficeSeal { signer, chain }))
}

impl OfficeSeal {
    /// As the letter names it.
    pub(in crate::app) fn name(&self) -> String {
        self.chain.display_name()
    }

    /// Seals a rendered letter at its signature block.
    pub(in crate::app) async fn put_on(
        &self,
        office: &Office,
        rendered: Rendered,
    ) -> Result<SignedPdf, AppError> {
        let area = rendered
            .signature
            .ok_or_else(|| AppError::Internal(anyhow::anyhow!("a signed letter has no signature block")))?;
        let chain = Arc::clone(&self.chain);
        Ok(pades::sign(self.signer.as_ref(), chain, rendered.pdf, area, office.now()).await?)
    }
}
