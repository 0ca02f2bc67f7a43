//! What other systems are told of a code.

use std::sync::{Arc, Mutex};

use aktivasi::{
    admin::import::Content,
    app::{
        account::{
            reset_desktop::reset_desktop,
            sign_in::{SignIn, sign_in},
        },
        clients::AccessToken,
        credentials::verify::verify,
        limits::CallerAddress,
        passwords::Passwords,
    },
    domain::{clients::CodeStatus, credential::ActivationCode, ids::AccountSessionId, tax_id::TaxId},
    settings::PasswordSettings,
    vault::entropy::OsEntropy,
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::Interest,
};

use crate::{
    story,
    support::{Answer, TestApp, queue_up::Call},
};

const NPWP: &str = "99.999.134.2-031.000";
const CODE: &str = "R2P2-QVRD-NFDX";
const DESKTOP: &str = "SHK4-4T9M-2JM9";
const PASSWORD: &str = "kuda-lari-99-kali";
const ALL: [&str; 3] = ["credentials:activation", "credentials:desktop", "credentials:password"];

/// A PKP of 031 with an active pair, both codes of which are known, and a password.
pub async fn has_a_pair(app: &TestApp) {
    story::prepare(app).await;
    story::register(app, "999991342031000", story::EMAIL).await;
    let csv = format!(
        "npwp15,activation_code,desktop_code,office_code,letter_number,letter_date,email,state\n\
         999991342031000,{CODE},{DESKTOP},031,S-1/KPP.031/2016,2016-01-10,{},active\n",
        story::EMAIL
    );
    app.imports(Content::Credentials, &csv).await;
    let passwords = Passwords::new(PasswordSettings { memory_kib: 8192, iterations: 1, parallelism: 1 });
    let hash = passwords.hash(PASSWORD.into(), &OsEntropy).await.unwrap();
    sqlx::query("update credentials set password_hash = $1").bind(hash).execute(&app.pool).await.unwrap();
}

async fn asks(app: &TestApp, token: &str, question: Value) -> Answer {
    app.post("/credentials/verify", Some(token), question).await
}

/// Status and codes.
async fn told(app: &TestApp, token: &str, code: &str) -> (Value, Value) {
    let mut answer = asks(app, token, json!({ "tax_id": NPWP, "code": code })).await.expect(200);
    (answer["status"].take(), answer["codes"].take())
}

async fn is_now(app: &TestApp, state: &'static str) {
    sqlx::query("update credentials set state = $1").bind(state).execute(&app.pool).await.unwrap();
}

/// Attempts so far count for nothing.
async fn is_forgotten(app: &TestApp) {
    sqlx::query("delete from throttles").execute(&app.pool).await.unwrap();
}

#[tokio::test]
async fn a_right_code_tells_the_state_of_its_pair_and_any_other_is_unknown() {
    TestApp::run(|app| async move {
        has_a_pair(&app).await;
        let token = app.token_with(None, &ALL).await;

        for state in ["active", "superseded", "suspended"] {
            is_now(&app, state).await;
            for (code, kind) in [(CODE, "activation"), (DESKTOP, "desktop")] {
                assert_eq!(told(&app, &token, code).await, (json!(state), json!([kind])));
            }
            assert_eq!(told(&app, &token, "AAAA-AAAA-AAAA").await, (json!("unknown"), json!([])));
            is_forgotten(&app).await;
        }
        is_now(&app, "revoked").await;
        assert_eq!(told(&app, &token, CODE).await, (json!("unknown"), json!([])));
    })
    .await;
}

#[tokio::test]
async fn a_code_is_taken_as_people_type_it_and_a_number_in_every_form() {
    TestApp::run(|app| async move {
        has_a_pair(&app).await;
        let token = app.token_with(None, &ALL).await;

        for tax_id in [NPWP, "999991342031000", "0999991342031000"] {
            for code in [CODE, "r2p2qvrdnfdx", " R2P2 QVRD NFDX "] {
                let answer = asks(&app, &token, json!({ "tax_id": tax_id, "code": code })).await.expect(200);
                assert_eq!(answer["status"], "active", "{tax_id} {code}");
            }
        }
        for (tax_id, code) in [("99.999.389.2-321.000", CODE), (NPWP, "no code"), (NPWP, "")] {
            let answer = asks(&app, &token, json!({ "tax_id": tax_id, "code": code })).await.expect(200);
            assert_eq!(answer["status"], "unknown", "{tax_id} {code}");
        }
        asks(&app, &token, json!({ "tax_id": "1", "code": CODE })).await.is_problem(422, "invalid");
    })
    .await;
}

