//! Faults of a form, each beside its field and all of them in the summary.

use serde::Serialize;

use crate::domain::fault::Fault;

/// The faults of one form. Empty: nothing is wrong yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct FormFaults(Vec<FieldFault>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct FieldFault {
    /// The id of the field, which the summary links to.
    field: String,
    text: String,
}

impl FormFaults {
    /// Faults of an act. The field of `/signer/name` has the id `signer-name`.
    pub fn of(faults: &[Fault]) -> Self {
        let field = |pointer: &str| pointer.trim_start_matches('/').replace('/', "-");
        Self(
            faults
                .iter()
                .map(|fault| FieldFault { field: field(&fault.pointer), text: fault.detail.clone() })
                .collect(),
        )
    }

    pub fn add(&mut self, field: &str, text: impl Into<String>) {
        self.0.push(FieldFault { field: field.to_owned(), text: text.into() });
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
