//! What is due at an office in the next days against what it completed lately, what will be late if nothing changes, and
//! which moves would help. Of one moment; every figure stands beside the numbers that it was made from.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde::Serialize;
use sqlx::PgConnection;

use super::{
    parts::AtOffice,
    sla_summary::{scope, zone},
};
use crate::{
    app::{AppError, Office, actor},
    domain::{
        forecast::{self, AheadDay, Basis, LEAST, LOOKED_BACK, Limit, Open, Past, Rate, Worker},
        ids::{RequestId, SessionId, StaffId},
        names::Kind,
        office::OfficeCode,
        working_days::{Calendar, local_midnight},
    },
    store::{
        self,
        forecast::{OpenRound, Person},
    },
};

/// Business days after today.
const AHEAD: usize = 5;
/// So many days back the calendar is loaded: twenty business days lie within, also around Idulfitri.
const BACK: u64 = 60;

#[derive(Debug, Serialize)]
pub struct ForecastView {
    pub as_of: AtOffice,
    pub office_code: OfficeCode,
    pub history: History,
    /// `null`: less than `history.least` was completed.
    pub team_rate: Option<Pace>,
    /// Today and the next five business days, as far as the calendar is known.
    pub days: Vec<forecast::Day>,
    pub overdue: u64,
    pub later: u64,
    pub awaiting_calendar: u64,
    pub officers: Vec<OfficerView>,
    pub expected_late: u64,
    /// The soonest due first.
    pub late: Vec<LateView>,
    pub moves: Vec<MoveView>,
    pub expected_late_after: u64,
    /// Nothing is said about these, because nobody's rate is known.
    pub not_assessed: u64,
}

/// The days that were looked back on: whole business days before today.
#[derive(Debug, Serialize)]
pub struct History {
    pub from: Option<NaiveDate>,
    pub until: Option<NaiveDate>,
    pub business_days: u64,
    pub open_minutes: u64,
    /// Letters and returns of the office.
    pub completed: u64,
    /// Fewer completions are no rate.
    pub least: u64,
}

/// `per_hour = 60 × completed ÷ open_minutes`
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Pace {
    #[serde(flatten)]
    pub rate: Rate,
    /// To hundredths.
    pub per_hour: f64,
}

impl From<Rate> for Pace {
    fn from(rate: Rate) -> Self {
        let hundredths = (rate.completed * 6_000 + rate.open_minutes / 2) / rate.open_minutes.max(1);
        #[expect(clippy::cast_precision_loss, reason = "counts of letters fit a float exactly")]
        let per_hour = hundredths as f64 / 100.0;
        Self { rate, per_hour }
    }
}

#[derive(Debug, Serialize)]
pub struct OfficerView {
    pub officer_id: StaffId,
    pub name: String,
    pub in_hand: u64,
    pub expected_late: u64,
    /// In the days of `history`.
    pub completed: u64,
    pub basis: Basis,
    pub rate: Option<Pace>,
}

/// Expected late, because `position > can_do`.
#[derive(Debug, Serialize)]
pub struct LateView {
    pub request_id: RequestId,
    pub receipt_number: String,
    pub kind: Kind,
    pub due_on: NaiveDate,
    /// Opening time from now until the end of that day.
    pub open_minutes_left: u64,
    /// `null`: nobody took it.
    pub officer_id: Option<StaffId>,
    pub officer: Option<String>,
    pub basis: Option<Basis>,
    pub position: u64,
    pub can_do: u64,
    /// Of what nobody took: `can_do = team_can_do - team_holds`.
    pub team_can_do: Option<u64>,
    pub team_holds: Option<u64>,
}

/// A row of the proposal. Accepting it names these four: request, version, from, to.
#[derive(Debug, Serialize)]
pub struct MoveView {
    pub request_id: RequestId,
    pub version: i32,
    pub receipt_number: String,
    pub due_on: NaiveDate,
    pub open_minutes_left: u64,
    pub from_officer_id: StaffId,
    pub from_officer: String,
    pub to_officer_id: StaffId,
    pub to_officer: String,
    pub position: u64,
    pub from_can_do: u64,
    pub to_can_do: u64,
    /// With everything that is proposed.
    pub to_holds: u64,
}

