//! What is recorded about a loaded request: its acts, so that its past can be replayed.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    domain::{
        history::FILED,
        ids::StaffId,
        names::Outcome,
        state::Act,
        working_days::{Calendar, Opening},
    },
    store::demo_load::{LoadedRecord, LoadedRequest},
};

/// The acts of a request, in their order.
pub(super) struct Life {
    officer: StaffId,
    first: LoadedRecord,
    later: Vec<LoadedRecord>,
}

impl Life {
    /// It is filed; `officer` will look after it.
    pub(super) fn begins(request: &LoadedRequest, officer: StaffId) -> Self {
        let first = LoadedRecord {
            at: request.received_at,
            request: request.id,
            office: request.office,
            act: FILED,
            by: None,
            outcome: None,
            withdrawn: false,
        };
        Self { officer, first, later: Vec::new() }
    }

    /// The officer takes it in opening hours after it came, `minutes` after they begin, and before `until`.
    pub(super) fn is_claimed(
        &mut self,
        calendar: &Calendar,
        came: DateTime<Utc>,
        minutes: i64,
        until: DateTime<Utc>,
    ) {
        let opens = match calendar.opening(came) {
            Ok(Opening::Closed { opens_at, .. }) => opens_at,
            Ok(Opening::Until(_)) | Err(_) => came,
        };
        let at = opens + TimeDelta::minutes(minutes);
        let at = if at < until { at } else { came + (until - came) / 2 };
        self.add(at, Act::Claim, Some(self.officer));
    }

    /// The officer drafts, `minutes` before `until` if the claim was before.
    pub(super) fn is_drafted(&mut self, minutes: i64, until: DateTime<Utc>) {
        let claimed = self.later.last().map_or(self.first.at, |record| record.at);
        let at = until - TimeDelta::minutes(minutes);
        let at = if at > claimed { at } else { claimed + (until - claimed) / 2 };
        self.add(at, Act::Draft, Some(self.officer));
    }

    pub(super) fn is_signed(&mut self, at: DateTime<Utc>, outcome: Outcome) {
        let record = LoadedRecord { outcome: Some(outcome), ..self.record(at, Act::Sign, None) };
        self.later.push(record);
    }

    pub(super) fn is_returned(&mut self, at: DateTime<Utc>) {
        self.add(at, Act::Return, Some(self.officer));
    }

    pub(super) fn is_resupplied(&mut self, at: DateTime<Utc>) {
        self.add(at, Act::Resupply, None);
    }

    pub(super) fn is_withdrawn(&mut self, at: DateTime<Utc>) {
        let record = LoadedRecord { withdrawn: true, ..self.record(at, Act::Withdraw, None) };
        self.later.push(record);
    }

    pub(super) fn lapses(&mut self, at: DateTime<Utc>) {
        self.add(at, Act::Lapse, None);
    }

    fn add(&mut self, at: DateTime<Utc>, act: Act, by: Option<StaffId>) {
        self.later.push(self.record(at, act, by));
    }

    fn record(&self, at: DateTime<Utc>, act: Act, by: Option<StaffId>) -> LoadedRecord {
        LoadedRecord { at, act: act.as_str(), by, ..self.first.clone() }
    }

    pub(super) fn into_records(self) -> impl Iterator<Item = LoadedRecord> {
        std::iter::once(self.first).chain(self.later)
    }
}
