//! One database for each test, copied from a template that is made once for each state of the migrations.

use aktivasi::{
    app::passwords::Passwords, settings::PasswordSettings, store::MIGRATOR, vault::entropy::OsEntropy,
};
use sqlx::{
    Connection, Executor, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use uuid::Uuid;

/// Serialises the making of templates and copies in one server.
const TEMPLATE_LOCK: i64 = 0x616b_7469_7661_7369;

pub struct TestDatabase {
    server: PgConnectOptions,
    name: String,
}

impl TestDatabase {
    pub async fn create() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "tests have no settings file; this is their one setting"
        )]
        let url = std::env::var("AKTIVASI_TEST_DATABASE_URL").unwrap();
        let server: PgConnectOptions = url.parse().unwrap();
        let mut admin = PgConnection::connect_with(&server).await.unwrap();
        sqlx::query("select pg_advisory_lock($1)").bind(TEMPLATE_LOCK).execute(&mut admin).await.unwrap();
        let template = template_name();
        let exists: bool = sqlx::query_scalar("select exists(select from pg_database where datname = $1)")
            .bind(&template)
            .fetch_one(&mut admin)
            .await
            .unwrap();
        if !exists {
            make_template(&mut admin, &server, &template).await;
        }
        let name = format!("aktivasi_test_{}", Uuid::new_v4().simple());
        run(&mut admin, format!("create database {name} template {template}")).await;
        admin.close().await.unwrap();
        Self { server, name }
    }

    pub async fn pool_as_superuser(&self) -> PgPool {
        PgPoolOptions::new()
            .max_connections(4)
            .connect_with(self.server.clone().database(&self.name))
            .await
            .unwrap()
    }

    /// With the rights of the running service and no more.
    pub async fn pool_as_app(&self) -> PgPool {
        // The role comes with the connection: a statement for it would stand among those that tests count.
        PgPoolOptions::new()
            .max_connections(10)
            .connect_with(self.server.clone().database(&self.name).options([("role", "aktivasi_app")]))
            .await
            .unwrap()
    }

    /// For a process of its own, with the rights of the running service. Needs a server that trusts its own machine.
    pub fn url_as_app(&self) -> String {
        let (host, port) = match self.server.get_socket() {
            Some(socket) => (socket.display().to_string().replace('/', "%2F"), self.server.get_port()),
            None => (self.server.get_host().replace('/', "%2F"), self.server.get_port()),
        };
        format!("postgres://aktivasi_app@{host}:{port}/{}", self.name)
    }

    pub async fn drop(&self, pool: &PgPool) {
        pool.close().await;
        let mut admin = PgConnection::connect_with(&self.server).await.unwrap();
        run(&mut admin, format!("drop database {} with (force)", self.name)).await;
    }
}

/// Names of databases cannot be bound; ours are made of letters, digits and underscores only.
async fn run(conn: &mut PgConnection, sql: String) {
    conn.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
}

/// Changes with every migration and with the seed.
fn template_name() -> String {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    for migration in MIGRATOR.iter() {
        hasher.update(&migration.checksum);
    }
    hasher.update(SEED);
    let digest = u64::from_be_bytes(*hasher.finalize().first_chunk().unwrap());
    let digest = format!("{digest:016x}");
    format!("aktivasi_template_{digest}")
}

async fn make_template(admin: &mut PgConnection, server: &PgConnectOptions, template: &str) {
    // Under another name until it is complete: a test process that dies half-way leaves no half template.
    let draft = format!("{template}_draft");
    run(admin, format!("drop database if exists {draft} with (force)")).await;
    run(admin, format!("create database {draft}")).await;
    let mut conn = PgConnection::connect_with(&server.clone().database(&draft)).await.unwrap();
    MIGRATOR.run(&mut conn).await.unwrap();
    let passwords = Passwords::new(PasswordSettings { memory_kib: 8192, iterations: 1, parallelism: 1 });
    let hash = passwords.hash(super::PASSWORD.into(), &OsEntropy).await.unwrap();
    run(&mut conn, SEED.replace("PASSWORD_HASH", &hash)).await;
    conn.close().await.unwrap();
    run(admin, format!("alter database {draft} rename to {template}")).await;
}

const SEED: &str = "
grant select on _sqlx_migrations to aktivasi_app;
insert into offices (office_code, name, kanwil, city, province, time_zone, kind, address, drafting_code, updated_at) values
    ('031', 'KPP Pratama Jakarta Palmerah', 'Kanwil DJP Jakarta Barat', 'Jakarta Barat', 'DKI Jakarta', 'Asia/Jakarta', 'pratama', 'Jalan Contoh 1', 'KPP.031', '2026-01-01Z'),
    ('952', 'KPP Pratama Jayapura', 'Kanwil DJP Papua', 'Jayapura', 'Papua', 'Asia/Jayapura', 'pratama', null, 'KPP.952', '2026-01-01Z');
insert into staff (staff_id, username, name, nip, office_code, password_hash, created_at)
select ('00000000-0000-7000-8000-0000000000' || n)::uuid, username, initcap(username), lpad(n, 18, '9'), office, 'PASSWORD_HASH', '2026-01-01Z'
from (values ('01', 'tpt', '031'), ('02', 'khusus', '031'), ('03', 'kasi', '031'), ('04', 'operator', '031'),
             ('05', 'kasi.952', '952'), ('06', 'pusat', null)) as people (n, username, office);
insert into staff_roles (staff_id, role, scope)
select staff_id, role, scope from staff join (values ('tpt', 'counter', 'office'), ('khusus', 'special_officer', 'office'),
    ('kasi', 'section_head', 'office'), ('operator', 'operator', 'office'), ('kasi.952', 'section_head', 'office'),
    ('pusat', 'operator', 'national')) as held (username, role, scope) using (username);
insert into decrees (decree_id, staff_id, office_code, number, dated_on, in_force_on, recorded_at, recorded_by)
select '00000000-0000-7000-8000-0000000000d1', staff_id, '031', 'KEP-1', '2026-01-02', '2026-01-05', '2026-01-02Z', 'seed'
from staff where username = 'khusus';
";
