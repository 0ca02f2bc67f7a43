//! Rules that hold for every office, tried on invented ones; and small offices counted by hand.

use chrono::Days;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const FIRST: NaiveDate = NaiveDate::from_ymd_opt(2026, 7, 13).unwrap();

fn staff(n: u128) -> StaffId {
    StaffId(Uuid::from_u128(n))
}

fn on(day: u64) -> NaiveDate {
    FIRST + Days::new(day)
}

/// Seven hours a day, the first one half gone.
fn until(day: u64) -> Limit {
    Limit::Until { due_on: on(day), open_minutes: 210 + day * 420 }
}

fn round(n: u128, work: Work, limit: Limit) -> Open {
    Open { request: RequestId(Uuid::from_u128(n)), round: RoundId(Uuid::from_u128(n)), work, limit }
}

fn ahead() -> Vec<AheadDay> {
    (0..4).map(|day| AheadDay { day: on(day), open_minutes: if day == 0 { 210 } else { 420 } }).collect()
}

#[derive(Debug, Clone)]
struct Office {
    past: Past,
    workers: Vec<Worker>,
    open: Vec<Open>,
}

impl Office {
    fn forecast(&self) -> Forecast {
        forecast(self.past, &self.workers, &self.open, &ahead())
    }

    /// The office after its supervisor accepted these moves.
    fn after(&self, moves: &[Move]) -> Self {
        let mut office = self.clone();
        for proposal in moves {
            let round = office.open.iter_mut().find(|round| round.request == proposal.request).unwrap();
            assert_eq!(round.work, Work::InHand(proposal.from));
            round.work = Work::InHand(proposal.to);
        }
        office
    }

    fn late(&self) -> Vec<RequestId> {
        let mut late: Vec<RequestId> = self.forecast().late.iter().map(|late| late.request).collect();
        late.sort_unstable();
        late
    }
}

fn office() -> impl Strategy<Value = Office> {
    let workers =
        prop::collection::vec((0u64..60, prop::bool::weighted(0.85), prop::bool::weighted(0.15)), 0..6);
    let work = prop_oneof![2 => Just(None), 6 => (0u128..6).prop_map(Some), 1 => Just(Some(99))];
    let limit =
        prop_oneof![1 => Just(Limit::Overdue), 8 => (0u64..5).prop_map(until), 1 => Just(Limit::Unknown)];
    let open = prop::collection::vec((work, limit), 0..60);
    (workers, open, prop_oneof![Just(0u64), 600u64..9_000], 0u64..9).prop_map(
        |(workers, open, open_minutes, others)| {
            let workers: Vec<Worker> = (0u128..)
                .zip(workers)
                .map(|(n, (completed, may_take, signs))| Worker { id: staff(n), completed, may_take, signs })
                .collect();
            let open = (0u128..)
                .zip(open)
                .map(|(n, (holder, limit))| {
                    let work = match holder {
                        None => Work::Waiting,
                        Some(99) => Work::Drafted,
                        Some(holder) => Work::InHand(staff(holder)),
                    };
                    round(n, work, limit)
                })
                .collect();
            let completed = workers.iter().map(|worker| worker.completed).sum::<u64>() + others;
            Office { past: Past { completed, open_minutes }, workers, open }
        },
    )
}

