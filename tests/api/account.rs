//! The account of a PKP, for programs: the acts of its pages, and what ends a session.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    story::{self, EMAIL, codes_in},
    support::{Answer, TestApp, queue_up::Call},
};

const NPWP: &str = "999991342031000";
const LOCK_TAXPAYERS: &str = "select from taxpayers for update";
const ALIVE: &str = "select count(*) from account_sessions join credentials using (credential_id)
    where ended_at is null and state = 'active'";

/// A PKP with a pair whose password was made over the link of the mail; the password.
async fn a_pair(app: &TestApp) -> String {
    story::prepare(app).await;
    story::register(app, NPWP, EMAIL).await;
    story::is_granted(app, "new_credentials", EMAIL).await;
    app.run_ready_jobs().await;
    let url = story::page_url(app, &story::link(app, EMAIL, "/p/"));
    let request = app.client.post(&url).header("content-type", "application/x-www-form-urlencoded");
    let shown = Answer::of(request.body(format!("tax_id={NPWP}"))).await;
    let html = String::from_utf8(shown.bytes).unwrap();
    let (_, rest) = html.split_once("translate=\"no\">").unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

async fn tries(app: &TestApp, password: &str) -> Answer {
    app.post("/account/sessions", None, json!({ "npwp": NPWP, "password": password })).await
}

async fn comes(app: &TestApp, password: &str) -> String {
    tries(app, password).await.expect(201)["access_token"].as_str().unwrap().to_owned()
}

async fn ends(app: &TestApp, token: &str, path: &str) -> Answer {
    Answer::of(app.client.delete(app.url(path)).bearer_auth(token)).await
}

fn told(app: &TestApp, words: &str) -> usize {
    story::mails_to(app, EMAIL).iter().filter(|mail| mail.text.contains(words)).count()
}

#[tokio::test]
async fn a_program_of_the_pkp_does_what_its_pages_do_on_record_and_told() {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        tries(&app, "bukan-password").await.is_problem(401, "wrong-credentials");
        let (one, two) = (comes(&app, &password).await, comes(&app, &password).await);
        let seen = app.get("/account", Some(&one)).await.expect(200);
        assert_eq!((&seen["npwp"], &seen["letter_number"]), (&json!(NPWP), &json!("S-1/KPP.031/2026")));
        assert_eq!(codes_in(&seen.to_string()), Vec::<String>::new(), "no code before it is asked for");
        assert_eq!(seen["sessions"].as_array().unwrap().len(), 2);

        let code = async |which: &str| {
            let shown = app.post("/account/codes", Some(&one), json!({ "which": which })).await.expect(200);
            shown["code"].as_str().unwrap().to_owned()
        };
        let first = code("account").await;
        assert_eq!(first, code("desktop").await, "equal until the first reset");
        assert_eq!(app.post("/account/desktop-code", Some(&one), json!({})).await.status, 204);
        assert_eq!(first, code("account").await);
        assert_ne!(first, code("desktop").await);
        let letter = format!("/account/letters/{}/download", seen["letters"][0]["id"].as_str().unwrap());
        let pdf = app.post(&letter, Some(&one), json!({})).await;
        assert_eq!((pdf.status, pdf.header("content-type")), (200, "application/pdf"));
        let other = format!("/account/letters/{}/download", TestApp::some_id());
        app.post(&other, Some(&one), json!({})).await.is_problem(404, "not-found");

        let change =
            |present: &str| json!({ "present_password": present, "new_password": "sandi-baru-yang-panjang" });
        let wrong = app.post("/account/password", Some(&one), change("bukan-password")).await;
        wrong.is_problem(422, "invalid");
        assert_eq!(wrong.json["errors"][0]["pointer"], "/present_password");
        assert_eq!(app.post("/account/password", Some(&one), change(&password)).await.status, 204);
        app.get("/account", Some(&two)).await.is_problem(401, "unauthenticated");
        tries(&app, &password).await.is_problem(401, "wrong-credentials");
        app.run_ready_jobs().await;
        assert_eq!(told(&app, "Kode Aktivasi Desktop ditampilkan"), 2);

        let two = comes(&app, "sandi-baru-yang-panjang").await;
        let ended = ends(&app, &two, "/account/sessions").await.expect(200);
        assert_eq!(ended["ended"], 1);
        app.get("/account", Some(&one)).await.is_problem(401, "unauthenticated");
        assert_eq!(ends(&app, &two, "/account/sessions/current").await.status, 204);
        app.get("/account", Some(&two)).await.is_problem(401, "unauthenticated");
    })
    .await;
}

#[tokio::test]
async fn the_history_has_every_change_page_by_page_and_the_request_that_it_came_of() {
    TestApp::run(|app| async move {
        let token = comes(&app, &a_pair(&app).await).await;
        for _ in 0..3 {
            app.post("/account/codes", Some(&token), json!({ "which": "account" })).await.expect(200);
        }
        let all = app.get("/account/history", Some(&token)).await.expect(200);
        let acts: Vec<&str> =
            all["items"].as_array().unwrap().iter().map(|one| one["act"].as_str().unwrap()).collect();
        assert_eq!(acts, ["show_code", "show_code", "show_code", "reveal_password", "mint_pair"]);
        let minted = &all["items"][4];
        assert_eq!((&minted["way"], &all["items"][3]["way"]), (&json!("office"), &json!("link")));
        assert!(minted["receipt_number"].as_str().unwrap().starts_with("BPE-031-"), "{minted}");

        let mut read = Vec::new();
        let mut path = "/account/history?limit=2".to_owned();
        loop {
            let page = app.get(&path, Some(&token)).await.expect(200);
            read.extend(page["items"].as_array().unwrap().clone());
            let Some(next) = page["next_cursor"].as_str() else { break };
            path = format!("/account/history?limit=2&cursor={next}");
        }
        assert_eq!(json!(read), all["items"]);
        app.get("/account/history?cursor=AAAA", Some(&token)).await.is_problem(400, "malformed");
    })
    .await;
}