/// The forecast of an office in the caller's scope.
///
/// Errors: [`AppError::Forbidden`] for other roles, [`AppError::NotFound`] for an office outside of the scope.
pub async fn forecast(
    office: &Office,
    session: SessionId,
    code: OfficeCode,
) -> Result<ForecastView, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    store::summaries::as_of_one_moment(&mut tx).await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    scope(&mut tx, &colleague, Some(code)).await?;
    let seen = look(&mut tx, code, now).await?;
    tx.rollback().await?;
    Ok(seen)
}

async fn look(
    conn: &mut PgConnection,
    code: OfficeCode,
    now: DateTime<Utc>,
) -> Result<ForecastView, AppError> {
    let zone = zone(conn, Some(code)).await?;
    let today = now.with_timezone(&zone).date_naive();
    let around = today.checked_sub_days(Days::new(BACK)).unwrap_or(today);
    let calendar = store::calendar::load(conn, code, zone, around).await?.calendar;
    let back = days_back(&calendar, today);
    let open_minutes = back.iter().map(|(_, minutes)| minutes).sum();
    let period = back.last().map(|(first, _)| *first).zip(today.pred_opt());
    let completions = match period {
        Some(period) => store::forecast::completions(conn, code, period).await?,
        None => HashMap::new(),
    };
    let completed = completions.values().sum();
    let rounds = store::forecast::open_rounds(conn, code).await?;
    let mut also: Vec<StaffId> = completions.keys().copied().collect();
    also.extend(rounds.iter().filter_map(|round| match round.work {
        forecast::Work::InHand(id) => Some(id),
        forecast::Work::Waiting | forecast::Work::Drafted => None,
    }));
    let people = store::forecast::people(conn, code, &also, today).await?;
    let workers: Vec<Worker> = people
        .iter()
        .map(|person| Worker {
            id: person.id,
            completed: completions.get(&person.id).copied().unwrap_or(0),
            may_take: person.may_take,
            signs: person.signs,
        })
        .collect();
    let open = limits(&calendar, &rounds, now);
    let days = days_ahead(&calendar, today, now);
    let past = Past { completed, open_minutes };
    let seen = forecast::forecast(past, &workers, &open, &days);
    let history = History {
        from: period.map(|period| period.0),
        until: period.map(|period| period.1),
        business_days: u64::try_from(back.len()).unwrap_or_default(),
        open_minutes,
        completed,
        least: LEAST,
    };
    Ok(view(AtOffice(now, zone), code, history, &seen, &Words::new(&people, &rounds)))
}

fn minutes(time: TimeDelta) -> u64 {
    u64::try_from(time.num_minutes()).unwrap_or(0)
}

fn open_on(calendar: &Calendar, day: NaiveDate, from: DateTime<Utc>) -> Option<u64> {
    let zone = calendar.zone();
    let (begins, ends) = (local_midnight(zone, day)?, local_midnight(zone, day.succ_opt()?)?);
    calendar.working_time(begins.max(from), ends).ok().map(minutes)
}

/// The last business days before today with their opening minutes, the latest first; fewer where the calendar does not
/// know more.
fn days_back(calendar: &Calendar, today: NaiveDate) -> Vec<(NaiveDate, u64)> {
    let mut days = Vec::with_capacity(LOOKED_BACK);
    for back in 1..=BACK {
        let Some(day) = today.checked_sub_days(Days::new(back)) else { break };
        match calendar.is_business_day(day) {
            Ok(true) => {}
            Ok(false) => continue,
            Err(_) => break,
        }
        let Some(minutes) = open_on(calendar, day, DateTime::UNIX_EPOCH) else { break };
        days.push((day, minutes));
        if days.len() == LOOKED_BACK {
            break;
        }
    }
    days
}

/// Today and the business days after it with what is left of their opening minutes, as far as the calendar is known.
fn days_ahead(calendar: &Calendar, today: NaiveDate, now: DateTime<Utc>) -> Vec<AheadDay> {
    let mut days = Vec::with_capacity(AHEAD + 1);
    for day in today.iter_days() {
        match calendar.is_business_day(day) {
            Ok(false) if day > today => continue,
            Ok(_) => {}
            Err(_) => break,
        }
        let Some(open_minutes) = open_on(calendar, day, now) else { break };
        days.push(AheadDay { day, open_minutes });
        if days.len() > AHEAD {
            break;
        }
    }
    days
}

