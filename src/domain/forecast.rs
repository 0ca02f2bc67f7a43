//! What will be late if nothing changes, and which few moves would help.
//!
//! Whole requests and whole minutes, no estimate that cannot be counted again by hand: who completed so many requests in so
//! much opening time completes as many in as much again. A pile is worked in the order of its due dates; whoever stands
//! further back than the officer gets until the due date is expected late. What nobody took is worked with what the
//! officers have to spare. Where too little was completed nothing is said. Pure: the calendar and the clock are arguments.

mod advice;
mod lines;
#[cfg(test)]
mod properties;

use chrono::NaiveDate;
use serde::Serialize;

use super::{
    ids::{RequestId, RoundId, StaffId},
    names::named,
};
use lines::{Line, Lines};

/// Business days that are looked back on.
pub const LOOKED_BACK: usize = 20;
/// With fewer completions a rate is chance.
pub const LEAST: u64 = 5;
/// Most moves that are proposed at once; after them the forecast is another one.
pub const MOST_MOVES: usize = 50;

/// So many completions in so much opening time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rate {
    pub completed: u64,
    /// Of an average, once for each person.
    pub open_minutes: u64,
}

impl Rate {
    /// Whole requests within so many opening minutes.
    #[must_use]
    pub fn within(self, open_minutes: u64) -> u64 {
        self.completed.saturating_mul(open_minutes).checked_div(self.open_minutes).unwrap_or(0)
    }
}

named! {
    /// What is known of how fast somebody is.
    Basis {
        /// Their own completions.
        Own = "own",
        /// Too few of their own: the average of those who completed something.
        Average = "average",
        Unknown = "unknown",
        /// No decree in force, or no longer at the office.
        MayNotWork = "may_not_work",
    }
}

/// What was completed lately, by letter or return, and how long the counter was open then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    pub completed: u64,
    pub open_minutes: u64,
}

/// Somebody who completed, holds, or may take requests of the office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worker {
    pub id: StaffId,
    /// In the same days as [`Past`].
    pub completed: u64,
    /// Special officer here with a decree in force today.
    pub may_take: bool,
    /// Signs today: who drafts does not sign, so nothing is moved to them.
    pub signs: bool,
}

/// Who has to do something about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    Waiting,
    InHand(StaffId),
    /// Waits for a signature, not for an officer.
    Drafted,
}

/// How much time a round has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    Overdue,
    Until {
        due_on: NaiveDate,
        /// From now; the same for the same day.
        open_minutes: u64,
    },
    /// It waits for the calendar.
    Unknown,
}

/// A running round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    pub request: RequestId,
    pub round: RoundId,
    pub work: Work,
    pub limit: Limit,
}

/// A day with what is left of its opening time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AheadDay {
    pub day: NaiveDate,
    pub open_minutes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// `None`: too little was completed.
    pub team: Option<Rate>,
    /// Today, then the business days after it, as they were given.
    pub days: Vec<Day>,
    pub overdue: u64,
    /// Due after the last of the days.
    pub later: u64,
    pub awaiting_calendar: u64,
    /// Who may take requests or holds some, by id.
    pub officers: Vec<Officer>,
    /// The soonest due first.
    pub late: Vec<Late>,
    pub moves: Vec<Move>,
    /// How many are expected late after these moves.
    pub late_after: u64,
    /// Requests about which nothing is said, because nobody's rate is known.
    pub not_assessed: u64,
}

/// What is due on a day against what the team completes in that time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Day {
    pub day: NaiveDate,
    pub open_minutes: u64,
    pub due: u64,
    /// Of these, waiting for a signature.
    pub drafted: u64,
    /// Overdue and not drafted: today's, before anything else.
    pub carried: u64,
    /// `due - drafted + carried`
    pub to_do: u64,
    /// `team.completed × open_minutes ÷ team.open_minutes`, cut off.
    pub can_do: Option<u64>,
    /// `can_do - to_do`
    pub spare: Option<i64>,
    /// The same from now until the end of the day.
    pub spare_so_far: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Officer {
    pub id: StaffId,
    pub completed: u64,
    pub in_hand: u64,
    pub late: u64,
    pub basis: Basis,
    pub rate: Option<Rate>,
    pub may_take: bool,
}

/// A request that is expected late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Late {
    pub request: RequestId,
    /// `None`: nobody took it.
    pub officer: Option<StaffId>,
    pub due_on: NaiveDate,
    pub open_minutes: u64,
    /// In the pile of the officer, or among what nobody took.
    pub position: u64,
    /// How many of that pile are completed until then: the position is larger.
    pub can_do: u64,
    /// Of what nobody took: what all officers complete until then, and what they hold of it.
    pub team: Option<TeamShare>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TeamShare {
    pub can_do: u64,
    pub held: u64,
}

/// A proposal: this request to another officer, who completes it in time with everything else in that pile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    pub request: RequestId,
    pub from: StaffId,
    pub to: StaffId,
    pub due_on: NaiveDate,
    pub open_minutes: u64,
    /// Where it stands now, and what its holder completes until then.
    pub position: u64,
    pub from_can_do: u64,
    /// What the other one completes until then, and holds that is due by then after all moves.
    pub to_can_do: u64,
    pub to_holds: u64,
}

