//! Events for other systems: what is told, to whom, in which order, and what happens when nobody listens.

use std::time::Instant;

use aktivasi::{
    domain::event::{self, EventKind, TRIED_FOR},
    jobs::send_ready,
    webhook::{Callable, Sender},
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    after_issue::on_paper,
    smtp_peer::{At, Behaviour},
    story::{self, EMAIL, NAME, drafts, files, is_granted, link, signs},
    support::{Answer, TestApp},
    webhook_peer::{Answers, Came, WebhookPeer},
};

const PAIR: &str = "999991342031000";

fn every_kind() -> Vec<&'static str> {
    EventKind::ALL.iter().map(|kind| kind.as_str()).collect()
}

/// A receiver of everything at every office.
fn entry(name: &str, url: &str) -> Value {
    json!({ "name": name, "url": url, "office_code": null, "kinds": every_kind(), "with_personal_data": false })
}

async fn adds(app: &TestApp, entry: Value) -> (String, String) {
    let operator = app.signs_in("pusat").await;
    let made = app.post("/webhook-endpoints", Some(&operator), entry).await.expect(201);
    (
        made["endpoint"]["endpoint_id"].as_str().unwrap().to_owned(),
        made["secret"].as_str().unwrap().to_owned(),
    )
}

async fn puts(app: &TestApp, id: &str, change: impl FnOnce(&mut Value)) -> Answer {
    let operator = app.signs_in("pusat").await;
    let path = format!("/webhook-endpoints/{id}");
    let before = app.get(&path, Some(&operator)).await;
    let mut body = json!({});
    for field in ["name", "url", "office_code", "kinds", "with_personal_data", "enabled"] {
        body[field] = before.json[field].clone();
    }
    change(&mut body);
    let request = app.client.put(app.url(&path)).bearer_auth(&operator);
    Answer::of(request.header("if-match", before.header("etag")).json(&body)).await
}

async fn endpoint(app: &TestApp, id: &str) -> Value {
    let operator = app.signs_in("pusat").await;
    app.get(&format!("/webhook-endpoints/{id}"), Some(&operator)).await.expect(200)
}

async fn log(app: &TestApp, id: &str, state: &str) -> Vec<Value> {
    let operator = app.signs_in("pusat").await;
    let path = format!("/webhook-endpoints/{id}/deliveries?state={state}");
    app.get(&path, Some(&operator)).await.expect(200)["items"].as_array().unwrap().clone()
}

async fn sends(app: &TestApp, sender: &Sender) -> usize {
    send_ready(app.office(), sender).await.unwrap()
}

/// A request of somebody whom nobody knows; its id.
async fn a_request(app: &TestApp) -> String {
    let email = format!("{}@example.com", Uuid::new_v4().simple());
    files(app, "new_credentials", &email, |_| {}).await["request_id"].as_str().unwrap().to_owned()
}

async fn returns(app: &TestApp, officer: &str, request: &str) {
    app.post(&format!("/requests/{request}/claim"), Some(officer), json!({})).await.expect(200);
    let items = json!({ "items": [{ "code": "tanda_tangan_tidak_ada", "values": {} }] });
    app.post(&format!("/requests/{request}/return"), Some(officer), items).await.expect(200);
}

