//! Patterns of work as counts, each with the requests behind it.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::{
    story::{self, EMAIL, files},
    support::TestApp,
};

async fn behind(app: &TestApp, token: &str, pattern: &str) -> Vec<String> {
    let path = format!("/patterns/requests?pattern={pattern}&from=2026-07-01&until=2026-07-31");
    let answer = app.get(&path, Some(token)).await.expect(200);
    let number = |item: &Value| item["receipt_number"].as_str().unwrap().to_owned();
    answer["items"].as_array().unwrap().iter().map(number).collect()
}

#[tokio::test]
async fn returns_on_the_last_day_new_clocks_and_idle_claims_are_counted_with_their_requests() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let early = files(&app, "new_credentials", EMAIL, |_| {}).await;
        let last = files(&app, "reprint", EMAIL, |_| {}).await;
        let idle = files(&app, "update_email", EMAIL, |_| {}).await;
        let officer = app.signs_in("khusus").await;
        let id = |receipt: &Value| receipt["request_id"].as_str().unwrap().to_owned();
        let returns = async |receipt: &Value, token: &str| {
            app.post(&format!("/requests/{}/claim", id(receipt)), Some(token), json!({})).await.expect(200);
            let items = json!({ "items": [{ "code": "identitas_tidak_terbaca" }] });
            let path = format!("/requests/{}/return", id(receipt));
            app.post(&path, Some(token), items).await
        };
        returns(&early, &officer).await.expect(200);
        app.post(&format!("/requests/{}/claim", id(&idle)), Some(&officer), json!({})).await.expect(200);
        let summary = |seen: &Value| {
            let total = &seen["total"];
            ["ended", "returned", "returned_on_last_day", "reopened", "in_hand", "idle_claims"]
                .map(|key| total[key].as_i64().unwrap())
        };
        let supervisor = app.employs("kepala", "supervisor", "031").await;
        let seen = app.get("/patterns", Some(&supervisor)).await.expect(200);
        assert_eq!(summary(&seen), [1, 1, 0, 0, 1, 0]);

        // Wednesday, the last day of the limit: from here on a return is the section head's.
        app.advance(TimeDelta::days(5));
        let officer = app.signs_in("khusus").await;
        let section_head = app.signs_in("kasi").await;
        // To look at it every day is to do nothing about it.
        app.get(&format!("/requests/{}", id(&idle)), Some(&officer)).await.expect(200);
        app.get(&format!("/requests/{}/verdict", id(&idle)), Some(&officer)).await.expect(200);
        app.post(&format!("/requests/{}/claim", id(&last)), Some(&officer), json!({})).await.expect(200);
        let items = json!({ "items": [{ "code": "identitas_tidak_terbaca" }] });
        app.post(&format!("/requests/{}/return", id(&last)), Some(&section_head), items).await.expect(200);

        let supervisor = app.signs_in("kepala").await;
        let seen = app.get("/patterns?from=2026-07-01&until=2026-07-31", Some(&supervisor)).await.expect(200);
        assert_eq!(summary(&seen), [2, 2, 1, 0, 1, 1], "{seen}");
        let number = |receipt: &Value| receipt["receipt_number"].as_str().unwrap().to_owned();
        assert_eq!(behind(&app, &supervisor, "returned_on_last_day").await, [number(&last)]);
        assert_eq!(behind(&app, &supervisor, "idle_claim").await, [number(&idle)]);
        assert_eq!(behind(&app, &supervisor, "reopened").await, [] as [String; 0]);
        let officer = app.signs_in("khusus").await;
        app.get("/patterns", Some(&officer)).await.is_problem(403, "forbidden");
        app.get("/patterns?office_code=952", Some(&supervisor)).await.is_problem(404, "not-found");
        app.get("/patterns/requests?pattern=lazy", Some(&supervisor)).await.is_problem(400, "malformed");
    })
    .await;
}
