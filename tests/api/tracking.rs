use chrono::TimeDelta;
use serde_json::json;
use uuid::Uuid;

use crate::support::{Answer, TestApp};

const RECEIPT: &str = "BPE-031-20260710-00001";

/// A request that waits for documents, with one document in use.
async fn a_request(app: &TestApp) -> Uuid {
    let id = Uuid::now_v7();
    for sql in [
        "insert into taxpayers (taxpayer_id, canonical, kind, name, source, updated_at)
         values ($1, '999991003001000', 'provisional', 'PT Contoh', 'test', '2026-07-10Z')",
        "insert into requests (request_id, office_code, taxpayer_id, kind, regime_code, channel, sender, address_proof,
             tracking_key_id, tax_id, letter_number, letter_place, letter_on, signer_name, signer_position,
             signer_capacity, pkp_name, pkp_address, email, first_received_at, state)
         values ($1, '031', $1, 'new_credentials', 'per24_se20', 'online', 'known', 'proven', 'token-ephemeral',
             '999991003001000', '1', 'Jakarta', '2026-07-10', 'A', 'Direktur', 'pengurus', 'PT Contoh', 'Jalan 1',
             'a@example.com', '2026-07-10Z', 'incomplete')",
        "insert into rounds (round_id, request_id, office_code, number, receipt_number, received_at, limit_days)
         values ($1, $1, '031', 1, 'BPE-031-20260710-00001', '2026-07-10Z', 3)",
    ] {
        sqlx::query(sql).bind(id).execute(&app.pool).await.unwrap();
    }
    id
}

fn code_of(app: &TestApp, request: Uuid) -> String {
    app.vault().tracking_code("token-ephemeral", &[request.as_bytes()]).unwrap()
}

async fn opens(app: &TestApp, receipt: &str, code: &str) -> Answer {
    app.post("/tracking", None, json!({ "receipt_number": receipt, "tracking_code": code })).await
}

#[tokio::test]
async fn receipt_and_code_open_the_request_and_an_unknown_receipt_looks_like_a_wrong_code() {
    TestApp::run(|app| async move {
        let code = code_of(&app, a_request(&app).await);

        let opened = opens(&app, RECEIPT, &code.to_lowercase()).await.expect(200);
        assert!(opened["token"].as_str().unwrap().starts_with("trk_"));
        assert_eq!(opened["expires_at"], "2026-07-10T16:30:00+07:00");
        let wrong = opens(&app, RECEIPT, "AAAA-AAAA").await;
        let unknown = opens(&app, "BPE-031-20260710-99999", &code).await;
        wrong.is_problem(404, "not-found");
        unknown.is_problem(404, "not-found");
        assert_eq!(wrong.json["detail"], unknown.json["detail"]);
    })
    .await;
}

#[tokio::test]
async fn the_right_code_is_taken_at_once_however_many_wrong_ones_came_before() {
    TestApp::run(|app| async move {
        let code = code_of(&app, a_request(&app).await);
        for _ in 0..5 {
            opens(&app, RECEIPT, "AAAA-AAAA").await.is_problem(404, "not-found");
        }
        opens(&app, RECEIPT, "AAAA-AAAA").await.is_problem(429, "too-many-attempts");

        opens(&app, RECEIPT, &code).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn with_a_tracking_token_documents_are_added_only_while_the_request_is_incomplete() {
    TestApp::run(|app| async move {
        let code = code_of(&app, a_request(&app).await);
        let token = opens(&app, RECEIPT, &code).await.expect(200)["token"].as_str().unwrap().to_owned();
        let pdf = || b"%PDF-1.7 contoh".to_vec();
        app.uploads(&token, "a.pdf", pdf()).await.expect(201);
        let mut forged = token.clone().into_bytes();
        forged[10] ^= 1;
        app.uploads(&String::from_utf8(forged).unwrap(), "a.pdf", pdf())
            .await
            .is_problem(401, "unauthenticated");
        sqlx::query("update requests set state = 'received'").execute(&app.pool).await.unwrap();

        let refused = app.uploads(&token, "a.pdf", pdf()).await;
        refused.is_problem(409, "not-possible");
        assert_eq!((&refused.json["act"], &refused.json["state"]), (&json!("resupply"), &json!("received")));
        app.advance(TimeDelta::minutes(30));
        app.uploads(&token, "a.pdf", pdf()).await.is_problem(401, "unauthenticated");
    })
    .await;
}

#[tokio::test]
async fn staff_of_the_office_read_a_document_in_use_and_the_audit_names_them() {
    TestApp::run(|app| async move {
        let code = code_of(&app, a_request(&app).await);
        let token = opens(&app, RECEIPT, &code).await.expect(200)["token"].as_str().unwrap().to_owned();
        let mut file = b"%PDF-1.7\n".to_vec();
        file.resize(600_000, b'x');
        let id = app.uploads(&token, "kartu \u{e9}.pdf", file.clone()).await.expect(201)["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let path = format!("/documents/{id}");
        let officer = app.signs_in("khusus").await;
        app.get(&path, Some(&officer)).await.is_problem(404, "not-found");
        sqlx::query(
            "update documents set attached_at = '2026-07-10Z', round_number = 1, office_code = '031'",
        )
        .execute(&app.pool)
        .await
        .unwrap();

        let read = app.get(&path, Some(&officer)).await;
        assert_eq!(read.status, 200);
        assert!(read.bytes == file);
        assert_eq!(read.header("content-type"), "application/pdf");
        assert_eq!(read.header("content-security-policy"), "default-src 'none'; sandbox");
        assert!(read.header("content-disposition").starts_with("attachment; "));
        let elsewhere = app.signs_in("kasi.952").await;
        app.get(&path, Some(&elsewhere)).await.is_problem(404, "not-found");
        assert_eq!(app.count("select count(*) from audit_events where act = 'document_viewed'").await, 1);
        let in_use = Answer::of(app.client.delete(app.url(&path)).bearer_auth(&token)).await;
        in_use.is_problem(409, "not-possible");
    })
    .await;
}
