//! Why a due date is what it is, in a form that can be stored with the round and shown later.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// Everything a due date was computed from, day by day from the day of receipt to the due date.
///
/// A stored derivation is a record: it is never recomputed from a newer calendar, a new one takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derivation {
    pub received_at: DateTime<Utc>,
    #[serde(with = "super::zone::name")]
    pub zone: Tz,
    /// `received_at` on the clock of the office.
    pub received_local: NaiveDateTime,
    /// The closing time that held on the day of receipt.
    pub closes_at: NaiveTime,
    /// The special period that closing time comes from, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours_name: Option<String>,
    /// Received on a business day, but after closing time.
    pub late: bool,
    pub calendar_version: String,
    /// Consecutive dates, the day of receipt first, the due date last.
    pub steps: Vec<Step>,
}

/// One date and what it counts for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub date: NaiveDate,
    #[serde(flatten)]
    pub outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    DayZero,
    /// The `n`-th business day of the limit, from 1.
    Counted {
        n: u16,
    },
    Skipped {
        reason: SkipReason,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SkipReason {
    Weekend,
    National {
        name: String,
        source: String,
    },
    JointLeave {
        name: String,
        source: String,
    },
    Closure {
        name: String,
        source: String,
    },
    /// Only for the day of receipt: a business day whose counter had closed.
    AfterClosing,
}
