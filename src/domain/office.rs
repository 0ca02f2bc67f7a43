//! Offices: code and time zone.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Three digits, kept as text: leading zeros belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OfficeCode([u8; 3]);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an office code has three digits")]
pub struct OfficeCodeError;

impl OfficeCode {
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for OfficeCode {
    type Err = OfficeCodeError;
    fn from_str(text: &str) -> Result<Self, OfficeCodeError> {
        match *text.as_bytes() {
            [a, b, c] if [a, b, c].iter().all(u8::is_ascii_digit) => Ok(Self([a, b, c])),
            _ => Err(OfficeCodeError),
        }
    }
}

impl TryFrom<String> for OfficeCode {
    type Error = OfficeCodeError;
    fn try_from(text: String) -> Result<Self, OfficeCodeError> {
        text.parse()
    }
}

impl From<OfficeCode> for String {
    fn from(code: OfficeCode) -> Self {
        code.as_str().to_owned()
    }
}

impl fmt::Display for OfficeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_office_code_is_three_digits_and_keeps_its_zeros() {
        assert_eq!("031".parse::<OfficeCode>().unwrap().to_string(), "031");
        for wrong in ["31", "0311", "03a", "٠٣١", ""] {
            assert!(wrong.parse::<OfficeCode>().is_err(), "{wrong}");
        }
    }
}
