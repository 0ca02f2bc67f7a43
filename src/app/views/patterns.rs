//! Patterns of work that supervisors look at: returns on the last day, clocks that began anew, claims nobody works on.
//! Counts and the requests behind them; nothing here judges anybody.

use std::collections::{HashMap, hash_map::Entry};

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use sqlx::PgConnection;

use super::{
    parts::AtOffice,
    sla_summary::{Wanted, scope, zone},
};
use crate::{
    app::{AppError, Office, actor},
    domain::{
        ids::{RequestId, SessionId},
        names::{Kind, named},
        office::OfficeCode,
    },
    store::{
        self,
        patterns::{Behind, OfficeCounts, Part},
    },
};

/// A claim counts as idle after so much working time without any act of whoever holds it: a usual working day.
pub const IDLE_AFTER: TimeDelta = TimeDelta::hours(8);
/// Most requests that are listed behind a count at once.
const MOST: usize = 200;
/// Further back, working time is not counted. Longer than an office may be closed.
const LONGEST: TimeDelta = TimeDelta::days(180);

named! {
    Pattern {
        ReturnedOnLastDay = "returned_on_last_day",
        Reopened = "reopened",
        IdleClaim = "idle_claim",
    }
}

#[derive(Debug, Serialize)]
pub struct PatternSummary {
    pub as_of: AtOffice,
    pub from: NaiveDate,
    pub until: NaiveDate,
    pub idle_after_hours: i64,
    pub total: PatternFigures,
    pub by_office: Vec<OfficeFigures>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PatternFigures {
    pub ended: i64,
    pub returned: i64,
    pub returned_on_last_day: i64,
    pub reopened: i64,
    /// Now, not in the period.
    pub in_hand: i64,
    pub idle_claims: i64,
}

#[derive(Debug, Serialize)]
pub struct OfficeFigures {
    pub office_code: OfficeCode,
    pub name: String,
    #[serde(flatten)]
    pub figures: PatternFigures,
}

/// The requests behind a count, at most 200 of them.
#[derive(Debug, Serialize)]
pub struct PatternRequests {
    pub pattern: Pattern,
    pub items: Vec<PatternRequest>,
    /// There are more after these.
    pub more: bool,
}

#[derive(Debug, Serialize)]
pub struct PatternRequest {
    pub request_id: RequestId,
    pub office_code: OfficeCode,
    pub receipt_number: String,
    pub kind: Kind,
    pub round_number: i32,
    pub due_on: Option<NaiveDate>,
    pub officer: Option<String>,
    /// When it was returned, received again, or last worked on.
    pub at: AtOffice,
}

/// What a caller looks at, settled.
struct Looked {
    offices: Vec<OfficeCode>,
    days: (NaiveDate, NaiveDate),
    zone: Tz,
    now: DateTime<Utc>,
}

async fn look(
    office: &Office,
    conn: &mut PgConnection,
    session: SessionId,
    wanted: Wanted,
) -> Result<Looked, AppError> {
    let now = office.now();
    let colleague = actor::authenticate(conn, session, now).await?;
    let (_, offices) = scope(conn, &colleague, wanted.office).await?;
    let zone = zone(conn, offices.first().copied()).await?;
    let today = now.with_timezone(&zone).date_naive();
    let until = wanted.until.unwrap_or(today);
    let from = wanted.from.unwrap_or_else(|| until.with_day(1).unwrap_or(until));
    Ok(Looked { offices, days: (from, until), zone, now })
}

/// The counts of the caller's scope, or of one office in it.
///
/// Errors: [`AppError::Forbidden`] for other roles, [`AppError::NotFound`] for an office outside of the scope.
pub async fn pattern_summary(
    office: &Office,
    session: SessionId,
    wanted: Wanted,
) -> Result<PatternSummary, AppError> {
    let mut tx = office.begin().await?;
    let looked = look(office, &mut tx, session, wanted).await?;
    let counts = store::patterns::counts(&mut tx, &looked.offices, looked.days).await?;
    let in_hand = store::patterns::in_hand(&mut tx, &looked.offices).await?;
    let held = per_office(&in_hand);
    let idle = per_office(&idle(&mut tx, in_hand, looked.now).await?);
    tx.rollback().await?;
    let mut total = PatternFigures::default();
    let by_office = counts
        .into_iter()
        .map(|row| {
            let of = |counted: &HashMap<OfficeCode, i64>| counted.get(&row.office).copied().unwrap_or(0);
            let figures = figures(&row, of(&held), of(&idle));
            total.add(figures);
            OfficeFigures { office_code: row.office, name: row.name, figures }
        })
        .collect();
    Ok(PatternSummary {
        as_of: AtOffice(looked.now, looked.zone),
        from: looked.days.0,
        until: looked.days.1,
        idle_after_hours: IDLE_AFTER.num_hours(),
        total,
        by_office,
    })
}

/// The requests behind one of the counts, after the first so many of them.
///
/// Errors: as [`pattern_summary`].
pub async fn requests_of_pattern(
    office: &Office,
    session: SessionId,
    wanted: Wanted,
    pattern: Pattern,
    skip: usize,
) -> Result<PatternRequests, AppError> {
    let mut tx = office.begin().await?;
    let looked = look(office, &mut tx, session, wanted).await?;
    let (offices, days) = (&looked.offices, looked.days);
    // One more than is listed says that there are more.
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let part = Part { skip: count(skip), limit: count(MOST + 1) };
    let mut rows = match pattern {
        Pattern::ReturnedOnLastDay => {
            store::patterns::returned_on_last_day(&mut tx, offices, days, part).await?
        }
        Pattern::Reopened => store::patterns::reopened(&mut tx, offices, days, part).await?,
        Pattern::IdleClaim => {
            let in_hand = store::patterns::in_hand(&mut tx, offices).await?;
            idle(&mut tx, in_hand, looked.now).await?.into_iter().skip(skip).take(MOST + 1).collect()
        }
    };
    let more = rows.len() > MOST;
    rows.truncate(MOST);
    let mut zones = HashMap::new();
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let zone = zone_of(&mut tx, &mut zones, row.office).await?;
        items.push(PatternRequest {
            request_id: row.request,
            office_code: row.office,
            receipt_number: row.receipt_number,
            kind: row.kind,
            round_number: row.round,
            due_on: row.due_on,
            officer: row.officer,
            at: AtOffice(row.at, zone),
        });
    }
    tx.rollback().await?;
    Ok(PatternRequests { pattern, items, more })
}