#[tokio::test]
async fn a_client_is_told_only_what_its_scopes_and_its_office_give() {
    TestApp::run(|app| async move {
        has_a_pair(&app).await;
        let activation = app.token_with(None, &["credentials:activation"]).await;
        let desktop = app.token_with(Some("031"), &["credentials:desktop"]).await;
        let elsewhere = app.token_with(Some("952"), &ALL).await;

        let answer = asks(&app, &activation, json!({ "tax_id": NPWP, "code": CODE })).await.expect(200);
        let expected =
            json!({ "status": "active", "codes": ["activation"], "scopes": ["credentials:activation"] });
        assert_eq!(answer, expected);
        assert_eq!(told(&app, &activation, DESKTOP).await.0, "unknown");
        assert_eq!(told(&app, &desktop, DESKTOP).await, (json!("active"), json!(["desktop"])));
        assert_eq!(told(&app, &desktop, CODE).await.0, "unknown");
        assert_eq!(told(&app, &elsewhere, CODE).await.0, "unknown");
        let with_password = json!({ "tax_id": NPWP, "code": CODE, "password": PASSWORD });
        asks(&app, &activation, with_password).await.is_problem(403, "forbidden");
    })
    .await;
}

#[tokio::test]
async fn with_a_password_only_both_being_right_is_told() {
    TestApp::run(|app| async move {
        has_a_pair(&app).await;
        let token = app.token_with(None, &ALL).await;
        let status = async |code: &str, password: &str| {
            let question = json!({ "tax_id": NPWP, "code": code, "password": password });
            asks(&app, &token, question).await.expect(200)["status"].clone()
        };

        assert_eq!(status(CODE, PASSWORD).await, "active");
        assert_eq!(status(DESKTOP, PASSWORD).await, "active");
        assert_eq!(status(CODE, "salah").await, "unknown");
        assert_eq!(status("AAAA-AAAA-AAAA", PASSWORD).await, "unknown");
        is_now(&app, "suspended").await;
        assert_eq!(status(CODE, "salah").await, "unknown");
        assert_eq!(status(CODE, PASSWORD).await, "suspended");
        sqlx::query("update credentials set password_hash = null").execute(&app.pool).await.unwrap();
        is_forgotten(&app).await;
        assert_eq!(status(CODE, PASSWORD).await, "unknown");
    })
    .await;
}

#[tokio::test]
async fn guessing_at_one_number_slows_for_all_clients_and_the_right_code_is_taken_after_the_pause() {
    TestApp::run(|app| async move {
        has_a_pair(&app).await;
        let (one, two) = (app.token_with(None, &ALL).await, app.token_with(None, &ALL).await);
        for n in 0..5 {
            let token = if n % 2 == 0 { &one } else { &two };
            assert_eq!(told(&app, token, "AAAA-AAAA-AAAA").await.0, "unknown");
        }

        for token in [&one, &two] {
            let refused = asks(&app, token, json!({ "tax_id": "0999991342031000", "code": CODE })).await;
            refused.is_problem(429, "too-many-attempts");
            assert_eq!(refused.header("retry-after"), "2");
        }
        let other = json!({ "tax_id": "99.999.389.2-321.000", "code": CODE });
        asks(&app, &one, other).await.expect(200);
        app.advance(TimeDelta::seconds(2));
        assert_eq!(told(&app, &one, CODE).await.0, "active");
        assert_eq!(told(&app, &two, CODE).await.0, "active");
    })
    .await;
}

