//! An office at a past moment: what was open, who had it in hand, how near the limits were, and what the month had brought
//! until then. Rebuilt from rounds and from what was recorded of each act; what the records do not tell is said to be
//! unknown. Names are those of today.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use sqlx::PgConnection;

use super::{
    board::{OpenNow, by_officer},
    list_requests::{Page, round_runs, write_cursor},
    parts::{AtOffice, Names, PersonRef},
    sla_summary::scope,
};
use crate::{
    app::{AppError, Office, actor},
    domain::{
        figures::{Counted, Days},
        history::{self, Then},
        ids::{RequestId, SessionId, StaffId},
        names::Kind,
        office::OfficeCode,
        state::StateName,
        working_days::{Threshold, threshold},
    },
    store::{
        self,
        past::{Candidate, RoundThen},
        queue::After,
        summaries::{LimitIs, OLDEST, OpenGroup},
    },
};

#[derive(Debug, Serialize)]
pub struct Past {
    pub office_code: OfficeCode,
    pub office_name: String,
    pub at: AtOffice,
    /// The first day on which the office received anything here. `None`: it never did.
    pub begins_on: Option<NaiveDate>,
    pub open: OpenNow,
    pub not_known: NotKnown,
    /// From the first of the month until the moment.
    pub month: Month,
    /// How many the filters leave.
    #[serde(skip)]
    pub shown: usize,
    pub items: Vec<PastRow>,
    pub next_cursor: Option<String>,
}

/// Which of the requests of then; every part that is set narrows, and what is not known is in none.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Narrowed {
    pub limit: Option<LimitIs>,
    pub state: Option<StateName>,
    pub officer: Option<StaffId>,
    pub kind: Option<Kind>,
}

impl Narrowed {
    fn holds(self, open: &Open, moment: DateTime<Utc>) -> bool {
        let limit = |limit| match limit {
            LimitIs::At(threshold) => open.threshold(moment) == Some(threshold),
            LimitIs::NotKnown => open.runs && open.round.due.is_none() && open.round.instants_known,
        };
        let (state, officer) = open.known.map_or((None, None), |(state, officer, _)| (Some(state), officer));
        self.limit.is_none_or(limit)
            && self.state.is_none_or(|wanted| state == Some(wanted))
            && self.officer.is_none_or(|wanted| officer == Some(wanted))
            && self.kind.is_none_or(|wanted| open.kind == wanted)
    }
}

/// Requests of which something is not known.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NotKnown {
    /// They were open, and who had them in hand was not recorded.
    pub state: i64,
    /// Their due date was moved later, before the instants of due dates were kept.
    pub threshold: i64,
}

#[derive(Debug, Serialize)]
pub struct Month {
    #[serde(flatten)]
    pub days: Days,
    #[serde(flatten)]
    pub counted: Counted,
    pub on_time_share: Option<f64>,
}

/// A request as it was.
#[derive(Debug, Serialize)]
pub struct PastRow {
    pub request_id: RequestId,
    pub receipt_number: String,
    pub kind: Kind,
    pub pkp_name: String,
    pub round_number: i32,
    pub received_at: AtOffice,
    /// `None`: it was open, and its records do not say more.
    pub state: Option<StateName>,
    pub officer: Option<PersonRef>,
    pub proposed_officer: Option<PersonRef>,
    pub due_on: Option<NaiveDate>,
    pub due_at: Option<AtOffice>,
    pub waiting_for_calendar: bool,
    pub threshold: Option<Threshold>,
    /// Whether the instants of the due date of then are known, and so the threshold.
    pub threshold_known: bool,
    /// How it stands now.
    pub state_now: StateName,
}

/// An open request at the moment, before it is shown.
struct Open {
    request: RequestId,
    kind: Kind,
    pkp_name: String,
    state_now: StateName,
    /// State, officer and proposed officer, where they are known.
    known: Option<(StateName, Option<StaffId>, Option<StaffId>)>,
    runs: bool,
    round: RoundThen,
}

