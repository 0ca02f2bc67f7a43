//! What a chart shows, said in a headline: the finding, not the variable.

use crate::{
    app::views::board::{AgeFigures, Board, DayFigures},
    domain::indonesian::thousands,
    http::pages::frame::Staff,
};

/// A headline: the key of its words and what they are filled with.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    key: &'static str,
    n: i64,
    of: i64,
}

impl Finding {
    const fn new(key: &'static str, n: i64, of: i64) -> Self {
        Self { key, n, of }
    }

    /// In the language of the visitor.
    pub fn said(&self, staff: &Staff) -> String {
        let write = |n: i64| thousands(u64::try_from(n).unwrap_or_default());
        staff.say(self.key, &[("n", &write(self.n)), ("dari", &write(self.of))])
    }
}

/// Days of the week that just ended, today included.
const WEEK: usize = 7;

/// Whether more comes than goes.
pub fn flow(days: &[DayFigures]) -> Finding {
    let week = &days[days.len().saturating_sub(WEEK)..];
    let (arrived, ended) = week.iter().fold((0, 0), |sum, day| (sum.0 + day.arrived, sum.1 + day.ended));
    match (arrived, ended) {
        (0, 0) => Finding::new("board.flow.nothing", 0, 0),
        _ if arrived > ended => Finding::new("board.flow.grows", arrived, ended),
        _ if arrived < ended => Finding::new("board.flow.shrinks", arrived, ended),
        _ => Finding::new("board.flow.even", arrived, ended),
    }
}

/// Whole per cent, cut off: what is not all is not called all.
#[expect(clippy::cast_possible_truncation, reason = "a share is between 0 and 1")]
pub fn per_cent(share: f64) -> i64 {
    (share * 100.0 + 1e-9).floor() as i64
}

/// How the share of what was in time moved from the same days of the month before.
pub fn on_time(this_month: Option<f64>, last_month: Option<f64>) -> Finding {
    match (this_month.map(per_cent), last_month.map(per_cent)) {
        (None, None) => Finding::new("board.on_time.nothing", 0, 0),
        (None, Some(before)) => Finding::new("board.on_time.not_yet", 0, before),
        (Some(now), None) => Finding::new("board.on_time.first", now, 0),
        (Some(now), Some(before)) if now > before => Finding::new("board.on_time.rises", now, before),
        (Some(now), Some(before)) if now < before => Finding::new("board.on_time.falls", now, before),
        (Some(now), Some(before)) => Finding::new("board.on_time.stays", now, before),
    }
}

/// Days that are a long time for a limit of three business days.
const LONG: i32 = 5;

/// Whether anything is old.
pub fn age(ages: &[AgeFigures]) -> Finding {
    let total = ages.iter().map(|line| line.total).sum();
    let old = ages.iter().filter(|line| line.days >= LONG).map(|line| line.total).sum();
    match (total, old) {
        (0, _) => Finding::new("board.age.nothing", 0, 0),
        (_, 0) => Finding::new("board.age.young", total, i64::from(LONG)),
        _ => Finding::new("board.age.old", old, i64::from(LONG)),
    }
}

/// Who has most in hand, or how much nobody has.
pub fn load(board: &Board) -> Finding {
    let open = &board.open;
    if open.running == 0 {
        Finding::new("board.load.nothing", 0, 0)
    } else if open.by_threshold.overdue > 0 {
        Finding::new("board.load.overdue", open.by_threshold.overdue, open.running)
    } else if open.unclaimed > 0 {
        Finding::new("board.load.unclaimed", open.unclaimed, open.running)
    } else {
        Finding::new("board.load.taken", open.running, open.running)
    }
}

/// Why requests went back.
pub fn returned(board: &Board) -> Finding {
    match board.this_month.counted.returned() {
        0 => Finding::new("board.returned.nothing", 0, 0),
        n => Finding::new("board.returned.some", n, board.this_month.counted.ended()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearly_all_is_not_all() {
        assert_eq!([1.0, 0.999, 0.0, 0.29].map(per_cent), [100, 99, 0, 29]);
    }

    #[test]
    fn a_headline_compares_this_month_with_the_same_days_of_the_last() {
        assert_eq!(on_time(Some(0.91), Some(0.96)), Finding::new("board.on_time.falls", 91, 96));
        assert_eq!(on_time(Some(0.91), None), Finding::new("board.on_time.first", 91, 0));
        assert_eq!(on_time(None, Some(0.96)), Finding::new("board.on_time.not_yet", 0, 96));
        assert_eq!(on_time(None, None), Finding::new("board.on_time.nothing", 0, 0));
    }
}
