//! The piles of an office, and who stands too far back in them.
//!
//! Requests that are due on one day are alike for the arithmetic: a pile is kept as its counts by due date. The first
//! class is what is overdue already, which is worked first and cannot become late any more.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{Basis, LEAST, Limit, Open, Past, Rate, TeamShare, Work, Worker, advice::Step, number};
use crate::domain::ids::{RequestId, RoundId, StaffId};

/// A request in its pile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub request: RequestId,
    pub round: RoundId,
    /// `None`: without a due date, behind all others.
    pub class: Option<usize>,
}

#[derive(Debug, Clone)]
pub struct Pile {
    pub worker: Worker,
    pub basis: Basis,
    pub rate: Option<Rate>,
    /// How many of the pile are completed until each due date. `None`: not known.
    pub able: Option<Vec<u64>>,
    /// How many are due at each.
    pub held: Vec<u64>,
    /// In the order in which they are worked.
    pub requests: Vec<Line>,
}

impl Pile {
    /// How many of this pile are expected late, by due date.
    fn late(&self) -> Vec<u64> {
        match &self.able {
            None => vec![0; self.held.len()],
            Some(able) => behind(&self.held, |class| able[class]),
        }
    }

    /// What is due until a date.
    fn until(&self, class: usize) -> u64 {
        self.held[..=class].iter().sum()
    }

    /// Whether one more of this date, and all that comes after it, is completed in time.
    pub fn has_room(&self, class: usize) -> bool {
        let Some(able) = &self.able else { return false };
        (class..self.held.len()).all(|later| self.until(later) < able[later])
    }

    /// How many more of this date are completed in time.
    pub fn room(&self, class: usize) -> u64 {
        self.able.as_ref().map_or(0, |able| able[class].saturating_sub(self.until(class)))
    }
}

/// Of a pile with these counts, how many stand further back than what is completed until their date.
fn behind(counts: &[u64], able: impl Fn(usize) -> u64) -> Vec<u64> {
    let mut before = 0;
    let mut late = Vec::with_capacity(counts.len());
    for (class, count) in counts.iter().enumerate() {
        let last = before + count;
        late.push(if class == 0 { 0 } else { last.saturating_sub(able(class).max(before)) });
        before = last;
    }
    late
}

/// How many are expected late, by due date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateCounts {
    pub piles: Vec<Vec<u64>>,
    pub waiting: Vec<u64>,
}

impl LateCounts {
    pub fn total(&self) -> u64 {
        self.piles.iter().flatten().chain(&self.waiting).sum()
    }

    /// Nowhere more than there.
    pub fn is_within(&self, other: &Self) -> bool {
        let no_more = |these: &[u64], those: &[u64]| these.iter().zip(those).all(|(one, other)| one <= other);
        self.piles.iter().zip(&other.piles).all(|(these, those)| no_more(these, those))
            && no_more(&self.waiting, &other.waiting)
    }
}

#[derive(Debug, Clone)]
pub struct Lines {
    /// The due dates after the first class, with the opening time until each.
    dates: Vec<(NaiveDate, u64)>,
    /// By the id of the officer.
    pub piles: Vec<Pile>,
    pub waiting: Vec<Line>,
    waits: Vec<u64>,
}

impl Lines {
    pub fn new(past: Past, workers: &[Worker], open: &[Open]) -> Self {
        let dates: BTreeMap<NaiveDate, u64> = open
            .iter()
            .filter_map(|round| match round.limit {
                Limit::Until { due_on, open_minutes } => Some((due_on, open_minutes)),
                Limit::Overdue | Limit::Unknown => None,
            })
            .collect();
        let dates: Vec<(NaiveDate, u64)> = dates.into_iter().collect();
        let class = |limit: Limit| match limit {
            Limit::Overdue => Some(0),
            Limit::Until { due_on, .. } => {
                dates.binary_search_by_key(&due_on, |(date, _)| *date).ok().map(|place| place + 1)
            }
            Limit::Unknown => None,
        };
        let mut rounds: Vec<(Line, Work)> = open
            .iter()
            .map(|round| {
                let class = class(round.limit);
                (Line { request: round.request, round: round.round, class }, round.work)
            })
            .collect();
        rounds.sort_by_key(|(line, _)| (line.class.unwrap_or(usize::MAX), line.round));
        let of = |work: Work| -> Vec<Line> {
            rounds.iter().filter(|(_, of)| *of == work).map(|(line, _)| *line).collect()
        };
        let average = average(past, workers);
        let piles = everybody(workers, open)
            .into_values()
            .map(|worker| {
                let (basis, rate) = rate(worker, past, average);
                let able = match (basis, rate) {
                    (Basis::Unknown, _) => None,
                    (_, None) => Some(vec![0; dates.len() + 1]),
                    (_, Some(rate)) => Some(
                        std::iter::once(0)
                            .chain(dates.iter().map(|(_, minutes)| rate.within(*minutes)))
                            .collect(),
                    ),
                };
                let requests = of(Work::InHand(worker.id));
                Pile { worker, basis, rate, able, held: counts(&requests, dates.len()), requests }
            })
            .collect();
        let waiting = of(Work::Waiting);
        let waits = counts(&waiting, dates.len());
        Self { dates, piles, waiting, waits }
    }

