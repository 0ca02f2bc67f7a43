//! The list, its counts and pages, and the figures of the limit.

use aktivasi::domain::working_days::{DueInstants, threshold};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    story::{self, EMAIL, NPWP},
    support::TestApp,
};

/// Requests with staggered due dates at 031, and one that waits for the calendar.
pub async fn many(app: &TestApp, count: i64) {
    sqlx::query(
        "insert into taxpayers (taxpayer_id, canonical, kind, name, source, updated_at)
         select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'x' || n, 'provisional', 'PT ' || n, 'test', '2026-07-01Z'
         from generate_series(1, $1) as n",
    )
    .bind(count)
    .execute(&app.pool)
    .await
    .unwrap();
    sqlx::query(
        "insert into requests (request_id, office_code, taxpayer_id, kind, regime_code, channel, sender, address_proof,
             tracking_key_id, tax_id, letter_number, letter_place, letter_on, signer_name, signer_position, signer_capacity,
             pkp_name, pkp_address, email, reprint_reason, first_received_at, state)
         select taxpayer_id, '031', taxpayer_id, case when n % 2 = 0 then 'reprint' else 'new_credentials' end, 'per24_se20',
             'online', 'known', 'proven', 'token-ephemeral', '999991342031000', '1', 'Jakarta', '2026-07-01', 'A',
             'Direktur', 'pengurus', name, 'Jalan 1', 'a@example.com', case when n % 2 = 0 then 'damaged' end,
             '2026-07-01Z', 'received'
         from (select *, substr(canonical, 2)::int as n from taxpayers where source = 'test' and kind = 'provisional') as t",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    // Two of each due date, so that the round's id decides; the last one has none.
    sqlx::query(
        "insert into rounds (round_id, request_id, office_code, number, receipt_number, received_at, limit_days, due_on,
             tomorrow_from, today_from, due_at, derivation, calendar_version)
         select request_id, request_id, '031', 1, 'BPE-031-20260701-' || n, '2026-07-01Z', 3, day::date,
             day - interval '1 day', day, day + interval '1 day',
             case when day is null then null else '{\"received_at\":\"2026-07-01T00:00:00Z\",\"zone\":\"Asia/Jakarta\",\"received_local\":\"2026-07-01T07:00:00\",\"closes_at\":\"16:00:00\",\"late\":false,\"calendar_version\":\"1\",\"steps\":[{\"date\":\"2026-07-01\",\"outcome\":\"day_zero\"}]}'::jsonb end,
             case when day is null then null else 1 end
         from (select request_id, n, case when n = $1 then null
                   else timestamptz '2026-07-08 17:00Z' + (n / 2) * interval '1 day' end as day
               from (select request_id, substr(canonical, 2)::int as n
                     from requests join taxpayers using (taxpayer_id) where source = 'test') as numbered) as due",
    )
    .bind(count)
    .execute(&app.pool)
    .await
    .unwrap();
}

async fn ids(app: &TestApp, token: &str, query: &str, limit: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = app.get(&format!("/requests?limit={limit}{query}{cursor}"), Some(token)).await.expect(200);
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit);
        found.extend(items.iter().map(|item| item["request_id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { return found };
        cursor = format!("&cursor={next}");
    }
}

#[tokio::test]
async fn pages_show_every_request_once_soonest_due_first_and_those_without_a_date_last() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        many(&app, 11).await;
        let token = app.signs_in("khusus").await;

        let whole = ids(&app, &token, "", 100).await;
        let by_pages = ids(&app, &token, "", 3).await;

        assert_eq!(whole.len(), 11);
        assert_eq!(whole, by_pages);
        assert!(whole[10].ends_with("000000000011"));
        app.get("/requests?cursor=abc", Some(&token)).await.is_problem(400, "malformed");
        app.get("/requests?limit=101", Some(&token)).await.is_problem(400, "malformed");
        app.get("/requests?colour=red", Some(&token)).await.is_problem(400, "malformed");
    })
    .await;
}