/// The forecast of one office. The order of workers and rounds does not matter; `days` begin with today.
#[must_use]
pub fn forecast(past: Past, workers: &[Worker], open: &[Open], days: &[AheadDay]) -> Forecast {
    let lines = Lines::new(past, workers, open);
    let steps = advice::steps(&lines);
    let mut after = lines.clone();
    for step in &steps {
        after.take(*step);
    }
    let counts = lines.late();
    let count = |wanted: fn(&Open) -> bool| number(open.iter().filter(|round| wanted(round)).count());
    Forecast {
        team: (past.completed >= LEAST && past.open_minutes > 0)
            .then_some(Rate { completed: past.completed, open_minutes: past.open_minutes }),
        days: due(past, open, days),
        overdue: count(|round| round.limit == Limit::Overdue),
        later: number(open.iter().filter(|round| is_later(round, days)).count()),
        awaiting_calendar: count(|round| round.limit == Limit::Unknown),
        officers: lines
            .piles
            .iter()
            .zip(&counts.piles)
            .filter(|(pile, _)| pile.worker.may_take || !pile.requests.is_empty())
            .map(|(pile, late)| Officer {
                id: pile.worker.id,
                completed: pile.worker.completed,
                in_hand: number(pile.requests.len()),
                late: late.iter().sum(),
                basis: pile.basis,
                rate: pile.rate,
                may_take: pile.worker.may_take,
            })
            .collect(),
        late: late(&lines),
        moves: moves(&lines, &after, &steps),
        late_after: after.late().total(),
        not_assessed: lines.not_assessed(),
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn is_later(round: &Open, days: &[AheadDay]) -> bool {
    match (round.limit, days.last()) {
        (Limit::Until { due_on, .. }, Some(last)) => due_on > last.day,
        (Limit::Until { .. }, None) => true,
        (Limit::Overdue | Limit::Unknown, _) => false,
    }
}

/// The load of each day; what is due on a day off counts for the business day after it.
fn due(past: Past, open: &[Open], days: &[AheadDay]) -> Vec<Day> {
    let rate = Rate { completed: past.completed, open_minutes: past.open_minutes };
    let team = Some(rate).filter(|_| past.completed >= LEAST && past.open_minutes > 0);
    let (mut minutes, mut load, mut before) = (0, 0, NaiveDate::MIN);
    let mut lines = Vec::with_capacity(days.len());
    for ahead in days {
        let mine = open.iter().filter(|round| match round.limit {
            Limit::Until { due_on, .. } => due_on > before && due_on <= ahead.day,
            Limit::Overdue | Limit::Unknown => false,
        });
        let (drafted, others): (Vec<&Open>, Vec<&Open>) = mine.partition(|round| round.work == Work::Drafted);
        let carried = open
            .iter()
            .filter(|round| lines.is_empty() && round.limit == Limit::Overdue && round.work != Work::Drafted);
        let (drafted, others, carried) =
            (number(drafted.len()), number(others.len()), number(carried.count()));
        let to_do = others + carried;
        minutes += ahead.open_minutes;
        load += to_do;
        let can_do = team.map(|rate| rate.within(ahead.open_minutes));
        lines.push(Day {
            day: ahead.day,
            open_minutes: ahead.open_minutes,
            due: others + drafted,
            drafted,
            carried,
            to_do,
            can_do,
            spare: can_do.map(|can_do| signed(can_do) - signed(to_do)),
            spare_so_far: team.map(|rate| signed(rate.within(minutes)) - signed(load)),
        });
        before = ahead.day;
    }
    lines
}

fn late(lines: &Lines) -> Vec<Late> {
    let mut found: Vec<(RoundId, Late)> = Vec::new();
    for pile in &lines.piles {
        let Some(able) = &pile.able else { continue };
        for (line, position) in pile.requests.iter().zip(1..) {
            let Some((class, due_on, open_minutes)) = lines.limit(line) else { continue };
            if position > able[class] {
                let late = Late {
                    request: line.request,
                    officer: Some(pile.worker.id),
                    due_on,
                    open_minutes,
                    position,
                    can_do: able[class],
                    team: None,
                };
                found.push((line.round, late));
            }
        }
    }
    if lines.spares_are_known() {
        for (line, position) in lines.waiting.iter().zip(1..) {
            let Some((class, due_on, open_minutes)) = lines.limit(line) else { continue };
            let team = lines.team(class);
            let can_do = team.can_do - team.held;
            if position > can_do {
                let (request, team) = (line.request, Some(team));
                let late = Late { request, officer: None, due_on, open_minutes, position, can_do, team };
                found.push((line.round, late));
            }
        }
    }
    found.sort_by_key(|(round, late)| (late.due_on, *round));
    found.into_iter().map(|(_, late)| late).collect()
}

/// The last of each pile and day are the ones that move: they are those that are late.
fn moves(lines: &Lines, after: &Lines, steps: &[advice::Step]) -> Vec<Move> {
    let mut moves: Vec<(RoundId, Move)> = Vec::with_capacity(steps.len());
    let mut steps = steps.to_vec();
    steps.sort_unstable();
    for same in steps.chunk_by(|one, other| (one.from, one.class) == (other.from, other.class)) {
        let (Some(first), Some(pile)) = (same.first(), lines.piles.get(same[0].from)) else { continue };
        let in_class: Vec<(u64, &Line)> =
            (1..).zip(&pile.requests).filter(|(_, line)| line.class == Some(first.class)).collect();
        let last = &in_class[in_class.len().saturating_sub(same.len())..];
        for (step, (position, line)) in same.iter().zip(last) {
            let Some((class, due_on, open_minutes)) = lines.limit(line) else { continue };
            let able = |pile: &lines::Pile| pile.able.as_ref().map_or(0, |able| able[class]);
            let to = &after.piles[step.to];
            let proposal = Move {
                request: line.request,
                from: pile.worker.id,
                to: to.worker.id,
                due_on,
                open_minutes,
                position: *position,
                from_can_do: able(pile),
                to_can_do: able(to),
                to_holds: to.held[..=class].iter().sum(),
            };
            moves.push((line.round, proposal));
        }
    }
    moves.sort_by_key(|(round, proposal)| (proposal.due_on, *round));
    moves.into_iter().map(|(_, proposal)| proposal).collect()
}
