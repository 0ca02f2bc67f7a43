//! Letters on paper: posted, brought back, sent again, collected against the receipt, given up.

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::{
    after_issue::on_paper,
    smtp_peer::{At, Behaviour},
    story::{self, EMAIL, is_granted, mails_to},
    support::{Answer, TestApp, queue_up::Call},
};

const LOCK_LETTERS: &str = "select from letters for update";

/// A letter of the post with its paths, printed; and its receipt.
struct Paper {
    letter: String,
    number: String,
    receipt: String,
}

impl Paper {
    fn at(&self, what: &str) -> String {
        format!("/letters/{}/{what}", self.letter)
    }
}

fn paper(issued: &Value) -> Paper {
    let letters = issued["letters"].as_array().unwrap();
    let letter = letters.iter().find(|letter| letter["kind"] == "activation_notice").unwrap();
    Paper {
        letter: letter["letter_id"].as_str().unwrap().to_owned(),
        number: letter["number"].as_str().unwrap().to_owned(),
        receipt: issued["rounds"][0]["receipt_number"].as_str().unwrap().to_owned(),
    }
}

async fn printed(app: &TestApp) -> Paper {
    story::prepare(app).await;
    story::register(app, "999991342031000", EMAIL).await;
    let paper = paper(&on_paper(app).await);
    app.run_ready_jobs().await;
    let desk = app.signs_in("tpt").await;
    let reason = json!({ "reason": "Untuk pos" });
    assert_eq!(app.post(&paper.at("print"), Some(&desk), reason).await.status, 200);
    paper
}

fn posted(tracking_number: &str) -> Value {
    json!({ "way": "post", "tracking_number": tracking_number, "identity_seen": false })
}

pub fn collected(receipt: &str) -> Value {
    json!({ "way": "counter", "identity_seen": true, "collector":
        { "receipt_number": receipt, "name": "Wisnu Mandalika", "identity": "ktp", "last_four": "7694" } })
}

fn kempos(reason: &str) -> Value {
    json!({ "reason": reason })
}

fn posting(app: &Arc<TestApp>, path: String, token: &str, body: Value) -> Call<Answer> {
    let (app, token) = (Arc::clone(app), token.to_owned());
    Box::pin(async move { app.post(&path, Some(&token), body).await })
}

#[tokio::test]
async fn a_letter_that_came_back_goes_to_a_corrected_address_and_every_attempt_is_kept() {
    TestApp::run(|app| async move {
        let paper = printed(&app).await;
        let (desk, officer) = (app.signs_in("tpt").await, app.signs_in("khusus").await);
        app.post(&paper.at("handover"), Some(&desk), posted("P2607130042871")).await.expect(200);
        let correction =
            json!({ "way": "post", "address": "Jalan Contoh Nomor 7, Bogor 16111", "reason": "Pindah" });
        app.post(&paper.at("redelivery"), Some(&officer), correction.clone())
            .await
            .is_problem(409, "handed-out-already");
        app.advance(TimeDelta::days(3));
        let (desk, officer) = (app.signs_in("tpt").await, app.signs_in("khusus").await);
        app.post(&paper.at("postal-return"), Some(&desk), kempos("moved")).await.expect(200);

        app.post(&paper.at("handover"), Some(&desk), posted("P2607130042872"))
            .await
            .is_problem(409, "needs-redelivery");
        app.post(&paper.at("redelivery"), Some(&desk), correction.clone()).await.is_problem(403, "forbidden");
        let waiting = app.post(&paper.at("redelivery"), Some(&officer), correction).await.expect(200);
        assert_eq!((&waiting["handed_out_at"], &waiting["returned_at"]), (&Value::Null, &Value::Null));
        app.post(&paper.at("handover"), Some(&desk), posted("p2607 1300 42872")).await.expect(200);

        let history = app.get(&paper.at("deliveries"), Some(&desk)).await.expect(200);
        let attempts = history["items"].as_array().unwrap();
        let told = |field: &str| attempts.iter().map(|one| one[field].clone()).collect::<Vec<_>>();
        assert_eq!(told("tracking_number"), ["P2607130042871", "P2607130042872"]);
        assert_eq!(told("return_reason"), [json!("moved"), Value::Null]);
        assert_eq!(told("returned_on"), [json!("2026-07-13"), Value::Null]);
        assert_eq!(told("address"), [Value::Null, json!("Jalan Contoh Nomor 7, Bogor 16111")]);
        assert_eq!(attempts[1]["decided_by"]["name"], "Khusus");
    })
    .await;
}

