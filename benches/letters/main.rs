//! `make bench`, the letters: how many one thread renders in a CPU second, beside Typst and `WeasyPrint` in the same run, and
//! what memory a long batch takes. Needs no database.
//!
//! `BENCH_SCALE` (1) multiplies time and count. `BENCH_PYTHON` is the Python that has the peers; without it they are left out.

use std::{fs, process::Command, time::Duration};

use aktivasi::letters::{LetterKind, Templates};
use anyhow::{Context, Result, ensure};

const SECONDS: f64 = 5.0;
const BATCH: f64 = 10_000.0;
const AIM: f64 = 600.0;
const AIM_TYPST: f64 = 2.0;
const AIM_WEASYPRINT: f64 = 30.0;
const AIM_BYTES: usize = 40 * 1024;
const PEERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/letters/peers.py");
const LETTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/letters/letter.json");

fn main() -> Result<()> {
    // `cargo test --all-targets` runs benchmarks without this argument: nothing to measure then.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let scale: f64 = setting("BENCH_SCALE").map_or(Ok(1.0), |text| text.parse()).context("BENCH_SCALE")?;
    let templates = Templates::embedded()?;
    let kind = LetterKind::ActivationNotice;
    let bytes = render(&templates, 0)?.len();
    let begun = cpu()?;
    let mut letters = 0_u32;
    let used = loop {
        for _ in 0..20 {
            letters += 1;
            std::hint::black_box(render(&templates, letters)?);
        }
        let used = cpu()?.saturating_sub(begun);
        if used.as_secs_f64() >= SECONDS * scale {
            break used;
        }
    };
    let rate = f64::from(letters) / used.as_secs_f64();
    println!(
        "{kind}: {rate:.0} letters per CPU second on one thread, aim {AIM:.0}: {}",
        verdict(rate >= AIM)
    );
    println!("{kind}: {bytes} bytes, aim below {AIM_BYTES}: {}", verdict(bytes < AIM_BYTES));

    let before = resident()?;
    let mut left = BATCH * scale;
    while left > 0.0 {
        letters += 1;
        left -= 1.0;
        std::hint::black_box(render(&templates, letters)?);
    }
    println!(
        "resident memory: {before:.0} MiB before a batch of {:.0}, {:.0} after",
        BATCH * scale,
        resident()?
    );
    let Some(python) = setting("BENCH_PYTHON") else {
        println!("BENCH_PYTHON is not set: Typst and WeasyPrint were not measured");
        return Ok(());
    };
    peers(&python, rate, SECONDS * scale)
}

/// Each letter has another number and another name, some of them with a character beyond the repertoire of its face.
fn render(templates: &Templates, number: u32) -> Result<Vec<u8>> {
    let mut data = templates.sample(LetterKind::ActivationNotice);
    let name = if number.is_multiple_of(10) { "PT Müller Jaya" } else { "PT Tirtaloka Semburat" };
    for (pointer, value) in [
        ("/surat/nomor", format!("S-{number}/KPP.031/2026")),
        ("/pkp/nama", format!("{name} {number}")),
        ("/kredensial/kode_cetak", format!("K7QM-{:04}-9TRD", number % 10_000)),
    ] {
        *data.pointer_mut(pointer).with_context(|| format!("the sample has no {pointer}"))? = value.into();
    }
    Ok(templates.render(LetterKind::ActivationNotice, &data)?.pdf)
}

fn peers(python: &str, ours: f64, seconds: f64) -> Result<()> {
    let output = Command::new(python).args([PEERS, LETTER, &seconds.to_string()]).output()?;
    ensure!(output.status.success(), "the peers failed: {}", String::from_utf8_lossy(&output.stderr));
    for line in String::from_utf8(output.stdout)?.lines() {
        let mut words = line.split(' ');
        let name = words.next().context("a line without a name")?;
        let rate: f64 = words.next().context("a line without a rate")?.parse()?;
        let bytes = words.next().context("a line without a size")?;
        let aim = if name == "typst" { AIM_TYPST } else { AIM_WEASYPRINT };
        let ratio = ours / rate;
        println!(
            "{name}: {rate:.1} letters per CPU second ({bytes} bytes); ours {ratio:.1} times as many, aim {aim}: {}",
            verdict(ratio >= aim)
        );
    }
    Ok(())
}

/// Time of this process on any core, from the kernel's hundredths of seconds.
fn cpu() -> Result<Duration> {
    let text = fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = text.rsplit_once(')').context("stat has no name")?.1.split_whitespace().collect();
    let ticks = |index: usize| -> Result<u64> { Ok(fields.get(index).context("stat is short")?.parse()?) };
    Ok(Duration::from_millis(10 * (ticks(11)? + ticks(12)?)))
}

fn resident() -> Result<f64> {
    let text = fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS in status")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}

fn verdict(reached: bool) -> &'static str {
    if reached { "ok" } else { "MISSED" }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark has no settings file; scripts/bench sets these")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
