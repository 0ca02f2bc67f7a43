//! The database that everything is measured in: 40 offices, invented PKP, and for each PKP a proven address and two
//! uploads, so that every row number is one request that can be filed.

use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use aktivasi::{app::passwords::Passwords, settings::PasswordSettings, vault::entropy::OsEntropy};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, PgPool, postgres::PgConnectOptions};

use crate::{say, service, setting};

/// All PKP at scale 1.
const PKP: f64 = 100_000.0;
pub const FIRST_OFFICE: u32 = 901;
pub const OFFICES: u32 = 40;
pub const STAFF_NAME: &str = "petugas.ukur";
pub const STAFF_PASSWORD: &str = "kata-sandi-ukur";

/// Where the PKP of a run are registered, and with whom they file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    AllOffices,
    OneOffice,
}

pub struct World {
    scale: f64,
    server: PgConnectOptions,
    name: String,
    /// As superuser: fills, looks, sets.
    pub pool: PgPool,
    /// For keys and logs; gone afterwards.
    pub directory: PathBuf,
    one_office: Range<u32>,
    all_offices: Range<u32>,
}

impl World {
    /// Makes the database, migrated by the program itself.
    pub async fn create(scale: f64) -> Result<Self> {
        let server: PgConnectOptions = setting("AKTIVASI_TEST_DATABASE_URL")
            .context("AKTIVASI_TEST_DATABASE_URL is not set: use make bench")?
            .parse()?;
        let name = format!("aktivasi_bench_{}", std::process::id());
        let admin = PgPool::connect_with(server.clone()).await?;
        admin.execute(AssertSqlSafe(format!("create database {name} owner aktivasi_owner"))).await?;
        let directory = std::env::temp_dir().join(&name);
        std::fs::create_dir(&directory)?;
        let pool = PgPool::connect_with(server.clone().database(&name)).await?;
        admin.close().await;
        let pkp = scaled(PKP, scale);
        let world = Self {
            scale,
            server,
            name,
            pool,
            directory,
            // Two fifths belong to one office, for the runs on that office alone.
            one_office: 0..pkp * 2 / 5,
            all_offices: pkp * 2 / 5..pkp,
        };
        service::command(&world, &["migrate", "--database-url", &world.url("aktivasi_owner")])?;
        service::command(&world, &["key", "init", &world.keys().to_string_lossy()])?;
        Ok(world)
    }

    pub async fn remove(self) -> Result<()> {
        self.pool.close().await;
        let admin = PgPool::connect_with(self.server.clone()).await?;
        admin.execute(AssertSqlSafe(format!("drop database {} with (force)", self.name))).await?;
        std::fs::remove_dir_all(&self.directory)?;
        Ok(())
    }

    pub fn url(&self, role: &str) -> String {
        self.server.clone().username(role).database(&self.name).to_url_lossy().to_string()
    }

    pub fn database(&self) -> &str {
        &self.name
    }

    pub fn server(&self) -> &PgConnectOptions {
        &self.server
    }

    pub fn keys(&self) -> PathBuf {
        self.directory.join("keys.toml")
    }

    pub fn count(&self, at_full_scale: f64) -> u32 {
        scaled(at_full_scale, self.scale)
    }

    pub fn pkp(&self) -> u32 {
        scaled(PKP, self.scale)
    }

    /// Rows that no run has used.
    pub fn take(&mut self, spread: Spread, count: u32) -> Result<Range<u32>> {
        let free = match spread {
            Spread::AllOffices => &mut self.all_offices,
            Spread::OneOffice => &mut self.one_office,
        };
        ensure!(free.len() >= count as usize, "the runs need more PKP than there are");
        let taken = free.start..free.start + count;
        free.start = taken.end;
        Ok(taken)
    }

    pub async fn fill(&self) -> Result<()> {
        say(&format!("filling: {} PKP over {OFFICES} offices", self.pkp()));
        let holidays = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/holidays-id.csv");
        service::command(self, &["calendar", "import", &holidays.to_string_lossy()])?;
        let settings = PasswordSettings { memory_kib: 19_456, iterations: 2, parallelism: 1 };
        let hash = Passwords::new(settings).hash(STAFF_PASSWORD.into(), &OsEntropy).await?;
        self.run(&format!(
            "insert into offices (office_code, name, kanwil, city, province, time_zone, kind, address, phone, drafting_code, updated_at)
             select ({FIRST_OFFICE} + i)::text, 'KPP Pratama Ukur ' || i, 'Kanwil DJP Ukur', 'Kota ' || i, 'Provinsi Ukur',
                    (array['Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura'])[1 + i % 3], 'pratama', 'Jalan Ukur ' || i,
                    '(021) 555000', 'KPP.' || ({FIRST_OFFICE} + i), now()
             from generate_series(0, {OFFICES} - 1) i"
        ))
        .await?;
        self.run(&format!(
            "insert into staff (staff_id, username, name, nip, office_code, password_hash, created_at)
             values (gen_random_uuid(), '{STAFF_NAME}', 'Petugas Ukur', repeat('9', 18), '{FIRST_OFFICE}', '{hash}', now())"
        ))
        .await?;
        self.run("insert into staff_roles (staff_id, role) select staff_id, 'counter' from staff").await?;
        self.fill_pkp().await?;
        self.run("vacuum analyze").await
    }

