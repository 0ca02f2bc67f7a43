//! Many letters in one print: in the order of their envelopes, each counted, none twice.

use std::{process::Command, sync::Arc};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    after_issue::on_paper,
    deliveries::collected,
    story::{self, EMAIL, codes_in, pdf_text},
    support::{Answer, TestApp, queue_up::Call},
};

const LOCK_LETTERS: &str = "select from letters for update";

/// One real letter of the post and `more` like it, each with its own number, name and address.
pub async fn letters_on_paper(app: &TestApp, more: &[(&str, &str)]) -> Value {
    story::prepare(app).await;
    story::register(app, "999991342031000", EMAIL).await;
    let issued = on_paper(app).await;
    for (name, address) in more {
        like_the_first(app, name, address).await;
    }
    app.run_ready_jobs().await;
    issued
}

async fn like_the_first(app: &TestApp, name: &str, address: &str) {
    let id = Uuid::now_v7();
    sqlx::query(
        "with number as (
             update letter_series set last_number = last_number + 1 where series = 'S' returning last_number)
         insert into letters (letter_id, office_code, request_id, round_id, kind, series, year, sequence, number, dated_on,
             credential_id, template_version, data, addressee_email, delivery, delivery_reason, drafted_by, signed_by, created_at)
         select $1, office_code, request_id, round_id, kind, series, year, last_number, 'S-' || last_number || '/KPP.031/2026',
                dated_on, credential_id, template_version,
                jsonb_set(jsonb_set(data, '{pkp,nama}', to_jsonb($2::text)), '{pkp,alamat}', to_jsonb($3::text)),
                addressee_email, delivery, delivery_reason, drafted_by, signed_by, created_at
         from letters, number where sequence = 1",
    )
    .bind(id)
    .bind(name)
    .bind(address)
    .execute(&app.pool)
    .await
    .unwrap();
}

fn posting(app: &Arc<TestApp>, path: &str, token: &str, body: Value) -> Call<Answer> {
    let (app, path, token) = (Arc::clone(app), path.to_owned(), token.to_owned());
    Box::pin(async move { app.post(&path, Some(&token), body).await })
}

fn names(letters: &Value) -> Vec<String> {
    letters.as_array().unwrap().iter().map(|one| one["addressee"].as_str().unwrap().to_owned()).collect()
}

/// What qpdf says; empty is good.
fn faults(pdf: &[u8]) -> String {
    let path = std::env::temp_dir().join(format!("aktivasi-{}.pdf", Uuid::new_v4()));
    std::fs::write(&path, pdf).unwrap();
    let out = Command::new("qpdf").arg("--check").arg(&path).output().unwrap();
    std::fs::remove_file(&path).unwrap();
    if out.status.success() { String::new() } else { format!("{out:?}") }
}

/// The text of each page.
fn pages(pdf: &[u8]) -> Vec<String> {
    let text = pdf_text(pdf);
    let mut pages: Vec<String> = text.split('\u{c}').map(str::to_owned).collect();
    pages.pop();
    pages
}

const THREE: [(&str, &str); 3] = [
    ("CV Zamrud", "Jalan Satu Nomor 1, Bandung 40111"),
    ("CV Amarta", "Jalan Dua Nomor 2, Medan 20111"),
    ("CV Bima", "Jalan Tiga Nomor 3, Bandung 40111"),
];

