//! A whole service for one test: a database of its own, a real server on 127.0.0.1, a clock that stands still.

pub mod database;
pub mod judge;
pub mod other_system;
pub mod process;
pub mod queue_up;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, OnceLock},
};

use actix_web::{HttpServer, dev::ServerHandle, web::Data};
use aktivasi::{
    app::{Office, office::Rules},
    clock::Clock,
    demo::inbox::mail::ReadableMail,
    http::{
        self, Frame,
        health::{Check, Readiness, ReadinessReport},
    },
    jobs,
    letters::Templates,
    mail::{Security, Sender, SmtpMailer, SmtpSettings},
    pades::Signers,
    settings::Settings,
    vault::Vault,
};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::smtp_peer::{DEADLINE, SmtpPeer};
use database::TestDatabase;

pub const PASSWORD: &str = "kata-sandi-uji";
pub const METRICS_TOKEN: &str = "token-metrik-uji-0001";
const SEED: [u8; 32] = [7; 32];

/// Stands still until a test moves it.
pub struct TestClock(Mutex<DateTime<Utc>>);

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

struct Ready;

#[async_trait]
impl Readiness for Ready {
    async fn check(&self) -> ReadinessReport {
        ReadinessReport {
            database: Check::Ok,
            clock: Check::Ok,
            calendar: Check::Ok,
            certificates: Check::Ok,
        }
    }
}

/// The running service, and hands to use it with.
pub struct TestApp {
    pub address: SocketAddr,
    pub client: reqwest::Client,
    pub clock: Arc<TestClock>,
    /// As superuser, for looking and for preparing.
    pub pool: PgPool,
    /// The relay that the service hands its mail to.
    pub smtp: SmtpPeer,
    mailer: SmtpMailer,
    office: Office,
    app_pool: PgPool,
    vault: Arc<Vault>,
    server: ServerHandle,
    database: TestDatabase,
    /// Another process that is talked to instead of the server of the test.
    elsewhere: OnceLock<String>,
}

impl TestApp {
    /// Runs a test against a fresh service and drops its database, also when the test fails.
    pub async fn run<F: Future<Output = ()>>(test: impl FnOnce(Arc<Self>) -> F) {
        Self::run_as(|office| office, test).await;
    }

    /// The same for an installation whose offices have certificates.
    pub async fn run_sealing<F: Future<Output = ()>>(signers: Signers, test: impl FnOnce(Arc<Self>) -> F) {
        Self::run_as(|office| office.with_signers(signers), test).await;
    }

