//! Faults of a form: every one at once, each beside its field.

use serde::{Deserialize, Serialize};

/// One fault. `pointer` is a JSON pointer into what was sent, `code` is stable, `detail` tells the filer in
/// Indonesian what is wrong and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    pub pointer: String,
    pub code: String,
    pub detail: String,
}

/// Collects faults while fields are parsed.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    pub fn add(&mut self, pointer: impl Into<String>, code: &str, detail: impl Into<String>) {
        self.0.push(Fault { pointer: pointer.into(), code: code.to_owned(), detail: detail.into() });
    }

    /// Keeps the value, or the fault.
    pub fn take<T>(&mut self, pointer: &str, parsed: Result<T, (&'static str, String)>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err((code, detail)) => {
                self.add(pointer, code, detail);
                None
            }
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[must_use]
    pub fn into_vec(self) -> Vec<Fault> {
        self.0
    }
}
