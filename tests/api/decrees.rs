//! KEP Penunjukan Petugas Khusus: prepared, numbered, signed in ink, in force with its scan.

use chrono::TimeDelta;
use reqwest::Url;
use serde_json::{Value, json};

use crate::{
    story::{self, EMAIL, files, pdf_text},
    support::{Answer, TestApp, queue_up::Call},
};

const LOCK_SERIES: &str = "lock table letter_series in exclusive mode";

/// A special officer of 031 without any decree; the id.
async fn newcomer(app: &TestApp) -> String {
    app.employs("baru", "special_officer", "031").await;
    sqlx::query(
        "delete from decrees using staff where staff.staff_id = decrees.staff_id and username = 'baru'",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let id: uuid::Uuid = sqlx::query_scalar("select staff_id from staff where username = 'baru'")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    id.to_string()
}

fn decree(officer: &str) -> Value {
    json!({
        "dated_on": "2026-07-10", "in_force_on": "2026-07-11",
        "officers": [{ "staff_id": officer, "rank": "Penata Muda/III.a", "position": "Pelaksana Seksi Pelayanan" }],
        "signatory": { "name": "Hartati Contoh", "nip": "197002021995031999" },
    })
}

async fn prepares(app: &TestApp, operator: &str, body: &Value) -> Answer {
    app.post("/offices/031/decree-documents", Some(operator), body.clone()).await
}

/// A decree with its number; its path.
async fn numbered(app: &TestApp, operator: &str, body: &Value) -> String {
    let document = prepares(app, operator, body).await.expect(201);
    let path = format!("/decree-documents/{}", document["decree_document_id"].as_str().unwrap());
    app.post(&format!("{path}/number"), Some(operator), json!({})).await.expect(200);
    path
}

async fn uploads(app: &TestApp, token: &str, path: &str, bytes: &[u8]) -> Answer {
    let mut url = Url::parse(&app.url(&format!("{path}/scan"))).unwrap();
    url.query_pairs_mut().append_pair("file_name", "pindaian.pdf");
    Answer::of(app.client.post(url).bearer_auth(token).body(bytes.to_vec())).await
}

/// Words only: where lines end is the layout's business.
fn words(pdf: &[u8]) -> String {
    pdf_text(pdf).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn scan() -> Vec<u8> {
    let mut scan = b"%PDF-1.7\n".to_vec();
    scan.resize(300_000, b'x');
    scan
}

#[tokio::test]
async fn a_decree_is_in_force_with_its_scan_from_its_day() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let officer = newcomer(&app).await;
        let receipt = files(&app, "new_credentials", EMAIL, |_| {}).await;
        let claim = format!("/requests/{}/claim", receipt["request_id"].as_str().unwrap());
        let claims = async || {
            let officer = app.signs_in("baru").await;
            app.post(&claim, Some(&officer), json!({})).await
        };
        let operator = app.signs_in("operator").await;

        let prepared = prepares(&app, &operator, &decree(&officer)).await.expect(201);
        let path = format!("/decree-documents/{}", prepared["decree_document_id"].as_str().unwrap());
        uploads(&app, &operator, &path, &scan()).await.is_problem(409, "not-possible");
        let numbered = app.post(&format!("{path}/number"), Some(&operator), json!({})).await.expect(200);
        let twice = app.post(&format!("{path}/number"), Some(&operator), json!({})).await;
        let paper = app.get(&format!("{path}/paper"), Some(&operator)).await;
        let again = app.get(&format!("{path}/paper"), Some(&operator)).await;
        app.advance(TimeDelta::hours(8));
        claims().await.is_problem(403, "no-decree");
        let operator = app.signs_in("operator").await;
        uploads(&app, &operator, &path, b"MZ executable").await.is_problem(415, "unsupported-media-type");
        let signed = uploads(&app, &operator, &path, &scan()).await.expect(200);

        assert_eq!((&prepared["state"], &prepared["number"]), (&json!("prepared"), &Value::Null));
        assert_eq!(numbered["number"], "KEP-1/KPP.031/2026");
        twice.is_problem(409, "not-possible");
        let text = words(&paper.bytes);
        for said in [
            "NOMOR KEP-1/KPP.031/2026",
            "Baru",
            "sejak tanggal 11 Juli 2026 sampai dengan dicabut",
            "Hartati Contoh",
        ] {
            assert!(text.contains(said), "{said} is missing in {text}");
        }
        assert!(paper.bytes == again.bytes);
        assert_eq!((&signed["state"], &signed["scan"]["byte_count"]), (&json!("signed"), &json!(300_000)));
        claims().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_scan_that_comes_before_the_day_appoints_from_that_day_to_the_last_one() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let officer = newcomer(&app).await;
        let operator = app.signs_in("operator").await;
        let mut body = decree(&officer);
        body["until_on"] = json!("2026-07-11");
        let path = numbered(&app, &operator, &body).await;
        uploads(&app, &operator, &path, &scan()).await.expect(200);
        let allowed = async || {
            let officer = app.signs_in("baru").await;
            app.post("/requests/claim-next", Some(&officer), json!({})).await.status
        };

        let before = allowed().await;
        app.advance(TimeDelta::hours(8));
        let on_the_day = allowed().await;
        app.advance(TimeDelta::days(1));
        let after = allowed().await;

        assert_eq!((before, on_the_day, after), (403, 204, 403));
    })
    .await;
}