impl Open {
    fn threshold(&self, moment: DateTime<Utc>) -> Option<Threshold> {
        self.round.due.filter(|_| self.runs).map(|due| threshold(&due, moment))
    }

    fn after(&self) -> After {
        After { due_at: self.round.due.map(|due| due.due_at), round: self.round.round.0 }
    }

    /// As the queue is ordered: soonest due first, what waits for the calendar last.
    fn place(&self) -> (DateTime<Utc>, uuid::Uuid) {
        place(self.after())
    }
}

fn place(after: After) -> (DateTime<Utc>, uuid::Uuid) {
    (after.due_at.unwrap_or(DateTime::<Utc>::MAX_UTC), after.round)
}

/// The office as it was; its counts are of everything, its rows those that the filters leave. Reads one moment of the database
/// and changes nothing.
///
/// Errors: [`AppError::Invalid`] at `/at` for a moment that is still to come; else those of [`super::board::board`].
pub async fn past(
    office: &Office,
    session: SessionId,
    code: OfficeCode,
    moment: DateTime<Utc>,
    narrowed: Narrowed,
    page: Page,
) -> Result<Past, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    store::summaries::as_of_one_moment(&mut tx).await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    scope(&mut tx, &colleague, Some(code)).await?;
    let row = store::offices::find(&mut tx, code).await?.ok_or(AppError::NotFound("office"))?;
    if moment > now {
        return Err(AppError::fault("/at", "future", "Waktu ini belum tiba."));
    }
    let today = moment.with_timezone(&row.zone).date_naive();
    let begins_on = store::past::first_day(&mut tx, code).await?;
    let mut all = open_at(&mut tx, code, moment).await?;
    all.sort_by_key(Open::place);
    let (open, not_known) = counted(&mut tx, code, &all, moment, today).await?;
    let days = Days::month_until(today);
    let month = store::past::counted(&mut tx, code, days, moment).await?;
    all.retain(|row| narrowed.holds(row, moment));
    let shown = all.len();
    let mut rows: Vec<Open> =
        all.into_iter().filter(|row| page.after.is_none_or(|after| row.place() > place(after))).collect();
    let size = usize::try_from(page.limit).unwrap_or_default();
    let more = rows.len() > size;
    rows.truncate(size);
    let next_cursor = rows.last().filter(|_| more).map(|row| write_cursor(row.after()));
    let people: Vec<StaffId> = rows
        .iter()
        .filter_map(|row| row.known)
        .flat_map(|(_, officer, proposed)| [officer, proposed])
        .flatten()
        .collect();
    let names = Names(store::staff::names(&mut tx, &people).await?);
    tx.rollback().await?;
    let items = rows.into_iter().map(|open| show(open, moment, row.zone, &names)).collect();
    Ok(Past {
        office_code: code,
        office_name: row.name,
        at: AtOffice(moment, row.zone),
        begins_on,
        open,
        not_known,
        month: Month { days, counted: month, on_time_share: month.on_time_share() },
        shown,
        items,
        next_cursor,
    })
}

async fn open_at(
    conn: &mut PgConnection,
    code: OfficeCode,
    moment: DateTime<Utc>,
) -> Result<Vec<Open>, AppError> {
    let candidates = store::past::candidates(conn, code, moment).await?;
    let ids: Vec<RequestId> = candidates.iter().map(|candidate| candidate.request).collect();
    let mut records = store::past::records(conn, &ids).await?;
    let mut rounds = store::past::rounds(conn, &ids, moment).await?;
    let open = candidates.into_iter().filter_map(|candidate| {
        let records = records.remove(&candidate.request).unwrap_or_default();
        let rounds = rounds.remove(&candidate.request).unwrap_or_default();
        was_open(candidate, &records, rounds, moment)
    });
    Ok(open.collect())
}