#[tokio::test]
async fn each_thing_that_happens_is_told_once_signed_and_with_ids_only() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, PAIR, EMAIL).await;
        let peer = WebhookPeer::start().await;
        let (_, secret) = adds(&app, entry("Semua", &peer.url())).await;
        let sender = peer.sender();

        let issued = is_granted(&app, "new_credentials", EMAIL).await;
        app.run_ready_jobs().await;
        sends(&app, &sender).await;
        assert_eq!(
            peer.kinds(),
            ["request.received", "credential.changed", "letter.issued", "letter.delivered"]
        );
        let token = link(&app, EMAIL, "/p/");
        let form =
            app.client.post(app.page(&token)).header("content-type", "application/x-www-form-urlencoded");
        let shown = Answer::of(form.body("tax_id=99.999.134.2-031.000")).await;
        assert_eq!(shown.status, 200);
        let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
        let credential: Uuid =
            sqlx::query_scalar("select credential_id from credentials").fetch_one(&app.pool).await.unwrap();
        let reason = json!({ "reason": "Pengukuhan PKP dicabut" });
        app.post(&format!("/credentials/{credential}/revocation"), Some(&head), reason).await.expect(200);
        let returned = a_request(&app).await;
        returns(&app, &officer, &returned).await;
        app.smtp.behave(Behaviour::Answer(At::Recipient, "550 5.1.1 unknown".to_owned()));
        app.run_ready_jobs().await;
        sends(&app, &sender).await;

        let came = peer.came();
        let changes: Vec<&str> = came
            .iter()
            .filter(|message| message.kind() == "credential.changed")
            .map(|message| message.json["data"]["change"].as_str().unwrap())
            .collect();
        assert_eq!(changes, ["created", "password_changed", "revoked", "password_ended"]);
        for kind in every_kind() {
            assert!(peer.kinds().iter().any(|came| came == kind), "{kind} was not told");
        }
        let mut ids: Vec<&str> = came.iter().map(Came::id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), came.len(), "one event came twice");
        let request = issued["request_id"].as_str().unwrap();
        let delivered = came.iter().find(|message| message.kind() == "letter.delivered").unwrap();
        assert_eq!(delivered.json["data"]["request_id"], request);
        assert_eq!(delivered.json["data"]["way"], "email");
        assert!(
            delivered.head.starts_with("POST /peristiwa?dari=aktivasi HTTP/1.1\r\n"),
            "{}",
            delivered.head
        );
        for message in &came {
            assert_eq!(message.signed_with(&[&secret]), [true]);
            assert_eq!(message.headers["content-type"], "application/json");
            assert_eq!(message.headers["webhook-timestamp"], app.now().timestamp().to_string());
            let text = String::from_utf8(message.body.clone()).unwrap();
            for personal in [NAME, story::SIGNER, EMAIL, PAIR, "Tirtaloka", "@"] {
                assert!(!text.contains(personal), "{text}");
            }
        }
        assert_eq!(sends(&app, &sender).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_letter_on_paper_is_told_when_it_is_handed_out_and_every_change_of_a_pair_is() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, PAIR, EMAIL).await;
        let peer = WebhookPeer::start().await;
        adds(&app, entry("Semua", &peer.url())).await;
        let issued = on_paper(&app).await;
        app.run_ready_jobs().await;
        let letters = issued["letters"].as_array().unwrap();
        let letter = letters.iter().find(|letter| letter["kind"] == "activation_notice").unwrap();
        let at = |what: &str| format!("/letters/{}/{what}", letter["letter_id"].as_str().unwrap());
        let officer = app.signs_in("khusus").await;
        let reason = json!({ "reason": "Dikirim melalui pos" });
        app.post(&at("print"), Some(&officer), reason).await;
        let post = json!({ "way": "post", "tracking_number": "P2607130042871", "identity_seen": false });
        app.post(&at("handover"), Some(&officer), post).await.expect(200);
        // What the acts on pairs write, each as its act does.
        for act in [
            "state = 'suspended', state_reason = 'x', state_changed_at = '2026-07-11Z'",
            "state = 'active', state_reason = 'x', state_changed_at = '2026-07-12Z'",
            "password_hash = 'x', secret_changed_at = '2026-07-13Z'",
            "desktop_sealed = 'x', desktop_lookup = 'x', secret_changed_at = '2026-07-14Z'",
            "version = version + 1",
            "state = 'superseded', state_reason = 'x', state_changed_at = '2026-07-15Z'",
        ] {
            let sql = format!("update credentials set {act}");
            sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&app.pool).await.unwrap();
        }
        app.advance(TimeDelta::days(6));
        sends(&app, &peer.sender()).await;

        let came = peer.came();
        let delivered: Vec<&Value> = came
            .iter()
            .filter(|message| message.kind() == "letter.delivered")
            .map(|message| &message.json["data"])
            .collect();
        assert_eq!(delivered.len(), 1);
        assert_eq!(delivered[0]["way"], "post");
        let changes: Vec<(&str, &str)> = came
            .iter()
            .filter(|message| message.kind() == "credential.changed")
            .map(|message| (&message.json["data"]["change"], &message.json["timestamp"]))
            .map(|(change, at)| (change.as_str().unwrap(), at.as_str().unwrap()))
            .collect();
        assert_eq!(
            changes[1..],
            [
                ("suspended", "2026-07-11T00:00:00Z"),
                ("reinstated", "2026-07-12T00:00:00Z"),
                ("password_changed", "2026-07-13T00:00:00Z"),
                ("desktop_code_changed", "2026-07-14T00:00:00Z"),
                ("superseded", "2026-07-15T00:00:00Z"),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn an_event_that_is_refused_holds_up_its_own_request_and_no_other() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let peer = WebhookPeer::start().await;
        let (id, _) = adds(&app, entry("Semua", &peer.url())).await;
        let (first, second) = (a_request(&app).await, a_request(&app).await);
        let officer = app.signs_in("khusus").await;
        returns(&app, &officer, &first).await;
        returns(&app, &officer, &second).await;
        peer.answers(Answers::StatusTo(first.clone(), 422));

        sends(&app, &peer.sender()).await;
        let seen = |request: &str| -> Vec<String> {
            let came = peer.came();
            let about = came.iter().filter(|message| message.json["data"]["request_id"] == *request);
            about.map(|message| message.kind().to_owned()).collect()
        };
        assert_eq!(seen(&first), ["request.received"]);
        assert_eq!(seen(&second), ["request.received", "request.returned"]);
        assert_eq!(log(&app, &id, "pending").await.len(), 2);

        peer.answers(Answers::Status(200));
        app.advance(event::pause(1));
        sends(&app, &peer.sender()).await;
        assert_eq!(seen(&first), ["request.received", "request.received", "request.returned"]);
        let came = peer.came();
        let again: Vec<&str> = came
            .iter()
            .filter(|message| {
                message.kind() == "request.received" && message.json["data"]["request_id"] == first
            })
            .map(Came::id)
            .collect();
        assert_eq!(again[0], again[1], "the same event has the same id in each try");
    })
    .await;
}