    async fn fill_pkp(&self) -> Result<()> {
        let n = "n";
        let rows = format!("from generate_series(0, {} - 1) n", self.pkp());
        let office =
            format!("case when n < {} then '{FIRST_OFFICE}' else {} end", self.pkp() * 2 / 5, sql::office(n));
        let (taxpayer, npwp15, email, name) = (sql::taxpayer(n), sql::npwp15(n), sql::email(n), sql::name(n));
        self.run(&format!(
            "insert into taxpayers (taxpayer_id, canonical, npwp15, npwp16, kind, name, office_code, address, email,
                                    pkp_status, evidence_case, source, updated_at)
             select ({taxpayer})::uuid, '0' || {npwp15}, {npwp15}, '0' || {npwp15}, 'entity', {name}, {office},
                    'Jalan Ukur ' || n, {email}, 'confirmed', 'a1', 'bench', now() {rows}"
        ))
        .await?;
        let (proof, token) = (sql::proof(n), sql::token_hash(n));
        self.run(&format!(
            "insert into email_proofs (proof_id, email, key_id, office_code, created_at, code_expires_at, proven_at,
                                       token_hash, proof_expires_at)
             select ({proof})::uuid, {email}, 'bench', {office}, now(), now(), now(), ({token})::bytea,
                    now() + interval '1 day' {rows}"
        ))
        .await?;
        for (document, kind) in [(sql::letter(n), "application_letter"), (sql::card(n), "identity_card")] {
            self.run(&format!(
                "insert into documents (document_id, proof_id, kind, media_type, file_name, byte_count, chunk_count, sha256,
                                        uploaded_at)
                 select ({document})::uuid, ({proof})::uuid, '{kind}', 'application/pdf', '{kind}.pdf', 180000, 1,
                        sha256(''), now() {rows}"
            ))
            .await?;
        }
        Ok(())
    }

    pub async fn run(&self, sql: &str) -> Result<()> {
        self.pool.execute(AssertSqlSafe(sql.to_owned())).await?;
        Ok(())
    }

    pub async fn requests(&self) -> Result<i64> {
        Ok(sqlx::query_scalar("select count(*) from requests").fetch_one(&self.pool).await?)
    }
}

fn scaled(count: f64, scale: f64) -> u32 {
    // Never so few that a run has nothing to measure.
    let scaled = (count * scale).round().max(64.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 64 and some millions"
    )]
    let count = scaled as u32;
    count
}

/// The request of one row as it is sent.
pub struct Filing {
    pub token: String,
    pub key: String,
    pub body: serde_json::Value,
}

pub fn filing(n: u32, spread: Spread) -> Filing {
    Filing {
        token: value::token(n),
        key: value::key(n),
        body: json!({
            "kind": "new_credentials",
            "office_code": value::office(n, spread),
            "tax_id": value::npwp15(n),
            "pkp_name": value::name(n),
            "pkp_address": "Jalan Ukur Nomor 7, RT 003/RW 003",
            "letter": { "number": "014/UKUR/2026", "place": "Kota Ukur", "date": "2026-01-05" },
            "signer": { "name": "Wisnu Mandalika", "position": "Direktur Utama", "capacity": "pengurus" },
            "email": value::email(n),
            "documents": [value::letter(n), value::card(n)],
        }),
    }
}

/// What a row number stands for, as values.
pub mod value {
    use super::{FIRST_OFFICE, OFFICES, Spread};

    pub fn office(n: u32, spread: Spread) -> String {
        match spread {
            Spread::OneOffice => FIRST_OFFICE.to_string(),
            Spread::AllOffices => (FIRST_OFFICE + n % OFFICES).to_string(),
        }
    }
    pub fn token(n: u32) -> String {
        format!("prf_bench-{n}")
    }
    pub fn key(n: u32) -> String {
        format!("bench-key-{n}")
    }
    pub fn npwp15(n: u32) -> String {
        format!("99{n:07}001000")
    }
    pub fn email(n: u32) -> String {
        format!("pkp{n}@example.com")
    }
    pub fn name(n: u32) -> String {
        format!("PT Ukur {n}")
    }
    pub fn taxpayer(n: u32) -> String {
        id(1, n)
    }
    pub fn proof(n: u32) -> String {
        id(2, n)
    }
    pub fn letter(n: u32) -> String {
        id(3, n)
    }
    pub fn card(n: u32) -> String {
        id(4, n)
    }
    /// In order, as real ids (`UUIDv7`) are.
    fn id(of: u32, n: u32) -> String {
        format!("0190{of:04x}-0000-7000-8000-{n:012x}")
    }
}

/// The same as SQL of type text; `n` is SQL of type integer.
pub mod sql {
    use super::{FIRST_OFFICE, OFFICES};

    pub fn office(n: &str) -> String {
        format!("({FIRST_OFFICE} + {n} % {OFFICES})::text")
    }
    pub fn token_hash(n: &str) -> String {
        format!("(sha256(convert_to('prf_bench-' || {n}, 'UTF8')))::text")
    }
    pub fn key(n: &str) -> String {
        format!("'bench-key-' || {n}")
    }
    pub fn npwp15(n: &str) -> String {
        format!("'99' || lpad(({n})::text, 7, '0') || '001000'")
    }
    pub fn email(n: &str) -> String {
        format!("'pkp' || {n} || '@example.com'")
    }
    pub fn name(n: &str) -> String {
        format!("'PT Ukur ' || {n}")
    }
    pub fn taxpayer(n: &str) -> String {
        id(1, n)
    }
    pub fn proof(n: &str) -> String {
        id(2, n)
    }
    pub fn letter(n: &str) -> String {
        id(3, n)
    }
    pub fn card(n: &str) -> String {
        id(4, n)
    }
    /// Ids from 16 on are free for rows that a run makes.
    pub fn id(of: usize, n: &str) -> String {
        format!("'0190{of:04x}-0000-7000-8000-' || lpad(to_hex({n}), 12, '0')")
    }
}
