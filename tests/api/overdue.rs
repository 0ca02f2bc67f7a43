//! A letter that comes too late says why, from a list, and what was too late stays so.

use chrono::TimeDelta;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    story::{self, EMAIL, files},
    support::{Answer, TestApp},
};

/// A draft whose round is overdue.
async fn late(app: &TestApp) -> Value {
    story::prepare(app).await;
    story::register(app, "999991342031000", EMAIL).await;
    let receipt = files(app, "new_credentials", EMAIL, |_| {}).await;
    app.advance(TimeDelta::days(10));
    let officer = app.signs_in("khusus").await;
    story::drafts(app, &officer, receipt["request_id"].as_str().unwrap(), "grant", json!([])).await
}

async fn signs(app: &TestApp, head: &str, drafted: &Value, body: Value) -> Answer {
    let id = drafted["request_id"].as_str().unwrap();
    let digest = format!("\"{}\"", drafted["draft"]["digest"].as_str().unwrap());
    let request = app
        .client
        .post(app.url(&format!("/requests/{id}/signature")))
        .bearer_auth(head)
        .header("if-match", digest)
        .json(&body);
    Answer::of(request).await
}

#[tokio::test]
async fn an_overdue_request_is_signed_with_a_cause_of_the_list_and_with_no_other() {
    TestApp::run(|app| async move {
        let drafted = late(&app).await;
        let head = app.signs_in("kasi").await;
        let listed = app.get("/overdue-causes", Some(&head)).await.expect(200);
        let codes: Vec<&str> =
            listed["items"].as_array().unwrap().iter().map(|cause| cause["code"].as_str().unwrap()).collect();
        assert!(codes.contains(&"officer_absent") && codes.last() == Some(&"other"), "{codes:?}");

        signs(&app, &head, &drafted, json!({})).await.is_problem(422, "overdue-needs-cause");
        let alone = json!({ "overdue_cause": "Petugas cuti" });
        signs(&app, &head, &drafted, alone).await.is_problem(422, "overdue-needs-cause");
        let unknown = signs(&app, &head, &drafted, json!({ "overdue_cause_code": "lazy_people" })).await;
        assert_eq!(unknown.json["errors"][0]["pointer"], "/overdue_cause_code", "{}", unknown.json);
        let bare = signs(&app, &head, &drafted, json!({ "overdue_cause_code": "other" })).await;
        assert_eq!(bare.json["errors"][0]["pointer"], "/overdue_cause", "{}", bare.json);

        let cause = json!({ "overdue_cause_code": "officer_absent", "overdue_cause": "Cuti sakit" });
        let issued = signs(&app, &head, &drafted, cause).await.expect(200);
        let round = &issued["rounds"][0];
        assert_eq!((&round["breached"], &round["overdue_cause_code"]), (&json!(true), &json!("officer_absent")));
        assert_eq!(round["overdue_cause"], "Cuti sakit");
        let audited = "select count(*) from audit_events where act = 'sign' and detail ->> 'overdue_cause_code' = 'officer_absent'";
        assert_eq!(app.count(audited).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_breach_never_changes_whoever_of_the_service_tries() {
    TestApp::run(|app| async move {
        let drafted = late(&app).await;
        let head = app.signs_in("kasi").await;
        let cause = json!({ "overdue_cause_code": "workload" });
        signs(&app, &head, &drafted, cause).await.expect(200);
        let service = PgPool::connect(&app.database_url()).await.unwrap();
        for (sql, refused) in [
            ("update rounds set breached = false", "has ended and is final"),
            ("update rounds set overdue_cause_code = 'system_outage'", "has ended and is final"),
            ("update rounds set due_at = due_at + interval '1 year'", "has ended and is final"),
            ("update rounds set ended_at = null, ending = null, breached = null", "has ended and is final"),
            ("delete from rounds", "permission denied"),
            ("truncate rounds cascade", "permission denied"),
            ("alter table rounds disable trigger all", "must be owner"),
            ("update overdue_causes set label_id = 'x'", "permission denied"),
        ] {
            let error = sqlx::query(sql).execute(&service).await.unwrap_err().to_string();
            assert!(error.contains(refused), "{sql}: {error}");
        }
        // Not even its owner writes a late letter without a cause.
        let silent = "alter table rounds disable trigger rounds_ended_are_final;
            update rounds set overdue_cause_code = null";
        let error = sqlx::raw_sql(silent).execute(&app.pool).await.unwrap_err().to_string();
        assert!(error.contains("rounds_signed_late_has_a_cause"), "{error}");
        service.close().await;
    })
    .await;
}
