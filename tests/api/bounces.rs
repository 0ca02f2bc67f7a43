//! What comes back about an e-mail, and what the office makes of it.

use std::sync::Arc;

use aktivasi::{
    app::{
        bounces::{
            Courier, kept,
            record_bounce::{MAX_BYTES, Outcome, record_bounce},
        },
        desk::Desk,
    },
    demo::inbox::{mail::ReadableMail, smtp::Delivery},
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    smtp_peer::{At, Behaviour},
    story::{self, EMAIL, drafts, files, is_granted, mails_to, opens, signs},
    support::{Answer, TestApp, password_in, queue_up::Call},
};

const UNKNOWN: &str = include_str!("../data/dsn/postfix-failed-5-1-1.eml");
const FULL: &str = include_str!("../data/dsn/exim-failed-full.eml");
const POLICY: &str = include_str!("../data/dsn/postfix-failed-5-7-1.eml");
const DELAYED: &str = include_str!("../data/dsn/postfix-delayed-4-2-1.eml");
const RELAYED: &str = include_str!("../data/dsn/postfix-relayed-2-0-0.eml");
const QMAIL: &str = include_str!("../data/dsn/qmail-failed.eml");
const NOTICE: &str = include_str!("../data/dsn/unreadable-notice.eml");
const HOLIDAY: &str = include_str!("../data/dsn/holiday-answer.eml");

const TASKS: &str = "select count(*) from tasks where kind = 'mail_failed' and closed_at is null";
const KEPT: &str = "select count(*) from kept_mail";
const RETURN_PATH: &str = "verp-token-0001@pantulan.example.test";
const MESSAGE_ID: &str = "019f4c20-1000-7000-8000-0000000000e1@example.test";

/// What a server says about this mail.
fn about(report: &str, mail: &Delivery) -> String {
    let id = ReadableMail::parse(&mail.content).message_id;
    let report = report.replace(RETURN_PATH, &mail.from).replace(MESSAGE_ID, &id);
    ["tidakada", "penuh", "ditolak", "nanti", "sampai"]
        .iter()
        .fold(report, |text, local| text.replace(&format!("{local}@tujuan.example"), &mail.to[0]))
}

async fn comes_back(app: &TestApp, report: &str) -> Outcome {
    record_bounce(app.office(), Courier::Console, None, report.as_bytes()).await.unwrap()
}

/// A filing whose receipt the relay took; the receipt and its mail.
async fn a_receipt(app: &TestApp) -> (Value, Delivery) {
    story::prepare(app).await;
    story::register(app, "999991342031000", EMAIL).await;
    let receipt = files(app, "new_credentials", EMAIL, |_| {}).await;
    app.run_ready_jobs().await;
    (receipt, last_mail(app))
}

fn last_mail(app: &TestApp) -> Delivery {
    app.smtp.received().pop().unwrap()
}

/// The request as an officer sees it.
async fn seen(app: &TestApp, receipt: &Value) -> Value {
    let officer = app.signs_in("khusus").await;
    app.get(&format!("/requests/{}", receipt["request_id"].as_str().unwrap()), Some(&officer))
        .await
        .expect(200)
}

/// Kind and fate of each mail of requests, oldest first.
async fn fates(app: &TestApp) -> Vec<(String, String)> {
    sqlx::query_as(
        "select kind, fate from messages where request_id is not null order by created_at, message_id",
    )
    .fetch_all(&app.pool)
    .await
    .unwrap()
}

fn mail(kind: &str, fate: &str) -> (String, String) {
    (kind.to_owned(), fate.to_owned())
}

/// The filer withdraws, of which a mail tells.
async fn withdraws(app: &TestApp, receipt: &Value) {
    let tracking = opens(app, receipt).await;
    app.post("/tracking/withdrawal", Some(&tracking), json!({})).await.expect(200);
}

async fn acts(app: &TestApp, message: &str, act: &str, body: Value) -> Answer {
    let officer = app.signs_in("khusus").await;
    app.post(&format!("/messages/{message}/{act}"), Some(&officer), body).await
}

