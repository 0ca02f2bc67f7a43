//! Which requests another officer could take. Each move makes fewer late, none makes anything late that was not, and none
//! can be left out.

use std::cmp::Reverse;

use super::{
    MOST_MOVES,
    lines::{LateCounts, Lines},
};

/// One request of a due date from one pile to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    pub from: usize,
    pub class: usize,
    pub to: usize,
}

/// The step that helps most, again and again; then without those that the others make needless.
pub fn steps(lines: &Lines) -> Vec<Step> {
    let worst = lines.late();
    let may_take = |place: &usize| {
        let pile = &lines.piles[*place];
        pile.worker.may_take && !pile.worker.signs && worst.piles[*place].iter().all(|late| *late == 0)
    };
    let takers: Vec<usize> = (0..lines.piles.len()).filter(may_take).collect();
    let mut lines = lines.clone();
    let mut steps = Vec::new();
    while steps.len() < MOST_MOVES {
        let Some(step) = best(&mut lines, &worst, &takers) else { break };
        lines.take(step);
        steps.push(step);
    }
    without_needless(&mut lines, &worst, steps)
}

fn best(lines: &mut Lines, worst: &LateCounts, takers: &[usize]) -> Option<Step> {
    let now = lines.late();
    let mut best = None;
    for from in 0..lines.piles.len() {
        for class in (0..now.piles[from].len()).filter(|class| now.piles[from][*class] > 0) {
            for &to in takers {
                if !lines.piles[to].has_room(class) {
                    continue;
                }
                let room = lines.piles[to].room(class);
                let step = Step { from, class, to };
                lines.take(step);
                let then = lines.late();
                lines.take_back(step);
                if then.total() < now.total() && then.is_within(worst) {
                    let rank = (then.total(), class, from, Reverse(room), to);
                    if best.is_none_or(|(known, _)| rank < known) {
                        best = Some((rank, step));
                    }
                }
            }
        }
    }
    best.map(|(_, step)| step)
}

fn without_needless(lines: &mut Lines, worst: &LateCounts, mut steps: Vec<Step>) -> Vec<Step> {
    let reached = lines.late().total();
    let mut place = 0;
    while let Some(&step) = steps.get(place) {
        lines.take_back(step);
        let then = lines.late();
        if then.total() <= reached && then.is_within(worst) {
            steps.remove(place);
            place = 0;
        } else {
            lines.take(step);
            place += 1;
        }
    }
    steps
}
