//! Operators are told before the calendar ends, while there is time to import the next year.

use aktivasi::app::calendar_coverage::check_coverage;
use chrono::{DateTime, Utc};

use crate::{
    story,
    support::{METRICS_TOKEN, TestApp},
};

#[tokio::test]
async fn sixty_days_before_the_calendar_ends_each_operator_has_a_task_and_monitoring_a_figure() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let it_is = |at: &str| app.advance(at.parse::<DateTime<Utc>>().unwrap() - app.now());
        let tasks = "select count(*) from tasks where kind = 'calendar_ends'";
        it_is("2027-11-01T14:59:59Z");
        assert_eq!(check_coverage(app.office()).await.unwrap().days_left, 60);
        assert_eq!(app.count(tasks).await, 0);

        it_is("2027-11-01T15:00:00Z");
        assert_eq!(check_coverage(app.office()).await.unwrap().days_left, 59, "the next day has begun in Papua");
        check_coverage(app.office()).await.unwrap();
        assert_eq!(app.count(tasks).await, 1, "one, at the office that has an operator");
        let figures = app.client.get(app.page("/metrics")).bearer_auth(METRICS_TOKEN).send().await.unwrap();
        let figures = figures.text().await.unwrap();
        assert!(figures.contains("aktivasi_calendar_days_left 59\n"), "{figures}");

        // Somebody closed it and nobody imported: it was told. The next year is another one.
        sqlx::query("update tasks set closed_at = now(), closing_note = 'x', closed_by = (select staff_id from staff limit 1)")
            .execute(&app.pool)
            .await
            .unwrap();
        check_coverage(app.office()).await.unwrap();
        assert_eq!(app.count(tasks).await, 1);
        sqlx::query("insert into calendar_years (year, calendar_version) values (2028, 1)").execute(&app.pool).await.unwrap();
        assert!(!check_coverage(app.office()).await.unwrap().is_short());
        it_is("2028-12-01T00:00:00Z");
        check_coverage(app.office()).await.unwrap();
        assert_eq!(app.count("select count(*) from tasks where detail = 'Muat kalender tahun 2029'").await, 1);
    })
    .await;
}
