use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

fn settings() -> Value {
    json!({
        "address": "Jalan Baru 2", "phone": null, "password_delivery": "link", "letter_delivery": "email",
        "signatory_title": "Kepala Seksi Pelayanan", "signs_on_behalf": true, "drafting_code": "KPP.031",
    })
}

async fn put(app: &TestApp, token: &str, tag: Option<&str>, body: Value) -> Answer {
    let mut request = app.client.put(app.url("/office-settings/031")).bearer_auth(token).json(&body);
    if let Some(tag) = tag {
        request = request.header("if-match", tag);
    }
    Answer::of(request).await
}

#[tokio::test]
async fn of_two_operators_the_slower_one_must_read_again() {
    TestApp::run(|app| async move {
        let token = app.signs_in("operator").await;
        let read = app.get("/office-settings/031", Some(&token)).await;
        assert_eq!(read.header("etag"), "\"v1\"");

        put(&app, &token, None, settings()).await.is_problem(428, "precondition-required");
        let saved = put(&app, &token, Some("\"v1\""), settings()).await;
        assert_eq!(saved.header("etag"), "\"v2\"");
        put(&app, &token, Some("\"v1\""), settings()).await.is_problem(412, "stale");
    })
    .await;
}

#[tokio::test]
async fn an_operator_keeps_only_the_own_office_and_others_none() {
    TestApp::run(|app| async move {
        let operator = app.signs_in("operator").await;
        let national = app.signs_in("pusat").await;
        let head = app.signs_in("kasi").await;

        app.get("/office-settings/952", Some(&operator)).await.is_problem(404, "not-found");
        app.get("/office-settings/952", Some(&national)).await.expect(200);
        app.get("/office-settings/031", Some(&head)).await.is_problem(403, "forbidden");
        app.get("/office-settings/031", None).await.is_problem(401, "unauthenticated");
    })
    .await;
}

#[tokio::test]
async fn offices_are_found_by_part_of_their_name() {
    TestApp::run(|app| async move {
        let found = app.get("/offices?q=palmerah", None).await.expect(200);

        assert_eq!(found["items"].as_array().unwrap().len(), 1);
        assert_eq!(found["items"][0]["office_code"], "031");
    })
    .await;
}

#[tokio::test]
async fn a_decree_is_recorded_once_and_revoked_once() {
    TestApp::run(|app| async move {
        let token = app.signs_in("operator").await;
        let path = "/staff/00000000-0000-7000-8000-000000000002/decrees";
        let entry = json!({ "number": "KEP-2", "dated_on": "2026-07-01", "in_force_on": "2026-07-06" });
        let early = json!({ "number": "KEP-3", "dated_on": "2026-07-06", "in_force_on": "2026-07-01" });

        app.post(path, Some(&token), early).await.is_problem(422, "invalid");
        let decree = app.post(path, Some(&token), entry.clone()).await.expect(201);
        app.post(path, Some(&token), entry).await.is_problem(409, "not-possible");
        let end = format!("/decrees/{}/revocation", decree["decree_id"].as_str().unwrap());
        app.post(&end, Some(&token), json!({ "revoked_on": "2026-07-05" })).await.is_problem(422, "invalid");
        app.post(&end, Some(&token), json!({ "revoked_on": "2026-07-31" })).await.expect(200);
        app.post(&end, Some(&token), json!({ "revoked_on": "2026-07-31" }))
            .await
            .is_problem(409, "not-possible");
    })
    .await;
}

#[tokio::test]
async fn staff_are_listed_page_by_page_within_the_scope() {
    TestApp::run(|app| async move {
        let token = app.signs_in("operator").await;
        let mut names = Vec::new();
        let mut path = "/staff?limit=3".to_owned();
        loop {
            let page = app.get(&path, Some(&token)).await.expect(200);
            names.extend(
                page["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|item| item["username"].as_str().unwrap().to_owned()),
            );
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/staff?limit=3&cursor={cursor}");
        }

        assert_eq!(names, ["kasi", "khusus", "operator", "tpt"]);
    })
    .await;
}

#[tokio::test]
async fn a_task_is_closed_once_by_its_own_office() {
    TestApp::run(|app| async move {
        sqlx::query(
            "insert into tasks (task_id, office_code, kind, detail, opened_at)
             values ('00000000-0000-7000-8000-0000000000f1', '031', 'mail_failed', 'x', '2026-07-10T00:00:00Z')",
        )
        .execute(&app.pool)
        .await
        .unwrap();
        let officer = app.signs_in("khusus").await;
        let elsewhere = app.signs_in("kasi.952").await;
        let counter = app.signs_in("tpt").await;
        let path = "/tasks/00000000-0000-7000-8000-0000000000f1/completion";
        let note = json!({ "note": "PKP dihubungi" });

        app.get("/tasks", Some(&counter)).await.is_problem(403, "forbidden");
        assert_eq!(app.get("/tasks?open=true", Some(&elsewhere)).await.expect(200)["items"], json!([]));
        app.post(path, Some(&elsewhere), note.clone()).await.is_problem(404, "not-found");
        let closed = app.post(path, Some(&officer), note.clone()).await.expect(200);
        assert_eq!(closed["closed_by"]["name"], "Khusus");
        assert_eq!(closed["opened_at"], "2026-07-10T07:00:00+07:00");
        app.post(path, Some(&officer), note).await.is_problem(409, "not-possible");
        assert_eq!(app.get("/tasks?open=true", Some(&officer)).await.expect(200)["items"], json!([]));
    })
    .await;
}