#[tokio::test]
async fn a_receiver_that_is_down_is_tried_for_three_days_and_what_was_given_up_is_sent_again_by_an_operator()
{
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let peer = WebhookPeer::start().await;
        let (id, _) = adds(&app, entry("Semua", &peer.url())).await;
        let (since, request) = (app.now(), a_request(&app).await);
        peer.answers(Answers::Status(503));
        let mut pauses = Vec::new();
        let mut last = app.now();
        while log(&app, &id, "given_up").await.is_empty() {
            assert_eq!(sends(&app, &peer.sender()).await, 1);
            pauses.push(app.now() - last);
            last = app.now();
            let waits = log(&app, &id, "pending").await;
            if let Some(next) = waits.first() {
                let next: chrono::DateTime<chrono::Utc> = next["next_at"].as_str().unwrap().parse().unwrap();
                app.advance(next - app.now());
            }
        }
        assert_eq!(app.now() - since, TRIED_FOR);
        assert!(pauses[..pauses.len() - 1].is_sorted(), "{pauses:?}");
        assert_eq!(pauses.len(), 19);
        assert_eq!(endpoint(&app, &id).await["given_up"], 1);

        peer.answers(Answers::Status(200));
        app.advance(TimeDelta::hours(1));
        assert_eq!(sends(&app, &peer.sender()).await, 0, "nobody tries it any more");
        let operator = app.signs_in("pusat").await;
        let event = log(&app, &id, "given_up").await[0]["event_id"].as_str().unwrap().to_owned();
        let one = format!("/webhook-endpoints/{id}/deliveries/{event}");
        let seen = app.get(&one, Some(&operator)).await.expect(200);
        assert_eq!(seen["attempts"].as_array().unwrap().len(), 19);
        assert_eq!((&seen["last"]["outcome"], &seen["last"]["status"]), (&json!("refused"), &json!(503)));
        let all = format!("/webhook-endpoints/{id}/replay");
        let later = json!({ "since": app.now() });
        assert_eq!(app.post(&all, Some(&operator), later).await.expect(200)["queued"], 0);
        let from = json!({ "since": since });
        assert_eq!(app.post(&all, Some(&operator), from).await.expect(200)["queued"], 1);
        app.post(&format!("{one}/replay"), Some(&operator), json!({})).await.is_problem(409, "not-possible");
        sends(&app, &peer.sender()).await;
        app.post(&format!("{one}/replay"), Some(&operator), json!({})).await.expect(200);
        sends(&app, &peer.sender()).await;

        let came = peer.came();
        assert_eq!(came.len(), 21);
        assert!(came.iter().all(|message| message.id() == event));
        assert_eq!(came[20].json["data"]["request_id"], request);
        assert_eq!(
            app.count("select count(*) from audit_events where act in ('replay_webhook', 'replay_webhooks')")
                .await,
            3
        );
    })
    .await;
}

