//! Every round of ten years as a file: the memory does not grow with the rows.

use std::{pin::pin, time::Instant};

use aktivasi::{
    app::{
        Office,
        exports::{Format, export_rounds},
        views::behind_figure::{Measure, Running, Wanted},
    },
    domain::{figures::Days, ids::SessionId},
};
use anyhow::{Context, Result};
use futures_util::TryStreamExt;

const AIM_MIB: f64 = 32.0;

/// Takes all of the country in both forms.
#[expect(clippy::cast_precision_loss, reason = "sizes of files")]
pub async fn files(office: &Office, session: SessionId, rows: i64) -> Result<()> {
    println!("\n{rows} rounds as a file; aim: memory grows by less than {AIM_MIB:.0} MiB");
    println!("{:<6} {:>7} {:>9} {:>9} {:>9}", "form", "s", "rows/s", "MiB", "MiB more");
    let (from, until) = ("2000-01-01".parse()?, "2200-12-31".parse()?);
    let days = Days::between(from, until).context("days")?;
    let wanted = Wanted {
        measure: Measure::Arrived,
        days,
        office: None,
        kind: None,
        item: None,
        running: Running::default(),
    };
    for format in [Format::Csv, Format::Xlsx] {
        forget_peak()?;
        let before = peak_memory()?;
        let begun = Instant::now();
        let export = export_rounds(office, session, &wanted, format).await?;
        let mut bytes = pin!(export.bytes);
        let mut size = 0;
        while let Some(piece) = bytes.try_next().await? {
            size += piece.len();
        }
        let (seconds, more) = (begun.elapsed().as_secs_f64(), peak_memory()? - before);
        println!(
            "{:<6} {seconds:>7.1} {:>9.0} {:>9.1} {more:>9.1}  {}",
            format.as_str(),
            rows as f64 / seconds,
            size as f64 / 1_048_576.0,
            if more < AIM_MIB { "ok" } else { "MISSED" }
        );
    }
    Ok(())
}

/// The most memory that this process holds is counted from now on.
fn forget_peak() -> Result<()> {
    Ok(std::fs::write("/proc/self/clear_refs", "5")?)
}

/// The most memory that this process held since, in MiB.
fn peak_memory() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("VmHWM")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib / 1_024.0)
}