#[tokio::test]
async fn filters_narrow_the_list_and_counts_stay_those_of_the_scope() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        many(&app, 11).await;
        let token = app.signs_in("khusus").await;
        let counts = app.get("/requests?kind=reprint", Some(&token)).await.expect(200)["counts"].clone();
        assert_eq!(
            counts["by_kind"],
            json!({ "new_credentials": 6, "reprint": 5, "update_email": 0, "move_office": 0 })
        );
        assert_eq!(counts["by_state"]["received"], 11);
        for (name, count) in counts["by_threshold"].as_object().unwrap() {
            let listed = ids(&app, &token, &format!("&threshold={name}"), 100).await;
            assert_eq!(json!(listed.len()), *count, "{name}");
        }

        assert_eq!(ids(&app, &token, "&kind=reprint", 100).await.len(), 5);
        assert_eq!(ids(&app, &token, "&officer=me", 100).await.len(), 0);
        assert_eq!(ids(&app, &token, "&q=bpe-031-20260701-4", 100).await.len(), 1);
        app.get("/requests?q=999991342031000", Some(&token)).await.is_problem(400, "malformed");
        let next = app.post("/requests/claim-next", Some(&token), json!({})).await.expect(200);
        assert_eq!(ids(&app, &token, "&officer=me", 100).await, [next["request_id"].as_str().unwrap()]);
        assert_eq!(ids(&app, &token, "&state=examining", 100).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn everybody_lists_what_their_role_covers_and_operators_nothing() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        many(&app, 3).await;
        for (who, seen) in
            [("tpt", 3), ("kasi", 3), ("kasi.952", 0), ("khusus.952", 0), ("kanwil", 3), ("nasional", 3)]
        {
            let token = app.signs_in(who).await;
            assert_eq!(ids(&app, &token, "", 100).await.len(), seen, "{who}");
        }
        let operator = app.signs_in("operator").await;
        app.get("/requests", Some(&operator)).await.is_problem(403, "forbidden");
        app.get("/requests", None).await.is_problem(401, "unauthenticated");
        let id = "00000000-0000-7000-8000-000000000001";
        let elsewhere = app.signs_in("khusus.952").await;
        for path in ["", "/verdict", "/history", "/draft/preview"] {
            app.get(&format!("/requests/{id}{path}"), Some(&elsewhere)).await.is_problem(404, "not-found");
        }
        let counter = app.signs_in("tpt").await;
        app.get(&format!("/requests/{id}/verdict"), Some(&counter)).await.is_problem(403, "forbidden");
        app.get(&format!("/requests/{id}/draft/preview"), Some(&counter)).await.is_problem(403, "forbidden");
    })
    .await;
}

#[tokio::test]
async fn a_search_by_number_finds_every_state_in_any_form_of_the_number() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let receipt = story::files(&app, "new_credentials", EMAIL, |_| {}).await;
        let token = app.signs_in("tpt").await;
        let id = receipt["request_id"].as_str().unwrap();
        app.post(&format!("/requests/{id}/withdrawal"), Some(&token), json!({})).await.expect(200);

        for form in [NPWP, "999991342031000"] {
            let found =
                app.post("/requests/search", Some(&token), json!({ "tax_id": form })).await.expect(200);
            assert_eq!(found["items"][0]["request_id"], id);
            assert_eq!(found["items"][0]["state"], "withdrawn");
            assert!(!found.to_string().contains("999991342031000"));
        }
        let unknown =
            app.post("/requests/search", Some(&token), json!({ "tax_id": "99.999.389.2-321.000" })).await;
        assert_eq!(unknown.expect(200)["items"], json!([]));
        app.post("/requests/search", Some(&token), json!({ "tax_id": "12" }))
            .await
            .is_problem(422, "invalid");
        assert_eq!(ids(&app, &token, "", 100).await.len(), 0);
        let copy = app.get(&format!("/requests/{id}/receipt"), Some(&token)).await;
        assert!(story::pdf_text(&copy.bytes).contains("SALINAN"));
    })
    .await;
}

fn figures(summary: &Value) -> (i64, i64) {
    let open = &summary["open"];
    let sum = |object: &Value| {
        object.as_object().unwrap().values().map(|value| value.as_i64().unwrap()).sum::<i64>()
    };
    assert_eq!(sum(&open["by_kind"]), open["total"].as_i64().unwrap());
    assert_eq!(
        sum(&open["by_threshold"]) + open["awaiting_calendar"].as_i64().unwrap(),
        open["total"].as_i64().unwrap()
    );
    (open["total"].as_i64().unwrap(), summary["closed"]["total"].as_i64().unwrap())
}

