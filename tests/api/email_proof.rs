use chrono::TimeDelta;

use crate::support::TestApp;

#[tokio::test]
async fn an_address_is_proven_by_the_code_of_its_mail() {
    TestApp::run(|app| async move {
        let asked = app.asks_for_a_code("a@example.com").await.expect(202);
        let proof = asked["proof_id"].as_str().unwrap();
        assert_eq!(asked["code_expires_at"], "2026-07-10T16:15:00+07:00");

        let code = app.code_of(proof).await;
        let proven = app.confirms(proof, &code).await.expect(200);

        assert!(proven["token"].as_str().unwrap().starts_with("prf_"));
        assert_eq!(proven["expires_at"], "2026-07-10T16:30:00+07:00");
        assert_eq!(app.count("select count(*) from messages where kind = 'proof_code'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_code_makes_the_next_try_wait_and_the_right_one_is_taken_after_the_pause() {
    TestApp::run(|app| async move {
        let proof =
            app.asks_for_a_code("a@example.com").await.expect(202)["proof_id"].as_str().unwrap().to_owned();
        let code = app.code_of(&proof).await;
        let wrong = if code == "000000" { "000001" } else { "000000" };
        for pause in [2, 4, 8] {
            app.confirms(&proof, wrong).await.is_problem(422, "wrong-proof-code");
            let refused = app.confirms(&proof, &code).await;
            refused.is_problem(429, "too-many-attempts");
            assert_eq!(refused.header("retry-after"), pause.to_string());
            app.advance(TimeDelta::seconds(pause));
        }

        app.confirms(&proof, &code).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn two_confirmations_at_once_both_succeed_and_one_token_holds() {
    TestApp::run(|app| async move {
        let proof =
            app.asks_for_a_code("a@example.com").await.expect(202)["proof_id"].as_str().unwrap().to_owned();
        let code = app.code_of(&proof).await;

        let (one, other) = futures_util::join!(app.confirms(&proof, &code), app.confirms(&proof, &code));
        let tokens =
            [one.expect(200), other.expect(200)].map(|body| body["token"].as_str().unwrap().to_owned());
        let mut held = 0;
        for token in tokens {
            held += i32::from(app.uploads(&token, "a.pdf", b"%PDF-1.7 x".to_vec()).await.status == 201);
        }

        assert_eq!(held, 1);
    })
    .await;
}

#[tokio::test]
async fn an_expired_code_and_an_unknown_proof_answer_alike() {
    TestApp::run(|app| async move {
        let proof =
            app.asks_for_a_code("a@example.com").await.expect(202)["proof_id"].as_str().unwrap().to_owned();
        let code = app.code_of(&proof).await;
        app.advance(TimeDelta::minutes(15));

        let expired = app.confirms(&proof, &code).await;
        let unknown = app.confirms("019f4b6a-3c10-7d21-9a55-0d7a4c1f2b01", &code).await;

        expired.is_problem(404, "not-found");
        assert_eq!(expired.json["detail"], unknown.json["detail"]);
    })
    .await;
}

#[tokio::test]
async fn a_mailbox_is_not_flooded_with_codes() {
    TestApp::run(|app| async move {
        for _ in 0..3 {
            app.asks_for_a_code("a@example.com").await.expect(202);
        }
        app.asks_for_a_code("A@example.com").await.is_problem(429, "too-many-attempts");
        app.asks_for_a_code("b@example.com").await.expect(202);
        app.advance(TimeDelta::seconds(30));
        app.asks_for_a_code("a@example.com").await.expect(202);
    })
    .await;
}

#[tokio::test]
async fn every_fault_of_the_question_is_told_at_once() {
    TestApp::run(|app| async move {
        let body = serde_json::json!({ "email": "nobody", "office_code": "999" });
        let answer = app.post("/email-proofs", None, body).await;

        answer.is_problem(422, "invalid");
        assert_eq!(answer.json["errors"][0]["pointer"], "/email");
        assert_eq!(answer.json["errors"][1]["pointer"], "/office_code");
    })
    .await;
}