/// Everything that waits has waited for longer than it is tried; one more failure ends it.
async fn is_given_up(app: &TestApp, peer: &WebhookPeer) {
    a_request(app).await;
    sqlx::query("update webhook_deliveries set queued_at = queued_at - interval '4 days'")
        .execute(&app.pool)
        .await
        .unwrap();
    app.advance(TimeDelta::minutes(10));
    peer.answers(Answers::Status(503));
    sends(app, &peer.sender()).await;
}

/// The open tasks about receivers, as this operator sees them.
async fn tasks(app: &TestApp, username: &str) -> Vec<Value> {
    let operator = app.signs_in(username).await;
    let listed = app.get("/tasks?open=true", Some(&operator)).await.expect(200);
    let rows = listed["items"].as_array().unwrap().iter().cloned();
    rows.filter(|row| row["kind"] == "events_given_up").collect()
}

#[tokio::test]
async fn events_that_are_given_up_are_one_task_for_each_receiver_until_they_are_sent_again() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let peer = WebhookPeer::start().await;
        let (national, _) = adds(&app, entry("Pusat", &peer.url())).await;
        let operator = app.signs_in("operator").await;
        let mut own = entry("Palmerah", &peer.url());
        own["office_code"] = json!("031");
        let own = app.post("/webhook-endpoints", Some(&operator), own).await.expect(201);
        let own = own["endpoint"]["endpoint_id"].as_str().unwrap();
        is_given_up(&app, &peer).await;
        is_given_up(&app, &peer).await;

        let operator = app.signs_in("operator").await;
        let seen = tasks(&app, "operator").await;
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert_eq!((&seen[0]["endpoint_id"], &seen[0]["office_code"]), (&json!(own), &json!("031")));
        assert_eq!(seen[0]["detail"], "Palmerah");
        let all = tasks(&app, "pusat").await;
        assert_eq!(all.len(), 2, "{all:?}");
        let [of_all] = &all.iter().filter(|task| task["endpoint_id"] == *national).collect::<Vec<_>>()[..]
        else {
            panic!("{all:?}")
        };
        assert_eq!(of_all["office_code"], Value::Null);
        let close = format!("/tasks/{}/completion", of_all["task_id"].as_str().unwrap());
        let note = json!({ "note": "Penerima tidak dipakai lagi" });
        app.post(&close, Some(&operator), note.clone()).await.is_problem(404, "not-found");

        let replay = format!("/webhook-endpoints/{own}/replay");
        let since = json!({ "since": "2026-01-01T00:00:00Z" });
        assert_eq!(app.post(&replay, Some(&operator), since).await.expect(200)["queued"], 2);
        assert!(tasks(&app, "operator").await.is_empty());
        let one = log(&app, &national, "given_up").await[0]["event_id"].as_str().unwrap().to_owned();
        let pusat = app.signs_in("pusat").await;
        let one = format!("/webhook-endpoints/{national}/deliveries/{one}/replay");
        app.post(&one, Some(&pusat), json!({})).await.expect(200);
        assert_eq!(tasks(&app, "pusat").await.len(), 1, "another event is still given up");
        app.post(&close, Some(&pusat), note).await.expect(200);
        assert!(tasks(&app, "pusat").await.is_empty());

        is_given_up(&app, &peer).await;
        assert_eq!(tasks(&app, "pusat").await.len(), 2, "what is given up later is a task again");
    })
    .await;
}

