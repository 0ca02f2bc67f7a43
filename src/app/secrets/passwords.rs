//! Password e-Nofa: drawn, and kept as an Argon2id hash only.

use crate::{
    app::{AppError, Office},
    domain::credential::FreshPassword,
};

/// Draws a new Password e-Nofa.
pub(in crate::app) fn mint(office: &Office) -> FreshPassword {
    FreshPassword::mint(|| {
        let mut byte = [0];
        office.vault.entropy().fill(&mut byte);
        byte[0]
    })
}

/// What the database keeps of it.
pub(in crate::app) async fn hash(office: &Office, password: &FreshPassword) -> Result<String, AppError> {
    office.passwords.hash(password.reveal().into(), office.vault.entropy()).await
}