/// The slow and obvious way: every request counts who stands before it.
fn counted_again(office: &Office) -> Vec<RequestId> {
    let key = |round: &Open| match round.limit {
        Limit::Overdue => (0, NaiveDate::MIN, round.round),
        Limit::Until { due_on, .. } => (1, due_on, round.round),
        Limit::Unknown => (2, NaiveDate::MAX, round.round),
    };
    let worker = |id: StaffId| office.workers.iter().find(|worker| worker.id == id);
    let rated: Vec<&Worker> =
        office.workers.iter().filter(|worker| worker.completed > 0 && !worker.signs).collect();
    let sum: u64 = rated.iter().map(|worker| worker.completed).sum();
    let average = (sum >= LEAST && office.past.open_minutes > 0)
        .then(|| (sum, office.past.open_minutes * number(rated.len())));
    // How many somebody completes in so much time.
    let able = |id: StaffId, minutes: u64| match worker(id) {
        Some(worker) if worker.may_take => {
            if worker.completed >= LEAST && office.past.open_minutes > 0 {
                Some(worker.completed * minutes / office.past.open_minutes)
            } else {
                average.map(|(completed, all)| completed * minutes / all)
            }
        }
        _ => Some(0),
    };
    let mut late = Vec::new();
    for round in &office.open {
        let Limit::Until { due_on, open_minutes } = round.limit else { continue };
        let before = |work: Work| {
            office.open.iter().filter(|other| other.work == work && key(other) <= key(round)).count() as u64
        };
        let due_by_then = |id: StaffId| {
            let held = office.open.iter().filter(|other| other.work == Work::InHand(id));
            held.filter(|other| match other.limit {
                Limit::Overdue => true,
                Limit::Until { due_on: other, .. } => other <= due_on,
                Limit::Unknown => false,
            })
            .count() as u64
        };
        let is_late = match round.work {
            Work::Drafted => false,
            Work::InHand(id) => able(id, open_minutes).is_some_and(|able| before(round.work) > able),
            Work::Waiting => {
                let spare = office
                    .workers
                    .iter()
                    .filter(|worker| worker.may_take)
                    .filter_map(|worker| Some((worker.id, able(worker.id, open_minutes)?)))
                    .map(|(id, able)| able.saturating_sub(due_by_then(id)))
                    .reduce(|one, other| one + other);
                spare.is_some_and(|spare| before(Work::Waiting) > spare)
            }
        };
        if is_late {
            late.push(round.request);
        }
    }
    late.sort_unstable();
    late
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn the_slow_and_obvious_count_finds_the_same_requests_late(office in office()) {
        prop_assert_eq!(office.late(), counted_again(&office));
        let seen = office.forecast();
        prop_assert_eq!(seen.officers.iter().map(|one| one.late).sum::<u64>(),
            seen.late.iter().filter(|late| late.officer.is_some()).count() as u64);
        prop_assert!(seen.late.iter().all(|late| late.position > late.can_do));
    }

    #[test]
    fn moves_make_fewer_late_and_nothing_late_that_was_not(office in office()) {
        let seen = office.forecast();
        let after = office.after(&seen.moves);
        let (before, then) = (office.late(), after.late());
        prop_assert!(then.iter().all(|late| before.contains(late)));
        prop_assert_eq!(number(then.len()), seen.late_after);
        prop_assert!(before.len() >= then.len() + seen.moves.len().min(1));
        prop_assert!(!then.iter().any(|late| seen.moves.iter().any(|one| one.request == *late)));
    }

    #[test]
    fn without_anything_late_nothing_is_proposed_and_no_move_can_be_left_out(office in office()) {
        let seen = office.forecast();
        if seen.late.is_empty() {
            prop_assert_eq!(&seen.moves, &[]);
        }
        for left_out in 0..seen.moves.len() {
            let mut others = seen.moves.clone();
            others.remove(left_out);
            prop_assert!(number(office.after(&others).late().len()) > seen.late_after);
        }
    }

    #[test]
    fn requests_move_once_from_a_pile_that_breaks_to_who_may_take_them_and_does_not_sign(office in office()) {
        let seen = office.forecast();
        for one in &seen.moves {
            let to = office.workers.iter().find(|worker| worker.id == one.to).unwrap();
            prop_assert!(to.may_take && !to.signs);
            prop_assert!(seen.late.iter().any(|late| late.request == one.request && late.officer == Some(one.from)));
            prop_assert!(!seen.late.iter().any(|late| late.officer == Some(one.to)));
            prop_assert!(one.position > one.from_can_do && one.to_holds <= one.to_can_do);
            prop_assert_eq!(seen.moves.iter().filter(|other| other.request == one.request).count(), 1);
        }
    }

    #[test]
    fn the_order_of_what_is_given_does_not_matter(office in office(), by in 0usize..60) {
        let mut turned = office.clone();
        turned.open.reverse();
        turned.workers.reverse();
        if !turned.open.is_empty() {
            let by = by % turned.open.len();
            turned.open.rotate_left(by);
        }
        prop_assert_eq!(turned.forecast(), office.forecast());
    }

    #[test]
    fn days_add_up_and_what_a_team_can_do_is_its_rate_times_the_hours(office in office()) {
        let seen = office.forecast();
        let due: u64 = seen.days.iter().map(|day| day.due).sum();
        prop_assert_eq!(due + seen.overdue + seen.later + seen.awaiting_calendar, number(office.open.len()));
        prop_assert_eq!(seen.team.is_some(), office.past.completed >= LEAST && office.past.open_minutes > 0);
        let (mut minutes, mut load) = (0, 0);
        for day in &seen.days {
            minutes += day.open_minutes;
            load += day.to_do;
            prop_assert_eq!(day.to_do, day.due - day.drafted + day.carried);
            let Some(can_do) = day.can_do else { continue };
            let made = office.past.completed * day.open_minutes;
            prop_assert!(can_do * office.past.open_minutes <= made && made < (can_do + 1) * office.past.open_minutes);
            prop_assert_eq!(day.spare, Some(signed(can_do) - signed(day.to_do)));
            let so_far = office.past.completed * minutes / office.past.open_minutes;
            prop_assert_eq!(day.spare_so_far, Some(signed(so_far) - signed(load)));
        }
    }

    #[test]
    fn a_draft_is_due_but_never_late_and_changes_nothing_for_the_others(office in office()) {
        let mut without = office.clone();
        without.open.retain(|round| round.work != Work::Drafted);
        prop_assert_eq!(office.late(), without.late());
        prop_assert_eq!(office.forecast().moves, without.forecast().moves);
    }
}

