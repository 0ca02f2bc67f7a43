//! What the monitoring reads, and who may read it.

use crate::{
    story::{self, EMAIL, is_granted},
    support::{Answer, METRICS_TOKEN, TestApp},
};

const RULES: &str = include_str!("../../deploy/prometheus-rules.yaml");

async fn scrape(app: &TestApp, token: &str) -> Answer {
    Answer::of(app.client.get(app.page("/metrics")).bearer_auth(token)).await
}

fn value(text: &str, series: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok())
}

#[tokio::test]
async fn the_monitoring_reads_balance_jobs_mails_requests_and_durations() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        is_granted(&app, "new_credentials", EMAIL).await;
        story::files(&app, "new_credentials", "lain@example.com", |_| {}).await;

        let text = String::from_utf8(scrape(&app, METRICS_TOKEN).await.bytes).unwrap();

        for (series, expected) in [
            ("aktivasi_letters_issued{office=\"031\"}", 1.0),
            ("aktivasi_letters{office=\"031\",class=\"pending\"}", 0.0),
            ("aktivasi_letters{office=\"031\",class=\"delivered\"}", 1.0),
            ("aktivasi_letters_difference{office=\"031\"}", 0.0),
            ("aktivasi_letters_unexplained{office=\"031\"}", 0.0),
            ("aktivasi_jobs{queue=\"send_message\",state=\"buried\"}", 0.0),
            ("aktivasi_open_requests{threshold=\"on_track\"}", 1.0),
        ] {
            assert_eq!(value(&text, series), Some(expected), "{series} in {text}");
        }
        assert!(value(&text, "aktivasi_jobs{queue=\"send_message\",state=\"ready\"}") > Some(0.0), "{text}");
        let signed =
            "aktivasi_http_request_duration_seconds_count{method=\"POST\",route=\"/api/v1/requests/{request_id}/signature\",status=\"200\"}";
        assert_eq!(value(&text, signed), Some(1.0), "{text}");
        assert!(!text.contains("lain@example.com") && !text.contains("BPE-"));
    })
    .await;
}

#[tokio::test]
async fn the_metrics_are_for_the_holder_of_their_token_only() {
    TestApp::run(|app| async move {
        for wrong in ["", "x", &METRICS_TOKEN[1..], &format!("{METRICS_TOKEN}x")] {
            scrape(&app, wrong).await.is_problem(401, "unauthenticated");
        }
        let operator = app.signs_in("operator").await;
        scrape(&app, &operator).await.is_problem(401, "unauthenticated");
    })
    .await;
}

#[tokio::test]
async fn every_alarm_is_about_figures_that_there_are() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        is_granted(&app, "new_credentials", EMAIL).await;
        story::files(&app, "new_credentials", "lain@example.com", |_| {}).await;
        let text = String::from_utf8(scrape(&app, METRICS_TOKEN).await.bytes).unwrap();

        let words = RULES.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let named: std::collections::BTreeSet<&str> =
            words.filter(|word| word.starts_with("aktivasi_")).collect();

        assert!(named.len() > 6, "{named:?}");
        for name in named {
            let told = text.contains(&format!("\n{name}{{")) || text.contains(&format!("\n{name} "));
            assert!(told, "{name} is not told: {text}");
        }
    })
    .await;
}
