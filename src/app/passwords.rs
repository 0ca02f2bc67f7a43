//! Passwords of staff: Argon2id, computed off the async threads.

use std::{sync::Arc, thread};

use anyhow::{Context, anyhow};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{self, PasswordHasher, PasswordVerifier},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::AppError;
use crate::{settings::PasswordSettings, vault::entropy::Entropy};

/// Hashes and compares passwords; at most as many at once as there are cores, so that a flood of sign-ins costs memory
/// for a few and not for all.
#[derive(Clone)]
pub struct Passwords {
    semaphore: Arc<Semaphore>,
    params: PasswordSettings,
}

impl Passwords {
    pub fn new(params: PasswordSettings) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self { semaphore: Arc::new(Semaphore::new(cores)), params }
    }

    /// The hash to store, in PHC form, under a salt of its own.
    pub async fn hash(&self, password: SecretString, entropy: &dyn Entropy) -> Result<String, AppError> {
        let mut salt = [0; 16];
        entropy.fill(&mut salt);
        self.compute(move |argon2| {
            let hash: password_hash::phc::PasswordHash =
                argon2.hash_password_with_salt(password.expose_secret().as_bytes(), &salt)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether the password is the one of the hash. Without a hash (an unknown name) the answer is no, after the same
    /// work: how long it takes tells nobody which names exist.
    pub async fn verify(&self, hash: Option<String>, given: SecretString) -> Result<bool, AppError> {
        self.compute(move |argon2| {
            let given = given.expose_secret().as_bytes();
            let outcome = match hash {
                Some(hash) => argon2.verify_password(given, hash.as_str()),
                None => argon2
                    .hash_password_with_salt(given, &[0; 16])
                    .and(Err(password_hash::Error::PasswordInvalid)),
            };
            match outcome {
                Ok(()) => Ok(true),
                Err(password_hash::Error::PasswordInvalid) => Ok(false),
                Err(error) => Err(error),
            }
        })
        .await
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce(Argon2<'static>) -> password_hash::Result<T> + Send + 'static,
    ) -> Result<T, AppError> {
        let params =
            Params::new(self.params.memory_kib, self.params.iterations, self.params.parallelism, None)
                .map_err(|error| AppError::Internal(anyhow!("the cost of passwords: {error}")))?;
        let permit = Arc::clone(&self.semaphore)
            .acquire_owned()
            .await
            .context("passwords")
            .map_err(AppError::Internal)?;
        tracing::trace!(target: "aktivasi::passwords", "a password is computed");
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
        })
        .await
        .context("passwords")
        .map_err(AppError::Internal)?
        .map_err(|error| AppError::Internal(anyhow!("a password could not be hashed: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::entropy::SeededEntropy;

    fn passwords() -> Passwords {
        Passwords::new(PasswordSettings { memory_kib: 64, iterations: 1, parallelism: 1 })
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let passwords = passwords();
        let hash = passwords.hash("benar".into(), &SeededEntropy::new([1; 32])).await.unwrap();

        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert!(passwords.verify(Some(hash.clone()), "benar".into()).await.unwrap());
        assert!(!passwords.verify(Some(hash), "salah".into()).await.unwrap());
        assert!(!passwords.verify(None, "benar".into()).await.unwrap());
    }

    #[tokio::test]
    async fn equal_passwords_have_different_hashes() {
        let (passwords, entropy) = (passwords(), SeededEntropy::new([1; 32]));

        let one = passwords.hash("sama".into(), &entropy).await.unwrap();
        let other = passwords.hash("sama".into(), &entropy).await.unwrap();

        assert_ne!(one, other);
    }
}