/// The rounds with the opening time until each due date, which is counted once for each date.
fn limits(calendar: &Calendar, rounds: &[OpenRound], now: DateTime<Utc>) -> Vec<Open> {
    let mut known: HashMap<NaiveDate, Limit> = HashMap::new();
    let mut limit = |due: Option<(NaiveDate, DateTime<Utc>)>| match due {
        None => Limit::Unknown,
        Some((_, due_at)) if due_at <= now => Limit::Overdue,
        Some((due_on, due_at)) => {
            *known.entry(due_on).or_insert_with(|| match calendar.working_time(now, due_at) {
                Ok(time) => Limit::Until { due_on, open_minutes: minutes(time) },
                Err(_) => Limit::Unknown,
            })
        }
    };
    rounds
        .iter()
        .map(|round| Open {
            request: round.request,
            round: round.round,
            work: round.work,
            limit: limit(round.due),
        })
        .collect()
}

/// What people read instead of ids.
struct Words<'a> {
    people: HashMap<StaffId, &'a Person>,
    rounds: HashMap<RequestId, &'a OpenRound>,
}

impl<'a> Words<'a> {
    fn new(people: &'a [Person], rounds: &'a [OpenRound]) -> Self {
        Self {
            people: people.iter().map(|person| (person.id, person)).collect(),
            rounds: rounds.iter().map(|round| (round.request, round)).collect(),
        }
    }

    /// The foreign keys of the database guarantee that every id has a name.
    fn name(&self, id: StaffId) -> String {
        self.people.get(&id).map(|person| person.name.clone()).unwrap_or_default()
    }
}

fn view(
    as_of: AtOffice,
    office_code: OfficeCode,
    history: History,
    seen: &forecast::Forecast,
    words: &Words<'_>,
) -> ForecastView {
    let basis: HashMap<StaffId, Basis> =
        seen.officers.iter().map(|officer| (officer.id, officer.basis)).collect();
    let late = seen.late.iter().filter_map(|late| {
        let round = words.rounds.get(&late.request)?;
        Some(LateView {
            request_id: late.request,
            receipt_number: round.receipt_number.clone(),
            kind: round.kind,
            due_on: late.due_on,
            open_minutes_left: late.open_minutes,
            officer_id: late.officer,
            officer: late.officer.map(|id| words.name(id)),
            basis: late.officer.and_then(|id| basis.get(&id).copied()),
            position: late.position,
            can_do: late.can_do,
            team_can_do: late.team.map(|team| team.can_do),
            team_holds: late.team.map(|team| team.held),
        })
    });
    let moves = seen.moves.iter().filter_map(|one| {
        let round = words.rounds.get(&one.request)?;
        Some(MoveView {
            request_id: one.request,
            version: round.version,
            receipt_number: round.receipt_number.clone(),
            due_on: one.due_on,
            open_minutes_left: one.open_minutes,
            from_officer_id: one.from,
            from_officer: words.name(one.from),
            to_officer_id: one.to,
            to_officer: words.name(one.to),
            position: one.position,
            from_can_do: one.from_can_do,
            to_can_do: one.to_can_do,
            to_holds: one.to_holds,
        })
    });
    let mut officers: Vec<OfficerView> = seen
        .officers
        .iter()
        .map(|officer| OfficerView {
            officer_id: officer.id,
            name: words.name(officer.id),
            in_hand: officer.in_hand,
            expected_late: officer.late,
            completed: officer.completed,
            basis: officer.basis,
            rate: officer.rate.map(Pace::from),
        })
        .collect();
    officers.sort_by(|one, other| (&one.name, one.officer_id).cmp(&(&other.name, other.officer_id)));
    ForecastView {
        as_of,
        office_code,
        history,
        team_rate: seen.team.map(Pace::from),
        days: seen.days.clone(),
        overdue: seen.overdue,
        later: seen.later,
        awaiting_calendar: seen.awaiting_calendar,
        officers,
        expected_late: u64::try_from(seen.late.len()).unwrap_or(u64::MAX),
        late: late.collect(),
        moves: moves.collect(),
        expected_late_after: seen.late_after,
        not_assessed: seen.not_assessed,
    }
}
