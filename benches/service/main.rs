//! `make bench`: the real program before a database of its own, filled with invented PKP.
//!
//! What one intake costs, beside what pgbench needs for the same statements, taken from the log of the server in the
//! same run; how quickly the queue page answers beside ten times as many requests; how much memory the program holds.
//! Ratios can be compared between machines, rates cannot. A missed aim is printed and is no failure.
//!
//! `BENCH_SCALE` (1) multiplies every count: 0.1 for a quick look. `BENCH_ONLY` (`intake`, `queue`, `memory`) measures
//! one part.
#![expect(clippy::cast_precision_loss, reason = "figures for people: counts stay far below 2^52")]

mod intake;
mod load;
mod memory;
mod pgbench;
mod queue;
mod relay;
mod report;
mod script;
mod service;
mod statement_log;
mod usage;
mod world;

use anyhow::{Context, Result};

use crate::world::World;

fn main() -> Result<()> {
    // `cargo test --all-targets` runs benchmarks without this argument: nothing to measure then.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
}

async fn run() -> Result<()> {
    let scale: f64 = setting("BENCH_SCALE").map_or(Ok(1.0), |text| text.parse()).context("BENCH_SCALE")?;
    let mut world = World::create(scale).await?;
    let measured = measure(&mut world).await;
    world.remove().await?;
    measured
}

async fn measure(world: &mut World) -> Result<()> {
    let only = setting("BENCH_ONLY");
    let wanted = |part: &str| only.as_deref().is_none_or(|only| only == part);
    world.fill().await?;
    if wanted("intake") {
        let script = intake::capture(world).await?;
        let runs = intake::measure(world, &script).await?;
        report::intakes(world, &script, &runs);
    }
    if wanted("queue") {
        report::queue(&queue::measure(world).await?);
    }
    if wanted("memory") {
        report::memory(&memory::measure(world).await?);
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark has no settings file; scripts/bench sets these")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Progress, for whoever waits.
fn say(text: &str) {
    eprintln!("  {text}");
}
