//! A Password e-Nofa that its PKP chose.

use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

const LEAST: usize = 12;
const MOST: usize = 128;

/// Twelve to 128 characters without control characters, and not the NPWP of its owner. Never in `Debug`.
#[derive(Debug, Clone)]
pub struct ChosenPassword(SecretString);

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordFault {
    #[error("shorter than {LEAST} characters")]
    TooShort,
    #[error("longer than {MOST} characters")]
    TooLong,
    #[error("holds characters that cannot be typed")]
    Unreadable,
    #[error("holds the NPWP")]
    HoldsNpwp,
    #[error("is one character over and over")]
    Monotonous,
}

impl ChosenPassword {
    /// `own_numbers`: the numbers of the PKP, digits only. They stand on every invoice.
    pub fn parse(text: SecretString, own_numbers: &[String]) -> Result<Self, PasswordFault> {
        let typed = text.expose_secret();
        let count = typed.chars().count();
        if count < LEAST {
            return Err(PasswordFault::TooShort);
        }
        if count > MOST {
            return Err(PasswordFault::TooLong);
        }
        if typed.chars().any(char::is_control) {
            return Err(PasswordFault::Unreadable);
        }
        let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
        if own_numbers.iter().any(|number| !number.is_empty() && digits.contains(number.as_str())) {
            return Err(PasswordFault::HoldsNpwp);
        }
        let first = typed.chars().next();
        if typed.chars().all(|character| Some(character) == first) {
            return Err(PasswordFault::Monotonous);
        }
        Ok(Self(text))
    }

    pub fn secret(&self) -> &SecretString {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<(), PasswordFault> {
        ChosenPassword::parse(text.into(), &["999991342031000".to_owned()]).map(|_| ())
    }

    #[test]
    fn a_password_is_long_enough_typed_and_not_what_everybody_knows() {
        assert_eq!(parse("kuda-lari-99"), Ok(()));
        assert_eq!(parse("sebelas-99k"), Err(PasswordFault::TooShort));
        assert_eq!(parse(&"ab".repeat(65)), Err(PasswordFault::TooLong));
        assert_eq!(parse("kuda\u{7}lari-99x"), Err(PasswordFault::Unreadable));
        assert_eq!(parse("99.999.134.2-031.000 saja"), Err(PasswordFault::HoldsNpwp));
        assert_eq!(parse("aaaaaaaaaaaaa"), Err(PasswordFault::Monotonous));
    }

    #[test]
    fn a_password_never_shows_in_a_log() {
        let password = ChosenPassword::parse("kuda-lari-99".into(), &[]).unwrap();
        assert!(!format!("{password:?}").contains("kuda"));
    }
}
