//! Faults of a form, each beside its field and all of them in the summary.

use chrono::TimeDelta;
use serde::Serialize;

use super::visit::Visit;
use crate::domain::{
    fault::Fault,
    line::{Line, LineError},
};

/// A limit that slows: the seconds to wait, rounded up.
pub fn seconds(retry_after: TimeDelta) -> String {
    ((retry_after.num_milliseconds() + 999) / 1_000).max(1).to_string()
}

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
        Self(
            faults
                .iter()
                .map(|fault| FieldFault { field: field_of(&fault.pointer), text: fault.detail.clone() })
                .collect(),
        )
    }

    /// The same in the language of the visitor: `{area}.e.{field}.{code}`, or what the code means of any act (`e.act.{code}`), or
    /// what is wrong with a line. A fault without words of ours keeps its own. Rows of a list share their words:
    /// `/officers/3/rank` is `officers-rank`.
    pub fn told(visit: &Visit, area: &str, faults: &[Fault]) -> Self {
        let mut told = Self::default();
        for fault in faults {
            let field = field_of(&fault.pointer);
            let own = field.split('-').filter(|part| part.parse::<usize>().is_err());
            let own = format!("{area}.e.{}.{}", own.collect::<Vec<_>>().join("-"), fault.code);
            let words = [own, format!("e.act.{}", fault.code)].into_iter().find_map(|key| visit.known(&key));
            let words =
                words.or_else(|| LineError::told_as(&fault.detail).map(|error| wrong_line(visit, error)));
            told.add(&field, words.unwrap_or_else(|| fault.detail.clone()));
        }
        told
    }

    pub fn add(&mut self, field: &str, text: impl Into<String>) {
        self.0.push(FieldFault { field: field.to_owned(), text: text.into() });
    }

    /// Reads a line that was typed, or says what is wrong with it.
    pub fn line<const MAX: usize>(&mut self, visit: &Visit, field: &str, text: &str) -> Option<Line<MAX>> {
        let error = match Line::parse(text) {
            Ok(line) => return Some(line),
            Err(error) => error,
        };
        self.add(field, wrong_line(visit, error));
        None
    }

    /// The same for what may be left empty.
    pub fn optional_line<const MAX: usize>(
        &mut self,
        visit: &Visit,
        field: &str,
        text: &str,
    ) -> Option<Line<MAX>> {
        if text.is_empty() { None } else { self.line(visit, field, text) }
    }

    /// Of one of several forms of a page, whose fields all begin with its name.
    #[must_use]
    pub fn within(mut self, form: &str) -> Self {
        for fault in &mut self.0 {
            fault.field = format!("{form}-{}", fault.field);
        }
        self
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn field_of(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', "-")
}

/// What is wrong with a line, in the language of the visitor.
pub fn wrong_line(visit: &Visit, error: LineError) -> String {
    match error {
        LineError::Empty => visit.say("e.any.required", &[]),
        LineError::TooLong(most) => visit.say("e.line.too_long", &[("n", &most.to_string())]),
        LineError::Character(character) => {
            visit.say("e.line.character", &[("kode", &format!("U+{:04X}", u32::from(character)))])
        }
    }
}
