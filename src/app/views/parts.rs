//! Small values of answers, written as the contract writes them.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Utc};
use chrono_tz::Tz;
use serde::{Serialize, Serializer};

use crate::domain::{ids::StaffId, request::RoundDue, working_days::no_calendar_id};

/// An instant on the clock of an office. Serialised as RFC 3339 with the offset of that moment, to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtOffice(pub DateTime<Utc>, pub Tz);

impl Serialize for AtOffice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.with_timezone(&self.1).to_rfc3339_opts(SecondsFormat::Secs, false))
    }
}

/// A member of staff, by name.
#[derive(Debug, Clone, Serialize)]
pub struct PersonRef {
    pub id: StaffId,
    pub name: String,
}

/// Names of staff, looked up once for a whole answer.
pub(in crate::app) struct Names(pub HashMap<StaffId, String>);

impl Names {
    /// The foreign keys of the database guarantee that every id has a name.
    pub(in crate::app) fn of(&self, id: StaffId) -> PersonRef {
        PersonRef { id, name: self.0.get(&id).cloned().unwrap_or_default() }
    }

    pub(in crate::app) fn of_some(&self, id: Option<StaffId>) -> Option<PersonRef> {
        id.map(|id| self.of(id))
    }
}

/// When a round is due, and how that came about.
#[derive(Debug, Clone, Serialize)]
pub struct Due {
    pub due_on: Option<NaiveDate>,
    pub due_at: Option<AtOffice>,
    pub waiting_for_calendar: bool,
    pub explanation: String,
}

impl Due {
    pub fn new(due: Option<&RoundDue>, received_at: DateTime<Utc>, zone: Tz) -> Self {
        match due {
            Some(due) => Self {
                due_on: Some(due.due_on),
                due_at: Some(AtOffice(due.instants.due_at, zone)),
                waiting_for_calendar: false,
                explanation: due.derivation.sentences_id(),
            },
            None => Self {
                due_on: None,
                due_at: None,
                waiting_for_calendar: true,
                explanation: no_calendar_id(unknown_year(received_at, zone)),
            },
        }
    }
}

/// The year whose calendar a round waits for: of a receipt in the second half of December the next one's, because the
/// limit runs into it.
fn unknown_year(received_at: DateTime<Utc>, zone: Tz) -> i32 {
    let on = received_at.with_timezone(&zone).date_naive();
    on.year() + i32::from(on.month() == 12 && on.day() > 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_carries_the_offset_of_its_office() {
        let at = AtOffice("2026-07-10T09:20:00.123456Z".parse().unwrap(), chrono_tz::Asia::Jayapura);
        assert_eq!(serde_json::to_value(at).unwrap(), "2026-07-10T18:20:00+09:00");
    }

    #[test]
    fn without_a_calendar_no_date_is_guessed() {
        let due = Due::new(None, "2027-12-30T03:00:00Z".parse().unwrap(), chrono_tz::Asia::Jakarta);
        assert!(due.waiting_for_calendar && due.due_on.is_none() && due.due_at.is_none());
        assert!(due.explanation.contains("2028"), "{}", due.explanation);
    }
}