/// `None`: it was not open, or not there yet.
fn was_open(
    candidate: Candidate,
    records: &[history::Record],
    rounds: Vec<RoundThen>,
    moment: DateTime<Utc>,
) -> Option<Open> {
    let (known, runs, round) = match history::at(moment, records, candidate.stands) {
        Then::NotYet => return None,
        Then::Was(then) => {
            if matches!(then.state, StateName::Issued | StateName::Withdrawn | StateName::Lapsed) {
                return None;
            }
            let round = rounds.into_iter().find(|round| round.number == then.round)?;
            (Some((then.state, then.officer, then.proposed)), round_runs(then.state), round)
        }
        Then::NotKnown => {
            if candidate.ended_at.is_some_and(|ended_at| ended_at <= moment) {
                return None;
            }
            let round = rounds.into_iter().rfind(|round| round.received_at <= moment)?;
            let runs = round.ended_at.is_none_or(|ended_at| ended_at > moment);
            // A round that has ended without the request waits for its filer: that much the rounds say.
            let known = (!runs).then_some((StateName::Incomplete, None, None));
            (known, runs, round)
        }
    };
    let Candidate { request, kind, pkp_name, stands, .. } = candidate;
    Some(Open { request, kind, pkp_name, state_now: stands.state, known, runs, round })
}

/// The counts, by the same sums as those of the board.
async fn counted(
    conn: &mut PgConnection,
    code: OfficeCode,
    rows: &[Open],
    moment: DateTime<Utc>,
    today: NaiveDate,
) -> Result<(OpenNow, NotKnown), AppError> {
    let mut not_known = NotKnown::default();
    let (mut all, mut known) = (Vec::new(), Vec::new());
    for row in rows {
        let age = (today - row.round.received_on).num_days().clamp(0, i64::from(OLDEST));
        let (state, officer, _) = row.known.unwrap_or((StateName::Examining, None, None));
        let group = OpenGroup {
            office: code,
            kind: row.kind,
            state,
            officer,
            threshold: row.threshold(moment),
            age: i32::try_from(age).unwrap_or(OLDEST),
            count: 1,
        };
        all.push(group);
        if row.known.is_some() {
            known.push(group);
        }
        not_known.state += i64::from(row.known.is_none());
        not_known.threshold += i64::from(row.runs && !row.round.instants_known);
    }
    let mut open = OpenNow::of(&all);
    open.awaiting_calendar -= not_known.threshold;
    open.by_officer = by_officer(conn, &known).await?;
    Ok((open, not_known))
}

fn show(open: Open, moment: DateTime<Utc>, zone: chrono_tz::Tz, names: &Names) -> PastRow {
    let threshold = open.threshold(moment);
    let (state, officer, proposed) =
        open.known.map_or((None, None, None), |(state, officer, proposed)| (Some(state), officer, proposed));
    let Open { request, kind, pkp_name, state_now, round, .. } = open;
    PastRow {
        request_id: request,
        receipt_number: round.receipt_number,
        kind,
        pkp_name,
        round_number: round.number,
        received_at: AtOffice(round.received_at, zone),
        state,
        officer: names.of_some(officer),
        proposed_officer: names.of_some(proposed),
        due_on: round.due_on,
        due_at: round.due.map(|due| AtOffice(due.due_at, zone)),
        waiting_for_calendar: round.due_on.is_none(),
        threshold,
        threshold_known: round.instants_known,
        state_now,
    }
}

/// The zone of an office that the caller may see.
///
/// Errors: those of [`past`].
pub async fn zone_to_see(
    office: &Office,
    session: SessionId,
    code: OfficeCode,
) -> Result<chrono_tz::Tz, AppError> {
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, office.now()).await?;
    scope(&mut tx, &colleague, Some(code)).await?;
    let zone = super::sla_summary::zone(&mut tx, Some(code)).await?;
    tx.rollback().await?;
    Ok(zone)
}
