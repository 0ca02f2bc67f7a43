//! `make bench`, the board: the figures of one office, one Kanwil and the country over two million requests of ten years,
//! as the runtime role against a durable PostgreSQL; beside them 20,000 of one month, of which as many are open, so that
//! only the past differs, and 20,000 of ten years, of which hardly any is. Then all of the two million as files.
//!
//! `BENCH_SCALE` (1) multiplies the larger count.

mod files;

use std::{sync::Arc, time::Instant};

use aktivasi::{
    app::{
        Office,
        figures::fold_figures,
        office::Rules,
        views::{
            behind_figure::{Measure, Running, Wanted, behind_figure},
            board::board,
        },
    },
    clock::{Clock, SystemClock},
    demo::load::{Plan, load},
    domain::{figures::Days, ids::SessionId},
    letters::Templates,
    settings::Settings,
    store::MIGRATOR,
    vault::Vault,
};
use anyhow::{Context, Result, ensure};
use sqlx::{
    AssertSqlSafe, Executor, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use uuid::Uuid;

const SMALL: u32 = 20_000;
const LARGE: f64 = 2_000_000.0;
const DECADE: u32 = 3_650;
/// In so many days 20,000 come when two million come in ten years, more in the last of them than in the first.
const MONTH: u32 = 31;
const ROUNDS: usize = 300;
const AIM_P99_MS: f64 = 100.0;
const AIM_RATIO: f64 = 1.3;
/// Who looks: one office, one Kanwil, the country.
const LOOKS: [&str; 3] = ["office", "kanwil", "national"];

fn main() -> Result<()> {
    // `cargo test --all-targets` runs benchmarks without this argument: nothing to measure then.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    tokio::runtime::Runtime::new()?.block_on(measure())
}

async fn measure() -> Result<()> {
    let scale: f64 = setting("BENCH_SCALE").map_or(Ok(1.0), |text| text.parse()).context("BENCH_SCALE")?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of requests")]
    let large = (LARGE * scale) as u32;
    // All are there before the first look, and are looked at in turn: what else goes on on the machine disturbs them alike.
    let mut past = Vec::new();
    for (requests, days) in [(SMALL, MONTH), (SMALL, DECADE), (large, DECADE)] {
        past.push(Past::load(requests, days).await?);
    }
    println!(
        "\nfigures of the board, {ROUNDS} looks each; aims: p99 below {AIM_P99_MS:.0} ms, median at most {AIM_RATIO} times that of {SMALL} of a month"
    );
    println!(
        "{:<10} {:>9} {:>7} {:>7} {:>8} {:>8} {:>7}",
        "scope", "requests", "days", "open", "p50 ms", "p99 ms", "times"
    );
    for look in LOOKS {
        let measured = looks(&past, look).await?;
        for (past, one) in past.iter().zip(&measured) {
            let ratio = one.median / measured[0].median;
            println!(
                "{look:<10} {:>9} {:>7} {:>7} {:>8.2} {:>8.2} {ratio:>7.2}  {}",
                past.requests,
                past.days,
                one.open,
                one.median,
                one.p99,
                if past.requests == large { verdict(one.p99 < AIM_P99_MS && ratio <= AIM_RATIO) } else { "" }
            );
        }
    }
    if let Some(many) = past.last() {
        let rows = sqlx::query_scalar("select count(*) from rounds").fetch_one(&many.owner).await?;
        let nation =
            "select session_id from sessions join staff using (staff_id) where username = 'ukur.national'";
        let session = SessionId(sqlx::query_scalar(nation).fetch_one(&many.owner).await?);
        files::files(&many.office, session, rows).await?;
    }
    for past in past {
        past.drop().await?;
    }
    Ok(())
}

fn verdict(reached: bool) -> &'static str {
    if reached { "ok" } else { "MISSED" }
}

struct Measured {
    median: f64,
    p99: f64,
    /// Requests that are open.
    open: i64,
}

impl Measured {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a short list"
    )]
    fn of(mut times: Vec<f64>, open: i64) -> Self {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() as f64 * share) as usize).min(times.len() - 1)];
        Self { median: at(0.5), p99: at(0.99), open }
    }
}

/// A database with so many requests of so many days.
struct Past {
    requests: u32,
    days: u32,
    name: String,
    admin: PgPool,
    owner: PgPool,
    office: Office,
}