#[tokio::test]
async fn letters_wait_and_are_printed_in_the_order_of_their_envelopes() {
    TestApp::run(|app| async move {
        letters_on_paper(&app, &THREE).await;
        let desk = app.signs_in("tpt").await;
        // By postcode, then by name; the one without a postcode comes last.
        let order = ["CV Amarta", "CV Bima", "CV Zamrud", story::NAME];

        let first = app.get("/print-queue?limit=3&delivery=post", Some(&desk)).await.expect(200);
        let cursor = first["next_cursor"].as_str().unwrap();
        let rest = app.get(&format!("/print-queue?limit=3&cursor={cursor}"), Some(&desk)).await.expect(200);
        let mut waiting = names(&first["items"]);
        waiting.extend(names(&rest["items"]));
        assert_eq!(waiting, order);
        let batch = app.post("/print-batches", Some(&desk), json!({ "delivery": "post" })).await.expect(201);
        assert_eq!(names(&batch["letters"]), order);
        let path = format!("/print-batches/{}/print", batch["batch_id"].as_str().unwrap());
        let printed = app.post(&path, Some(&desk), json!({ "duplex": true })).await;

        assert_eq!((printed.status, faults(&printed.bytes)), (200, String::new()));
        let pages = pages(&printed.bytes);
        assert!(pages[0].contains("DAFTAR SURAT YANG DICETAK") && codes_in(&pages[0]).is_empty());
        let on_page = |name: &str| {
            pages.iter().skip(1).position(|page| page.contains(name) && page.contains("Nomor")).unwrap() + 1
        };
        let starts = order.map(on_page);
        assert!(starts.is_sorted(), "{starts:?}");
        assert!(starts.iter().all(|page| page % 2 == 0), "a front side has an even index: {starts:?}");
        assert_eq!(codes_in(&pages.concat()).len(), 4);
    })
    .await;
}

#[tokio::test]
async fn every_print_of_a_batch_is_counted_and_audited_and_another_one_needs_a_reason() {
    TestApp::run(|app| async move {
        letters_on_paper(&app, &THREE[..1]).await;
        let desk = app.signs_in("tpt").await;
        let new = json!({ "delivery": "post" });
        let batch = app.post("/print-batches", Some(&desk), new.clone()).await.expect(201);
        app.post("/print-batches", Some(&desk), new).await.is_problem(409, "nothing-to-print");
        let path = format!("/print-batches/{}", batch["batch_id"].as_str().unwrap());
        let print = format!("{path}/print");

        assert_eq!(app.post(&print, Some(&desk), json!({ "duplex": false })).await.status, 200);
        app.post(&print, Some(&desk), json!({ "duplex": false })).await.is_problem(422, "invalid");
        let again = json!({ "duplex": false, "reason": "Kertas tersangkut" });
        let printed = app.post(&print, Some(&desk), again).await;

        assert!(pages(&printed.bytes)[0].contains("cetakan ke-2"));
        let seen = app.get(&path, Some(&desk)).await.expect(200);
        assert_eq!(seen["printed_count"], 2);
        assert!(
            seen["letters"].as_array().unwrap().iter().all(|letter| letter["printed_count"] == 2),
            "{seen}"
        );
        assert_eq!(app.count("select count(*) from audit_events where act = 'print_letter'").await, 4);
        assert_eq!(app.count("select count(*) from audit_events where act = 'print_batch'").await, 2);
        let elsewhere = app.employs("loket", "counter", "952").await;
        app.get(&path, Some(&elsewhere)).await.is_problem(404, "not-found");
        app.post(&print, Some(&elsewhere), json!({ "duplex": true })).await.is_problem(404, "not-found");
    })
    .await;
}