#[tokio::test]
async fn a_receiver_that_never_answers_delays_no_other_and_rests() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let (dead, well) = (WebhookPeer::start().await, WebhookPeer::start().await);
        dead.answers(Answers::Nothing);
        let (id, _) = adds(&app, entry("A mati", &dead.url())).await;
        adds(&app, entry("B sehat", &well.url())).await;
        for _ in 0..3 {
            a_request(&app).await;
        }
        let hangs = {
            let (app, sender) = (std::sync::Arc::clone(&app), dead.sender());
            tokio::spawn(async move { aktivasi::app::webhooks::deliver_next(app.office(), &sender).await })
        };
        dead.wait_for(1).await;

        let begun = Instant::now();
        assert_eq!(sends(&app, &well.sender()).await, 3, "the dead one is with another sender");
        assert_eq!(well.came().len(), 3);
        assert!(!hangs.is_finished(), "it took {:?}", begun.elapsed());
        let tried = hangs.await.unwrap().unwrap().unwrap();
        assert_eq!(tried.outcome, event::Outcome::TimedOut);
        assert_eq!(sends(&app, &well.sender()).await, 0, "it rests");
        let seen = endpoint(&app, &id).await;
        assert_eq!((&seen["failures"], &seen["pending"]), (&json!(1), &json!(3)));
        assert!(seen["rests_until"].is_string());
    })
    .await;
}

#[tokio::test]
async fn private_networks_are_not_called_by_number_by_name_or_by_redirect() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let operator = app.signs_in("pusat").await;
        for inside in
            ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]", "0x7f.1", "2130706433"]
        {
            let refused = app
                .post("/webhook-endpoints", Some(&operator), entry("Dalam", &format!("https://{inside}/")))
                .await;
            assert_eq!(refused.json["errors"][0]["code"], "private_network", "{inside}: {}", refused.json);
        }
        let (inside, outside) = (WebhookPeer::start().await, WebhookPeer::start().await);
        let (id, _) = adds(&app, entry("Nama", &inside.url())).await;
        a_request(&app).await;
        // It trusts the certificate; only the address is wrong.
        let strict = Sender::new(Callable::default(), Some(inside.ca_pem())).unwrap();
        sends(&app, &strict).await;
        assert_eq!(inside.came().len(), 0);
        assert_eq!(log(&app, &id, "pending").await[0]["last"]["outcome"], "private_network");

        outside.answers(Answers::Redirect(inside.url()));
        puts(&app, &id, |body| body["url"] = json!(outside.url())).await.expect(200);
        app.advance(event::pause(1));
        sends(&app, &outside.sender()).await;
        assert_eq!((outside.came().len(), inside.came().len()), (1, 0));
        let last = log(&app, &id, "pending").await[0]["last"].clone();
        assert_eq!((&last["outcome"], &last["status"]), (&json!("refused"), &json!(307)));

        // Nor is anybody believed whose certificate nobody vouches for.
        app.advance(event::pause(2));
        sends(&app, &inside.sender()).await;
        assert_eq!(outside.came().len(), 1);
        assert_eq!(log(&app, &id, "pending").await[0]["last"]["outcome"], "not_trusted");

        // Of an answer without an end nothing but its head is read.
        outside.answers(Answers::Endless);
        app.advance(event::pause(3));
        sends(&app, &outside.sender()).await;
        assert_eq!(log(&app, &id, "delivered").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn only_a_receiver_that_may_know_it_is_told_who_the_pkp_is() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, PAIR, EMAIL).await;
        let (one, other) = (WebhookPeer::start().await, WebhookPeer::start().await);
        let mut may = entry("Boleh tahu", &one.url());
        may["with_personal_data"] = json!(true);
        adds(&app, may).await;
        adds(&app, entry("Tidak", &other.url())).await;
        files(&app, "new_credentials", EMAIL, |_| {}).await;
        let both = Sender::new(
            Callable::with(vec!["127.0.0.0/8".parse().unwrap()]),
            Some(&[one.ca_pem(), other.ca_pem()].concat()),
        );
        sends(&app, &both.unwrap()).await;

        assert_eq!(one.came()[0].json["data"]["taxpayer"], json!({ "npwp": PAIR, "name": NAME }));
        assert_eq!(other.came()[0].json["data"].get("taxpayer"), None);
        let stored = "select count(*) from events where events::text like '%Tirtaloka%' or events::text like '%999991342%'";
        assert_eq!(app.count(stored).await, 0, "the row holds ids only");
        assert_eq!(one.came()[0].id(), other.came()[0].id());
    })
    .await;
}

