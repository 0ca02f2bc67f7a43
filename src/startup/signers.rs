//! The signers of the settings, opened and tried before anything runs.

use chrono::{DateTime, Utc};

use crate::{
    admin::Failure,
    letters::{LetterKind, Templates},
    pades::{OpenFault, Signers, open_file, open_token},
    settings::{CertificateSource, SignatureSettings},
};

/// Refuses a file, passphrase, token or PIN that does not open, a certificate that is not in force, and one whose name
/// letters cannot print. The text names the key.
pub(super) async fn open(
    settings: &SignatureSettings,
    templates: &Templates,
    now: DateTime<Utc>,
) -> Result<Signers, Failure> {
    let mut opened = Vec::new();
    for (office, source) in &settings.offices {
        let refused = |fault: OpenFault| {
            Failure::usage(format!("setting signature.{office}.{}: {}", fault.setting, fault.problem))
        };
        let (setting, signer) = match source {
            CertificateSource::Pkcs12 { file, passphrase } => ("pkcs12_file", open_file(file, passphrase)),
            CertificateSource::Pkcs11 { module, token, pin } => {
                ("pkcs11_token", open_token(module, token, pin))
            }
        };
        let signer = signer.map_err(refused)?;
        let bad =
            |problem: String| Failure::usage(format!("setting signature.{office}.{setting}: {problem}"));
        let chain = signer.chain().await.map_err(|failure| bad(failure.to_string()))?;
        chain.check(now).map_err(|fault| bad(fault.to_string()))?;
        templates
            .built_in(LetterKind::RefusalNotice)
            .and_then(|letter| templates.render_sealed(letter, &letter.sample(), Some(&chain.display_name())))
            .map_err(|error| bad(format!("the name of the certificate cannot be printed: {error}")))?;
        opened.push((*office, signer));
    }
    Ok(opened.into_iter().collect())
}
