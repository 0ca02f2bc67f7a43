//! What is open, soonest due first, with the counts that lead to each part of it.

use std::collections::BTreeMap;

use super::super::{
    AppError, Office,
    views::list_requests::{InHandOf, RequestRow, Wanted, narrowed, reader, rows},
};
use crate::{
    domain::{
        ids::{SessionId, StaffId},
        names::Kind,
        state::StateName,
        working_days::Threshold,
    },
    store::{
        self,
        desk::SavedView,
        queue::{Filter, OpenGroup},
    },
};

/// A page of the queue.
#[derive(Debug)]
pub struct Queue {
    pub rows: Vec<RequestRow>,
    pub next_cursor: Option<String>,
    pub open: OpenRequests,
    pub views: Vec<SavedView>,
}

/// Everything that is open, counted. A number of it is the number of rows that the same filter shows.
#[derive(Debug)]
pub struct OpenRequests {
    groups: Vec<OpenGroup>,
    me: StaffId,
    /// Who has something open in hand.
    pub officers: BTreeMap<StaffId, String>,
}

/// What to count; every part that is set narrows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Narrowed {
    pub kind: Option<Kind>,
    pub state: Option<StateName>,
    pub threshold: Option<Threshold>,
    pub officer: Option<InHandOf>,
}

impl OpenRequests {
    pub fn count(&self, by: Narrowed) -> i64 {
        let officer = by.officer.map(|officer| match officer {
            InHandOf::Me => self.me,
            InHandOf::Officer(id) => id,
        });
        let counted = self.groups.iter().filter(|group| {
            by.kind.is_none_or(|kind| kind == group.kind)
                && by.state.is_none_or(|state| state == group.state)
                && by.threshold.is_none_or(|threshold| group.threshold == Some(threshold))
                && officer.is_none_or(|id| group.officer == Some(id))
        });
        counted.map(|group| group.count).sum()
    }

    pub fn waiting_for_calendar(&self) -> i64 {
        self.groups.iter().filter(|group| group.waits_for_calendar).map(|group| group.count).sum()
    }
}

/// The queue of the offices that the caller may see.
///
/// Errors: [`AppError::Forbidden`] for staff who process no requests.
pub async fn queue(office: &Office, session: SessionId, wanted: &Wanted) -> Result<Queue, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let (colleague, offices) = reader(office, &mut tx, session).await?;
    let offices = narrowed(offices, wanted.office)?;
    let groups = store::queue::open_groups(&mut tx, &offices, now).await?;
    let filter = Filter {
        offices,
        kind: wanted.kind,
        state: wanted.state,
        threshold: wanted.threshold,
        officer: wanted.officer.map(|officer| match officer {
            InHandOf::Me => colleague.id,
            InHandOf::Officer(id) => id,
        }),
        receipt_number: None,
        taxpayer: None,
        open_only: true,
    };
    let (rows, next_cursor) = rows(&mut tx, &filter, wanted.page, now).await?;
    let in_hand: Vec<StaffId> = groups.iter().filter_map(|group| group.officer).collect();
    let names = store::staff::names(&mut tx, &in_hand).await?;
    let views = store::desk::views(&mut tx, colleague.id).await?;
    tx.rollback().await?;
    let open = OpenRequests { groups, me: colleague.id, officers: names.into_iter().collect() };
    Ok(Queue { rows, next_cursor, open, views })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_is_set_narrows_and_what_is_not_does_not() {
        let (me, other) = (StaffId(Uuid::nil()), StaffId(Uuid::max()));
        let group = |state, kind, threshold, officer, count| OpenGroup {
            state,
            kind,
            threshold,
            waits_for_calendar: threshold.is_none(),
            officer,
            count,
        };
        let open = OpenRequests {
            groups: vec![
                group(StateName::Received, Kind::Reprint, Some(Threshold::Overdue), None, 3),
                group(StateName::Examining, Kind::Reprint, Some(Threshold::OnTrack), Some(me), 4),
                group(StateName::Examining, Kind::UpdateEmail, None, Some(other), 5),
            ],
            me,
            officers: BTreeMap::new(),
        };
        let all = Narrowed::default();
        assert_eq!(open.count(all), 12);
        assert_eq!(open.count(Narrowed { kind: Some(Kind::Reprint), ..all }), 7);
        assert_eq!(open.count(Narrowed { state: Some(StateName::Examining), ..all }), 9);
        assert_eq!(open.count(Narrowed { threshold: Some(Threshold::OnTrack), ..all }), 4);
        assert_eq!(open.count(Narrowed { officer: Some(InHandOf::Me), ..all }), 4);
        assert_eq!(open.count(Narrowed { officer: Some(InHandOf::Officer(other)), ..all }), 5);
        assert_eq!(open.waiting_for_calendar(), 5);
    }
}