    /// The same for an office that is equipped for it.
    pub async fn run_as<F: Future<Output = ()>>(
        equip: impl FnOnce(Office) -> Office,
        test: impl FnOnce(Arc<Self>) -> F,
    ) {
        let app = Arc::new(Self::start(equip).await);
        let outcome =
            futures_util::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(test(Arc::clone(&app)))).await;
        app.server.stop(false).await;
        app.database.drop(&app.pool).await;
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    }

    async fn start(equip: impl FnOnce(Office) -> Office) -> Self {
        let database = TestDatabase::create().await;
        let pool = database.pool_as_superuser().await;
        let clock = Arc::new(TestClock(Mutex::new("2026-07-10T09:00:00Z".parse().unwrap())));
        let vault = Arc::new(Vault::ephemeral(SEED).unwrap());
        let environment = [
            ("AKTIVASI__DATABASE__URL", "postgres://unused"),
            ("AKTIVASI__SMTP__FROM_ADDRESS", "kpp@example.test"),
            ("AKTIVASI__SMTP__BOUNCE_ADDRESS", "bounce@example.test"),
            ("AKTIVASI__SMTP__SECURITY", "plain"),
            ("AKTIVASI__PASSWORDS__MEMORY_KIB", "8192"),
            ("AKTIVASI__PASSWORDS__ITERATIONS", "1"),
            ("AKTIVASI__METRICS__TOKEN", METRICS_TOKEN),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let settings = Settings::from_layers(None, environment).unwrap();
        let rules = Rules::new(&settings, "kpp@example.test".parse().unwrap());
        let app_pool = database.pool_as_app().await;
        let office = equip(Office::new(
            app_pool.clone(),
            Arc::clone(&clock) as _,
            Arc::clone(&vault),
            Arc::new(Templates::embedded().unwrap()),
            rules,
        ));
        aktivasi::app::letter_templates::record::record_built_in(&office).await.unwrap();
        let running = office.clone();
        let frame = Frame::new(&settings);
        let server = HttpServer::new(move || {
            let mut operations = http::frame_operations();
            operations.extend(http::api::operations());
            operations.extend(http::site_operations());
            let office = running.clone();
            http::app(frame.clone(), Arc::new(Ready), &operations, move |config| {
                config.app_data(Data::new(office));
            })
        })
        .workers(2)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .unwrap();
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        let smtp = SmtpPeer::start().await;
        let mailer = SmtpMailer::new(SmtpSettings {
            host: "127.0.0.1".to_owned(),
            port: smtp.port(),
            security: Security::Plain,
            login: None,
            from: Sender::new("KPP", "kpp@example.test".parse().unwrap()).unwrap(),
            helo: "aktivasi.example.test".to_owned(),
            timeout: DEADLINE,
            extra_ca_pem: None,
        })
        .unwrap();
        // A connection that was idle while a slow machine drew a letter is being closed by the server: each call has its own.
        let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
        Self {
            address,
            client,
            clock,
            pool,
            smtp,
            mailer,
            office,
            app_pool,
            vault,
            server: handle,
            database,
            elsewhere: OnceLock::new(),
        }
    }

    /// Does everything that is ready to be done after the commits so far.
    pub async fn run_ready_jobs(&self) {
        if self.elsewhere.get().is_some() {
            self.wait_until("select (count(*) = 0)::int::bigint from jobs where finished_at is null", 1)
                .await;
            return;
        }
        jobs::run_ready(&self.app_pool, &self.office, &self.mailer).await.unwrap();
    }

    /// Does the same work as another replica, which has signers of its own.
    pub async fn run_ready_jobs_of_a_replica(&self, signers: Signers) {
        let replica = self.office.clone().with_signers(signers);
        jobs::run_ready(&self.app_pool, &replica, &self.mailer).await.unwrap();
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub fn advance(&self, by: TimeDelta) {
        *self.clock.0.lock().unwrap() += by;
    }

    /// The keys of the service, for what reaches people outside it.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    pub fn url(&self, path: &str) -> String {
        self.page(&format!("/api/v1{path}"))
    }

    /// A path outside the interface.
    pub fn page(&self, path: &str) -> String {
        match self.elsewhere.get() {
            Some(base) => format!("{base}{path}"),
            None => format!("http://{}{path}", self.address),
        }
    }

    /// From now on calls go to a service of its own process, and its workers do the jobs.
    pub fn talks_to(&self, base: &str) {
        self.elsewhere.set(base.to_owned()).unwrap();
    }

    pub async fn post(&self, path: &str, token: Option<&str>, body: Value) -> Answer {
        let mut request = self.client.post(self.url(path)).json(&body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        Answer::of(request).await
    }

    pub async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        let mut request = self.client.get(self.url(path));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        Answer::of(request).await
    }

    pub async fn asks_for_a_code(&self, email: &str) -> Answer {
        self.post("/email-proofs", None, json!({ "email": email, "office_code": "031" })).await
    }

    /// The code, read from the mail that the relay received.
    pub async fn code_of(&self, proof: &str) -> String {
        self.run_ready_jobs().await;
        let id: Uuid = proof.parse().unwrap();
        let number: String = sqlx::query_scalar("select help_desk_number from messages where proof_id = $1")
            .bind(id)
            .fetch_one(&self.pool)
            .await
            .unwrap();
        let mails = self.smtp.received().into_iter().map(|mail| ReadableMail::parse(&mail.content).text);
        let text = mails.into_iter().find(|text| text.contains(&number)).unwrap();
        let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
        text.lines().map(str::trim).find(is_code).unwrap().to_owned()
    }

    pub async fn confirms(&self, proof: &str, code: &str) -> Answer {
        self.post(&format!("/email-proofs/{proof}/confirmation"), None, json!({ "code": code })).await
    }

    /// The token of a proven address.
    pub async fn proves_address(&self, email: &str) -> String {
        let proof = self.asks_for_a_code(email).await.expect(202)["proof_id"].as_str().unwrap().to_owned();
        let code = self.code_of(&proof).await;
        self.confirms(&proof, &code).await.expect(200)["token"].as_str().unwrap().to_owned()
    }

    pub async fn uploads(&self, token: &str, name: &str, bytes: Vec<u8>) -> Answer {
        let query = [("kind", "identity_card"), ("file_name", name)];
        let mut url = reqwest::Url::parse(&self.url("/documents")).unwrap();
        url.query_pairs_mut().extend_pairs(query);
        Answer::of(self.client.post(url).bearer_auth(token).body(bytes)).await
    }

    pub async fn tries_to_sign_in(&self, username: &str, password: &str) -> Answer {
        self.post("/sessions", None, json!({ "username": username, "password": password })).await
    }

    /// The access token.
    pub async fn signs_in(&self, username: &str) -> String {
        self.tries_to_sign_in(username, PASSWORD).await.expect(201)["access_token"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.unwrap()
    }
}

/// Who works at an office, and what reaches it from outside.
impl TestApp {
    /// Takes somebody on, with a decree in force when they examine, and signs them in.
    pub async fn employs(&self, username: &str, role: &str, office: &str) -> String {
        for sql in [
            "insert into staff (staff_id, username, name, nip, office_code, password_hash, created_at)
             select gen_random_uuid(), $1, initcap($1), lpad((select count(*)::text from staff), 18, '7'), $3,
                    password_hash, '2026-01-01Z'
             from staff where username = 'tpt' and $2 <> ''",
            "insert into staff_roles (staff_id, role, scope)
             select staff_id, $2, 'office' from staff where username = $1 and office_code = $3",
            "insert into decrees (decree_id, staff_id, office_code, number, dated_on, in_force_on, recorded_at, recorded_by)
             select gen_random_uuid(), staff_id, office_code, 'KEP-' || $1, '2026-01-02', '2026-01-05', '2026-01-02Z', 'test'
             from staff where username = $1 and $2 = 'special_officer' and office_code = $3",
        ] {
            sqlx::query(sql).bind(username).bind(role).bind(office).execute(&self.pool).await.unwrap();
        }
        self.signs_in(username).await
    }

    /// Takes a file in as the command line does. The years of a calendar are what the file says, however few days that are.
    pub async fn imports(&self, content: aktivasi::admin::import::Content, csv: &str) {
        let csv = std::io::Cursor::new(csv.to_owned());
        let agreed = aktivasi::app::registry::Consent::Given;
        let done = aktivasi::admin::import::import(&self.office, content, agreed, csv, "test.csv").await;
        assert!(done.is_ok(), "{done:?}");
    }

    /// Lets the office live in real time, as processes of their own do.
    pub fn lives_now(&self) {
        *self.clock.0.lock().unwrap() = aktivasi::clock::SystemClock.now();
    }

    /// The bytes of a letter, as a worker makes or finds them.
    pub fn rendering(&self, letter: Uuid) -> queue_up::Call<Vec<u8>> {
        let office = self.office.clone();
        Box::pin(async move {
            let letter = aktivasi::domain::ids::LetterId(letter);
            aktivasi::app::render_letter::render_letter(&office, letter).await.unwrap().pdf
        })
    }

    /// Whether a password is the one of a stored hash.
    pub async fn verifies(&self, hash: Option<String>, password: &str) -> bool {
        let passwords = aktivasi::app::passwords::Passwords::new(aktivasi::settings::PasswordSettings {
            memory_kib: 8192,
            iterations: 1,
            parallelism: 1,
        });
        passwords.verify(hash, password.into()).await.unwrap()
    }

    /// Where a process of its own finds the database, with the rights of the running service.
    pub fn database_url(&self) -> String {
        self.database.url_as_app()
    }
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub bytes: Vec<u8>,
    pub json: Value,
}

impl Answer {
    /// Sends, and holds what comes back against the contract.
    pub async fn of(request: reqwest::RequestBuilder) -> Self {
        let (client, request) = request.build_split();
        let request = request.unwrap();
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = client.execute(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap().to_vec();
        let faults = judge::CONTRACT.faults((&method, &path), status, &headers, &bytes);
        assert!(faults.is_empty(), "{method} {path} is not as the contract has it: {faults:#?}");
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Self { status, headers, bytes, json }
    }

    /// The body, when the status is the expected one.
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.json);
        self.json
    }

    pub fn is_problem(&self, status: u16, slug: &str) {
        assert_eq!(self.status, status, "{}", self.json);
        assert_eq!(self.json["type"], format!("/problems/{slug}"), "{}", self.json);
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Twelve characters of the alphabet of passwords, alone on their line.
pub fn password_in(text: &str) -> Option<String> {
    let alone =
        |line: &&str| line.len() == 12 && line.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    text.lines().map(str::trim).find(alone).map(str::to_owned)
}

impl TestApp {
    /// The acts themselves, for what the console does.
    pub fn office(&self) -> &Office {
        &self.office
    }

    /// An id of the right shape that belongs to nothing.
    pub fn some_id() -> &'static str {
        "019f0000-0000-7000-8000-0000000000ff"
    }

    /// A token of a PKP in its account: that of the first pair, which is active from now on, or of a pair made for it.
    pub async fn comes_home(&self) -> String {
        for sql in [
            "insert into taxpayers (taxpayer_id, canonical, kind, name, source, updated_at)
             select gen_random_uuid(), 'x', 'provisional', 'PT Contoh', 'test', '2026-01-01Z'
             where not exists (select from credentials)",
            "insert into credentials (credential_id, taxpayer_id, office_code, origin, letter_number, letter_on, state,
                 state_changed_at, created_at, code_sealed, code_lookup, desktop_sealed, desktop_lookup)
             select gen_random_uuid(), taxpayer_id, '031', 'imported', 'S-1', '2026-01-02', 'active', '2026-01-02Z', '2026-01-02Z',
                 'x', 'x', 'x', 'x'
             from taxpayers where canonical = 'x' and not exists (select from credentials)",
            "update credentials set state = 'active'
             where credential_id = (select credential_id from credentials order by created_at limit 1) and state <> 'active'",
        ] {
            sqlx::query(sql).execute(&self.pool).await.unwrap();
        }
        let session: Uuid = sqlx::query_scalar(
            "insert into account_sessions (session_id, taxpayer_id, credential_id, created_at, last_seen_at, expires_at)
             select gen_random_uuid(), taxpayer_id, credential_id, $1, $1, $1 + interval '12 hours'
             from credentials order by created_at limit 1 returning session_id",
        )
        .bind(self.now())
        .fetch_one(&self.pool)
        .await
        .unwrap();
        self.office.account_token(aktivasi::domain::ids::AccountSessionId(session))
    }

    /// A token of somebody whom the contract calls so; strangers have none.
    pub async fn token_of(&self, caller: &str) -> Option<String> {
        let username = match caller {
            "stranger" => return None,
            "monitoring" => return Some(METRICS_TOKEN.to_owned()),
            "proof" => {
                let address = format!("{}@example.com", Uuid::new_v4().simple());
                return Some(self.proves_address(&address).await);
            }
            "tracking" => return Some(crate::story::follows(self).await),
            "account" => return Some(self.comes_home().await),
            "service" => {
                let all = ["credentials:activation", "credentials:desktop", "credentials:password"];
                return Some(self.token_with(None, &all).await);
            }
            "counter" => "tpt",
            "special_officer" => "khusus",
            "section_head" => "kasi",
            "supervisor" | "operator" => "pusat",
            other => panic!("{other} is no caller"),
        };
        Some(self.signs_in(username).await)
    }
}
