//! Operators are told before the calendar ends, while there is time to import the next year.

use aktivasi::app::calendar_coverage::check_coverage;
use chrono::{DateTime, Utc};
use serde_json::json;

use crate::{
    story,
    support::{METRICS_TOKEN, TestApp},
};

#[tokio::test]
async fn sixty_days_before_the_calendar_ends_who_may_import_has_a_task_that_comes_again_and_monitoring_a_figure()
 {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let it_is = |at: &str| app.advance(at.parse::<DateTime<Utc>>().unwrap() - app.now());
        let tasks = "select count(*) from tasks where kind = 'calendar_ends'";
        it_is("2027-10-31T14:59:59Z");
        assert_eq!(check_coverage(app.office()).await.unwrap().days_left, 61);
        assert_eq!(app.count(tasks).await, 0);

        it_is("2027-10-31T15:00:00Z");
        assert_eq!(
            check_coverage(app.office()).await.unwrap().days_left,
            60,
            "the next day has begun in Papua"
        );
        check_coverage(app.office()).await.unwrap();
        assert_eq!(app.count(tasks).await, 1);
        let figures = app.client.get(app.page("/metrics")).bearer_auth(METRICS_TOKEN).send().await.unwrap();
        let figures = figures.text().await.unwrap();
        assert!(figures.contains("aktivasi_calendar_days_left 60\n"), "{figures}");

        // Of no office: who looks after one may not import it.
        let listed = async |who: &str| {
            let token = app.signs_in(who).await;
            let open = app.get("/tasks?open=true", Some(&token)).await.expect(200);
            let items = open["items"].as_array().unwrap().clone();
            items.into_iter().filter(|task| task["kind"] == "calendar_ends").collect::<Vec<_>>()
        };
        assert!(listed("operator").await.is_empty());
        let task = listed("pusat").await.remove(0);
        assert_eq!(
            (&task["detail"], &task["office_code"]),
            (&json!("Muat kalender tahun 2028"), &json!(null))
        );

        // Somebody closes it and nobody imports: it comes again at thirty days, and not before.
        let token = app.signs_in("pusat").await;
        let path = format!("/tasks/{}/completion", task["task_id"].as_str().unwrap());
        app.post(&path, Some(&token), json!({ "note": "Menunggu SKB" })).await.expect(200);
        it_is("2027-11-30T14:59:59Z");
        check_coverage(app.office()).await.unwrap();
        assert_eq!(app.count(tasks).await, 1);
        it_is("2027-11-30T15:00:00Z");
        check_coverage(app.office()).await.unwrap();
        check_coverage(app.office()).await.unwrap();
        assert_eq!(app.count(tasks).await, 2);
        sqlx::query("insert into calendar_years (year, calendar_version) values (2028, 1)")
            .execute(&app.pool)
            .await
            .unwrap();
        assert!(!check_coverage(app.office()).await.unwrap().is_short());
        it_is("2028-12-01T00:00:00Z");
        check_coverage(app.office()).await.unwrap();
        assert_eq!(
            app.count("select count(*) from tasks where detail = 'Muat kalender tahun 2029'").await,
            1
        );
    })
    .await;
}
