//! A process dies between any two steps: no e-mail is lost, and at most the one in hand comes twice.

use std::collections::BTreeMap;

use aktivasi::demo::inbox::mail::ReadableMail;
use serde_json::json;

use crate::{
    smtp_peer::{At, Behaviour},
    story::{self, EMAIL, codes_in, drafts, files, mails_to, pdf_text, signs},
    support::{TestApp, password_in},
};

const ALL_ACCEPTED: &str =
    "select (count(*) filter (where fate <> 'accepted') = 0)::int::bigint from messages";
const MESSAGES: &str = "select count(*) from messages";
const HALF_DONE: &str = "select count(*) from jobs where finished_at is null";

/// A grant whose mails wait; the office's clock is the real one, because other processes know no other.
async fn a_signature(app: &TestApp) {
    app.lives_now();
    story::prepare(app).await;
    story::register(app, "999991342031000", EMAIL).await;
    let receipt = files(app, "new_credentials", EMAIL, |_| {}).await;
    let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
    let drafted = drafts(app, &officer, receipt["request_id"].as_str().unwrap(), "grant", json!([])).await;
    app.run_ready_jobs().await;
    signs(app, &head, &drafted).await.expect(200);
}

/// Letters, numbers, codes and messages are there once, and every message was accepted.
async fn the_books_balance(app: &TestApp) {
    for one in [
        "select count(*) from letters where sequence is not null",
        "select count(*) from letter_files join letters using (letter_id) where sequence is not null",
        "select last_number::bigint from letter_series",
        "select count(*) from credentials",
        "select count(distinct code_lookup) from credentials",
        ALL_ACCEPTED,
    ] {
        assert_eq!(app.count(one).await, 1, "{one}");
    }
    assert_eq!(app.count(HALF_DONE).await, 0);
    assert_eq!(app.count("select count(*) from tasks").await, 0);
}

/// How often each Message-ID came. Two mails with one id have the same content to the last byte.
fn deliveries(app: &TestApp) -> BTreeMap<String, usize> {
    let mut contents: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    for delivery in app.smtp.received() {
        let mail = ReadableMail::parse(&delivery.content);
        let files: Vec<u8> = mail.attachments.iter().flat_map(|file| file.bytes.clone()).collect();
        contents.entry(mail.message_id).or_default().push([mail.text.into_bytes(), files].concat());
    }
    for (id, same) in &contents {
        assert!(same.iter().all(|content| *content == same[0]), "{id} came with two contents");
    }
    contents.into_iter().map(|(id, same)| (id, same.len())).collect()
}

async fn a_new_worker_finishes(app: &TestApp) {
    app.smtp.behave(Behaviour::Accept);
    app.smtp.release();
    app.leases_run_out().await;
    let _second = app.starts_worker().await;
    app.wait_until(ALL_ACCEPTED, 1).await;
    app.wait_until("select (count(*) = 0)::int::bigint from jobs where finished_at is null", 1).await;
}

#[tokio::test]
async fn a_worker_killed_before_it_sent_loses_nothing_and_repeats_nothing() {
    for at in [At::Greeting, At::Recipient] {
        TestApp::run(|app| async move {
            a_signature(&app).await;
            app.smtp.behave(Behaviour::Hold(at));
            let first = app.starts_worker().await;
            app.smtp.wait_until_held(1).await;
            first.kill();

            a_new_worker_finishes(&app).await;

            the_books_balance(&app).await;
            let deliveries = deliveries(&app);
            assert!(deliveries.values().all(|times| *times == 1), "{deliveries:?}");
            assert_eq!(deliveries.len(), usize::try_from(app.count(MESSAGES).await).unwrap());
        })
        .await;
    }
}

