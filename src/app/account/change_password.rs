//! A PKP chooses another Password e-Nofa.

use secrecy::SecretString;

use super::{live, owner};
use crate::{
    app::{AppError, Office, limits, words::extras::AccountChange},
    domain::{
        account_password::{ChosenPassword, PasswordFault},
        ids::AccountSessionId,
    },
    store,
};

/// Changes the password, when the present one is right. Every other session of the account ends.
///
/// Errors: [`AppError::Unauthenticated`], [`AppError::WrongCredentials`] for a wrong present password,
/// [`AppError::TooManyAttempts`], [`AppError::Invalid`] at `/new_password`.
pub async fn change_password(
    office: &Office,
    session: AccountSessionId,
    present: SecretString,
    new: SecretString,
) -> Result<(), AppError> {
    let mut tx = office.begin().await?;
    let now = office.now();
    let seen = live(office, &mut tx, session, now).await?;
    let taxpayer = store::taxpayers::get(&mut tx, seen.taxpayer).await?;
    let numbers: Vec<String> =
        [taxpayer.npwp15, taxpayer.npwp16, taxpayer.nik].into_iter().flatten().collect();
    let chosen = ChosenPassword::parse(new, &numbers).map_err(fault)?;
    let gate = office.gate(limits::ACCOUNT_PASSWORD, &seen.credential.to_string());
    gate.pass(&mut tx, now).await?;
    // Counted before it is looked at: parallel guesses do not slip through.
    gate.count(&mut tx, now).await?;
    let hash = store::credentials::password_hash(&mut tx, seen.credential).await?;
    tx.commit().await?;

    if !office.passwords.verify(hash.clone(), present).await? {
        return Err(AppError::WrongCredentials);
    }
    if office.passwords.verify(hash.clone(), chosen.secret().clone()).await? {
        return Err(AppError::fault(
            "/new_password",
            "same_password",
            "Password baru sama dengan yang lama.",
        ));
    }
    let new_hash = office.passwords.hash(chosen.secret().clone(), office.vault.entropy()).await?;

    let mut tx = office.begin().await?;
    let now = office.now();
    let owner = owner(office, &mut tx, session, now).await?;
    if store::credentials::password_hash(&mut tx, owner.pair.id).await? != hash {
        return Err(AppError::WrongCredentials);
    }
    gate.forget(&mut tx).await?;
    store::credentials::set_password(&mut tx, owner.pair.id, Some(&new_hash), Some(session), now).await?;
    owner.done(office, &mut tx, "change_password", AccountChange::Password, now).await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(())
}

fn fault(fault: PasswordFault) -> AppError {
    let (code, detail) = match fault {
        PasswordFault::TooShort => ("too_short", "Password baru paling sedikit 12 karakter."),
        PasswordFault::TooLong => ("too_long", "Password baru paling banyak 128 karakter."),
        PasswordFault::Unreadable => {
            ("unreadable", "Password baru memuat karakter yang tidak dapat diketik.")
        }
        PasswordFault::HoldsNpwp => ("holds_npwp", "Password baru tidak boleh memuat NPWP Anda."),
        PasswordFault::Monotonous => {
            ("monotonous", "Password baru tidak boleh satu karakter yang diulang-ulang.")
        }
    };
    AppError::fault("/new_password", code, detail)
}
