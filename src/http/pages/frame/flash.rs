//! One sentence for the next page: what an act did, or why it did not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How the sentence looks, and whether it is read out at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    Done,
    Note,
    /// Something was not done.
    Stopped,
}

/// A text of the catalogue with its values. Travels sealed in a cookie, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    pub tone: Tone,
    pub key: String,
    pub values: BTreeMap<String, String>,
}

impl Flash {
    pub fn done(key: &str) -> Self {
        Self::new(Tone::Done, key)
    }

    pub fn note(key: &str) -> Self {
        Self::new(Tone::Note, key)
    }

    pub fn stopped(key: &str) -> Self {
        Self::new(Tone::Stopped, key)
    }

    fn new(tone: Tone, key: &str) -> Self {
        Self { tone, key: key.to_owned(), values: BTreeMap::new() }
    }

    /// Fills `{name}`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.values.insert(name.to_owned(), value.into());
        self
    }
}