    /// The class of a request that can become late, its due date, and the opening time until then.
    pub fn limit(&self, line: &Line) -> Option<(usize, NaiveDate, u64)> {
        let class = line.class?;
        let (due_on, open_minutes) = *self.dates.get(class.checked_sub(1)?)?;
        Some((class, due_on, open_minutes))
    }

    /// Whether anything can be said about what nobody took.
    pub fn spares_are_known(&self) -> bool {
        self.piles.iter().any(|pile| pile.worker.may_take && pile.able.is_some())
    }

    /// What those who may take requests complete until a date, and how much of that they hold already.
    pub fn team(&self, class: usize) -> TeamShare {
        let mut team = TeamShare { can_do: 0, held: 0 };
        for pile in self.piles.iter().filter(|pile| pile.worker.may_take) {
            if let Some(able) = &pile.able {
                team.can_do += able[class];
                team.held += pile.until(class).min(able[class]);
            }
        }
        team
    }

    pub fn late(&self) -> LateCounts {
        let waiting = if self.spares_are_known() {
            behind(&self.waits, |class| {
                let team = self.team(class);
                team.can_do - team.held
            })
        } else {
            vec![0; self.waits.len()]
        };
        LateCounts { piles: self.piles.iter().map(Pile::late).collect(), waiting }
    }

    /// One request goes to another pile. Only the counts follow.
    pub fn take(&mut self, step: Step) {
        self.piles[step.from].held[step.class] -= 1;
        self.piles[step.to].held[step.class] += 1;
    }

    pub fn take_back(&mut self, step: Step) {
        self.take(Step { from: step.to, to: step.from, class: step.class });
    }

    pub fn not_assessed(&self) -> u64 {
        let unknown = self.piles.iter().filter(|pile| pile.able.is_none());
        let held: u64 = unknown.map(|pile| pile.held.iter().skip(1).sum::<u64>()).sum();
        held + if self.spares_are_known() { 0 } else { self.waits.iter().skip(1).sum() }
    }
}

fn counts(requests: &[Line], dates: usize) -> Vec<u64> {
    let mut counts = vec![0; dates + 1];
    for class in requests.iter().filter_map(|line| line.class) {
        counts[class] += 1;
    }
    counts
}

/// Workers by id; whoever holds something and is not among them may not work here.
fn everybody(workers: &[Worker], open: &[Open]) -> BTreeMap<StaffId, Worker> {
    let mut everybody: BTreeMap<StaffId, Worker> =
        workers.iter().map(|worker| (worker.id, *worker)).collect();
    let holders: BTreeSet<StaffId> = open
        .iter()
        .filter_map(|round| match round.work {
            Work::InHand(id) => Some(id),
            Work::Waiting | Work::Drafted => None,
        })
        .collect();
    for id in holders {
        let stranger = Worker { id, completed: 0, may_take: false, signs: false };
        everybody.entry(id).or_insert(stranger);
    }
    everybody
}

/// Of those who completed something and do not sign. `None`: too little.
fn average(past: Past, workers: &[Worker]) -> Option<Rate> {
    let counted = || workers.iter().filter(|worker| worker.completed > 0 && !worker.signs);
    let completed = counted().map(|worker| worker.completed).sum();
    let open_minutes = past.open_minutes.saturating_mul(number(counted().count()));
    (completed >= LEAST && open_minutes > 0).then_some(Rate { completed, open_minutes })
}

fn rate(worker: Worker, past: Past, average: Option<Rate>) -> (Basis, Option<Rate>) {
    if !worker.may_take {
        return (Basis::MayNotWork, None);
    }
    if worker.completed >= LEAST && past.open_minutes > 0 {
        let own = Rate { completed: worker.completed, open_minutes: past.open_minutes };
        return (Basis::Own, Some(own));
    }
    match average {
        Some(rate) => (Basis::Average, Some(rate)),
        None => (Basis::Unknown, None),
    }
}
