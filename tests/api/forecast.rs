//! The forecast of an office and the moves that a supervisor accepts.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    small_office::{KHUSUS, KHUSUS2, request, small_office},
    support::{Answer, TestApp, queue_up::Call},
};

const LOCK_REQUESTS: &str = "select from requests for update";
const REASSIGNED: &str = "select count(*) from audit_events where act = 'reassign'";

async fn forecast(app: &TestApp, token: &str) -> Value {
    app.get("/offices/031/forecast", Some(token)).await.expect(200)
}

/// What the proposal says, as it is accepted.
fn accepted(seen: &Value) -> Vec<Value> {
    let named = ["request_id", "version", "from_officer_id", "to_officer_id"];
    let row = |one: &Value| named.iter().map(|name| ((*name).to_owned(), one[*name].clone())).collect();
    seen["moves"].as_array().unwrap().iter().map(|one| Value::Object(row(one))).collect()
}

async fn accepts(app: &TestApp, token: &str, key: &str, moves: &[Value]) -> Answer {
    let request = app.client.post(app.url("/offices/031/forecast/acceptance")).bearer_auth(token);
    Answer::of(request.header("idempotency-key", key).json(&json!({ "moves": moves }))).await
}

fn outcomes(answer: &Value) -> Vec<(&str, &str)> {
    let items = answer["items"].as_array().unwrap().iter();
    items
        .map(|one| (one["outcome"].as_str().unwrap(), one["now"]["officer"].as_str().unwrap_or("-")))
        .collect()
}

#[tokio::test]
async fn a_small_office_is_forecast_as_by_hand_for_those_who_watch_it() {
    TestApp::run(|app| async move {
        small_office(&app, true).await;
        let head = app.signs_in("kasi").await;
        let seen = forecast(&app, &head).await;
        let history = json!({ "from": "2026-06-15", "until": "2026-07-12", "business_days": 20, "open_minutes": 9_600,
                              "completed": 120, "least": 5 });
        assert_eq!(seen["history"], history);
        assert_eq!(seen["team_rate"], json!({ "completed": 120, "open_minutes": 9_600, "per_hour": 0.75 }));
        let days: Vec<Value> = seen["days"].as_array().unwrap().iter().take(3).cloned().collect();
        let day = |day: &str, due: i64, drafted: i64, spare: i64, so_far: i64| {
            json!({ "day": day, "open_minutes": 480, "due": due, "drafted": drafted, "carried": 0, "to_do": due - drafted,
                    "can_do": 6, "spare": spare, "spare_so_far": so_far })
        };
        // 120 in 160 hours are 6 in 8 hours.
        let by_hand =
            [day("2026-07-13", 1, 1, 6, 6), day("2026-07-14", 8, 0, -2, 4), day("2026-07-15", 1, 0, 5, 9)];
        assert_eq!(days, by_hand);
        assert_eq!(seen["days"].as_array().unwrap().len(), 6);
        // Of seven `khusus` completes four in the 16 hours until tomorrow evening.
        let late: Vec<_> = seen["late"].as_array().unwrap().iter().map(|one| {
            (one["request_id"].as_str().unwrap().to_owned(), one["position"].as_u64().unwrap(), one["can_do"].as_u64().unwrap())
        }).collect();
        assert_eq!(late, [(request(1005), 5, 4), (request(1006), 6, 4), (request(1007), 7, 4)]);
        assert_eq!((&seen["expected_late"], &seen["expected_late_after"]), (&json!(3), &json!(0)));
        let first = &seen["moves"][0];
        assert_eq!((&first["from_officer_id"], &first["to_officer_id"]), (&json!(KHUSUS), &json!(KHUSUS2)));
        assert_eq!((&first["to_can_do"], &first["to_holds"]), (&json!(8), &json!(4)));
        let rates: Vec<&Value> =
            seen["officers"].as_array().unwrap().iter().map(|one| &one["rate"]["per_hour"]).collect();
        assert_eq!(rates, [&json!(0.25), &json!(0.5)]);

        for who in ["kanwil", "nasional"] {
            assert_eq!(forecast(&app, &app.signs_in(who).await).await, seen, "{who}");
        }
        app.get("/offices/952/forecast", Some(&head)).await.is_problem(404, "not-found");
        let officer = app.signs_in("khusus").await;
        app.get("/offices/031/forecast", Some(&officer)).await.is_problem(403, "forbidden");
    })
    .await;
}

