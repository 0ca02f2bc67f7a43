//! pgbench of the same PostgreSQL: the cost of the statements without the service.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use crate::{
    script::Script,
    setting,
    world::{Spread, World},
};

/// Requests per second when each of `clients` runs the script `each` times, from row `first` on.
pub async fn run(
    world: &World,
    script: &Script,
    spread: Spread,
    first: u32,
    clients: u32,
    each: u32,
) -> Result<f64> {
    let file = world.directory.join("intake.sql");
    std::fs::write(&file, script.text(spread))?;
    let program = setting("AKTIVASI_TEST_PG_BINDIR")
        .map_or_else(|| PathBuf::from("pgbench"), |directory| PathBuf::from(directory).join("pgbench"));
    let output = Command::new(&program)
        .args(["--no-vacuum", "--protocol=prepared", "--file"])
        .arg(&file)
        .args([format!("--client={clients}"), format!("--transactions={each}")])
        .args([format!("--define=first={first}"), format!("--define=each={each}"), "--define=k=0".to_owned()])
        .args(["--host", &host(world)])
        .args(["--port", &world.server().get_port().to_string(), "--username=aktivasi_app"])
        .arg(world.database())
        .output()
        .await
        .with_context(|| format!("{} cannot be run", program.display()))?;
    let (told, faults) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "pgbench failed: {faults}");
    let rate = told
        .lines()
        .find_map(|line| line.strip_prefix("tps = "))
        .and_then(|rest| rest.split_whitespace().next())
        .with_context(|| format!("pgbench told no rate: {told}"))?;
    Ok(rate.parse()?)
}

/// The CPU time of a backend is told to its parent when it ends, a moment after pgbench does.
pub async fn wait_until_gone(world: &World) -> Result<()> {
    loop {
        let left: i64 =
            sqlx::query_scalar("select count(*) from pg_stat_activity where application_name = 'pgbench'")
                .fetch_one(&world.pool)
                .await?;
        tokio::time::sleep(Duration::from_millis(50)).await;
        if left == 0 {
            return Ok(());
        }
    }
}

/// The socket's directory, or the host's name.
fn host(world: &World) -> String {
    world.server().get_socket().map_or_else(
        || world.server().get_host().to_owned(),
        |directory| directory.to_string_lossy().into_owned(),
    )
}