#[tokio::test]
async fn a_scan_is_sealed_and_read_back_as_an_attachment_by_operator_and_supervisor() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let officer = newcomer(&app).await;
        let operator = app.signs_in("operator").await;
        let path = numbered(&app, &operator, &decree(&officer)).await;
        app.get(&format!("{path}/scan"), Some(&operator)).await.is_problem(404, "not-found");
        uploads(&app, &operator, &path, &scan()).await.expect(200);

        let read = app.get(&format!("{path}/scan"), Some(&operator)).await;
        let kanwil = app.signs_in("kanwil").await;
        let supervised = app.get(&format!("{path}/scan"), Some(&kanwil)).await;
        let head = app.signs_in("kasi").await;

        assert!(read.bytes == scan() && supervised.bytes == scan());
        assert_eq!(read.header("content-security-policy"), "default-src 'none'; sandbox");
        assert!(read.header("content-disposition").starts_with("attachment; filename=\"pindaian.pdf\""));
        let sealed = "select count(*) from decree_scan_chunks where position('xxxx'::bytea in sealed) > 0";
        assert_eq!(
            (app.count(sealed).await, app.count("select count(*) from decree_scan_chunks").await),
            (0, 2)
        );
        app.get(&format!("{path}/scan"), Some(&head)).await.is_problem(403, "forbidden");
        let elsewhere = app.employs("operator.952x", "operator", "952").await;
        app.get(&path, Some(&elsewhere)).await.is_problem(404, "not-found");
        uploads(&app, &elsewhere, &path, &scan()).await.is_problem(404, "not-found");
    })
    .await;
}

#[tokio::test]
async fn a_decree_that_revokes_another_ends_it_on_its_day() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let officer = newcomer(&app).await;
        let operator = app.signs_in("operator").await;
        let mut body = decree(&officer);
        body["revokes"] = json!("KEP-unknown");
        prepares(&app, &operator, &body).await.is_problem(422, "invalid");
        body["revokes"] = json!("KEP-1");
        let path = numbered(&app, &operator, &body).await;
        let held =
            app.count("select count(*) from decrees where number = 'KEP-1' and revoked_on is null").await;

        uploads(&app, &operator, &path, &scan()).await.expect(200);

        assert!(held > 0);
        let ended = "select count(*) from decrees where number = 'KEP-1' and revoked_on = '2026-07-11'";
        assert_eq!(app.count(ended).await, held);
    })
    .await;
}

#[tokio::test]
async fn a_decree_that_was_never_signed_keeps_its_number_and_the_register_names_it() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let officer = newcomer(&app).await;
        let (operator, head) = (app.signs_in("operator").await, app.signs_in("kasi").await);
        let reason = json!({ "reason": "Petugas dipindahkan" });
        let thrown = prepares(&app, &operator, &decree(&officer)).await.expect(201);
        let thrown = format!("/decree-documents/{}", thrown["decree_document_id"].as_str().unwrap());
        let discarded =
            app.post(&format!("{thrown}/void"), Some(&operator), reason.clone()).await.expect(200);
        let first = numbered(&app, &operator, &decree(&officer)).await;

        let voided = app.post(&format!("{first}/void"), Some(&operator), reason.clone()).await.expect(200);
        let late = uploads(&app, &operator, &first, &scan()).await;
        let second = numbered(&app, &operator, &decree(&officer)).await;
        uploads(&app, &operator, &second, &scan()).await.expect(200);
        let in_force = app.post(&format!("{second}/void"), Some(&operator), reason).await;
        let list = app.get("/offices/031/decree-documents", Some(&operator)).await.expect(200);
        let register =
            words(&app.get("/offices/031/monthly-register?month=2026-07", Some(&head)).await.bytes);

        assert_eq!((&discarded["state"], &discarded["number"]), (&json!("discarded"), &Value::Null));
        assert_eq!((&voided["state"], &voided["number"]), (&json!("voided"), &json!("KEP-1/KPP.031/2026")));
        late.is_problem(409, "not-possible");
        in_force.is_problem(409, "not-possible");
        let numbers: Vec<&Value> =
            list["items"].as_array().unwrap().iter().map(|one| &one["number"]).collect();
        assert_eq!(numbers, [&json!("KEP-2/KPP.031/2026"), &json!("KEP-1/KPP.031/2026"), &Value::Null]);
        for said in [
            "dibatalkan: KEP-1/KPP.031/2026 (Petugas dipindahkan).",
            "keputusan: KEP-1 sampai dengan KEP-2, berurutan tanpa celah",
        ] {
            assert!(register.contains(said), "{said} is missing in {register}");
        }
    })
    .await;
}