#[tokio::test]
async fn with_too_little_history_no_rate_and_no_delay_is_invented() {
    TestApp::run(|app| async move {
        small_office(&app, false).await;
        let seen = forecast(&app, &app.signs_in("kasi").await).await;
        assert_eq!((&seen["team_rate"], &seen["history"]["completed"]), (&Value::Null, &json!(0)));
        assert_eq!((&seen["days"][1]["due"], &seen["days"][1]["can_do"]), (&json!(8), &Value::Null));
        assert_eq!(
            (&seen["late"], &seen["moves"], &seen["not_assessed"]),
            (&json!([]), &json!([]), &json!(9))
        );
        assert_eq!(seen["officers"][0]["basis"], "unknown");
    })
    .await;
}

#[tokio::test]
async fn accepted_moves_change_hands_together_once_and_stand_in_each_history() {
    TestApp::run(|app| async move {
        small_office(&app, true).await;
        let head = app.signs_in("kasi").await;
        let moves = accepted(&forecast(&app, &head).await);
        let done = accepts(&app, &head, "kunci-terima-1", &moves).await.expect(200);
        assert_eq!((&done["moved"], outcomes(&done)), (&json!(3), vec![("moved", "Khusus2"); 3]));
        let again = accepts(&app, &head, "kunci-terima-1", &moves).await.expect(200);
        assert_eq!((again, app.count(REASSIGNED).await), (done, 3));
        accepts(&app, &head, "kunci-terima-1", &moves[..1]).await.is_problem(422, "idempotency-mismatch");

        let seen = forecast(&app, &head).await;
        assert_eq!((&seen["expected_late"], &seen["moves"]), (&json!(0), &json!([])));
        let history = app.get(&format!("/requests/{}/history", request(1007)), Some(&head)).await.expect(200);
        assert!(history.to_string().contains("Usulan prakiraan beban"), "{history}");
        for wrong in [vec![], vec![moves[0].clone(), moves[0].clone()], vec![moves[0].clone(); 51]] {
            accepts(&app, &head, "kunci-terima-2", &wrong).await.is_problem(422, "invalid");
        }
        let officer = app.signs_in("khusus").await;
        accepts(&app, &officer, "kunci-terima-3", &moves).await.is_problem(403, "forbidden");
    })
    .await;
}

#[tokio::test]
async fn a_row_that_changed_meanwhile_is_passed_over_and_named_and_holds_up_no_other() {
    TestApp::run(|app| async move {
        small_office(&app, true).await;
        let head = app.signs_in("kasi").await;
        let mut moves = accepted(&forecast(&app, &head).await);
        // Somebody gives the last one back meanwhile; two rows are made up.
        let officer = app.signs_in("khusus").await;
        app.post(&format!("/requests/{}/release", request(1007)), Some(&officer), json!({})).await.expect(200);
        moves.push(json!({ "request_id": TestApp::some_id(), "version": 1, "from_officer_id": KHUSUS, "to_officer_id": KHUSUS2 }));
        let to_the_head = json!("00000000-0000-7000-8000-000000000003");
        moves.push(json!({ "request_id": request(1001), "version": 1, "from_officer_id": KHUSUS, "to_officer_id": to_the_head }));
        moves.push(json!({ "request_id": request(1002), "version": 1, "from_officer_id": KHUSUS2, "to_officer_id": KHUSUS2 }));
        let done = accepts(&app, &head, "kunci-terima-1", &moves).await.expect(200);
        let named = [("moved", "Khusus2"), ("moved", "Khusus2"), ("changed", "-"), ("unknown", "-"), ("no_decree", "Khusus"), ("changed", "Khusus")];
        assert_eq!(outcomes(&done), named);
        assert_eq!(done["items"][2]["now"]["state"], "received");
        assert_eq!(app.count(REASSIGNED).await, 2);
        let again = accepts(&app, &head, "kunci-terima-1", &moves).await.expect(200);
        assert_eq!(outcomes(&again), named);
    })
    .await;
}

fn accepting(app: &Arc<TestApp>, token: String, moves: Vec<Value>) -> Call<Answer> {
    let app = Arc::clone(app);
    Box::pin(async move { accepts(&app, &token, "kunci-terima-1", &moves).await })
}

#[tokio::test]
async fn of_two_who_accept_at_once_each_move_is_made_once_and_the_other_is_told() {
    TestApp::run(|app| async move {
        small_office(&app, true).await;
        let (one, two) = (app.signs_in("kasi").await, app.signs_in("kanwil").await);
        let moves = accepted(&forecast(&app, &one).await);
        let mut turned = moves.clone();
        turned.reverse();
        let calls = vec![accepting(&app, one, moves), accepting(&app, two, turned)];
        let answers = app.queue_up(LOCK_REQUESTS, calls).await;
        assert_eq!(outcomes(&answers[0].json), [("moved", "Khusus2"); 3]);
        assert_eq!(outcomes(&answers[1].json), [("changed", "Khusus2"); 3]);
        assert_eq!(app.count(REASSIGNED).await, 3);
    })
    .await;
}