#[tokio::test]
async fn a_worker_killed_after_the_relay_accepted_repeats_at_most_what_it_had_in_hand() {
    TestApp::run(|app| async move {
        a_signature(&app).await;
        let before = app.smtp.received().len();
        app.smtp.behave(Behaviour::Hold(At::End));
        let first = app.starts_worker().await;
        // Letter and link are both with the relay, and neither has its answer.
        app.smtp.wait_until_held(2).await;
        first.kill();
        assert_eq!(app.smtp.received().len(), before + 2);

        a_new_worker_finishes(&app).await;

        the_books_balance(&app).await;
        let deliveries = deliveries(&app);
        assert_eq!(deliveries.len(), usize::try_from(app.count(MESSAGES).await).unwrap());
        assert_eq!(deliveries.values().filter(|times| **times == 2).count(), 2, "{deliveries:?}");
        assert!(deliveries.values().all(|times| *times <= 2), "{deliveries:?}");
        let codes: Vec<String> = mails_to(&app, EMAIL)
            .iter()
            .flat_map(|mail| {
                mail.attachments.iter().flat_map(|file| codes_in(&pdf_text(&file.bytes))).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(codes.len(), 2);
        assert_eq!(codes[0], codes[1]);
    })
    .await;
}

#[tokio::test]
async fn a_password_sent_twice_is_another_one_and_the_last_that_arrived_counts() {
    TestApp::run(|app| async move {
        sqlx::query("update offices set password_delivery = 'email'").execute(&app.pool).await.unwrap();
        a_signature(&app).await;
        app.smtp.behave(Behaviour::Hold(At::End));
        let first = app.starts_worker().await;
        app.smtp.wait_until_held(2).await;
        first.kill();

        a_new_worker_finishes(&app).await;

        the_books_balance(&app).await;
        let mails = mails_to(&app, EMAIL);
        let sent: Vec<(&str, String)> = mails
            .iter()
            .filter_map(|mail| Some((mail.message_id.as_str(), password_in(&mail.text)?)))
            .collect();
        assert_eq!(sent.len(), 2);
        assert_ne!(sent[0].0, sent[1].0, "another secret has another Message-ID");
        assert_ne!(sent[0].1, sent[1].1);
        let hash: Option<String> =
            sqlx::query_scalar("select password_hash from credentials").fetch_one(&app.pool).await.unwrap();
        assert!(app.verifies(hash.clone(), &sent[1].1).await);
        assert!(!app.verifies(hash, &sent[0].1).await);
    })
    .await;
}

#[tokio::test]
async fn what_a_service_committed_before_it_died_is_sent_although_it_woke_nobody() {
    TestApp::run(|app| async move {
        app.lives_now();
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let receipt = files(&app, "new_credentials", EMAIL, |_| {}).await;
        let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
        let drafted =
            drafts(&app, &officer, receipt["request_id"].as_str().unwrap(), "grant", json!([])).await;
        app.run_ready_jobs().await;
        // It runs no workers, hence wakes none: it is gone when the answer is there.
        let (service, url) = app.starts_service(&[("AKTIVASI__SERVER__WORKERS", "false")]).await;
        let id = drafted["request_id"].as_str().unwrap();
        let signed = app
            .client
            .post(format!("{url}/api/v1/requests/{id}/signature"))
            .bearer_auth(&head)
            .header("if-match", format!("\"{}\"", drafted["draft"]["digest"].as_str().unwrap()))
            .json(&json!({}))
            .send()
            .await
            .unwrap();
        assert_eq!(signed.status(), 200);
        service.kill();
        assert!(app.count(HALF_DONE).await > 0);

        let _worker = app.starts_worker().await;
        app.wait_until(ALL_ACCEPTED, 1).await;
        app.wait_until("select (count(*) = 0)::int::bigint from jobs where finished_at is null", 1).await;

        the_books_balance(&app).await;
        assert!(deliveries(&app).values().all(|times| *times == 1));
    })
    .await;
}

#[tokio::test]
async fn a_letter_that_two_workers_render_at_once_is_stored_once() {
    TestApp::run(|app| async move {
        a_signature(&app).await;
        let letter = "select letter_id from letters where sequence is not null";
        let letter: uuid::Uuid = sqlx::query_scalar(letter).fetch_one(&app.pool).await.unwrap();

        // Both have rendered when they want to store.
        let calls = vec![app.rendering(letter), app.rendering(letter)];
        let bytes = app.queue_up("lock table letter_files in exclusive mode", calls).await;

        assert!(!bytes[0].is_empty() && bytes[0] == bytes[1]);
        assert_eq!(
            app.count(
                "select count(*) from letter_files join letters using (letter_id) where sequence is not null"
            )
            .await,
            1
        );
    })
    .await;
}
