//! The rounds behind a figure of the board. The list holds exactly those that the figure counts.

use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

use super::{parts::AtOffice, sla_summary::scope};
use crate::{
    app::{AppError, Office, actor},
    domain::{
        figures::{Days, Timeliness},
        ids::{RequestId, RoundId, SessionId},
        names::{Kind, RoundEnding},
        office::OfficeCode,
    },
    store::{
        self,
        summaries::{Behind, RoundBehind},
    },
};

pub use crate::store::summaries::{LimitIs, OLDEST, Running};

/// A figure that has rounds behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    Arrived,
    Received,
    Resupplied,
    Ended,
    OnTime,
    Late,
    /// Had no due date.
    Undated,
    Issued,
    IssuedOnTime,
    IssuedLate,
    IssuedUndated,
    Returned,
    ReturnedOnTime,
    ReturnedLate,
    ReturnedUndated,
    Withdrawn,
    /// Runs now.
    Running,
}

impl Measure {
    pub const ALL: [(&'static str, Self); 17] = [
        ("arrived", Self::Arrived),
        ("received", Self::Received),
        ("resupplied", Self::Resupplied),
        ("ended", Self::Ended),
        ("on_time", Self::OnTime),
        ("late", Self::Late),
        ("undated", Self::Undated),
        ("issued", Self::Issued),
        ("issued_on_time", Self::IssuedOnTime),
        ("issued_late", Self::IssuedLate),
        ("issued_undated", Self::IssuedUndated),
        ("returned", Self::Returned),
        ("returned_on_time", Self::ReturnedOnTime),
        ("returned_late", Self::ReturnedLate),
        ("returned_undated", Self::ReturnedUndated),
        ("withdrawn", Self::Withdrawn),
        ("running", Self::Running),
    ];

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(name, _)| *name == text).map(|(_, measure)| measure)
    }

    pub fn as_str(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, measure)| *measure == self).map_or("", |(name, _)| name)
    }

    /// Whether a deficiency narrows it.
    fn has_items(self) -> bool {
        matches!(self, Self::Returned | Self::ReturnedOnTime | Self::ReturnedLate | Self::ReturnedUndated)
    }

    /// Whether days narrow it: what runs now has none.
    pub(in crate::app) fn has_days(self) -> bool {
        self != Self::Running
    }
}

/// Which figure.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub measure: Measure,
    /// Days of receipt or end; what runs has none.
    pub days: Days,
    /// `None`: the whole scope.
    pub office: Option<OfficeCode>,
    pub kind: Option<Kind>,
    /// Returned for this deficiency.
    pub item: Option<String>,
    /// Of what runs.
    pub running: Running,
}

impl Wanted {
    /// Whether there is such a figure: one that a filter does not narrow would be another figure than was asked for.
    pub fn is_a_figure(&self) -> bool {
        (self.item.is_none() || self.measure.has_items())
            && (self.running == Running::default() || self.measure == Measure::Running)
            && self.running.age.is_none_or(|age| (0..=OLDEST).contains(&age))
    }

    /// The rounds that the figure counts.
    pub(in crate::app) fn behind(&self) -> Behind {
        use RoundEnding::{Granted, Refused, Returned, Withdrawn};
        use Timeliness::{Late, OnTime, Undated};
        let Days { from, until } = self.days;
        let ended = |endings: &[RoundEnding], timeliness| Behind::Ended {
            from,
            until,
            endings: endings.to_vec(),
            timeliness,
            item: self.item.clone(),
        };
        let received = |again| Behind::Received { from, until, again };
        match self.measure {
            Measure::Arrived => received(None),
            Measure::Received => received(Some(false)),
            Measure::Resupplied => received(Some(true)),
            Measure::Ended => ended(&[Granted, Refused, Returned], None),
            Measure::OnTime => ended(&[Granted, Refused, Returned], Some(OnTime)),
            Measure::Late => ended(&[Granted, Refused, Returned], Some(Late)),
            Measure::Undated => ended(&[Granted, Refused, Returned], Some(Undated)),
            Measure::Issued => ended(&[Granted, Refused], None),
            Measure::IssuedOnTime => ended(&[Granted, Refused], Some(OnTime)),
            Measure::IssuedLate => ended(&[Granted, Refused], Some(Late)),
            Measure::IssuedUndated => ended(&[Granted, Refused], Some(Undated)),
            Measure::Returned => ended(&[Returned], None),
            Measure::ReturnedOnTime => ended(&[Returned], Some(OnTime)),
            Measure::ReturnedLate => ended(&[Returned], Some(Late)),
            Measure::ReturnedUndated => ended(&[Returned], Some(Undated)),
            Measure::Withdrawn => ended(&[Withdrawn], None),
            Measure::Running => Behind::Running(self.running),
        }
    }
}

/// A part of the rounds behind a figure.
#[derive(Debug)]
pub struct RoundsBehind {
    /// The figure.
    pub total: i64,
    pub rows: Vec<RoundRow>,
}

#[derive(Debug, Serialize)]
pub struct RoundRow {
    pub request_id: RequestId,
    #[serde(skip)]
    pub place: (NaiveDate, RoundId),
    pub office_code: OfficeCode,
    pub receipt_number: String,
    pub kind: Kind,
    pub pkp_name: String,
    pub received_at: AtOffice,
    pub due_on: Option<NaiveDate>,
    pub ended_at: Option<AtOffice>,
    pub ending: Option<RoundEnding>,
    pub breached: Option<bool>,
    pub worked_minutes: Option<i32>,
}

/// The rounds behind a figure of the caller's scope, oldest first; those after the given place.
///
/// Errors: those of [`super::board::board`].
pub async fn behind_figure(
    office: &Office,
    session: SessionId,
    wanted: &Wanted,
    after: Option<(NaiveDate, Uuid)>,
    limit: i64,
) -> Result<RoundsBehind, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let (_, offices) = scope(&mut tx, &colleague, wanted.office).await?;
    let figure = wanted.behind();
    let (total, rows) =
        store::summaries::behind(&mut tx, &offices, wanted.kind, &figure, after, limit, now).await?;
    tx.rollback().await?;
    Ok(RoundsBehind { total, rows: rows.into_iter().map(view).collect() })
}

fn view(row: RoundBehind) -> RoundRow {
    RoundRow {
        request_id: row.request,
        place: (row.day_on, row.round),
        office_code: row.office,
        receipt_number: row.receipt_number,
        kind: row.kind,
        pkp_name: row.pkp_name,
        received_at: AtOffice(row.received_at, row.zone),
        due_on: row.due_on,
        ended_at: row.ended_at.map(|at| AtOffice(at, row.zone)),
        ending: row.ending,
        breached: row.breached,
        worked_minutes: row.worked_minutes,
    }
}
