//! What becomes of an e-mail, as the office sees it.

use aktivasi::{
    app::return_path,
    demo::inbox::mail::ReadableMail,
    domain::{email_address::EmailAddress, ids::MessageId},
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    smtp_peer::{At, Behaviour},
    story::{self, EMAIL, is_granted, mails_to},
    support::{TestApp, password_in},
};

/// A request keyed in at the counter, whose receipt is the only mail.
async fn a_receipt_mail(app: &TestApp) -> Value {
    story::prepare(app).await;
    story::register(app, "999991342031000", EMAIL).await;
    let counter = app.signs_in("tpt").await;
    let documents = vec![
        story::uploads(app, &counter, "application_letter").await,
        story::uploads(app, &counter, "identity_card").await,
    ];
    let mut body = story::form("new_credentials", &documents);
    body["counter"] = json!({ "channel": "counter", "unproven_reason": "Telepon tidak dibawa" });
    story::sends(app, &counter, "loket", &body).await.expect(201)
}

fn later() -> Behaviour {
    Behaviour::Answer(At::Recipient, "451 4.3.0 Try again later".to_owned())
}

fn never() -> Behaviour {
    Behaviour::Answer(At::Recipient, "550 5.1.1 No such user".to_owned())
}

/// The fate of the only mail of this kind.
async fn fate(app: &TestApp, kind: &str) -> String {
    sqlx::query_scalar("select fate from messages where kind = $1")
        .bind(kind)
        .fetch_one(&app.pool)
        .await
        .unwrap()
}

/// Outcome and answer of each attempt, oldest first.
async fn attempts(app: &TestApp) -> Vec<(String, Option<i32>)> {
    sqlx::query_as("select outcome, code from message_attempts order by at, number")
        .fetch_all(&app.pool)
        .await
        .unwrap()
}

fn tried(outcome: &str, code: impl Into<Option<i32>>) -> (String, Option<i32>) {
    (outcome.to_owned(), code.into())
}

const TASKS: &str = "select count(*) from tasks where kind = 'mail_failed' and closed_at is null";

#[tokio::test]
async fn a_mail_that_the_relay_takes_is_accepted_and_its_request_shows_it() {
    TestApp::run(|app| async move {
        let receipt = a_receipt_mail(&app).await;
        assert_eq!(fate(&app, "receipt").await, "queued");

        app.run_ready_jobs().await;

        assert_eq!(fate(&app, "receipt").await, "accepted");
        assert_eq!(attempts(&app).await, [tried("accepted", 250)]);
        let officer = app.signs_in("khusus").await;
        let path = format!("/requests/{}", receipt["request_id"].as_str().unwrap());
        let seen = app.get(&path, Some(&officer)).await.expect(200);
        assert_eq!(seen["messages"][0]["fate"], "accepted", "{}", seen["messages"]);
        assert_eq!(seen["messages"][0]["attempts"][0]["outcome"], "accepted", "{}", seen["messages"]);
    })
    .await;
}

#[tokio::test]
async fn every_mail_of_a_request_has_both_texts_and_none_offers_to_unsubscribe() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        is_granted(&app, "new_credentials", EMAIL).await;
        app.run_ready_jobs().await;

        let received = app.smtp.received();
        assert!(received.len() >= 4, "proof, receipt, letter, link: {}", received.len());
        for mail in received.iter().map(|mail| ReadableMail::parse(&mail.content)) {
            for unwanted in ["List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Precedence", "Reply-To"]
            {
                assert_eq!(mail.header(unwanted), None, "{}", mail.subject);
            }
            assert_eq!(mail.header("Auto-Submitted"), Some("auto-generated"));
            assert!(mail.subject.starts_with("Permohonan Kode Aktivasi: "), "{}", mail.subject);
            let html = mail.html.unwrap().replace("&#x2f;", "/");
            let links: Vec<&str> =
                mail.text.split_whitespace().filter(|word| word.starts_with("http")).collect();
            let linked =
                |link: &&str| html.contains(&format!("href=\"{}", link.trim_end_matches(['.', ','])));
            assert!(links.iter().all(linked), "{}: {links:?}", mail.subject);
        }
    })
    .await;
}

