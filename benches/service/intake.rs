//! The runs: the service and pgbench in turn, so that both meet the same machine.

use std::{ops::Range, time::Duration};

use anyhow::{Result, ensure};

use crate::{
    load::{self, Prepared},
    pgbench, say,
    script::Script,
    service::{Jobs, Service},
    statement_log, usage,
    world::{Spread, World, filing},
};

/// Requests of each connection before the counting begins: connections to the database are open and their statements
/// are prepared then.
const WARM: u32 = 6;
/// Connections, and requests at scale 1.
const RUNS: [(u32, f64); 3] = [(1, 1_500.0), (8, 5_600.0), (32, 8_000.0)];

/// What one side did in one run.
pub struct Side {
    pub rate: f64,
    /// CPU time of PostgreSQL per request.
    pub postgres: Duration,
}

pub struct Run {
    pub spread: Spread,
    pub connections: u32,
    pub requests: u32,
    pub service: Side,
    pub service_cpu: Duration,
    pub median: Duration,
    pub p99: Duration,
    pub pgbench: Side,
}

impl Run {
    pub fn ratio(&self) -> f64 {
        self.service.rate / self.pgbench.rate
    }
}

/// The statements of one intake, as the log of the server has them.
pub async fn capture(world: &mut World) -> Result<Script> {
    say("capturing the statements of one intake");
    // The first requests prepare; the last one shows what all others do.
    let rows = world.take(Spread::AllOffices, 4)?;
    let shown = rows.end - 1;
    let log = statement_log::begin(world).await?;
    let service = Service::start(world, Jobs::Wait)?;
    load::send(service.address, lists(rows, Spread::AllOffices, 1), 0, || Ok(())).await?;
    service.stop()?;
    let statements = log.end(world).await?;
    Script::of(world, &statements, shown).await
}

pub async fn measure(world: &mut World, script: &Script) -> Result<Vec<Run>> {
    let service = Service::start(world, Jobs::Wait)?;
    let backend: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&world.pool).await?;
    let postmaster = usage::parent(u32::try_from(backend)?)?;
    let mut runs = Vec::new();
    for spread in [Spread::AllOffices, Spread::OneOffice] {
        for (connections, requests) in RUNS {
            let each = (world.count(requests) / connections).max(8);
            say(&format!("{connections} connections, {} requests, {spread:?}", each * connections));
            runs.push(one_run(world, script, &service, postmaster, spread, connections, each).await?);
        }
    }
    service.stop()?;
    Ok(runs)
}

async fn one_run(
    world: &mut World,
    script: &Script,
    service: &Service,
    postmaster: u32,
    spread: Spread,
    connections: u32,
    each: u32,
) -> Result<Run> {
    let requests = each * connections;
    world.run("checkpoint").await?;
    let rows = world.take(spread, requests + WARM * connections)?;
    let (mut cpu, mut postgres) = (Duration::ZERO, Duration::ZERO);
    let taken = load::send(service.address, lists(rows, spread, connections), WARM as usize, || {
        cpu = usage::of_process(service.pid())?;
        postgres = usage::of_postgres(postmaster)?;
        Ok(())
    })
    .await?;
    let service_cpu = usage::of_process(service.pid())?.saturating_sub(cpu);
    let service_postgres = usage::of_postgres(postmaster)?.saturating_sub(postgres);

    world.run("checkpoint").await?;
    let rows = world.take(spread, requests)?;
    let before = world.requests().await?;
    let postgres = usage::of_postgres(postmaster)?;
    let rate = pgbench::run(world, script, spread, rows.start, connections, each).await?;
    pgbench::wait_until_gone(world).await?;
    let pgbench_postgres = usage::of_postgres(postmaster)?.saturating_sub(postgres);
    let made = world.requests().await? - before;
    ensure!(made == i64::from(requests), "pgbench made {made} requests, not {requests}");

    Ok(Run {
        spread,
        connections,
        requests,
        service: Side {
            rate: f64::from(requests) / taken.whole.as_secs_f64(),
            postgres: service_postgres / requests,
        },
        service_cpu: service_cpu / requests,
        median: taken.each[taken.each.len() / 2],
        p99: taken.each[taken.each.len() * 99 / 100],
        pgbench: Side { rate, postgres: pgbench_postgres / requests },
    })
}

/// The requests of these rows, dealt out to connections.
pub fn lists(rows: Range<u32>, spread: Spread, connections: u32) -> Vec<Vec<Prepared>> {
    let list = |connection: u32| {
        rows.clone().skip(connection as usize).step_by(connections as usize).map(|n| {
            let filing = filing(n, spread);
            let bearer = format!("Bearer {}", filing.token);
            let headers = [("authorization", bearer.as_str()), ("idempotency-key", filing.key.as_str())];
            Prepared::post("/api/v1/requests", &headers, &filing.body, 201)
        })
    };
    (0..connections).map(|connection| list(connection).collect()).collect()
}
