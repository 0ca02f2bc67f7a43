//! Which office has which signer.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};

use super::PdfSigner;
use crate::domain::office::OfficeCode;

/// The signers of an installation. An office without one sends its letters unsigned.
#[derive(Clone, Default)]
pub struct Signers(BTreeMap<OfficeCode, Arc<dyn PdfSigner>>);

impl Signers {
    pub fn of(&self, office: OfficeCode) -> Option<Arc<dyn PdfSigner>> {
        self.0.get(&office).map(Arc::clone)
    }

    /// What operators have to hear of: certificates that end within thirty days or have ended, and signers that do not
    /// say which certificate they have.
    pub async fn warnings(&self, now: DateTime<Utc>) -> Vec<String> {
        let mut warnings = Vec::new();
        for (office, signer) in &self.0 {
            match signer.chain().await {
                Ok(chain) => warnings.extend(
                    chain.ending(now).map(|end| format!("the certificate of office {office} ends at {end}")),
                ),
                Err(_) => warnings.push(format!("the signer of office {office} does not answer")),
            }
        }
        warnings
    }
}

impl FromIterator<(OfficeCode, Arc<dyn PdfSigner>)> for Signers {
    fn from_iter<I: IntoIterator<Item = (OfficeCode, Arc<dyn PdfSigner>)>>(signers: I) -> Self {
        Self(signers.into_iter().collect())
    }
}
