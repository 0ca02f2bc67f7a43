//! `make bench`, the calendar: two million due dates of invented offices, each held against the slow and obvious
//! calculation. Needs no database. `BENCH_SCALE` (1) multiplies the count.

use std::time::{Duration, Instant};

use aktivasi::domain::working_days::{
    Blocks, Calendar, DayOff, DayOffKind, Due, DueError, SpecialHours, Weekdays, due,
};
use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};

#[path = "../../src/domain/working_days/invented.rs"]
#[expect(clippy::unwrap_used, reason = "shared with tests: what it invents exists")]
mod invented;
#[path = "../../src/domain/working_days/oracle.rs"]
#[expect(clippy::unwrap_used, dead_code, reason = "shared with tests, which count minutes too")]
mod oracle;

const CASES: f64 = 2_000_000.0;
const AT_ONE_OFFICE: usize = 200;

fn main() -> Result<()> {
    // `cargo test --all-targets` runs benchmarks without this argument: nothing to measure then.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let scale = setting("BENCH_SCALE");
    let mut left = CASES * scale.map_or(Ok(1.0), |text| text.parse::<f64>()).context("BENCH_SCALE")?;
    // Always the same offices and moments.
    let mut runner = TestRunner::deterministic();
    let moments = proptest::collection::vec((invented::instant(), 0_u16..12), AT_ONE_OFFICE);
    let (mut cases, mut unknown, mut differences) = (0_u32, 0_u32, 0_u32);
    let (mut fast, mut slow) = (Duration::ZERO, Duration::ZERO);
    while left > 0.0 {
        let (facts, calendar) = drawn(&mut runner, &invented::office())?;
        let moments: Vec<(DateTime<Utc>, u16)> = drawn(&mut runner, &moments)?;
        let begun = Instant::now();
        let dues: Vec<Result<Due, DueError>> =
            moments.iter().map(|(at, days)| due(&calendar, *at, *days)).collect();
        fast += begun.elapsed();
        let begun = Instant::now();
        let business = facts.business_days();
        for ((at, days), due) in moments.iter().zip(&dues) {
            let answer = facts.answer(&business, *at, usize::from(*days));
            let agrees = match (due, answer) {
                (Ok(due), Some(answer)) => {
                    (due.day_zero, due.due_on, due.due_at) == (answer.day_zero, answer.due_on, answer.due_at)
                }
                (Err(DueError::YearUnknown(_)), None) => {
                    unknown += 1;
                    true
                }
                _ => false,
            };
            differences += u32::from(!agrees);
            cases += 1;
            left -= 1.0;
        }
        slow += begun.elapsed();
    }
    let rate = |time: Duration| f64::from(cases) / time.as_secs_f64();
    println!(
        "due dates: {cases} cases, {unknown} of them in years without a calendar; {differences} differences"
    );
    println!(
        "due dates: {:.0} a second with their derivations, {:.0} by the slow calculation",
        rate(fast),
        rate(slow)
    );
    ensure!(differences == 0, "the two calculations differ");
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "no setting of the program, but of this measurement")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

fn drawn<S: Strategy>(runner: &mut TestRunner, strategy: &S) -> Result<S::Value> {
    let tree = strategy.new_tree(runner).map_err(|reason| anyhow::anyhow!("{reason}"))?;
    Ok(tree.current())
}
