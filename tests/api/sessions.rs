use chrono::TimeDelta;
use serde_json::json;

use crate::support::{Answer, PASSWORD, TestApp};

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_answer_alike() {
    TestApp::run(|app| async move {
        let unknown = app.tries_to_sign_in("nobody", PASSWORD).await;
        let wrong = app.tries_to_sign_in("khusus", "salah").await;

        unknown.is_problem(401, "wrong-credentials");
        wrong.is_problem(401, "wrong-credentials");
        assert_eq!(unknown.json["detail"], wrong.json["detail"]);
    })
    .await;
}

#[tokio::test]
async fn guessing_slows_and_the_right_password_is_taken_after_the_pause() {
    TestApp::run(|app| async move {
        for _ in 0..5 {
            app.tries_to_sign_in("khusus", "salah").await.is_problem(401, "wrong-credentials");
        }
        let refused = app.tries_to_sign_in("khusus", PASSWORD).await;
        refused.is_problem(429, "too-many-attempts");
        assert_eq!(refused.header("retry-after"), "2");
        app.advance(TimeDelta::seconds(2));

        app.signs_in("khusus").await;
        app.signs_in("khusus").await;
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_second_use_ends_the_session() {
    TestApp::run(|app| async move {
        let first = app.tries_to_sign_in("khusus", PASSWORD).await.expect(201);
        let refresh =
            |token: serde_json::Value| app.post("/sessions/refresh", None, json!({ "refresh_token": token }));
        let second = refresh(first["refresh_token"].clone()).await.expect(200);
        let access = second["access_token"].as_str().unwrap();
        app.get("/sessions/current", Some(access)).await.expect(200);

        refresh(first["refresh_token"].clone()).await.is_problem(401, "unauthenticated");

        app.get("/sessions/current", Some(access)).await.is_problem(401, "unauthenticated");
        refresh(second["refresh_token"].clone()).await.is_problem(401, "unauthenticated");
    })
    .await;
}

#[tokio::test]
async fn two_refreshes_at_once_with_one_token_end_the_session() {
    TestApp::run(|app| async move {
        let first = app.tries_to_sign_in("khusus", PASSWORD).await.expect(201);
        let body = json!({ "refresh_token": first["refresh_token"] });

        let (one, other) = futures_util::join!(
            app.post("/sessions/refresh", None, body.clone()),
            app.post("/sessions/refresh", None, body.clone())
        );

        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401]);
        assert_eq!(app.count("select count(*) from sessions where ended_at is null").await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_idle_session_is_not_refreshed_and_an_access_token_lives_ten_minutes() {
    TestApp::run(|app| async move {
        let first = app.tries_to_sign_in("khusus", PASSWORD).await.expect(201);
        app.advance(TimeDelta::minutes(10));
        app.get("/sessions/current", first["access_token"].as_str()).await.is_problem(401, "unauthenticated");
        app.advance(TimeDelta::hours(2));

        let idle =
            app.post("/sessions/refresh", None, json!({ "refresh_token": first["refresh_token"] })).await;

        idle.is_problem(401, "unauthenticated");
    })
    .await;
}

#[tokio::test]
async fn signing_out_ends_the_session_at_once() {
    TestApp::run(|app| async move {
        let token = app.signs_in("khusus").await;
        let who = app.get("/sessions/current", Some(&token)).await.expect(200);
        assert_eq!(who["decree"]["number"], "KEP-1");

        let out = Answer::of(app.client.delete(app.url("/sessions/current")).bearer_auth(&token)).await;

        assert_eq!(out.status, 204);
        let refused = app.get("/sessions/current", Some(&token)).await;
        refused.is_problem(401, "unauthenticated");
        assert_eq!(refused.header("www-authenticate"), "Bearer");
    })
    .await;
}