#[tokio::test]
async fn decrees_made_outside_are_recorded_by_number_and_may_have_a_scan() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let officer = newcomer(&app).await;
        let operator = app.signs_in("operator").await;
        let record = format!("/staff/{officer}/decrees");
        let entry =
            json!({ "number": "KEP-77/KPP.031/2025", "dated_on": "2025-07-01", "in_force_on": "2025-07-01" });
        let ours = numbered(&app, &operator, &decree(&officer)).await;
        let taken =
            json!({ "number": "KEP-1/KPP.031/2026", "dated_on": "2026-07-01", "in_force_on": "2026-07-01" });

        app.post(&record, Some(&operator), taken).await.is_problem(409, "not-possible");
        let recorded = app.post(&record, Some(&operator), entry).await.expect(201);
        let path = format!("/decrees/{}", recorded["decree_id"].as_str().unwrap());
        assert_eq!(recorded["decree_document_id"], Value::Null);
        app.get(&format!("{path}/scan"), Some(&operator)).await.is_problem(404, "not-found");
        assert_eq!(uploads(&app, &operator, &path, &scan()).await.status, 204);
        assert!(app.get(&format!("{path}/scan"), Some(&operator)).await.bytes == scan());
        uploads(&app, &operator, &ours, &scan()).await.expect(200);
        let staff = app.get("/staff", Some(&operator)).await.expect(200);
        let baru = staff["items"].as_array().unwrap().iter().find(|one| one["username"] == "baru").unwrap();
        assert_eq!(baru["decrees"].as_array().unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_decree_says_every_fault_at_once() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let operator = app.signs_in("operator").await;
        let mut body = decree("00000000-0000-7000-8000-000000000012");
        body["in_force_on"] = json!("2026-07-09");
        body["until_on"] = json!("2026-07-08");
        body["signatory"]["nip"] = json!("12");
        let refused = prepares(&app, &operator, &body).await;
        let mut last_year = decree(&newcomer(&app).await);
        last_year["dated_on"] = json!("2025-12-31");
        let document = prepares(&app, &operator, &last_year).await.expect(201);
        let number = format!("/decree-documents/{}/number", document["decree_document_id"].as_str().unwrap());

        let pointers: Vec<&str> = refused.json["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["pointer"].as_str().unwrap())
            .collect();
        assert_eq!(pointers, ["/in_force_on", "/until_on", "/officers/0/staff_id", "/signatory/nip"]);
        app.post(&number, Some(&operator), json!({})).await.is_problem(422, "invalid");
        assert_eq!(app.count("select count(*) from letter_series where series = 'KEP'").await, 0);
    })
    .await;
}

#[tokio::test]
async fn numbers_of_decrees_have_no_gap_and_no_double_when_two_are_given_at_once() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let officer = newcomer(&app).await;
        let operator = app.signs_in("operator").await;
        let mut paths = Vec::new();
        for _ in 0..3 {
            let document = prepares(&app, &operator, &decree(&officer)).await.expect(201);
            paths.push(format!(
                "/decree-documents/{}/number",
                document["decree_document_id"].as_str().unwrap()
            ));
        }
        paths.push(paths[0].clone());

        let calls = paths.into_iter().map(|path| {
            let (app, operator) = (app.clone(), operator.clone());
            let call: Call<Answer> =
                Box::pin(async move { app.post(&path, Some(&operator), json!({})).await });
            call
        });
        let answers = app.queue_up(LOCK_SERIES, calls.collect()).await;

        let mut numbers: Vec<&str> =
            answers.iter().filter_map(|answer| answer.json["number"].as_str()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, ["KEP-1/KPP.031/2026", "KEP-2/KPP.031/2026", "KEP-3/KPP.031/2026"]);
        let refused: Vec<u16> =
            answers.iter().map(|answer| answer.status).filter(|status| *status != 200).collect();
        assert_eq!(refused, [409]);
    })
    .await;
}
