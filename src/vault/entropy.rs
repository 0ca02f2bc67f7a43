//! Where random bytes come from.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use rand::rand_core::UnwrapErr;
use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng};

/// A source of random bytes. Passed in, so that a test can repeat itself.
pub trait Entropy: Send + Sync + 'static {
    /// Fills the whole buffer with bytes that nobody can predict.
    fn fill(&self, buffer: &mut [u8]);
}

/// The generator of the operating system.
///
/// Panics when the system cannot give random bytes: a service that went on without them would mint guessable codes.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        UnwrapErr(SysRng).fill_bytes(buffer);
    }
}

/// Repeats the same bytes for the same seed. For tests only: whoever knows the seed knows every byte.
pub struct SeededEntropy(Mutex<StdRng>);

impl SeededEntropy {
    pub fn new(seed: [u8; 32]) -> Self {
        Self(Mutex::new(StdRng::from_seed(seed)))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(buffer);
    }
}

impl fmt::Debug for SeededEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SeededEntropy(hidden)")
    }
}

/// Draws a fresh code of `length` characters of [`crate::domain::code_alphabet`].
pub fn random_code(entropy: &dyn Entropy, length: usize) -> String {
    crate::domain::code_alphabet::sample(length, || {
        let mut byte = [0];
        entropy.fill(&mut byte);
        byte[0]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        let draw = |seed| {
            let mut bytes = [0; 40];
            SeededEntropy::new(seed).fill(&mut bytes);
            bytes
        };

        assert_eq!(draw([1; 32]), draw([1; 32]));
        assert_ne!(draw([1; 32]), draw([2; 32]));
    }

    #[test]
    fn the_system_gives_other_bytes_each_time() {
        assert_ne!(random_code(&OsEntropy, 24), random_code(&OsEntropy, 24));
    }
}