/// Those whose holder did nothing for [`IDLE_AFTER`] of the office's working time. Where the calendar does not say how
/// much time that was, a claim is not idle.
async fn idle(
    conn: &mut PgConnection,
    in_hand: Vec<Behind>,
    now: DateTime<Utc>,
) -> Result<Vec<Behind>, AppError> {
    let (mut zones, mut calendars) = (HashMap::new(), HashMap::new());
    let mut idle = Vec::new();
    for row in in_hand {
        if now - row.at < IDLE_AFTER {
            continue;
        }
        let since = row.at.max(now - LONGEST);
        let zone = zone_of(conn, &mut zones, row.office).await?;
        let calendar = match calendars.entry(row.office) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let around = (now - LONGEST).with_timezone(&zone).date_naive();
                place.insert(store::calendar::load(conn, row.office, zone, around).await?.calendar)
            }
        };
        let worked = calendar.working_time(since, now).ok();
        if worked.is_some_and(|worked| worked >= IDLE_AFTER) {
            idle.push(row);
        }
    }
    Ok(idle)
}

async fn zone_of(
    conn: &mut PgConnection,
    zones: &mut HashMap<OfficeCode, Tz>,
    code: OfficeCode,
) -> Result<Tz, AppError> {
    if let Some(known) = zones.get(&code) {
        return Ok(*known);
    }
    let found = zone(conn, Some(code)).await?;
    zones.insert(code, found);
    Ok(found)
}

fn per_office(rows: &[Behind]) -> HashMap<OfficeCode, i64> {
    let mut counted = HashMap::new();
    for row in rows {
        *counted.entry(row.office).or_insert(0) += 1;
    }
    counted
}

fn figures(row: &OfficeCounts, in_hand: i64, idle_claims: i64) -> PatternFigures {
    PatternFigures {
        ended: row.ended,
        returned: row.returned,
        returned_on_last_day: row.returned_on_last_day,
        reopened: row.reopened,
        in_hand,
        idle_claims,
    }
}

impl PatternFigures {
    fn add(&mut self, other: Self) {
        self.ended += other.ended;
        self.returned += other.returned;
        self.returned_on_last_day += other.returned_on_last_day;
        self.reopened += other.reopened;
        self.in_hand += other.in_hand;
        self.idle_claims += other.idle_claims;
    }
}