impl Past {
    async fn load(requests: u32, days: u32) -> Result<Self> {
        let server: PgConnectOptions = setting("AKTIVASI_TEST_DATABASE_URL")
            .context("AKTIVASI_TEST_DATABASE_URL is not set: use make bench")?
            .parse()?;
        let name = format!("aktivasi_board_{}_{requests}_{days}", std::process::id());
        let admin = PgPool::connect_with(server.clone()).await?;
        admin.execute(AssertSqlSafe(format!("create database {name}"))).await?;
        let owner = PgPool::connect_with(server.clone().database(&name)).await?;
        MIGRATOR.run(&owner).await?;
        offices(&owner).await?;
        let begun = Instant::now();
        let rounds = load(&owner, Plan { requests, days, now: SystemClock.now() }).await?;
        println!(
            "{requests} requests of {days} days, {rounds} rounds: loaded in {:.0} s",
            begun.elapsed().as_secs_f64()
        );
        owner.execute("vacuum analyze").await?;
        let app = PgPoolOptions::new()
            .max_connections(2)
            .after_connect(|conn, _| {
                Box::pin(async move { conn.execute("set role aktivasi_app").await.map(|_| ()) })
            })
            .connect_with(server.database(&name))
            .await?;
        let office = office(app)?;
        fold_figures(&office).await?;
        Ok(Self { requests, days, name, admin, owner, office })
    }

    async fn drop(self) -> Result<()> {
        self.admin.execute(AssertSqlSafe(format!("drop database {} with (force)", self.name))).await?;
        Ok(())
    }
}

/// The offices of the country, as they are imported.
async fn offices(pool: &PgPool) -> Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/offices.csv");
    let mut rows = csv::Reader::from_path(path)?;
    let headers = rows.headers()?.clone();
    let mut count = 0;
    for row in rows.records() {
        let row = row?;
        let of = |name: &str| {
            headers.iter().position(|header| header == name).and_then(|at| row.get(at)).unwrap_or("")
        };
        sqlx::query(
            "insert into offices (office_code, name, kanwil, city, province, time_zone, kind, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, now()) on conflict do nothing",
        )
        .bind(of("code"))
        .bind(of("name"))
        .bind(of("kanwil"))
        .bind(of("city"))
        .bind(of("province"))
        .bind(of("time_zone"))
        .bind(of("kind"))
        .execute(pool)
        .await?;
        count += 1;
    }
    ensure!(count > 300, "only {count} offices");
    Ok(())
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

/// A supervisor of the scope, who has just signed in; of the office and Kanwil with most open requests.
async fn session(pool: &PgPool, scope: &str) -> Result<SessionId> {
    let (staff, session) = (Uuid::now_v7(), Uuid::now_v7());
    sqlx::query(
        "insert into staff (staff_id, username, name, nip, office_code, kanwil, password_hash, created_at)
         select $1, 'ukur.' || $2, 'Ukur', lpad(length($2)::text, 18, '8'), case when $2 = 'office' then office_code end, kanwil, '', now()
         from offices join requests using (office_code) group by office_code order by count(*) desc limit 1",
    )
    .bind(staff)
    .bind(scope)
    .execute(pool)
    .await?;
    sqlx::query("insert into staff_roles (staff_id, role, scope) values ($1, 'supervisor', $2)")
        .bind(staff)
        .bind(scope)
        .execute(pool)
        .await?;
    sqlx::query(
        "insert into sessions (session_id, staff_id, refresh_hash, created_at, last_seen_at, expires_at)
         values ($1, $2, '', now(), now(), now() + interval '1 day')",
    )
    .bind(session)
    .bind(staff)
    .execute(pool)
    .await?;
    Ok(SessionId(session))
}

async fn looks(all: &[Past], scope: &str) -> Result<Vec<Measured>> {
    let mut sessions = Vec::new();
    for past in all {
        sessions.push(session(&past.owner, scope).await?);
    }
    let mut times = vec![Vec::with_capacity(ROUNDS); all.len()];
    let mut open = vec![0; all.len()];
    for look in 0..ROUNDS + 20 {
        for (at, (past, session)) in all.iter().zip(&sessions).enumerate() {
            let begun = Instant::now();
            let figures = board(&past.office, *session, None).await?;
            let took = begun.elapsed().as_secs_f64() * 1_000.0;
            open[at] = figures.open.total;
            if look == 0 {
                let this = figures.this_month;
                counts_the_same(&past.office, *session, this.days, this.counted.ended()).await?;
            }
            if look >= 20 {
                times[at].push(took);
            }
        }
    }
    Ok(times.into_iter().zip(open).map(|(times, open)| Measured::of(times, open)).collect())
}

/// What the summaries say is what the rounds say.
async fn counts_the_same(office: &Office, session: SessionId, days: Days, figure: i64) -> Result<()> {
    let wanted = Wanted {
        measure: Measure::Ended,
        days,
        office: None,
        kind: None,
        item: None,
        running: Running::default(),
    };
    let behind = behind_figure(office, session, &wanted, None, 1).await?;
    ensure!(behind.total == figure, "the figure is {figure}, its rounds are {}", behind.total);
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark has no settings file; scripts/bench sets these")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