#[tokio::test]
async fn a_client_may_ask_six_hundred_times_a_minute_and_another_one_is_not_slowed_by_it() {
    TestApp::run(|app| async move {
        has_a_pair(&app).await;
        let (one, two) = (app.token_with(None, &ALL).await, app.token_with(None, &ALL).await);
        told(&app, &one, CODE).await;
        let most = "update throttles set hits = 599 where bucket = 'verify_client'";
        sqlx::query(most).execute(&app.pool).await.unwrap();
        told(&app, &one, CODE).await;
        app.advance(TimeDelta::seconds(20));

        let refused = asks(&app, &one, json!({ "tax_id": NPWP, "code": CODE })).await;

        refused.is_problem(429, "too-many-attempts");
        assert_eq!(refused.header("retry-after"), "40");
        assert_eq!(told(&app, &two, CODE).await.0, "active");
        app.advance(TimeDelta::seconds(40));
        assert_eq!(told(&app, &one, CODE).await.0, "active");
    })
    .await;
}

#[tokio::test]
async fn every_answer_is_in_the_audit_and_nothing_of_the_code_is() {
    TestApp::run(|app| async move {
        has_a_pair(&app).await;
        let token = app.token_with(None, &ALL).await;
        told(&app, &token, CODE).await;
        let unknown = json!({ "tax_id": "99.999.389.2-321.000", "code": CODE, "password": PASSWORD });
        asks(&app, &token, unknown).await.expect(200);

        let rows: Vec<(String, Value, bool, String)> = sqlx::query_as(
            "select actor_kind, detail, taxpayer_id is not null, audit_events::text from audit_events
             where act = 'verify_credential' order by event_id",
        )
        .fetch_all(&app.pool)
        .await
        .unwrap();

        let details: Vec<_> =
            rows.iter().map(|(kind, detail, known, _)| (kind.as_str(), detail.clone(), *known)).collect();
        let detail = |status: &str, codes: &[&str], with_password: bool| {
            json!({ "status": status, "codes": codes, "with_password": with_password })
        };
        assert_eq!(
            details,
            [
                ("client", detail("active", &["activation"], false), true),
                ("client", detail("unknown", &[], true), false),
            ]
        );
        for (.., text) in rows {
            for secret in ["R2P2", "NFDX", PASSWORD, "999991342031000", "99.999"] {
                assert!(!text.contains(secret), "{text}");
            }
        }
    })
    .await;
}

async fn opens_account(app: &TestApp) -> AccountSessionId {
    let npwp = TaxId::parse(NPWP).unwrap();
    match sign_in(app.office(), &npwp, PASSWORD.into(), CallerAddress(None)).await.unwrap() {
        SignIn::Home(session) => session,
        other => panic!("{other:?}"),
    }
}

fn resetting(app: &Arc<TestApp>, session: AccountSessionId) -> Call<String> {
    let app = Arc::clone(app);
    Box::pin(async move {
        reset_desktop(app.office(), session).await.unwrap();
        "reset".to_owned()
    })
}

fn asking(app: &Arc<TestApp>, token: &str, question: Value) -> Call<String> {
    let (app, token) = (Arc::clone(app), token.to_owned());
    Box::pin(async move {
        let answer = asks(&app, &token, question).await.expect(200);
        answer["status"].as_str().unwrap().to_owned()
    })
}

/// The acts of the audit since the beginning of a race, in its order.
async fn acts(app: &TestApp) -> Vec<String> {
    sqlx::query_scalar(
        "select act || coalesce(' ' || (detail ->> 'status'), '') from audit_events
         where act in ('verify_credential', 'reset_desktop_code') order by event_id",
    )
    .fetch_all(&app.pool)
    .await
    .unwrap()
}

const LOCK: &str = "select from credentials for update";