/// 40 opening hours; Ani completed 20 (one in two hours), Budi 40, Cici nothing.
fn small() -> Office {
    let worker = |n, completed| Worker { id: staff(n), completed, may_take: true, signs: false };
    Office {
        past: Past { completed: 60, open_minutes: 2_400 },
        workers: vec![worker(1, 20), worker(2, 40)],
        // Ani has until tomorrow evening 630 minutes: 5 requests, and holds 7.
        open: (1..=7).map(|n| round(n, Work::InHand(staff(1)), until(1))).collect(),
    }
}

#[test]
fn a_small_office_comes_out_as_by_hand() {
    let seen = small().forecast();
    assert_eq!(seen.team, Some(Rate { completed: 60, open_minutes: 2_400 }));
    assert_eq!((seen.days[1].due, seen.days[1].can_do, seen.days[1].spare_so_far), (7, Some(10), Some(8)));
    let late: Vec<(u64, u64)> = seen.late.iter().map(|late| (late.position, late.can_do)).collect();
    assert_eq!(late, [(6, 5), (7, 5)]);
    let moves: Vec<_> = seen.moves.iter().map(|one| (one.request.0.as_u128(), one.from, one.to)).collect();
    assert_eq!(moves, [(6, staff(1), staff(2)), (7, staff(1), staff(2))]);
    assert_eq!((seen.moves[0].to_holds, seen.moves[0].to_can_do, seen.late_after), (2, 10, 0));
}

#[test]
fn nothing_goes_to_who_signs_has_no_decree_or_would_be_late_then() {
    for change in [
        (|office: &mut Office| office.workers[1].signs = true) as fn(&mut Office),
        |office| office.workers[1].may_take = false,
        |office| office.open.extend((8..=17).map(|n| round(n, Work::InHand(staff(2)), until(1)))),
    ] {
        let mut office = small();
        change(&mut office);
        assert_eq!(office.forecast().moves, [], "{office:?}");
    }
}

#[test]
fn somebody_new_is_measured_by_the_average_and_with_too_little_history_nothing_is_said() {
    let mut office = small();
    office.workers[0].completed = 4;
    let ani = office.forecast().officers[0];
    assert_eq!((ani.basis, ani.rate), (Basis::Average, Some(Rate { completed: 44, open_minutes: 4_800 })));

    office.workers[1].completed = 0;
    office.past.completed = 4;
    let seen = office.forecast();
    assert_eq!(seen.officers[0].basis, Basis::Unknown);
    assert_eq!((seen.team, seen.late.len(), seen.moves.len(), seen.not_assessed), (None, 0, 0, 7));
}

#[test]
fn what_a_person_without_decree_holds_is_expected_late_and_goes_to_others() {
    let mut office = small();
    office.workers[0].may_take = false;
    let seen = office.forecast();
    assert_eq!((seen.late.len(), seen.moves.len(), seen.late_after), (7, 7, 0));
    assert_eq!(seen.officers[0].basis, Basis::MayNotWork);
}

#[test]
fn what_nobody_took_is_worked_with_what_the_others_have_to_spare() {
    let mut office = small();
    // Budi completes ten until tomorrow evening; Ani has nothing to spare.
    office.open.extend((20..=31).map(|n| round(n, Work::Waiting, until(1))));
    let seen = office.forecast();
    let waiting: Vec<&Late> = seen.late.iter().filter(|late| late.officer.is_none()).collect();
    assert_eq!(waiting.len(), 2);
    assert_eq!((waiting[0].position, waiting[0].can_do), (11, 10));
    assert_eq!(waiting[0].team, Some(TeamShare { can_do: 15, held: 5 }));
    assert_eq!(seen.moves, [], "Budi has no room left");
}

#[test]
fn two_thousand_open_requests_are_judged_at_once() {
    let workers: Vec<Worker> =
        (0..20).map(|n| Worker { id: staff(n), completed: 100, may_take: true, signs: false }).collect();
    // One half of the officers holds everything.
    let open: Vec<Open> = (0..2_000u64)
        .map(|n| round(u128::from(n), Work::InHand(staff(u128::from(n % 10))), until(n % 5)))
        .collect();
    let office = Office { past: Past { completed: 2_000, open_minutes: 8_400 }, workers, open };
    let seen = office.forecast();
    assert_eq!(seen.moves.len(), MOST_MOVES);
    assert!(number(seen.late.len()) >= seen.late_after + 50);
}