#[tokio::test]
async fn a_mail_that_comes_back_is_bounced_opens_a_task_and_shows_on_the_request() {
    TestApp::run(|app| async move {
        let (receipt, sent) = a_receipt(&app).await;
        let report = about(UNKNOWN, &sent);

        assert_eq!(comes_back(&app, &report).await, Outcome::Bounced);

        let request = seen(&app, &receipt).await;
        let message = &request["messages"][0];
        assert_eq!(message["fate"], "bounced", "{message}");
        assert_eq!(message["attempts"][0]["outcome"], "accepted", "the attempt stays as it was");
        let said = &message["reports"][0];
        assert_eq!(said["text"], "Email tidak sampai: alamat email tidak dikenal di server tujuan (5.1.1)");
        assert_eq!((&said["action"], &said["effect"]), (&json!("failed"), &json!("bounced")));
        assert!(message["suppressed_until"].is_string());
        let officer = app.signs_in("khusus").await;
        let tasks = app.get("/tasks", Some(&officer)).await.expect(200);
        assert_eq!(tasks["items"][0]["kind"], "mail_failed");
        assert_eq!(tasks["items"][0]["detail"], message["help_desk_number"]);
        let path = format!("/requests/{}/history", receipt["request_id"].as_str().unwrap());
        let history = app.get(&path, Some(&officer)).await.expect(200);
        assert!(history["items"].as_array().unwrap().iter().any(|step| step["act"] == "record_bounce"));

        assert_eq!(comes_back(&app, &report).await, Outcome::Repeated);
        assert_eq!(app.count(TASKS).await, 1);
        assert_eq!(app.count("select count(*) from mail_reports").await, 1);
        let kept: String = sqlx::query_scalar("select string_agg(t::text, '') from mail_reports as t")
            .fetch_one(&app.pool)
            .await
            .unwrap();
        assert!(!kept.contains(EMAIL) && kept.contains("[address]"), "{kept}");
        assert_eq!(app.count(KEPT).await, 0, "nothing of the mail itself is kept");
    })
    .await;
}

