//! What processes used, from /proc.

use std::{fs, time::Duration};

use anyhow::{Context, Result};

/// The kernel tells user space hundredths of seconds, on every architecture.
const TICKS_PER_SECOND: f64 = 100.0;

struct Stat {
    parent: u32,
    own: u64,
    /// Of children that ended.
    children: u64,
}

fn stat(pid: &str) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: number(11)? + number(12)?,
        children: number(13)? + number(14)?,
    })
}

fn time(ticks: u64) -> Duration {
    Duration::from_secs_f64(ticks as f64 / TICKS_PER_SECOND)
}

/// CPU time of one process with all its threads.
pub fn of_process(pid: u32) -> Result<Duration> {
    Ok(time(stat(&pid.to_string()).context("the process is gone")?.own))
}

/// CPU time of the server and of all its processes, those that ended included.
pub fn of_postgres(postmaster: u32) -> Result<Duration> {
    let server = stat(&postmaster.to_string()).context("PostgreSQL is gone")?;
    let mut ticks = server.own + server.children;
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())) else {
            continue;
        };
        if let Some(stat) = stat(pid).filter(|stat| stat.parent == postmaster) {
            ticks += stat.own + stat.children;
        }
    }
    Ok(time(ticks))
}

/// Which process is the server: the parent of one of its backends.
pub fn parent(pid: u32) -> Result<u32> {
    Ok(stat(&pid.to_string()).context("the backend is gone")?.parent)
}

/// Resident memory of a process, and its greatest ever, in MiB.
pub fn resident(pid: u32) -> Result<(f64, f64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let mib = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key)).context("no such line in status")?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok::<_, anyhow::Error>(kib / 1024.0)
    };
    Ok((mib("VmRSS:")?, mib("VmHWM:")?))
}
