//! Argon2id. Each computation takes tens of MiB and a core for a while: at most as many run at once as there are
//! cores, the others wait, and none of them holds up the threads that serve requests.

use std::{
    num::NonZero,
    sync::{Arc, LazyLock},
};

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use secrecy::zeroize::Zeroizing;
use tokio::sync::Semaphore;

use crate::{
    app::{AppError, Office},
    domain::credential::FreshPassword,
    settings::PasswordSettings,
};

/// One place per core, for the whole process.
static PLACES: LazyLock<Arc<Semaphore>> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    Arc::new(Semaphore::new(cores))
});

const SALT_BYTES: usize = 16;

/// Draws a new Password e-Nofa.
pub(in crate::app) fn mint(office: &Office) -> FreshPassword {
    FreshPassword::mint(|| {
        let mut byte = [0];
        office.vault.entropy().fill(&mut byte);
        byte[0]
    })
}

/// The PHC string of a password, with the cost of the settings.
pub(in crate::app) async fn hash(office: &Office, password: &str) -> Result<String, AppError> {
    let cost = office.rules.passwords;
    let mut salt = [0; SALT_BYTES];
    office.vault.entropy().fill(&mut salt);
    let password = Zeroizing::new(password.as_bytes().to_vec());
    computed(move || {
        let hash: PasswordHash = argon2(cost)?.hash_password_with_salt(&password, &salt).map_err(refused)?;
        Ok(hash.to_string())
    })
    .await
}

/// Whether the password is the one that was hashed. Without a hash the answer is no after the same time: who asks
/// cannot tell an unknown name from a wrong password.
pub(in crate::app) async fn verify(
    office: &Office,
    password: &str,
    hash: Option<&str>,
) -> Result<bool, AppError> {
    let cost = office.rules.passwords;
    let known = hash.is_some();
    let hash = hash.map_or_else(|| unmatched(cost), ToOwned::to_owned);
    let password = Zeroizing::new(password.as_bytes().to_vec());
    computed(move || {
        let hash = PasswordHash::new(&hash)
            .map_err(|_| AppError::Internal(anyhow::anyhow!("a stored password hash cannot be read")))?;
        match argon2(cost)?.verify_password(&password, &hash) {
            Ok(()) => Ok(known),
            Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(refused(error)),
        }
    })
    .await
}

/// A hash of the usual cost that no password is known for.
fn unmatched(cost: PasswordSettings) -> String {
    let (salt, hash) = (STANDARD_NO_PAD.encode([0; SALT_BYTES]), STANDARD_NO_PAD.encode([0; 32]));
    format!("$argon2id$v=19$m={},t={},p={}${salt}${hash}", cost.memory_kib, cost.iterations, cost.parallelism)
}

fn argon2(cost: PasswordSettings) -> Result<Argon2<'static>, AppError> {
    let params = Params::new(cost.memory_kib, cost.iterations, cost.parallelism, None).map_err(|error| {
        AppError::Internal(anyhow::anyhow!("the cost of passwords cannot be used: {error}"))
    })?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn refused(error: argon2::password_hash::Error) -> AppError {
    AppError::Internal(anyhow::anyhow!("Argon2 refused: {error}"))
}

/// Runs a computation on a thread of its own, when its turn comes.
async fn computed<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
) -> Result<T, AppError> {
    let place =
        Arc::clone(&PLACES).acquire_owned().await.map_err(|error| AppError::Internal(error.into()))?;
    tokio::task::spawn_blocking(move || {
        // Kept by the thread, not by the caller: one who goes away does not end the computation.
        let _place = place;
        work()
    })
    .await
    .map_err(|error| AppError::Internal(error.into()))?
}