#[tokio::test]
async fn a_delay_or_a_relaying_is_noted_and_changes_nothing() {
    TestApp::run(|app| async move {
        let (receipt, sent) = a_receipt(&app).await;

        assert_eq!(comes_back(&app, &about(DELAYED, &sent)).await, Outcome::Noted);
        assert_eq!(comes_back(&app, &about(RELAYED, &sent)).await, Outcome::Noted);

        let message = seen(&app, &receipt).await["messages"][0].clone();
        assert_eq!(message["fate"], "accepted");
        assert_eq!(message["reports"].as_array().unwrap().len(), 2);
        assert_eq!(message["suppressed_until"], Value::Null);
        assert_eq!(app.count(TASKS).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_report_finds_its_mail_by_its_message_id_and_a_stranger_finds_none() {
    TestApp::run(|app| async move {
        let (_, sent) = a_receipt(&app).await;
        let stranger = UNKNOWN.replace(MESSAGE_ID, &format!("{}@example.test", Uuid::now_v7()));
        let forged = stranger.replace(RETURN_PATH, &format!("bounce+{}@example.test", "a".repeat(40)));
        for report in [&stranger, &forged] {
            assert_eq!(comes_back(&app, report).await, Outcome::Kept);
            assert_eq!(comes_back(&app, report).await, Outcome::Repeated);
        }
        assert_eq!(app.count(KEPT).await, 2);
        assert_eq!(app.count("select count(*) from mail_reports").await, 0);

        let without_token = about(QMAIL, &sent).replace(&sent.from, "kpp@example.test");
        assert_eq!(comes_back(&app, &without_token).await, Outcome::Bounced);
        let found: String =
            sqlx::query_scalar("select found_by from mail_reports").fetch_one(&app.pool).await.unwrap();
        assert_eq!(found, "message_id");
    })
    .await;
}

#[tokio::test]
async fn what_is_no_report_is_kept_sealed_for_an_operator_and_thrown_away_in_time() {
    TestApp::run(|app| async move {
        let (receipt, sent) = a_receipt(&app).await;

        assert_eq!(comes_back(&app, &about(HOLIDAY, &sent)).await, Outcome::Kept);
        assert_eq!(app.count(TASKS).await, 0, "an answer of a person is nobody's task");
        assert_eq!(comes_back(&app, &about(NOTICE, &sent)).await, Outcome::Kept);
        assert_eq!(app.count(TASKS).await, 1, "a server's notice is");

        let message = seen(&app, &receipt).await["messages"][0].clone();
        assert_eq!(message["fate"], "accepted");
        assert_eq!(message["reports"][1]["text"], "Ada kabar balik yang tidak dapat dibaca program");
        let sealed: Vec<Vec<u8>> =
            sqlx::query_scalar("select sealed from kept_mail").fetch_all(&app.pool).await.unwrap();
        assert!(sealed.iter().all(|bytes| !bytes.windows(4).any(|four| four == b"cuti")));
        let all = kept::list(app.office(), Desk::Console).await.unwrap();
        let content = kept::show(app.office(), Desk::Console, all[0].id).await.unwrap();
        assert!(String::from_utf8(content).unwrap().contains("Saya sedang cuti"));
        kept::discard(app.office(), Desk::Console, all[0].id).await.unwrap();
        assert_eq!(app.count(KEPT).await, 1);
        app.advance(TimeDelta::days(31));
        aktivasi::app::housekeeping::housekeeping(app.office()).await.unwrap();
        assert_eq!(app.count(KEPT).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_mail_to_an_address_that_does_not_exist_is_not_sent_and_not_lost() {
    TestApp::run(|app| async move {
        let (receipt, sent) = a_receipt(&app).await;
        comes_back(&app, &about(UNKNOWN, &sent)).await;
        let before = app.smtp.received().len();

        withdraws(&app, &receipt).await;
        app.run_ready_jobs().await;

        assert_eq!(fates(&app).await, [mail("receipt", "bounced"), mail("request_ended", "bounced")]);
        assert_eq!(app.smtp.received().len(), before, "nobody knocked at that door");
        let message = seen(&app, &receipt).await["messages"][1].clone();
        assert_eq!(message["attempts"][0]["outcome"], "suppressed");
        assert_eq!(
            message["attempts"][0]["detail"],
            "Tidak dikirim: alamat ini baru saja menolak email (alamat email tidak dikenal di server tujuan, 5.1.1)"
        );
        assert_eq!(app.count(TASKS).await, 2, "each of them is somebody's task");
        let stored: String = sqlx::query_scalar("select string_agg(t::text, '') from suppressed_addresses as t")
            .fetch_one(&app.pool)
            .await
            .unwrap();
        assert!(!stored.contains('@'), "{stored}");

        app.advance(TimeDelta::days(61));
        let officer = app.signs_in("khusus").await;
        let id = message["message_id"].as_str().unwrap();
        let again = json!({ "reason": "Masa penahanan berakhir" });
        app.post(&format!("/messages/{id}/resend"), Some(&officer), again).await.expect(200);
        app.run_ready_jobs().await;
        assert_eq!(app.smtp.received().len(), before + 1, "it ends by itself");
    })
    .await;
}

#[tokio::test]
async fn a_mail_to_a_full_mailbox_waits_and_goes_by_itself() {
    TestApp::run(|app| async move {
        let (receipt, sent) = a_receipt(&app).await;
        comes_back(&app, &about(FULL, &sent)).await;
        withdraws(&app, &receipt).await;
        app.run_ready_jobs().await;
        assert_eq!(fates(&app).await, [mail("receipt", "bounced"), mail("request_ended", "queued")]);
        let waiting = seen(&app, &receipt).await["messages"][1].clone();
        assert_eq!(waiting["attempts"][0]["outcome"], "suppressed", "and everybody can see why: {waiting}");

        app.advance(TimeDelta::hours(24));
        app.run_ready_jobs().await;

        assert_eq!(fates(&app).await[1], mail("request_ended", "accepted"));
        assert_eq!(app.count(TASKS).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_refusal_by_policy_suppresses_nothing() {
    TestApp::run(|app| async move {
        let (receipt, sent) = a_receipt(&app).await;
        comes_back(&app, &about(POLICY, &sent)).await;
        withdraws(&app, &receipt).await;
        app.run_ready_jobs().await;

        assert_eq!(fates(&app).await, [mail("receipt", "bounced"), mail("request_ended", "accepted")]);
    })
    .await;
}

#[tokio::test]
async fn whoever_proves_the_address_gets_mail_again_and_what_waited_goes() {
    TestApp::run(|app| async move {
        let (receipt, sent) = a_receipt(&app).await;
        comes_back(&app, &about(FULL, &sent)).await;
        withdraws(&app, &receipt).await;
        app.run_ready_jobs().await;

        // The code is sent all the same: who types the address waits for it.
        app.proves_address(EMAIL).await;
        app.run_ready_jobs().await;

        assert_eq!(fates(&app).await[1], mail("request_ended", "accepted"));
        assert_eq!(app.count("select count(*) from suppressed_addresses").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_code_to_an_address_that_does_not_exist_is_nobodys_task() {
    TestApp::run(|app| async move {
        app.smtp.behave(Behaviour::Answer(At::Recipient, "550 5.1.1 No such user".to_owned()));
        app.asks_for_a_code("salah.ketik@example.com").await.expect(202);
        app.run_ready_jobs().await;

        assert_eq!(app.count("select count(*) from messages where fate = 'bounced'").await, 1);
        assert_eq!(app.count(TASKS).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_mail_is_sent_again_once_the_address_is_released_and_late_news_of_the_old_one_disturb_nothing() {
    TestApp::run(|app| async move {
        let (receipt, sent) = a_receipt(&app).await;
        comes_back(&app, &about(UNKNOWN, &sent)).await;
        let old = seen(&app, &receipt).await["messages"][0]["message_id"].as_str().unwrap().to_owned();
        let again = json!({ "reason": "PKP sudah memperbaiki kotak suratnya" });
        acts(&app, &old, "resend", again.clone()).await.is_problem(409, "address-suppressed");
        let released = acts(&app, &old, "suppression-lift", again.clone()).await.expect(200);
        assert_eq!(released["suppressed_until"], Value::Null);

        let new = acts(&app, &old, "resend", again.clone()).await.expect(200);
        acts(&app, &old, "resend", again).await.is_problem(409, "not-failed");
        app.run_ready_jobs().await;

        assert_eq!(new["replaces"], old.as_str());
        assert_eq!(fates(&app).await, [mail("receipt", "superseded"), mail("receipt", "accepted")]);
        assert_eq!(app.count(TASKS).await, 0, "who sent it again closed the task");
        let letters: Vec<Vec<u8>> = mails_to(&app, EMAIL)
            .into_iter()
            .filter_map(|mail| mail.attachments.into_iter().next().map(|file| file.bytes))
            .collect();
        assert_eq!(letters.len(), 2);
        assert_eq!(letters[0], letters[1], "the same letter, never a second one");

        let late = about(UNKNOWN, &sent).replace("20261126124746.86FE298FD0F", "another");
        assert_eq!(comes_back(&app, &late).await, Outcome::Noted);
        assert_eq!(fates(&app).await[1], mail("receipt", "accepted"));
        let messages = seen(&app, &receipt).await["messages"].clone();
        assert_eq!(messages[0]["reports"][1]["effect"], "overtaken");
        assert_eq!(messages[1]["suppressed_until"], Value::Null);
        assert_eq!(app.count(TASKS).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_corrected_address_is_proven_first_and_then_gets_the_mails_of_the_request() {
    TestApp::run(|app| async move {
        let (receipt, sent) = a_receipt(&app).await;
        comes_back(&app, &about(UNKNOWN, &sent)).await;
        let id = seen(&app, &receipt).await["messages"][0]["message_id"].as_str().unwrap().to_owned();
        let right = "betul@example.com";
        let proof = app.proves_address(right).await;
        let body = json!({ "reason": "Salah ketik", "to": "corrected", "proof_token": proof, "identity_seen": true });
        for (field, value, pointer) in [
            ("proof_token", Value::Null, "/proof_token"),
            ("proof_token", json!("prf_xxxx"), "/proof_token"),
            ("identity_seen", json!(false), "/identity_seen"),
        ] {
            let mut wrong = body.clone();
            wrong[field] = value.clone();
            let refused = acts(&app, &id, "resend", wrong).await;
            refused.is_problem(422, "invalid");
            assert_eq!(refused.json["errors"][0]["pointer"], pointer, "{}", refused.json);
        }

        let again = acts(&app, &id, "resend", body.clone()).await.expect(200);
        app.run_ready_jobs().await;

        assert_eq!(again["to_masked"], "b***l@example.com");
        assert_eq!(last_mail(&app).to, [right]);
        let second = acts(&app, again["message_id"].as_str().unwrap(), "resend", body).await;
        assert!(second.status >= 400, "a proof is used once");
        withdraws(&app, &receipt).await;
        app.run_ready_jobs().await;
        assert_eq!(last_mail(&app).to, [right], "later mails of the request go there too");
        assert_eq!(seen(&app, &receipt).await["form"]["email"], EMAIL, "the form stays as it was filed");
    })
    .await;
}

#[tokio::test]
async fn a_letter_with_a_code_goes_to_the_account_only_and_its_holder_is_told_what_to_do() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let receipt = files(&app, "new_credentials", EMAIL, |_| {}).await;
        let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
        let drafted = drafts(&app, &officer, receipt["request_id"].as_str().unwrap(), "grant", json!([])).await;
        signs(&app, &head, &drafted).await.expect(200);
        app.run_ready_jobs().await;
        let delivered = app.smtp.received();
        let with_letter = delivered
            .iter()
            .find(|mail| {
                let mail = ReadableMail::parse(&mail.content);
                mail.attachments.iter().any(|file| file.filename.starts_with("Pemberitahuan-Kode-Aktivasi"))
            })
            .unwrap();

        comes_back(&app, &about(UNKNOWN, with_letter)).await;

        let messages = seen(&app, &receipt).await["messages"].clone();
        let letter = messages.as_array().unwrap().iter().find(|one| one["kind"] == "letter_delivery").unwrap();
        let id = letter["message_id"].as_str().unwrap();
        let proof = app.proves_address("lain@example.com").await;
        let body = json!({ "reason": "Minta alamat lain", "to": "corrected", "proof_token": proof, "identity_seen": true });
        let refused = acts(&app, id, "resend", body).await;
        refused.is_problem(422, "invalid");
        assert_eq!(refused.json["errors"][0]["code"], "account_only");
        let tracking = opens(&app, &receipt).await;
        let followed = app.get("/tracking/request", Some(&tracking)).await.expect(200);
        assert_eq!(followed["letter"]["fate"], "bounced");
        let note = followed["letter"]["note"].as_str().unwrap();
        assert!(note.starts_with("Email yang membawa surat ini tidak diterima") && !note.contains('@'));

        sqlx::query("update accounts set email = 'akun@example.com'").execute(&app.pool).await.unwrap();
        let same = acts(&app, id, "resend", json!({ "reason": "Kirim lagi" })).await;
        assert_eq!(same.json["errors"][0]["code"], "address_changed", "{}", same.json);
        let sent = acts(&app, id, "resend", json!({ "reason": "Kirim lagi", "to": "account" })).await.expect(200);
        assert_eq!(sent["to_masked"], "a***n@example.com");
        sqlx::query("update accounts set email_changed_at = $1").bind(app.now()).execute(&app.pool).await.unwrap();
        sqlx::query("update messages set fate = 'bounced' where message_id = $1")
            .bind(sent["message_id"].as_str().unwrap().parse::<Uuid>().unwrap())
            .execute(&app.pool)
            .await
            .unwrap();
        let recent = json!({ "reason": "Kirim lagi", "to": "account" });
        let refused = acts(&app, sent["message_id"].as_str().unwrap(), "resend", recent).await;
        assert_eq!(refused.json["errors"][0]["code"], "email_changed_recently", "{}", refused.json);
    })
    .await;
}

fn working(app: &Arc<TestApp>) -> tokio::task::JoinHandle<()> {
    let app = Arc::clone(app);
    tokio::spawn(async move { app.run_ready_jobs().await })
}

#[tokio::test]
async fn a_bounce_that_is_faster_than_the_record_of_the_relays_answer_is_not_forgotten() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        files(&app, "new_credentials", EMAIL, |_| {}).await;
        app.smtp.behave(Behaviour::Hold(At::End));
        let sending = working(&app);
        app.smtp.wait_until_held(1).await;

        assert_eq!(comes_back(&app, &about(UNKNOWN, &last_mail(&app))).await, Outcome::Bounced);
        app.smtp.release();
        sending.await.unwrap();

        assert_eq!(fates(&app).await, [mail("receipt", "bounced")]);
        assert_eq!(app.count("select count(*) from message_attempts where outcome = 'accepted'").await, 2);
        assert_eq!(app.count(TASKS).await, 1);
    })
    .await;
}

/// A grant of an office that mails passwords; only the password mail is still to be sent.
async fn a_password_mail(app: &TestApp) {
    sqlx::query("update offices set password_delivery = 'email'").execute(&app.pool).await.unwrap();
    story::prepare(app).await;
    story::register(app, "999991342031000", EMAIL).await;
    is_granted(app, "new_credentials", EMAIL).await;
    sqlx::query(
        "update jobs set run_at = run_at + interval '1 second' where payload->>'message_id' in
                 (select message_id::text from messages where kind = 'password_link')",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    app.run_ready_jobs().await;
}

#[tokio::test]
async fn a_bounced_password_is_known_as_the_last_one_when_the_relays_answer_is_recorded() {
    TestApp::run(|app| async move {
        a_password_mail(&app).await;
        app.advance(TimeDelta::seconds(1));
        app.smtp.behave(Behaviour::Hold(At::End));
        let sending = working(&app);
        app.smtp.wait_until_held(1).await;

        assert_eq!(comes_back(&app, &about(UNKNOWN, &last_mail(&app))).await, Outcome::Noted);
        app.smtp.release();
        sending.await.unwrap();

        assert!(fates(&app).await.contains(&mail("password_link", "bounced")));
        assert_eq!(app.count(TASKS).await, 1);
    })
    .await;
}

#[tokio::test]
async fn the_bounce_of_an_older_password_does_not_disturb_the_newer_one() {
    TestApp::run(|app| async move {
        a_password_mail(&app).await;
        app.advance(TimeDelta::seconds(1));
        app.smtp.behave(Behaviour::DropAfterFinalDot);
        app.run_ready_jobs().await;
        let first = last_mail(&app);
        app.smtp.behave(Behaviour::Accept);
        app.advance(TimeDelta::minutes(1));
        app.run_ready_jobs().await;

        assert_eq!(comes_back(&app, &about(UNKNOWN, &first)).await, Outcome::Noted);

        assert!(fates(&app).await.contains(&mail("password_link", "accepted")));
        let password = password_in(&ReadableMail::parse(&last_mail(&app).content).text).unwrap();
        let hash: Option<String> =
            sqlx::query_scalar("select password_hash from credentials").fetch_one(&app.pool).await.unwrap();
        assert!(app.verifies(hash, &password).await);
    })
    .await;
}

#[tokio::test]
async fn of_two_reports_at_once_one_bounces_the_mail_and_both_are_kept() {
    TestApp::run(|app| async move {
        let (_, sent) = a_receipt(&app).await;
        let first = about(UNKNOWN, &sent);
        let other = first.replace("20261126124746.86FE298FD0F", "another");
        let recording = |report: &str| -> Call<Outcome> {
            let (app, report) = (Arc::clone(&app), report.to_owned());
            Box::pin(async move { comes_back(&app, &report).await })
        };
        let calls = vec![recording(&first), recording(&first), recording(&other)];
        let outcomes = app.queue_up("select from messages for update", calls).await;

        assert_eq!(outcomes, [Outcome::Bounced, Outcome::Repeated, Outcome::Noted]);
        assert_eq!(app.count("select count(*) from mail_reports").await, 2);
        assert_eq!(app.count(TASKS).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_bounce_and_a_resend_at_once_leave_one_mail_that_counts() {
    TestApp::run(|app| async move {
        let (receipt, sent) = a_receipt(&app).await;
        comes_back(&app, &about(POLICY, &sent)).await;
        let id = seen(&app, &receipt).await["messages"][0]["message_id"].as_str().unwrap().to_owned();
        let late = about(UNKNOWN, &sent);
        let resending: Call<u16> = {
            let (app, id) = (Arc::clone(&app), id.clone());
            let officer = app.signs_in("khusus").await;
            Box::pin(async move {
                let body = json!({ "reason": "Sudah diperiksa" });
                app.post(&format!("/messages/{id}/resend"), Some(&officer), body).await.status
            })
        };
        let recording: Call<u16> = {
            let app = Arc::clone(&app);
            Box::pin(async move { u16::from(comes_back(&app, &late).await == Outcome::Noted) })
        };
        let answers = app.queue_up("select from messages for update", vec![resending, recording]).await;
        app.run_ready_jobs().await;

        assert_eq!(answers, [200, 1]);
        assert_eq!(fates(&app).await, [mail("receipt", "superseded"), mail("receipt", "accepted")]);
    })
    .await;
}

#[tokio::test]
async fn the_pipe_of_a_mail_server_is_told_when_to_come_again() {
    TestApp::run(|app| async move {
        let (_, sent) = a_receipt(&app).await;
        let report = about(UNKNOWN, &sent).into_bytes();
        let bounce = ["mail", "bounce", "--recipient", sent.from.as_str()];

        let away = [("AKTIVASI_DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing")];
        assert_eq!(app.calls(&bounce, report.clone(), &away).ends().await.0, Some(75));
        let wrong = [("AKTIVASI__SMTP__PORT", "no number")];
        assert_eq!(app.calls(&bounce, report.clone(), &wrong).ends().await.0, Some(75));
        // Killed before its commit: nothing is half recorded.
        let mut holder = app.pool.begin().await.unwrap();
        sqlx::query("lock table audit_events in exclusive mode").execute(&mut *holder).await.unwrap();
        let killed = app.calls(&bounce, report.clone(), &[]);
        app.wait_until(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
            1,
        )
        .await;
        killed.kill();
        holder.rollback().await.unwrap();

        assert_eq!(app.calls(&bounce, report.clone(), &[]).ends().await, (Some(0), "bounced\n".to_owned()));
        assert_eq!(app.calls(&bounce, report, &[]).ends().await, (Some(0), "repeated\n".to_owned()));
        let longer = [b"halo ".repeat(MAX_BYTES / 5 + 1), b"dunia".to_vec()].concat();
        assert_eq!(app.calls(&["mail", "bounce"], longer, &[]).ends().await, (Some(0), "kept\n".to_owned()));
        let release = ["mail", "release", "--reason", "Kotak surat sudah pulih"];
        let said = app.calls(&release, sent.to[0].clone().into_bytes(), &[]).ends().await;
        assert_eq!(said, (Some(0), "p***a@example.com gets mail again\n".to_owned()));
        assert_eq!((fates(&app).await, app.count(TASKS).await), (vec![mail("receipt", "bounced")], 1));
    })
    .await;
}

#[tokio::test]
async fn an_operator_brings_what_came_back_in_one_piece_of_the_right_kind() {
    TestApp::run(|app| async move {
        let (_, sent) = a_receipt(&app).await;
        let operator = app.signs_in("operator").await;
        let brings = async |media: &str, body: Vec<u8>| {
            let request = app.client.post(app.url("/mail-reports")).bearer_auth(&operator);
            Answer::of(request.header("content-type", media).body(body)).await
        };
        let report = about(UNKNOWN, &sent).into_bytes();

        brings("text/plain", report.clone()).await.is_problem(415, "unsupported-media-type");
        brings("message/rfc822", vec![b'x'; MAX_BYTES + 1]).await.is_problem(413, "too-large");
        assert_eq!(brings("message/rfc822", report).await.expect(200)["outcome"], "bounced");
    })
    .await;
}
