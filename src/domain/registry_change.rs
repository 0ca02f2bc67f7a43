//! What became other in the registry since a request was received.

use chrono::{DateTime, Utc};

use super::names::named;

named! {
    /// What of a taxpayer an officer has to be told when it changes under an open request.
    RegistryField {
        Office = "office",
        Status = "status",
        Address = "address",
    }
}

/// What the registry says of a taxpayer at some time. `None`: nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub office: Option<String>,
    pub status: Option<String>,
    pub address: Option<String>,
}

impl Snapshot {
    fn of(&self, field: RegistryField) -> Option<&str> {
        match field {
            RegistryField::Office => self.office.as_deref(),
            RegistryField::Status => self.status.as_deref(),
            RegistryField::Address => self.address.as_deref(),
        }
    }
}

/// One change of a taxpayer, with what stood there before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    pub at: DateTime<Utc>,
    /// The file, or what an operator or officer named.
    pub source: String,
    pub before: Snapshot,
}

/// A field that says something else now than at the receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryChange {
    pub field: RegistryField,
    pub old: Option<String>,
    pub new: Option<String>,
    /// When what stands there now came, and from where.
    pub since: DateTime<Utc>,
    pub source: String,
}

/// Compares the registry of now with that of the receipt. `changes` are those since the receipt, oldest first.
/// What went and came back is no change.
#[must_use]
pub fn compared(now: &Snapshot, changes: &[Earlier]) -> Vec<RegistryChange> {
    let Some(first) = changes.first() else { return Vec::new() };
    RegistryField::ALL
        .iter()
        .filter_map(|&field| {
            let (old, new) = (first.before.of(field), now.of(field));
            let last = changes.iter().rev().find(|change| change.before.of(field) != new)?;
            (old != new).then(|| RegistryChange {
                field,
                old: old.map(str::to_owned),
                new: new.map(str::to_owned),
                since: last.at,
                source: last.source.clone(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(text: &str) -> Snapshot {
        Snapshot {
            office: Some("031".to_owned()),
            status: None,
            address: Some(text.to_owned()).filter(|text| !text.is_empty()),
        }
    }

    /// The changes that lead through these addresses, one a second, and what stands there in the end.
    fn history(addresses: &[&str]) -> (Snapshot, Vec<Earlier>) {
        let changes = addresses.iter().zip(0..).map(|(text, second)| Earlier {
            at: DateTime::from_timestamp(second, 0).unwrap(),
            source: format!("{second}.csv"),
            before: address(text),
        });
        let mut changes: Vec<_> = changes.collect();
        let now = changes.pop().unwrap().before;
        (now, changes)
    }

    #[test]
    fn a_change_is_told_with_what_stood_there_at_the_receipt_and_since_when() {
        let (now, changes) = history(&["Jl. Lama", "Jl. Antara", "Jl. Baru", "Jl. Baru"]);
        let told = compared(&now, &changes);
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].field, told[0].since.timestamp()), (RegistryField::Address, 1));
        assert_eq!((told[0].old.as_deref(), told[0].new.as_deref()), (Some("Jl. Lama"), Some("Jl. Baru")));
        assert_eq!(told[0].source, "1.csv");
    }

    #[test]
    fn what_went_and_came_back_is_no_change() {
        let (now, changes) = history(&["Jl. Lama", "Jl. Baru", "Jl. Lama"]);
        assert_eq!(compared(&now, &changes), []);
        assert_eq!(compared(&now, &[]), []);
    }

    proptest! {
        #[test]
        fn a_field_is_told_exactly_when_it_differs(steps in proptest::collection::vec("[ab]?", 1..6)) {
            let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
            let (now, changes) = history(&steps);
            let differs = steps.first() != steps.last();
            prop_assert_eq!(compared(&now, &changes).len(), usize::from(differs));
        }
    }
}