#[tokio::test]
async fn the_summary_follows_the_role_and_its_totals_agree() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        many(&app, 7).await;
        story::register(&app, "999991342031000", EMAIL).await;
        story::is_granted(&app, "new_credentials", EMAIL).await;

        let head = app.signs_in("kasi").await;
        let own = app.get("/sla/summary", Some(&head)).await.expect(200);
        assert_eq!(figures(&own), (7, 1));
        assert_eq!(own["scope"], json!({ "kind": "office", "office_code": "031", "kanwil": null, "from": "2026-07-01", "until": "2026-07-10" }));
        assert_eq!(own["closed"]["on_time_share"], 1.0);
        let listed = app.get("/requests", Some(&head)).await.expect(200);
        assert_eq!(own["open"]["by_threshold"], listed["counts"]["by_threshold"]);
        app.get("/sla/summary?office_code=952", Some(&head)).await.is_problem(404, "not-found");

        let kanwil = app.signs_in("kanwil").await;
        assert_eq!(app.get("/sla/summary", Some(&kanwil)).await.expect(200)["scope"]["kanwil"], "Kanwil DJP Jakarta Barat");
        app.get("/sla/summary?office_code=952", Some(&kanwil)).await.is_problem(404, "not-found");
        let national = app.signs_in("nasional").await;
        let elsewhere = app.get("/sla/summary?office_code=952", Some(&national)).await.expect(200);
        assert_eq!(figures(&elsewhere), (0, 0));
        assert_eq!(elsewhere["closed"]["on_time_share"], Value::Null);
        let past = app.get("/sla/summary?from=2026-07-01&until=2026-07-09", Some(&national)).await.expect(200);
        assert_eq!(figures(&past), (7, 0));
        let officer = app.signs_in("khusus").await;
        app.get("/sla/summary", Some(&officer)).await.is_problem(403, "forbidden");
        app.get("/sla/summary?from=2026-07-09&until=2026-07-01", Some(&national)).await.is_problem(400, "malformed");
    })
    .await;
}

/// A request with the three instants at which its threshold changes.
type Instants = (Uuid, DateTime<Utc>, DateTime<Utc>, DateTime<Utc>);

#[tokio::test]
async fn the_database_and_the_domain_see_the_same_threshold_at_every_instant() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        many(&app, 9).await;
        let rows: Vec<Instants> = sqlx::query_as(
            "select request_id, tomorrow_from, today_from, due_at from rounds where due_at is not null order by due_at",
        )
        .fetch_all(&app.pool)
        .await
        .unwrap();
        let mut grid: Vec<DateTime<Utc>> = rows
            .iter()
            .flat_map(|&(_, tomorrow, today, due)| [tomorrow, today, due])
            .flat_map(|at| [at - TimeDelta::microseconds(1), at, at + TimeDelta::microseconds(1)])
            .filter(|&at| at >= app.now())
            .collect();
        grid.sort_unstable();
        grid.dedup();
        assert!(grid.len() > 10);
        for at in grid {
            app.advance(at - app.now());
            let token = app.signs_in("kasi").await;
            let mut by_threshold = json!({ "on_track": 0, "due_tomorrow": 0, "due_today": 0, "overdue": 0 });
            for &(id, tomorrow_from, today_from, due_at) in &rows {
                let expected = threshold(&DueInstants { tomorrow_from, today_from, due_at }, at).as_str();
                by_threshold[expected] = json!(by_threshold[expected].as_i64().unwrap() + 1);
                let listed = ids(&app, &token, &format!("&threshold={expected}"), 100).await;
                assert!(listed.contains(&id.to_string()), "{id} is not {expected} at {at}");
            }
            let listed = app.get("/requests", Some(&token)).await.expect(200);
            assert_eq!(listed["counts"]["by_threshold"], by_threshold, "{at}");
            let summary = app.get("/sla/summary", Some(&token)).await.expect(200);
            assert_eq!(summary["open"]["by_threshold"], by_threshold, "{at}");
        }
    })
    .await;
}
