//! How near the end of the limit is. One function for pages, reports and jobs.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Instants at which the threshold changes. `tomorrow_from <= today_from < due_at`.
///
/// They are stored beside the round, so that a query compares the same three values as [`threshold`]: the function
/// `threshold_of` of the database, which a test holds against this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueInstants {
    /// Local midnight that begins the last business day before the due date: Friday for a Monday.
    pub tomorrow_from: DateTime<Utc>,
    /// Local midnight that begins the due date.
    pub today_from: DateTime<Utc>,
    /// Local midnight that ends the due date: the first instant that is too late.
    pub due_at: DateTime<Utc>,
}

impl DueInstants {
    /// Whether `now` lies within the last business day of the limit, or after it. From here on a return needs
    /// the section head.
    pub fn is_last_business_day(&self, now: DateTime<Utc>) -> bool {
        self.today_from <= now
    }
}

/// Ordered by urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Threshold {
    OnTrack,
    DueTomorrow,
    DueToday,
    Overdue,
}

impl Threshold {
    pub const ALL: [Self; 4] = [Self::OnTrack, Self::DueTomorrow, Self::DueToday, Self::Overdue];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnTrack => "on_track",
            Self::DueTomorrow => "due_tomorrow",
            Self::DueToday => "due_today",
            Self::Overdue => "overdue",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|threshold| threshold.as_str() == text)
    }
}

pub fn threshold(due: &DueInstants, now: DateTime<Utc>) -> Threshold {
    if now >= due.due_at {
        Threshold::Overdue
    } else if now >= due.today_from {
        Threshold::DueToday
    } else if now >= due.tomorrow_from {
        Threshold::DueTomorrow
    } else {
        Threshold::OnTrack
    }
}
