//! One table, ratios and aims first.

use std::{fs, time::Duration};

use crate::{
    intake::Run,
    memory::Memory,
    queue::{self, Run as QueueRun},
    script::Script,
    world::{Spread, World},
};

const AIM_AT_ONE: f64 = 0.8;
const AIM_AT_MOST: f64 = 0.35;
const AIM_RESIDENT_MIB: f64 = 96.0;
const AIM_QUEUE_P99_MS: f64 = 50.0;
const AIM_QUEUE_GROWTH: f64 = 1.3;

pub fn intakes(world: &World, script: &Script, runs: &[Run]) {
    println!(
        "\nPOST /api/v1/requests over HTTP beside pgbench with the same {} statements; {} PKP, 40 offices; {}",
        script.len(),
        world.pkp(),
        machine()
    );
    println!(
        "{:<12} {:>5} {:>6}  {:>6} {:<12} {:>7} {:>8} {:>8} {:>8}   {:>7} {:>9} {:>10}",
        "offices",
        "conns",
        "count",
        "ratio",
        "aim",
        "rate/s",
        "pgbench",
        "p50 ms",
        "p99 ms",
        "service",
        "PostgreSQL",
        "(pgbench)"
    );
    for run in runs {
        println!(
            "{:<12} {:>5} {:>6}  {:>6.2} {:<12} {:>7.0} {:>8.0} {:>8.1} {:>8.1}   {:>7.2} {:>9.2} {:>10.2}",
            offices(run.spread),
            run.connections,
            run.requests,
            run.ratio(),
            aim(run),
            run.service.rate,
            run.pgbench.rate,
            ms(run.median),
            ms(run.p99),
            ms(run.service_cpu),
            ms(run.service.postgres),
            ms(run.pgbench.postgres),
        );
    }
    println!("  the last three columns: CPU ms per request");
    for spread in [Spread::AllOffices, Spread::OneOffice] {
        println!("no cliff, {}: {}", offices(spread), cliff(runs, spread));
    }
}

/// The same page with few requests and with ten times as many, of which equally many are open.
pub fn queue([few, many]: &[QueueRun; 2]) {
    println!(
        "\n/antrean, {} users with a second of thought, {} open requests of one office; {}",
        queue::USERS,
        few.open,
        machine()
    );
    for run in [few, many] {
        println!(
            "{:>8} requests  {:>6} pages  p50 {:>6.1} ms  p99 {:>6.1} ms  service {:.1} CPU ms, PostgreSQL {:.1}",
            run.requests,
            run.pages,
            ms(run.median),
            ms(run.p99),
            ms(run.service_cpu),
            ms(run.postgres_cpu),
        );
    }
    let p99 = ms(many.p99);
    println!("p99 {p99:.1} ms, aim < {AIM_QUEUE_P99_MS:.0}: {}", verdict(p99 < AIM_QUEUE_P99_MS));
    for (what, few, many) in [("p50", few.median, many.median), ("p99", few.p99, many.p99)] {
        let growth = ms(many) / ms(few);
        println!(
            "{what} with ten times as many requests: {growth:.2} times, aim <= {AIM_QUEUE_GROWTH}: {}",
            verdict(growth <= AIM_QUEUE_GROWTH)
        );
    }
}

pub fn memory(memory: &Memory) {
    println!(
        "resident memory: {:.0} MiB at the start, {:.0} after {} intakes, {:.0} after {} sign-ins (peak {:.0}), aim < {AIM_RESIDENT_MIB:.0}: {}",
        memory.at_start_mib,
        memory.after_intakes_mib,
        memory.intakes,
        memory.resident_mib,
        memory.sign_ins,
        memory.peak_mib,
        verdict(memory.resident_mib < AIM_RESIDENT_MIB)
    );
}

fn verdict(reached: bool) -> &'static str {
    if reached { "ok" } else { "MISSED" }
}

fn aim(run: &Run) -> String {
    let least = if run.connections == 1 { AIM_AT_ONE } else { AIM_AT_MOST };
    format!(">={least} {}", verdict(run.ratio() >= least))
}

/// More connections may not bring less: each step keeps nine tenths of the rate before it.
fn cliff(runs: &[Run], spread: Spread) -> &'static str {
    let rates: Vec<f64> =
        runs.iter().filter(|run| run.spread == spread).map(|run| run.service.rate).collect();
    verdict(rates.windows(2).all(|pair| pair[1] >= 0.9 * pair[0]))
}

fn offices(spread: Spread) -> &'static str {
    match spread {
        Spread::AllOffices => "all",
        Spread::OneOffice => "one alone",
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn machine() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown CPU", |rest| rest.trim_start_matches([' ', '\t', ':']));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{cores} cores, {model}")
}
