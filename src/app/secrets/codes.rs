//! Kode Aktivasi: minted, sealed for its row, found by a keyed hash.

use crate::{
    app::{AppError, Office},
    domain::{credential::ActivationCode, ids::CredentialId},
    vault::seal::Aad,
};

/// Which of the two codes of a pair: they are equal until the first reset of the e-Faktur client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::app) enum CodeOf {
    /// The one on the letter.
    Account,
    /// *Kode Aktivasi Desktop*.
    Desktop,
}

impl CodeOf {
    fn column(self) -> &'static str {
        match self {
            Self::Account => "code_sealed",
            Self::Desktop => "desktop_sealed",
        }
    }

    fn lookup_purpose(self) -> &'static str {
        match self {
            Self::Account => "activation_code",
            Self::Desktop => "desktop_code",
        }
    }
}

/// What the database keeps of a code.
pub(in crate::app) struct StoredCode {
    pub sealed: Vec<u8>,
    pub lookup: [u8; 32],
}

/// Draws a new code. A clash with an existing one is refused by the unique index on its look-up.
pub(in crate::app) fn mint(office: &Office) -> ActivationCode {
    ActivationCode::mint(|| {
        let mut byte = [0];
        office.vault.entropy().fill(&mut byte);
        byte[0]
    })
}

/// Seals a code for the row of its pair.
pub(in crate::app) fn seal(
    office: &Office,
    credential: CredentialId,
    of: CodeOf,
    code: &ActivationCode,
) -> Result<StoredCode, AppError> {
    let sealed = office.vault.seal(&place(credential, of), code.bare().as_bytes())?;
    Ok(StoredCode { sealed, lookup: lookup(office, of, code) })
}

/// Opens a sealed code. The caller records an audit event: nobody sees a code without a trace.
pub(in crate::app) fn open(
    office: &Office,
    credential: CredentialId,
    of: CodeOf,
    sealed: &[u8],
) -> Result<ActivationCode, AppError> {
    let bare = office.vault.open(&place(credential, of), sealed)?;
    let text = std::str::from_utf8(&bare).map_err(|_| not_a_code())?;
    ActivationCode::parse(text).map_err(|_| not_a_code())
}

/// The keyed hash under which a code is found.
pub(in crate::app) fn lookup(office: &Office, of: CodeOf, code: &ActivationCode) -> [u8; 32] {
    office.vault.lookup(of.lookup_purpose(), code.bare())
}

fn place(credential: CredentialId, of: CodeOf) -> Aad {
    Aad::new("credentials", of.column(), credential.0)
}

fn not_a_code() -> AppError {
    AppError::Internal(anyhow::anyhow!("what was sealed as a code is not one"))
}
