//! `make bench`, answers that must not be told apart: how long a wrong sign-in and a question for a forgotten password take when
//! the number is known and when it is not, asked in turn, with the Argon2 of operation, as the runtime role against a durable
//! PostgreSQL.
//!
//! `BENCH_SCALE` (1) multiplies the rounds.
#![expect(clippy::cast_precision_loss, reason = "figures for people: counts stay far below 2^52")]

use std::{sync::Arc, time::Instant};

use aktivasi::{
    admin::import::{Content, import},
    app::{
        AppError, Office,
        account::{forgot_password::forgot_password, sign_in::sign_in},
        limits::CallerAddress,
        office::Rules,
        passwords::Passwords,
        registry::Consent,
    },
    clock::SystemClock,
    domain::{credential::ActivationCode, email_address::EmailAddress, tax_id::TaxId},
    letters::Templates,
    settings::Settings,
    store::MIGRATOR,
    vault::{Vault, entropy::OsEntropy},
};
use anyhow::{Context, Result, anyhow, bail};
use sqlx::{
    AssertSqlSafe, Executor, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

const ROUNDS: f64 = 400.0;
/// Rounds before anything is measured.
const WARMING: usize = 10;
/// How often one time of each may at most tell which is which; a half is chance.
const AIM_TOLD: f64 = 0.55;
const AIM_RATIO: f64 = 1.05;

const KNOWN: &str = "999991342031000";
const UNKNOWN: &str = "999993892321000";
const CODE: &str = "K7QM-3XWB-9TRD";
const OTHER_CODE: &str = "AAAA-AAAA-AAAA";
const EMAIL: &str = "pajak@example.com";
const OTHER_EMAIL: &str = "lain@example.com";

const REGISTRY: &str = "name,taxpayer_kind,npwp15,npwp16,nik,nitku,office_code,address,city,province,email,pkp_status,evidence_case,\
evidence_number,evidence_date,sppkp_number,sppkp_date,sppkp_office
PT Percobaan,entity,999991342031000,0999991342031000,,,031,Jalan Contoh 1,Jakarta Barat,DKI Jakarta,pajak@example.com,confirmed,b,\
LHV-1/KPP.031/2019,2019-06-11,S-1PKP/KPP.031/2015,2015-09-25,031
";
const PAIRS: &str = "npwp15,activation_code,desktop_code,office_code,letter_number,letter_date,email,state
999991342031000,K7QM-3XWB-9TRD,K7QM-3XWB-9TRD,031,S-1/KPP.031/2016,2016-01-10,pajak@example.com,active
";

fn main() -> Result<()> {
    // `cargo test --all-targets` runs benchmarks without this argument: nothing to measure then.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    tokio::runtime::Runtime::new()?.block_on(measure())
}

async fn measure() -> Result<()> {
    let scale: f64 = setting("BENCH_SCALE").map_or(Ok(1.0), |text| text.parse()).context("BENCH_SCALE")?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of rounds")]
    let rounds = (ROUNDS * scale) as usize;
    let server: PgConnectOptions = setting("AKTIVASI_TEST_DATABASE_URL")
        .context("AKTIVASI_TEST_DATABASE_URL is not set: use make bench")?
        .parse()?;
    let name = format!("aktivasi_alike_{}", std::process::id());
    let admin = PgPool::connect_with(server.clone()).await?;
    admin.execute(AssertSqlSafe(format!("create database {name}"))).await?;
    let pool = PgPool::connect_with(server.clone().database(&name)).await?;
    MIGRATOR.run(&pool).await?;
    let app = PgPoolOptions::new()
        .max_connections(2)
        .connect_with(server.database(&name).options([("role", "aktivasi_app")]))
        .await?;
    let office = office(app.clone())?;
    has_a_pair(&office, &pool).await?;
    let measured = compare(&office, &pool, rounds).await;
    app.close().await;
    pool.close().await;
    admin.execute(AssertSqlSafe(format!("drop database {name} with (force)"))).await?;
    measured
}

/// One PKP with a pair in force and a password that nobody knows.
async fn has_a_pair(office: &Office, pool: &PgPool) -> Result<()> {
    let offices = include_str!("../../data/offices.csv");
    for (content, csv) in
        [(Content::Offices, offices), (Content::Taxpayers, REGISTRY), (Content::Credentials, PAIRS)]
    {
        import(office, content, Consent::Missing, csv.as_bytes(), "bench.csv")
            .await
            .map_err(|error| anyhow!("{error:?}"))?;
    }
    let hash = Passwords::new(settings()?.passwords).hash("RAHASIA-KITA".into(), &OsEntropy).await?;
    pool.execute(sqlx::query("update credentials set password_hash = $1").bind(hash)).await?;
    Ok(())
}

/// A question that is answered as the others of its group are.
#[derive(Debug, Clone, Copy)]
enum Question {
    SignIn(&'static str),
    Forgot(&'static str, &'static str, &'static str),
}

impl Question {
    async fn ask(self, office: &Office) -> Result<()> {
        let nobody = CallerAddress(None);
        match self {
            Self::SignIn(npwp) => {
                let npwp = TaxId::parse(npwp).map_err(|error| anyhow!("{error:?}"))?;
                match sign_in(office, &npwp, "SALAH-SEKALI".into(), nobody).await {
                    Err(AppError::WrongCredentials) => Ok(()),
                    Err(error) => bail!("{error:?}"),
                    Ok(_) => bail!("a wrong password let somebody in"),
                }
            }
            Self::Forgot(npwp, code, email) => {
                let npwp = TaxId::parse(npwp).map_err(|error| anyhow!("{error:?}"))?;
                let code = ActivationCode::parse(code).map_err(|error| anyhow!("{error:?}"))?;
                let email: EmailAddress = email.parse().map_err(|error| anyhow!("{error:?}"))?;
                forgot_password(office, &npwp, &code, &email, nobody)
                    .await
                    .map_err(|error| anyhow!("{error:?}"))
            }
        }
    }
}

async fn compare(office: &Office, pool: &PgPool, rounds: usize) -> Result<()> {
    println!(
        "\n{rounds} times each, in turn; aims: medians within {AIM_RATIO} of the first, told apart by one time in less than {:.0} % of pairs",
        AIM_TOLD * 100.0
    );
    println!("{:<34} {:>8} {:>8} {:>7} {:>7}", "question", "p50 ms", "p90 ms", "times", "told %");
    let groups: [&[(&str, Question)]; 2] = [
        &[
            ("sign-in, unknown number", Question::SignIn(UNKNOWN)),
            ("sign-in, wrong password", Question::SignIn(KNOWN)),
        ],
        &[
            ("forgotten, unknown number", Question::Forgot(UNKNOWN, CODE, EMAIL)),
            ("forgotten, wrong code", Question::Forgot(KNOWN, OTHER_CODE, EMAIL)),
            ("forgotten, wrong address", Question::Forgot(KNOWN, CODE, OTHER_EMAIL)),
            ("forgotten, all right", Question::Forgot(KNOWN, CODE, EMAIL)),
        ],
    ];
    for group in groups {
        let mut times: Vec<Vec<f64>> = vec![Vec::with_capacity(rounds); group.len()];
        for round in 0..rounds + WARMING {
            for turn in 0..group.len() {
                // Each follows each of the others equally often.
                let at = (turn * (1 + round % (group.len() - 1).max(1)) + round) % group.len();
                let Some((_, question)) = group.get(at) else { continue };
                pool.execute("delete from throttles").await?;
                let begun = Instant::now();
                question.ask(office).await?;
                if round >= WARMING {
                    times[at].push(begun.elapsed().as_secs_f64() * 1_000.0);
                }
            }
        }
        tell(group, &mut times);
    }
    Ok(())
}

fn tell(group: &[(&str, Question)], times: &mut [Vec<f64>]) {
    for one in times.iter_mut() {
        one.sort_by(f64::total_cmp);
    }
    let at = |one: &[f64], hundredth: usize| one[(one.len() * hundredth / 100).min(one.len() - 1)];
    let first = &times[0];
    for ((title, _), one) in group.iter().zip(times.iter()) {
        let ratio = at(one, 50) / at(first, 50);
        let told = told_apart(first, one);
        let reached = ratio.max(1.0 / ratio) <= AIM_RATIO && told < AIM_TOLD;
        println!(
            "{title:<34} {:>8.2} {:>8.2} {ratio:>7.3} {:>7.1}  {}",
            at(one, 50),
            at(one, 90),
            told * 100.0,
            if reached { "ok" } else { "MISSED" }
        );
    }
}

/// In how many pairs, one of each, whoever holds the longer for the second is right; or the shorter, where that is better.
fn told_apart(first: &[f64], second: &[f64]) -> f64 {
    let mut longer = 0.0;
    for one in second {
        let below = first.partition_point(|time| time < one);
        let equal = first.partition_point(|time| time <= one) - below;
        longer += below as f64 + equal as f64 / 2.0;
    }
    let share = longer / (first.len() as f64 * second.len() as f64);
    share.max(1.0 - share)
}

/// Those of operation.
fn settings() -> Result<Settings> {
    let environment = [
        ("AKTIVASI__DATABASE__URL", "postgres://unused"),
        ("AKTIVASI__SMTP__FROM_ADDRESS", "kpp@example.test"),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    Ok(Settings::from_layers(None, environment)?)
}

fn office(app: PgPool) -> Result<Office> {
    let rules = Rules::new(&settings()?, "kpp@example.test".parse()?);
    let vault = Arc::new(Vault::ephemeral([7; 32])?);
    Ok(Office::new(app, Arc::new(SystemClock), vault, Arc::new(Templates::embedded()?), rules))
}

#[expect(clippy::disallowed_methods, reason = "a benchmark has no settings file; scripts/bench sets these")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