#[tokio::test]
async fn the_request_hears_that_its_letter_came_back_and_reads_no_code() {
    TestApp::run(|app| async move {
        let paper = printed(&app).await;
        let desk = app.signs_in("tpt").await;
        app.post(&paper.at("handover"), Some(&desk), posted("P2607130042871")).await.expect(200);
        let early = json!({ "reason": "unknown", "returned_on": "2026-07-09" });
        app.post(&paper.at("postal-return"), Some(&desk), early).await.is_problem(422, "invalid");
        app.post(&paper.at("postal-return"), Some(&desk), kempos("Pindah")).await.is_problem(422, "invalid");

        app.post(&paper.at("postal-return"), Some(&desk), kempos("incomplete_address")).await.expect(200);
        app.post(&paper.at("postal-return"), Some(&desk), kempos("moved"))
            .await
            .is_problem(409, "not-posted");
        app.run_ready_jobs().await;

        let mails = mails_to(&app, EMAIL);
        let mail = mails.iter().find(|mail| mail.subject.contains("Tidak Tersampaikan")).unwrap();
        let text = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
        for said in
            [&paper.number, "\"alamat tidak lengkap\"", "sampai dengan 9 Agustus 2026", &paper.receipt]
        {
            assert!(text.contains(said), "{said} is missing in {text}");
        }
        // The address of the request is not proven: nobody learns from us where the PKP lives.
        assert!(!text.contains("Alamat tujuan"), "{text}");
        assert_eq!((story::codes_in(&text).len(), mail.attachments.len()), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_letter_is_collected_against_a_receipt_of_its_own_request_and_once() {
    TestApp::run(|app| async move {
        let paper = printed(&app).await;
        let desk = app.signs_in("tpt").await;
        let other = collected("BPS-031-20260710-99999");
        let refused = app.post(&paper.at("handover"), Some(&desk), other).await;
        refused.is_problem(422, "invalid");
        assert_eq!(refused.json["errors"][0]["pointer"], "/collector/receipt_number");
        let mut nobody = collected(&paper.receipt);
        nobody.as_object_mut().unwrap().remove("collector");
        app.post(&paper.at("handover"), Some(&desk), nobody).await.is_problem(422, "invalid");
        let mut whole = collected(&paper.receipt);
        whole["collector"]["last_four"] = json!("3174012345677694");
        app.post(&paper.at("handover"), Some(&desk), whole).await.is_problem(422, "invalid");

        let done = app.post(&paper.at("handover"), Some(&desk), collected(&paper.receipt)).await.expect(200);
        assert_eq!(done["delivery"], "counter");
        app.post(&paper.at("handover"), Some(&desk), collected(&paper.receipt))
            .await
            .is_problem(409, "handed-out-already");
        let history = app.get(&paper.at("deliveries"), Some(&desk)).await.expect(200);
        let last = history["items"].as_array().unwrap().last().unwrap();
        assert_eq!(
            (&last["collector"]["receipt_number"], &last["handed_out_by"]["name"]),
            (&json!(paper.receipt), &json!("Tpt"))
        );
        let audit =
            "select count(*) from audit_events where act = 'hand_out_letter' and detail::text like '%Wisnu%'";
        assert_eq!(app.count(audit).await, 0, "the audit names no collector");
    })
    .await;
}

#[tokio::test]
async fn a_list_of_the_post_office_is_entered_line_by_line() {
    TestApp::run(|app| async move {
        let paper = printed(&app).await;
        let desk = app.signs_in("tpt").await;
        let line = |letter: &str, number: &str| json!({ "letter_number": letter, "tracking_number": number });
        let bad = json!({ "items": [line(&paper.number, "P2607130042871"), line("S-9", "??")] });
        let refused = app.post("/postings", Some(&desk), bad).await;
        refused.is_problem(422, "invalid");
        assert_eq!(refused.json["errors"][0]["pointer"], "/items/1/tracking_number");
        let future = json!({ "posted_on": "2026-07-11", "items": [line(&paper.number, "P2607130042871")] });
        let future = app.post("/postings", Some(&desk), future).await.expect(200);
        assert_eq!(future["items"][0]["status"], 422);

        let list = json!({ "items": [
            line("S-777/KPP.031/2026", "P2607130042870"),
            line(&paper.number, "P2607130042871"),
            line(&paper.number, "P2607130042872"),
        ] });
        let entered = app.post("/postings", Some(&desk), list.clone()).await.expect(200);

        let statuses: Vec<_> =
            entered["items"].as_array().unwrap().iter().map(|row| row["status"].clone()).collect();
        assert_eq!(statuses, [404, 200, 409]);
        let elsewhere = app.employs("loket", "counter", "952").await;
        let unseen = app.post("/postings", Some(&elsewhere), list).await.expect(200);
        assert!(unseen["items"].as_array().unwrap().iter().all(|row| row["status"] == 404), "{unseen}");
        let head = app.signs_in("kasi").await;
        let one = json!({ "items": [line(&paper.number, "P2607130042873")] });
        app.post("/postings", Some(&head), one).await.is_problem(403, "forbidden");
    })
    .await;
}

#[tokio::test]
async fn one_tracking_number_belongs_to_one_letter() {
    TestApp::run(|app| async move {
        let paper = printed(&app).await;
        sqlx::query(
            "insert into letter_deliveries (letter_id, number, office_code, way, decided_at, handed_out_at, handed_out_by, posted_on, tracking_number)
             select letter_id, 0 + 9, office_code, 'post', '2026-07-01Z', '2026-07-01Z', signed_by, '2026-07-01', 'P2607130042871'
             from letters where signed_by is not null",
        )
        .execute(&app.pool)
        .await
        .unwrap();
        sqlx::query("update letter_deliveries set number = 3 - number where number = 1").execute(&app.pool).await.unwrap();
        sqlx::query("update letter_deliveries set number = 1 where number = 9").execute(&app.pool).await.unwrap();
        let desk = app.signs_in("tpt").await;

        let refused = app.post(&paper.at("handover"), Some(&desk), posted("P2607130042871")).await;

        refused.is_problem(422, "invalid");
        assert_eq!(refused.json["errors"][0]["code"], "duplicate");
    })
    .await;
}

#[tokio::test]
async fn a_bounced_letter_goes_to_the_counter_or_is_given_up_by_the_section_head() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let issued = is_granted(&app, "new_credentials", EMAIL).await;
        let paper = paper(&issued);
        let (desk, officer, head) =
            (app.signs_in("tpt").await, app.signs_in("khusus").await, app.signs_in("kasi").await);
        let counter = json!({ "way": "counter", "reason": "Email tidak dapat menerima" });
        let reason = json!({ "reason": "Tidak dapat dihubungi" });
        app.post(&paper.at("redelivery"), Some(&officer), counter.clone())
            .await
            .is_problem(409, "not-failed");
        app.post(&paper.at("abandonment"), Some(&head), reason.clone()).await.is_problem(409, "not-failed");
        app.smtp.behave(Behaviour::Answer(At::Recipient, "550 5.1.1 mailbox unavailable".to_owned()));
        app.run_ready_jobs().await;
        app.smtp.behave(Behaviour::Accept);
        let again = json!({ "way": "email", "reason": "Coba lagi" });
        app.post(&paper.at("redelivery"), Some(&officer), again.clone()).await.is_problem(422, "invalid");

        app.post(&paper.at("abandonment"), Some(&officer), reason.clone()).await.is_problem(403, "forbidden");
        app.post(&paper.at("abandonment"), Some(&head), reason.clone()).await.expect(200);
        app.post(&paper.at("abandonment"), Some(&head), reason).await.is_problem(409, "letter-ended");
        let waits = app.post(&paper.at("redelivery"), Some(&officer), counter).await.expect(200);
        assert_eq!(waits["delivery"], "counter");
        let print = json!({ "reason": "Diambil di loket" });
        assert_eq!(app.post(&paper.at("print"), Some(&desk), print).await.status, 200);
        // Back to e-mail: the address is proven, the account's own and settled, but it just refused mail.
        app.post(&paper.at("redelivery"), Some(&officer), again.clone())
            .await
            .is_problem(409, "address-suppressed");
        sqlx::query("delete from suppressed_addresses").execute(&app.pool).await.unwrap();
        app.post(&paper.at("redelivery"), Some(&officer), again).await.expect(200);
        app.run_ready_jobs().await;
        let carrying = mails_to(&app, EMAIL).iter().filter(|mail| !mail.attachments.is_empty()).count();
        assert_eq!(carrying, 1, "the receipt bounced too; the letter arrived at last");
        app.post(&paper.at("handover"), Some(&desk), collected(&paper.receipt))
            .await
            .is_problem(409, "goes-by-email");
    })
    .await;
}

#[tokio::test]
async fn a_letter_whose_address_is_in_doubt_is_never_sent_by_email() {
    TestApp::run(|app| async move {
        let paper = printed(&app).await;
        let officer = app.signs_in("khusus").await;
        let by_mail = json!({ "way": "email", "reason": "PKP meminta" });

        let refused = app.post(&paper.at("redelivery"), Some(&officer), by_mail).await;

        refused.is_problem(422, "invalid");
        assert_eq!(refused.json["errors"][0]["code"], "not_permitted");
    })
    .await;
}

#[tokio::test]
async fn of_two_who_collect_the_same_letter_one_gets_it() {
    TestApp::run(|app| async move {
        let paper = printed(&app).await;
        let (one, two) = (app.signs_in("tpt").await, app.signs_in("khusus").await);
        let body = collected(&paper.receipt);

        let calls = vec![
            posting(&app, paper.at("handover"), &one, body.clone()),
            posting(&app, paper.at("handover"), &two, body),
        ];
        let answers = app.queue_up(LOCK_LETTERS, calls).await;

        assert_eq!(answers[0].status, 200);
        answers[1].is_problem(409, "handed-out-already");
        let handed = "select count(*) from letter_deliveries where handed_out_at is not null";
        assert_eq!(app.count(handed).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_collection_and_the_return_of_the_post_take_turns() {
    TestApp::run(|app| async move {
        let paper = printed(&app).await;
        let (desk, officer) = (app.signs_in("tpt").await, app.signs_in("khusus").await);
        app.post(&paper.at("handover"), Some(&desk), posted("P2607130042871")).await.expect(200);

        let calls = vec![
            posting(&app, paper.at("handover"), &desk, collected(&paper.receipt)),
            posting(&app, paper.at("postal-return"), &officer, kempos("unclaimed")),
            posting(&app, paper.at("handover"), &desk, collected(&paper.receipt)),
            posting(&app, paper.at("postal-return"), &officer, kempos("unclaimed")),
        ];
        let answers = app.queue_up(LOCK_LETTERS, calls).await;

        // It was with the post, came back, was collected, and cannot come back any more.
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, [409, 200, 200, 409]);
    })
    .await;
}
