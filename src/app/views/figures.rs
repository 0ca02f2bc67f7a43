//! Counts by the closed lists: every name is there, also with nothing to count.

use serde::Serialize;

use crate::{
    domain::{names::Kind, working_days::Threshold},
    store::queue::Count,
};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ByThreshold {
    pub on_track: i64,
    pub due_tomorrow: i64,
    pub due_today: i64,
    pub overdue: i64,
}

impl ByThreshold {
    pub fn add(&mut self, threshold: Threshold, count: i64) {
        *match threshold {
            Threshold::OnTrack => &mut self.on_track,
            Threshold::DueTomorrow => &mut self.due_tomorrow,
            Threshold::DueToday => &mut self.due_today,
            Threshold::Overdue => &mut self.overdue,
        } += count;
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ByKind {
    pub new_credentials: i64,
    pub reprint: i64,
    pub update_email: i64,
    pub move_office: i64,
}

impl ByKind {
    pub fn add(&mut self, kind: Kind, count: i64) {
        *match kind {
            Kind::NewCredentials => &mut self.new_credentials,
            Kind::Reprint => &mut self.reprint,
            Kind::UpdateEmail => &mut self.update_email,
            Kind::MoveOffice => &mut self.move_office,
        } += count;
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ByState {
    pub received: i64,
    pub examining: i64,
    pub drafted: i64,
    pub incomplete: i64,
    pub issued: i64,
    pub withdrawn: i64,
    pub lapsed: i64,
}

/// How many rows have this name.
pub(super) fn count_of(counts: &[Count], name: &str) -> i64 {
    counts.iter().find(|count| count.name == name).map_or(0, |count| count.count)
}