#[tokio::test]
async fn a_letter_that_left_or_was_replaced_meanwhile_is_not_printed_with_its_batch() {
    TestApp::run(|app| async move {
        let issued = letters_on_paper(&app, &THREE[..2]).await;
        let desk = app.signs_in("tpt").await;
        let batch = app.post("/print-batches", Some(&desk), json!({ "delivery": "post" })).await.expect(201);
        let print = format!("/print-batches/{}/print", batch["batch_id"].as_str().unwrap());
        app.post(&print, Some(&desk), json!({ "duplex": false })).await;
        let id = batch["letters"].as_array().unwrap().last().unwrap()["letter_id"].as_str().unwrap();
        let receipt = issued["rounds"][0]["receipt_number"].as_str().unwrap();
        app.post(&format!("/letters/{id}/handover"), Some(&desk), collected(receipt)).await.expect(200);
        sqlx::query(
            "update letters set superseded_at = created_at, superseded_by = (select letter_id from letters where sequence = 1)
             where data #>> '{pkp,nama}' = 'CV Amarta'",
        )
        .execute(&app.pool)
        .await
        .unwrap();

        let again = json!({ "duplex": false, "reason": "Tinta habis" });
        let printed = app.post(&print, Some(&desk), again.clone()).await;
        let text = pdf_text(&printed.bytes);
        assert!(
            text.contains("CV Zamrud") && !text.contains("CV Amarta") && !text.contains(story::NAME),
            "{text}"
        );
        sqlx::query("update letters set superseded_at = created_at,
                    superseded_by = (select letter_id from letters as next where next.sequence = letters.sequence % 3 + 1)
             where signed_by is not null",)
            .execute(&app.pool)
            .await
            .unwrap();
        app.post(&print, Some(&desk), again).await.is_problem(409, "nothing-to-print");
    })
    .await;
}

#[tokio::test]
async fn of_two_clerks_who_make_batches_at_once_none_gets_a_letter_of_the_other() {
    TestApp::run(|app| async move {
        letters_on_paper(&app, &THREE).await;
        let (one, two) = (app.signs_in("tpt").await, app.signs_in("khusus").await);
        let body = json!({ "delivery": "post", "limit": 2 });

        let mut running = Vec::new();
        for token in [&one, &two, &one, &two, &one, &two] {
            running.push(tokio::spawn(posting(&app, "/print-batches", token, body.clone())));
        }
        let mut made = Vec::new();
        for call in running {
            made.push(call.await.unwrap());
        }

        assert!(made.iter().all(|answer| [201, 409].contains(&answer.status)));
        let twice = "select count(*) from (select letter_id from print_batch_letters group by 1 having count(*) > 1) as twice";
        assert_eq!(app.count(twice).await, 0);
        // What a colleague had in hand in that moment still waits for the next call.
        while app.post("/print-batches", Some(&one), body.clone()).await.status == 201 {}
        assert_eq!(app.count("select count(*) from print_batch_letters").await, 4);
    })
    .await;
}

#[tokio::test]
async fn of_two_who_print_the_same_batch_the_second_needs_a_reason() {
    TestApp::run(|app| async move {
        letters_on_paper(&app, &THREE[..1]).await;
        let (one, two) = (app.signs_in("tpt").await, app.signs_in("khusus").await);
        let batch = app.post("/print-batches", Some(&one), json!({ "delivery": "post" })).await.expect(201);
        let print = format!("/print-batches/{}/print", batch["batch_id"].as_str().unwrap());
        let body = json!({ "duplex": true });

        let calls = vec![posting(&app, &print, &one, body.clone()), posting(&app, &print, &two, body)];
        let answers = app.queue_up(LOCK_LETTERS, calls).await;

        // Which of the two PostgreSQL lets through first is its own affair.
        let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 422]);
        assert_eq!(app.count("select sum(printed_count)::bigint from letters").await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_batch_of_many_letters_stays_small_and_valid() {
    TestApp::run(|app| async move {
        let many: Vec<(String, String)> = (0..59)
            .map(|n| (format!("CV Ke-{n:02}"), format!("Jalan Contoh Nomor {n}, Bogor {}", 16_111 + n)))
            .collect();
        let many: Vec<(&str, &str)> =
            many.iter().map(|(name, address)| (name.as_str(), address.as_str())).collect();
        letters_on_paper(&app, &many).await;
        let desk = app.signs_in("tpt").await;
        let batch = app.post("/print-batches", Some(&desk), json!({ "delivery": "post" })).await.expect(201);
        let print = format!("/print-batches/{}/print", batch["batch_id"].as_str().unwrap());

        let printed = app.post(&print, Some(&desk), json!({ "duplex": true })).await;

        assert_eq!((printed.status, faults(&printed.bytes)), (200, String::new()));
        let per_letter = printed.bytes.len() / 60;
        assert!(per_letter < 30 * 1024, "fonts are shared: {per_letter} bytes each");
        assert_eq!(codes_in(&pdf_text(&printed.bytes)).len(), 60);
    })
    .await;
}