#[tokio::test]
async fn a_code_that_a_reset_replaces_meanwhile_is_not_told_to_be_active_after_it() {
    TestApp::run(|app| async move {
        has_a_pair(&app).await;
        let token = app.token_with(None, &ALL).await;
        let session = opens_account(&app).await;
        let question = json!({ "tax_id": NPWP, "code": DESKTOP, "password": PASSWORD });
        let calls = vec![resetting(&app, session), asking(&app, &token, question)];

        let answers = app.queue_up(LOCK, calls).await;

        assert_eq!(answers, ["reset", "unknown"]);
        assert_eq!(acts(&app).await, ["reset_desktop_code", "verify_credential unknown"]);
        assert_eq!(told(&app, &token, DESKTOP).await.0, "unknown");
        assert_eq!(told(&app, &token, CODE).await.0, "active");
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_comes_before_the_reset_stands_before_it_in_the_audit() {
    TestApp::run(|app| async move {
        has_a_pair(&app).await;
        let token = app.token_with(None, &ALL).await;
        let session = opens_account(&app).await;
        let question = json!({ "tax_id": NPWP, "code": DESKTOP });
        let calls = vec![asking(&app, &token, question), resetting(&app, session)];

        let answers = app.queue_up(LOCK, calls).await;

        assert_eq!(answers, ["active", "reset"]);
        assert_eq!(acts(&app).await, ["verify_credential active", "reset_desktop_code"]);
    })
    .await;
}

/// Hears of statements and of passwords that are computed.
#[derive(Clone, Default)]
struct Work(Arc<Mutex<Vec<String>>>);

#[derive(Default)]
struct Summary(String);

impl Visit for Summary {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "summary" {
            self.0 = format!("{value:?}");
        }
    }
}

const COMPUTING: &str = "aktivasi::passwords";

impl Subscriber for Work {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // sqlx asks first whether it would be heard, which is no event yet.
        !metadata.is_span() && ["sqlx::query", COMPUTING].contains(&metadata.target())
    }

    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        // Tests beside this one run on threads that hear of nothing.
        Interest::sometimes()
    }

    fn event(&self, event: &Event<'_>) {
        let mut summary = Summary::default();
        event.record(&mut summary);
        let done = if event.metadata().target() == COMPUTING { "argon2".to_owned() } else { summary.0 };
        self.0.lock().unwrap().push(done);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// The work behind an answer of the act itself, on the thread of the test.
async fn work(app: &TestApp, token: &str, question: (&str, &str, Option<&str>)) -> (CodeStatus, Vec<String>) {
    is_forgotten(app).await;
    let (npwp, code, password) = question;
    let (npwp, code) = (TaxId::parse(npwp).unwrap(), ActivationCode::parse(code).ok());
    let token = AccessToken::parse(token).unwrap();
    let work = Work::default();
    let guard = tracing::subscriber::set_default(work.clone());
    let told = verify(app.office(), &token, &npwp, code.as_ref(), password.map(Into::into)).await.unwrap();
    drop(guard);
    let done = work.0.lock().unwrap().clone();
    (told.status, done)
}

#[tokio::test]
async fn answers_that_look_alike_cost_alike() {
    TestApp::run(|app| async move {
        has_a_pair(&app).await;
        let token = app.token_with(None, &ALL).await;
        let elsewhere = app.token_with(Some("952"), &ALL).await;
        let (unknown_npwp, wrong) = ("99.999.389.2-321.000", "AAAA-AAAA-AAAA");

        for password in [None, Some("salah")] {
            let mut done = vec![
                work(&app, &token, (unknown_npwp, CODE, password)).await,
                work(&app, &token, (NPWP, wrong, password)).await,
                work(&app, &token, (NPWP, "no code", password)).await,
                work(&app, &elsewhere, (NPWP, CODE, password)).await,
            ];
            if password.is_some() {
                done.push(work(&app, &token, (NPWP, CODE, password)).await);
                done.push(work(&app, &elsewhere, (NPWP, CODE, Some(PASSWORD))).await);
                done.push(work(&app, &token, (NPWP, wrong, Some(PASSWORD))).await);
            }
            is_now(&app, "revoked").await;
            done.push(work(&app, &token, (NPWP, CODE, password)).await);
            is_now(&app, "active").await;
            let computed = done[0].1.iter().filter(|step| *step == "argon2").count();
            assert_eq!(computed, usize::from(password.is_some()));
            assert!(done[0].1.len() > 10, "{done:?}");
            for (n, one) in done.iter().enumerate() {
                assert_eq!(one.0, CodeStatus::Unknown, "{n}");
                assert_eq!(one.1, done[0].1, "{n}");
            }
        }
    })
    .await;
}
