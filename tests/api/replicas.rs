//! Several processes on one database: they share the work, and what one knows the other knows.

use std::sync::Arc;

use aktivasi::demo::inbox::mail::ReadableMail;
use serde_json::json;

use crate::{
    smtp_peer::{At, Behaviour},
    story::{self, EMAIL, files},
    support::{Answer, TestApp, queue_up::Call},
};

const NOTHING_LEFT: &str = "select (count(*) = 0)::int::bigint from jobs where finished_at is null";

#[tokio::test]
async fn two_workers_share_sixty_mails_and_send_each_once() {
    TestApp::run(|app| async move {
        app.lives_now();
        sixty_mails(&app).await;
        app.smtp.behave(Behaviour::Hold(At::Recipient));
        let _workers = (app.starts_worker().await, app.starts_worker().await);
        let busy = "select count(distinct split_part(leased_by, '/', 1)) from jobs where finished_at is null";
        app.wait_until(busy, 2).await;
        app.smtp.behave(Behaviour::Accept);
        app.smtp.release();

        app.wait_until(NOTHING_LEFT, 1).await;

        let mut ids: Vec<String> =
            app.smtp.received().iter().map(|mail| ReadableMail::parse(&mail.content).message_id).collect();
        assert_eq!(ids.len(), 60);
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 60);
        assert_eq!(app.count("select count(*) from messages where fate = 'accepted'").await, 60);
        assert_eq!(app.count("select count(*) from message_attempts").await, 60);
    })
    .await;
}

/// Proof codes for sixty mailboxes, asked for at the counter, where no network is limited.
async fn sixty_mails(app: &TestApp) {
    let counter = app.signs_in("tpt").await;
    for n in 0..60 {
        let body = json!({ "email": format!("a{n}@example.com"), "office_code": "031" });
        app.post("/email-proofs", Some(&counter), body).await.expect(202);
    }
}

#[tokio::test]
async fn a_returned_request_lapses_once_although_two_processes_look() {
    TestApp::run(|app| async move {
        app.lives_now();
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let receipt = files(&app, "new_credentials", EMAIL, |_| {}).await;
        let id = receipt["request_id"].as_str().unwrap();
        let officer = app.signs_in("khusus").await;
        app.post(&format!("/requests/{id}/claim"), Some(&officer), json!({})).await.expect(200);
        let items = json!({ "items": [{ "code": "identitas_tidak_terbaca" }] });
        app.post(&format!("/requests/{id}/return"), Some(&officer), items).await.expect(200);
        app.run_ready_jobs().await;
        sqlx::query("update returns set lapses_at = now()").execute(&app.pool).await.unwrap();

        let _workers = (app.starts_worker().await, app.starts_worker().await);
        app.wait_until("select count(*) from messages where kind = 'request_ended' and fate = 'accepted'", 1)
            .await;

        assert_eq!(app.count("select count(*) from requests where state = 'lapsed'").await, 1);
        assert_eq!(app.count("select count(*) from audit_events where act = 'lapse'").await, 1);
        assert_eq!(app.count("select count(*) from messages where kind = 'request_ended'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_session_of_one_service_holds_at_the_other_and_ends_at_both() {
    TestApp::run(|app| async move {
        let (_one, first) = app.starts_service(&[]).await;
        let (_two, second) = app.starts_service(&[]).await;
        let sign_in = json!({ "username": "khusus", "password": crate::support::PASSWORD });
        let signed_in = Answer::of(app.client.post(format!("{first}/api/v1/sessions")).json(&sign_in)).await;
        let token = signed_in.expect(201)["access_token"].as_str().unwrap().to_owned();
        let current =
            |base: &str| app.client.get(format!("{base}/api/v1/sessions/current")).bearer_auth(&token);

        assert_eq!(Answer::of(current(&second)).await.status, 200);
        let end = app.client.delete(format!("{second}/api/v1/sessions/current")).bearer_auth(&token);
        assert_eq!(Answer::of(end).await.status, 204);
        assert_eq!(Answer::of(current(&first)).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn wrong_codes_at_one_service_slow_the_next_one_at_the_other() {
    TestApp::run(|app| async move {
        let (_one, first) = app.starts_service(&[]).await;
        let (_two, second) = app.starts_service(&[]).await;
        let body = json!({ "receipt_number": "BPE-031-20260710-00001", "tracking_code": "AAAA-AAAA" });
        let guess = |base: &str| Answer::of(app.client.post(format!("{base}/api/v1/tracking")).json(&body));

        for _ in 0..5 {
            guess(&first).await.is_problem(404, "not-found");
        }

        guess(&second).await.is_problem(429, "too-many-attempts");
    })
    .await;
}

#[tokio::test]
async fn a_service_that_is_told_to_stop_finishes_the_request_in_hand() {
    TestApp::run(|app| async move {
        app.lives_now();
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let receipt = files(&app, "new_credentials", EMAIL, |_| {}).await;
        let officer = app.signs_in("khusus").await;
        let (service, url) = app.starts_service(&[("AKTIVASI__SERVER__WORKERS", "false")]).await;
        let service = Arc::new(service);
        let claim = app
            .client
            .post(format!("{url}/api/v1/requests/{}/claim", receipt["request_id"].as_str().unwrap()))
            .bearer_auth(&officer)
            .json(&json!({}));
        let claim: Call<bool> = Box::pin(async move { Answer::of(claim).await.status == 200 });
        let told = Arc::clone(&service);
        let looking = Arc::clone(&app);
        let stop: Call<bool> = Box::pin(async move {
            told.terminate();
            told.says("stopping").await;
            // Waits for the same lock as the claim does, so that the stop is known to come before its end.
            sqlx::query("select from requests for update").execute(&looking.pool).await.is_ok()
        });

        let done = app.queue_up("select from requests for update", vec![claim, stop]).await;

        assert_eq!(done, [true, true]);
        assert!(service.ended().await);
        assert_eq!(app.count("select count(*) from requests where state = 'examining'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_is_told_to_stop_hands_its_jobs_back() {
    TestApp::run(|app| async move {
        app.lives_now();
        app.asks_for_a_code(EMAIL).await.expect(202);
        app.smtp.behave(Behaviour::Hold(At::Recipient));
        let worker = app.starts_worker().await;
        app.smtp.wait_until_held(1).await;

        worker.terminate();
        assert!(worker.ended().await);

        let free =
            "select count(*) from jobs where finished_at is null and leased_until is null and attempts = 0";
        assert_eq!(app.count(free).await, 1);
        app.smtp.behave(Behaviour::Accept);
        app.smtp.release();
        app.run_ready_jobs().await;
        assert_eq!(app.smtp.received().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_replica_whose_clock_is_three_seconds_off_gets_no_requests_and_says_so() {
    TestApp::run(|app| async move {
        for (shift, clock) in [("-3", "failed"), ("+0", "ok"), ("+3", "failed")] {
            let shifted = [
                ("LD_PRELOAD", "/usr/$LIB/faketime/libfaketime.so.1"),
                ("FAKETIME", shift),
                ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ];
            let (_replica, url) = app.starts_service(&shifted).await;
            let answer = app.client.get(format!("{url}/readyz")).send().await.unwrap();
            let status = answer.status().as_u16();
            let told: serde_json::Value = answer.json().await.unwrap();
            let check = &told["checks"]["clock"];
            assert_eq!(check["status"], clock, "{shift}: {told}");
            if clock == "failed" {
                assert_eq!(status, 503);
                assert!(check["detail"].as_str().unwrap().contains("ms off the database's"), "{told}");
            }
        }
    })
    .await;
}