#[tokio::test]
async fn after_a_new_secret_both_sign_for_a_day_and_neither_is_kept_readable() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let peer = WebhookPeer::start().await;
        let (id, old) = adds(&app, entry("Semua", &peer.url())).await;
        let operator = app.signs_in("pusat").await;
        let path = format!("/webhook-endpoints/{id}/secret");
        let rotated = app.post(&path, Some(&operator), json!({})).await.expect(200);
        let new = rotated["secret"].as_str().unwrap();
        assert!(rotated["endpoint"]["old_secret_until"].is_string());
        a_request(&app).await;
        sends(&app, &peer.sender()).await;
        app.advance(TimeDelta::hours(24));
        a_request(&app).await;
        sends(&app, &peer.sender()).await;

        let came = peer.came();
        assert_eq!(came[0].signed_with(&[new, &old]), [true, true]);
        assert_eq!(came[1].signed_with(&[new, &old]), [true, false]);
        // Twice in a day: of the old ones only the latest goes on.
        let operator = app.signs_in("pusat").await;
        let third = app.post(&path, Some(&operator), json!({})).await.expect(200);
        let fourth = app.post(&path, Some(&operator), json!({})).await.expect(200);
        let (third, fourth) = (third["secret"].as_str().unwrap(), fourth["secret"].as_str().unwrap());
        a_request(&app).await;
        sends(&app, &peer.sender()).await;
        assert_eq!(peer.came()[2].signed_with(&[fourth, third, new]), [true, true, false]);
        let kept: Vec<Vec<u8>> =
            sqlx::query_scalar("select sealed from webhook_secrets").fetch_all(&app.pool).await.unwrap();
        assert!(kept.iter().all(|sealed| !sealed.windows(6).any(|part| part == b"whsec_")));
        let shown = endpoint(&app, &id).await.to_string();
        assert!(!shown.contains("whsec_"));
    })
    .await;
}

#[tokio::test]
async fn a_receiver_that_is_switched_off_gets_nothing_and_each_gets_only_what_it_asked_for() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let peer = WebhookPeer::start().await;
        let (id, _) = adds(&app, entry("Semua", &peer.url())).await;
        let mut elsewhere = entry("Jayapura", &peer.url());
        elsewhere["office_code"] = json!("952");
        let (elsewhere, _) = adds(&app, elsewhere).await;
        let mut few = entry("Sedikit", &peer.url());
        few["kinds"] = json!(["letter.issued"]);
        let (few, _) = adds(&app, few).await;
        a_request(&app).await;
        puts(&app, &id, |body| body["enabled"] = json!(false)).await.expect(200);
        a_request(&app).await;
        assert_eq!(sends(&app, &peer.sender()).await, 0);
        assert_eq!(endpoint(&app, &id).await["pending"], 1, "what waited waits on, nothing new is kept");
        puts(&app, &id, |body| body["enabled"] = json!(true)).await.expect(200);
        assert_eq!(sends(&app, &peer.sender()).await, 1);
        for other in [elsewhere, few] {
            assert_eq!(log(&app, &other, "pending").await.len(), 0);
        }
        puts(&app, &id, |body| body["enabled"] = json!(false)).await.expect(200);
        let before = app.count("select count(*) from events").await;
        a_request(&app).await;
        assert_eq!(
            app.count("select count(*) from events").await,
            before,
            "nobody listens: nothing is written"
        );
        app.advance(TimeDelta::days(31));
        aktivasi::app::housekeeping::housekeeping(app.office()).await.unwrap();
        assert_eq!(app.count("select count(*) from events").await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_an_act_takes_back_was_never_told() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let peer = WebhookPeer::start().await;
        adds(&app, entry("Semua", &peer.url())).await;
        let request = a_request(&app).await;
        let before = app.count("select count(*) from events").await;
        let mut tx = app.pool.begin().await.unwrap();
        let sql = "insert into returns (return_id, request_id, round_id, items, returned_by, returned_at, supply_by_on, lapses_at)
             select gen_random_uuid(), request_id, round_id, '[]', staff_id, '2026-07-10Z', '2026-07-24', '2026-07-25Z'
             from rounds, staff where request_id = $1 and username = 'khusus'";
        sqlx::query(sql).bind(request.parse::<Uuid>().unwrap()).execute(&mut *tx).await.unwrap();
        let inside: i64 = sqlx::query_scalar("select count(*) from events").fetch_one(&mut *tx).await.unwrap();
        assert_eq!(inside, before + 1);
        tx.rollback().await.unwrap();

        sends(&app, &peer.sender()).await;
        assert_eq!(peer.kinds(), ["request.received"]);
    })
    .await;
}