#[tokio::test]
async fn wrong_numbers_and_wrong_passwords_answer_alike_and_are_slowed_not_blocked() {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        let with = async |npwp: &str, password: &str| {
            app.post("/account/sessions", None, json!({ "npwp": npwp, "password": password })).await
        };
        let alike = |answer: &Answer| {
            answer.is_problem(401, "wrong-credentials");
            let mut said = answer.json.clone();
            said["request_id"] = Value::Null;
            said
        };
        let wrong = alike(&with("99.999.134.2-031.000", "bukan-password").await);
        assert_eq!(alike(&with("999993892321000", "bukan-password").await), wrong);
        let typo = with("123", &password).await;
        typo.is_problem(422, "invalid");
        assert_eq!(typo.json["errors"][0]["pointer"], "/npwp");
        for _ in 0..4 {
            with(NPWP, "bukan-password").await.is_problem(401, "wrong-credentials");
        }
        with(NPWP, &password).await.is_problem(429, "too-many-attempts");
        app.advance(chrono::TimeDelta::minutes(2));
        comes(&app, &password).await;
    })
    .await;
}

#[tokio::test]
async fn a_token_of_an_account_opens_nothing_else_and_none_that_is_not_ours_opens_it() {
    TestApp::run(|app| async move {
        let token = comes(&app, &a_pair(&app).await).await;
        for path in ["/requests", "/tasks", "/tracking/request", "/sessions/current"] {
            app.get(path, Some(&token)).await.is_problem(401, "unauthenticated");
        }
        let staff = app.signs_in("khusus").await;
        let mut forged = token.clone().into_bytes();
        forged[20] = if forged[20] == b'A' { b'B' } else { b'A' };
        for wrong in [staff, String::from_utf8(forged).unwrap(), "akn_".to_owned(), "akn_AAAA".to_owned()] {
            app.get("/account", Some(&wrong)).await.is_problem(401, "unauthenticated");
        }
        app.advance(chrono::TimeDelta::days(2));
        app.get("/account", Some(&token)).await.is_problem(401, "unauthenticated");
    })
    .await;
}

#[tokio::test]
async fn a_pkp_suspends_its_own_pair_and_only_its_office_lifts_that() {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        let (one, two) = (comes(&app, &password).await, comes(&app, &password).await);
        let done = app.post("/account/suspension", Some(&one), json!({})).await.expect(200);
        assert_eq!(done["office"]["name"], "KPP Pratama Jakarta Palmerah");
        for token in [&one, &two] {
            app.get("/account", Some(token)).await.is_problem(401, "unauthenticated");
        }
        let refused = tries(&app, &password).await;
        refused.is_problem(409, "pair-not-possible");
        assert_eq!(refused.json["state"], "suspended");
        assert!(refused.json["detail"].as_str().unwrap().contains("KPP Pratama Jakarta Palmerah"));
        app.run_ready_jobs().await;
        assert_eq!(told(&app, "atas permintaan PKP"), 1);
        let officer = app.signs_in("khusus").await;
        let tasks = app.get("/tasks", Some(&officer)).await.expect(200);
        let task = tasks["items"].as_array().unwrap().iter().find(|task| task["kind"] == "not_us").unwrap();
        assert_eq!(task["detail"], "own_wish");

        let pair: uuid::Uuid =
            sqlx::query_scalar("select credential_id from credentials").fetch_one(&app.pool).await.unwrap();
        let lift = json!({ "reason": "Identitas sudah dilihat", "identity_seen": true });
        app.post(&format!("/credentials/{pair}/reinstatement"), Some(&officer), lift).await.expect(200);
        for token in [&one, &two] {
            app.get("/account", Some(token)).await.is_problem(401, "unauthenticated");
        }
        assert_eq!(app.count(ALIVE).await, 0, "no session comes back to life");
    })
    .await;
}

/// A suspension and a sign-in that wait for the same PKP, in this order.
async fn races(suspension_first: bool) {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        let token = comes(&app, &password).await;
        let suspension: Call<Answer> = {
            let app = Arc::clone(&app);
            Box::pin(async move { app.post("/account/suspension", Some(&token), json!({})).await })
        };
        let sign_in: Call<Answer> = {
            let app = Arc::clone(&app);
            Box::pin(async move { tries(&app, &password).await })
        };
        let calls = if suspension_first { vec![suspension, sign_in] } else { vec![sign_in, suspension] };
        let answers = app.queue_up(LOCK_TAXPAYERS, calls).await;
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, if suspension_first { [200, 409] } else { [201, 200] });
        assert_eq!(app.count(ALIVE).await, 0);
        for answer in &answers {
            if let Value::String(late) = &answer.json["access_token"] {
                app.get("/account", Some(late)).await.is_problem(401, "unauthenticated");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn no_session_outlives_a_suspension_that_came_before_the_sign_in() {
    races(true).await;
}

#[tokio::test]
async fn no_session_outlives_a_suspension_that_came_after_the_sign_in() {
    races(false).await;
}