#[tokio::test]
async fn a_bounce_finds_its_mail_by_the_address_that_it_comes_back_to() {
    TestApp::run(|app| async move {
        a_receipt_mail(&app).await;
        app.run_ready_jobs().await;

        let return_path: EmailAddress = app.smtp.received()[0].from.parse().unwrap();

        assert!(return_path.as_str().starts_with("bounce+") && return_path.domain() == "example.test");
        let id: Uuid =
            sqlx::query_scalar("select message_id from messages").fetch_one(&app.pool).await.unwrap();
        assert_eq!(return_path::message(app.office(), &return_path), Some(MessageId(id)));
        let guess = format!("bounce+{}@example.test", "a".repeat(40)).parse().unwrap();
        assert_eq!(return_path::message(app.office(), &guess), None);
        assert_eq!(app.smtp.mail(1).await.from, "KPP <kpp@example.test>", "people see the office");
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_is_put_off_is_tried_again_after_a_pause() {
    TestApp::run(|app| async move {
        a_receipt_mail(&app).await;
        app.smtp.behave(later());
        app.run_ready_jobs().await;
        app.smtp.behave(Behaviour::Accept);
        app.run_ready_jobs().await;
        assert_eq!(attempts(&app).await, [tried("transient", 451)], "not before the pause is over");
        assert_eq!(fate(&app, "receipt").await, "queued");

        app.advance(TimeDelta::minutes(1));
        app.run_ready_jobs().await;

        assert_eq!(attempts(&app).await, [tried("transient", 451), tried("accepted", 250)]);
        assert_eq!(fate(&app, "receipt").await, "accepted");
        assert_eq!(app.count(TASKS).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_is_refused_bounces_opens_a_task_and_can_be_sent_again() {
    TestApp::run(|app| async move {
        a_receipt_mail(&app).await;
        app.smtp.behave(never());
        app.run_ready_jobs().await;
        assert_eq!(fate(&app, "receipt").await, "bounced");
        assert_eq!(attempts(&app).await, [tried("permanent", 550)]);
        assert_eq!(app.count(TASKS).await, 1);

        app.smtp.behave(Behaviour::Accept);
        app.advance(TimeDelta::hours(1));
        app.run_ready_jobs().await;
        assert_eq!(app.smtp.received().len(), 0, "a refusal is final until somebody acts");
        let officer = app.signs_in("khusus").await;
        let id: Uuid =
            sqlx::query_scalar("select message_id from messages").fetch_one(&app.pool).await.unwrap();
        let again = json!({ "reason": "Alamat telah diperiksa" });
        app.post(&format!("/messages/{id}/suppression-lift"), Some(&officer), again.clone())
            .await
            .expect(200);
        let sent = app.post(&format!("/messages/{id}/resend"), Some(&officer), again).await.expect(200);
        app.run_ready_jobs().await;
        assert_eq!(sent["replaces"], id.to_string());
        let fates: Vec<String> = sqlx::query_scalar("select fate from messages order by created_at")
            .fetch_all(&app.pool)
            .await
            .unwrap();
        assert_eq!(fates, ["superseded", "accepted"], "one letter, sent once more");
        assert_eq!(app.count(TASKS).await, 0, "and nobody has to look after it any more");
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_content_is_tried_again() {
    TestApp::run(|app| async move {
        a_receipt_mail(&app).await;
        app.smtp.behave(Behaviour::DropMidData);
        app.run_ready_jobs().await;
        assert_eq!((fate(&app, "receipt").await.as_str(), app.smtp.received().len()), ("queued", 0));

        app.smtp.behave(Behaviour::Accept);
        app.advance(TimeDelta::minutes(1));
        app.run_ready_jobs().await;

        assert_eq!(attempts(&app).await, [tried("transient", None), tried("accepted", 250)]);
        assert_eq!(app.smtp.received().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_mail_whose_answer_was_lost_comes_again_with_the_same_message_id_and_bytes() {
    TestApp::run(|app| async move {
        a_receipt_mail(&app).await;
        app.smtp.behave(Behaviour::DropAfterFinalDot);
        app.run_ready_jobs().await;
        app.smtp.behave(Behaviour::Accept);
        app.advance(TimeDelta::minutes(1));
        app.run_ready_jobs().await;

        let received = app.smtp.received();
        let mails: Vec<ReadableMail> =
            received.iter().map(|mail| ReadableMail::parse(&mail.content)).collect();
        assert_eq!(mails.len(), 2);
        assert_eq!(mails[0].message_id, mails[1].message_id);
        assert_eq!(mails[0].attachments, mails[1].attachments);
        assert_eq!(mails[0].text, mails[1].text);
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_is_put_off_for_days_is_given_up_and_opens_a_task() {
    TestApp::run(|app| async move {
        a_receipt_mail(&app).await;
        let queued_at = app.now();
        app.smtp.behave(later());
        while fate(&app, "receipt").await == "queued" {
            assert!(app.now() < queued_at + TimeDelta::days(6));
            app.run_ready_jobs().await;
            app.advance(TimeDelta::hours(1));
        }

        assert_eq!(fate(&app, "receipt").await, "given_up");
        assert!(app.now() > queued_at + TimeDelta::days(5));
        assert!(attempts(&app).await.len() > 30);
        assert_eq!(app.count(TASKS).await, 1);
        assert_eq!(app.count("select count(*) from jobs where finished_at is null or buried").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_link_mail_that_a_newer_link_overtakes_is_not_sent() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        is_granted(&app, "new_credentials", EMAIL).await;
        let officer = app.signs_in("khusus").await;
        let pair: Uuid =
            sqlx::query_scalar("select credential_id from credentials").fetch_one(&app.pool).await.unwrap();
        let body = json!({ "reason": "Alamat diperiksa", "identity_seen": true });
        app.post(&format!("/credentials/{pair}/password-links"), Some(&officer), body).await.expect(201);

        app.run_ready_jobs().await;

        let fates: Vec<String> =
            sqlx::query_scalar("select fate from messages where kind = 'password_link' order by message_id")
                .fetch_all(&app.pool)
                .await
                .unwrap();
        assert_eq!(fates, ["superseded", "accepted"]);
        assert_eq!(mails_to(&app, EMAIL).iter().filter(|mail| mail.text.contains("/p/")).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_office_that_mails_passwords_mails_one_that_opens_and_no_link() {
    TestApp::run(|app| async move {
        sqlx::query("update offices set password_delivery = 'email'").execute(&app.pool).await.unwrap();
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        is_granted(&app, "new_credentials", EMAIL).await;

        app.run_ready_jobs().await;

        let mails = mails_to(&app, EMAIL);
        assert!(!mails.iter().any(|mail| mail.text.contains("/p/")));
        let password = mails.iter().find_map(|mail| password_in(&mail.text)).unwrap();
        let hash: Option<String> =
            sqlx::query_scalar("select password_hash from credentials").fetch_one(&app.pool).await.unwrap();
        assert!(app.verifies(hash, &password).await);
    })
    .await;
}