#[tokio::test]
async fn an_operator_of_one_office_has_receivers_of_that_office_only() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let peer = WebhookPeer::start().await;
        let (national, _) = adds(&app, entry("Pusat", &peer.url())).await;
        let operator = app.signs_in("operator").await;
        let refused = app.post("/webhook-endpoints", Some(&operator), entry("Semua", &peer.url())).await;
        assert_eq!(refused.json["errors"][0]["pointer"], "/office_code", "{}", refused.json);
        let mut own = entry("Palmerah", &peer.url());
        own["office_code"] = json!("031");
        app.post("/webhook-endpoints", Some(&operator), own.clone()).await.expect(201);
        let taken = app.post("/webhook-endpoints", Some(&operator), own).await;
        assert_eq!(taken.json["errors"][0]["code"], "taken", "{}", taken.json);
        let listed = app.get("/webhook-endpoints", Some(&operator)).await.expect(200);
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        for path in ["", "/deliveries"] {
            let path = format!("/webhook-endpoints/{national}{path}");
            app.get(&path, Some(&operator)).await.is_problem(404, "not-found");
        }
        let mut wrong = entry("", "http://u@a");
        wrong["kinds"] = json!(["letter.lost"]);
        wrong["office_code"] = json!("3");
        let faults = app.post("/webhook-endpoints", Some(&operator), wrong).await;
        let pointers: Vec<&str> = faults.json["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["pointer"].as_str().unwrap())
            .collect();
        assert_eq!(pointers, ["/name", "/url", "/office_code", "/kinds/0"], "every fault at once");
    })
    .await;
}

#[tokio::test]
async fn a_worker_killed_before_it_wrote_down_an_answer_sends_again_under_the_same_id_and_loses_nothing() {
    TestApp::run(|app| async move {
        app.lives_now();
        story::prepare(&app).await;
        story::register(&app, PAIR, EMAIL).await;
        let peer = WebhookPeer::start().await;
        let (id, secret) = adds(&app, entry("Semua", &peer.url())).await;
        let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
        let receipt = files(&app, "new_credentials", EMAIL, |_| {}).await;
        let drafted =
            drafts(&app, &officer, receipt["request_id"].as_str().unwrap(), "grant", json!([])).await;
        signs(&app, &head, &drafted).await.expect(200);
        let events = usize::try_from(app.count("select count(*) from events").await).unwrap();
        let ca = std::env::temp_dir().join(format!("aktivasi-ca-{}.pem", Uuid::new_v4()));
        std::fs::write(&ca, peer.ca_pem()).unwrap();
        let settings = [
            ("AKTIVASI__WEBHOOKS__ALLOWED_NETWORKS", "127.0.0.0/8"),
            ("AKTIVASI__WEBHOOKS__CA_FILE", ca.to_str().unwrap()),
        ];
        peer.answers(Answers::Nothing);
        let first = app.starts_worker_with(&settings).await;
        peer.wait_for(1).await;
        first.kill();
        assert_eq!(app.count("select count(*) from webhook_attempts").await, 0);

        peer.answers(Answers::Status(200));
        app.leases_run_out().await;
        let _second = app.starts_worker_with(&settings).await;
        app.wait_until("select (count(*) = 0)::int::bigint from jobs where finished_at is null", 1).await;
        app.wait_until(
            "select (count(*) = 0)::int::bigint from webhook_deliveries where state = 'pending'",
            1,
        )
        .await;

        std::fs::remove_file(&ca).unwrap();
        let came = peer.came();
        assert_eq!(came[0].id(), came[1].id(), "the one in hand came again, under its id");
        assert_eq!(came[0].body, came[1].body);
        let told = usize::try_from(app.count("select count(*) from events").await).unwrap();
        assert_eq!(told, events + 1, "the letter arrived too");
        assert_eq!(came.len(), told + 1, "nothing else came twice, and nothing is missing");
        assert!(came.iter().all(|message| message.signed_with(&[&secret]) == [true]));
        let request = receipt["request_id"].as_str().unwrap();
        let of_request = came.iter().skip(1).filter(|message| message.json["data"]["request_id"] == request);
        let kinds: Vec<&str> = of_request.map(Came::kind).collect();
        assert_eq!(kinds, ["request.received", "letter.issued", "letter.delivered"]);
        assert_eq!(endpoint(&app, &id).await["given_up"], 0);
    })
    .await;
}
