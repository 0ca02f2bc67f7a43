//! `make bench`, the registry: 800,000 invented taxpayers from a CSV file into an empty registry, the same file again, and
//! one in which every tenth row differs; as the runtime role against a durable PostgreSQL, with the memory of this process.
//!
//! `BENCH_SCALE` (1) multiplies the count.
#![expect(clippy::cast_precision_loss, reason = "figures for people: counts stay far below 2^52")]

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use aktivasi::{
    admin::import::{Content, import},
    app::{
        Office,
        office::Rules,
        registry::{Consent, TaxpayersImported, files, import_taxpayers},
    },
    clock::SystemClock,
    letters::Templates,
    settings::Settings,
    store::MIGRATOR,
    vault::Vault,
};
use anyhow::{Context, Result, anyhow, ensure};
use sqlx::{
    AssertSqlSafe, Executor, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

const TAXPAYERS: f64 = 800_000.0;
const AIM_SECONDS: f64 = 60.0;
const AIM_MIB: f64 = 64.0;

fn main() -> Result<()> {
    // `cargo test --all-targets` runs benchmarks without this argument: nothing to measure then.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    tokio::runtime::Runtime::new()?.block_on(measure())
}

async fn measure() -> Result<()> {
    let scale: f64 = setting("BENCH_SCALE").map_or(Ok(1.0), |text| text.parse()).context("BENCH_SCALE")?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of rows")]
    let count = (TAXPAYERS * scale) as u64;
    let server: PgConnectOptions = setting("AKTIVASI_TEST_DATABASE_URL")
        .context("AKTIVASI_TEST_DATABASE_URL is not set: use make bench")?
        .parse()?;
    let name = format!("aktivasi_registry_{}", std::process::id());
    let admin = PgPool::connect_with(server.clone()).await?;
    admin.execute(AssertSqlSafe(format!("create database {name}"))).await?;
    let pool = PgPool::connect_with(server.clone().database(&name)).await?;
    MIGRATOR.run(&pool).await?;
    pool.close().await;
    let app = PgPoolOptions::new()
        .max_connections(2)
        .after_connect(|conn, _| {
            Box::pin(async move { conn.execute("set role aktivasi_app").await.map(|_| ()) })
        })
        .connect_with(server.database(&name))
        .await?;
    let office = office(app.clone())?;
    let offices = File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/data/offices.csv"))?;
    import(&office, Content::Offices, Consent::Missing, offices, "offices.csv")
        .await
        .map_err(|error| anyhow!("{error:?}"))?;
    let measured = runs(&office, count).await;
    app.close().await;
    admin.execute(AssertSqlSafe(format!("drop database {name} with (force)"))).await?;
    measured
}

async fn runs(office: &Office, count: u64) -> Result<()> {
    let (first, second) = (written(count, false)?, written(count, true)?);
    println!(
        "\n{count} taxpayers, file of {:.0} MiB; aims: below {AIM_SECONDS:.0} s for 800,000, memory grows by less than {AIM_MIB:.0} MiB",
        std::fs::metadata(&first)?.len() as f64 / 1_048_576.0
    );
    println!("{:<22} {:>7} {:>9} {:>11} {:>10}", "file", "s", "rows/s", "at 800,000", "MiB more");
    let before = peak_memory()?;
    for (title, file, expected) in [
        ("all new", &first, (count, 0)),
        ("the same again", &first, (0, 0)),
        ("every tenth differs", &second, (0, count.div_ceil(10))),
    ] {
        let begun = Instant::now();
        let done = taken(office, file).await?;
        let seconds = begun.elapsed().as_secs_f64();
        ensure!((done.added, done.changed) == expected, "{title}: {done}");
        let whole = seconds * TAXPAYERS / count as f64;
        let more = peak_memory()? - before;
        println!(
            "{title:<22} {seconds:>7.1} {:>9.0} {whole:>11.1} {more:>10.1}  {}",
            count as f64 / seconds,
            if whole < AIM_SECONDS && more < AIM_MIB { "ok" } else { "MISSED" }
        );
    }
    std::fs::remove_file(first)?;
    std::fs::remove_file(second)?;
    Ok(())
}

async fn taken(office: &Office, file: &Path) -> Result<TaxpayersImported> {
    let rows = files::taxpayers(File::open(file)?);
    import_taxpayers(office, rows, "bench.csv", |_| ()).await.map_err(|error| anyhow!("{error:?}"))
}

/// The file; in a later one every tenth taxpayer has moved.
fn written(count: u64, later: bool) -> Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("aktivasi-registry-{}-{later}.csv", std::process::id()));
    let mut out = BufWriter::new(File::create(&path)?);
    writeln!(
        out,
        "name,taxpayer_kind,npwp15,npwp16,nik,nitku,office_code,address,city,province,email,pkp_status,evidence_case,\
         evidence_number,evidence_date,sppkp_number,sppkp_date,sppkp_office"
    )?;
    // Offices that are in the file of offices.
    for (n, office) in (0..count).zip(["001", "031", "052", "217", "952"].iter().cycle()) {
        let npwp15 = format!("{:09}{office}000", 100_000_000 + n);
        let street = if later && n % 10 == 0 { "Jalan Baru" } else { "Jalan Percobaan Cendana" };
        if n % 5 == 4 {
            let nik = format!("3171{n:012}");
            write!(out, "Wira Contoh {n},person,{npwp15},{nik},{nik},{nik}000000,")?;
        } else {
            write!(out, "PT Percobaan Nusantara {n},entity,{npwp15},0{npwp15},,0{npwp15}000000,")?;
        }
        writeln!(
            out,
            "{office},\"{street} No. {n}, RT 001\",Jakarta Barat,DKI Jakarta,pajak.{n}@example.com,confirmed,b,\
             LHV-{n}/KPP.{office}/2019,2019-06-11,S-{n}PKP/KPP.{office}/2015,2015-09-25,{office}"
        )?;
    }
    out.into_inner().map_err(|error| anyhow!("{error}"))?.sync_all()?;
    Ok(path)
}

/// The most memory that this process held, in MiB.
fn peak_memory() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}

fn office(app: PgPool) -> Result<Office> {
    let environment = [
        ("AKTIVASI__DATABASE__URL", "postgres://unused"),
        ("AKTIVASI__SMTP__FROM_ADDRESS", "kpp@example.test"),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let rules = Rules::new(&Settings::from_layers(None, environment)?, "kpp@example.test".parse()?);
    let vault = Arc::new(Vault::ephemeral([7; 32])?);
    Ok(Office::new(app, Arc::new(SystemClock), vault, Arc::new(Templates::embedded()?), rules))
}

#[expect(clippy::disallowed_methods, reason = "a benchmark has no settings file; scripts/bench sets these")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
