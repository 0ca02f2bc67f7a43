//! The pages of links, with a log that is listened to.

use std::{sync::Arc, time::Duration};

use actix_web::{
    test::{TestRequest, call_service, init_service, read_body},
    web::Data,
};
use aktivasi::{
    app::{Office, office::Rules},
    clock::SystemClock,
    http::{
        Frame, app,
        health::{Check, Readiness, ReadinessReport},
        pages::operations,
    },
    letters::Templates,
    settings::Settings,
    telemetry,
    vault::Vault,
};
use async_trait::async_trait;
use sqlx::postgres::PgPoolOptions;

const TOKEN: &str = "akp_plantedSecretToken7plantedSecretToken7plantedSecretToken7plantedSec";

struct Ready;

#[async_trait]
impl Readiness for Ready {
    async fn check(&self) -> ReadinessReport {
        ReadinessReport {
            database: Check::Ok,
            clock: Check::Ok,
            calendar: Check::Ok,
            certificates: Check::Ok,
        }
    }
}

/// An office whose database is away.
fn office() -> Office {
    let environment = [
        ("AKTIVASI__DATABASE__URL", "postgres://unused"),
        ("AKTIVASI__SMTP__FROM_ADDRESS", "kpp@example.test"),
        ("AKTIVASI__SMTP__SECURITY", "plain"),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let settings = Settings::from_layers(None, environment).unwrap();
    let rules = Rules::new(&settings, "kpp@example.test".parse().unwrap());
    let pool = PgPoolOptions::new()
        .acquire_timeout(Duration::from_millis(20))
        .connect_lazy("postgres://nobody@127.0.0.1:1/none")
        .unwrap();
    let vault = Arc::new(Vault::ephemeral([7; 32]).unwrap());
    Office::new(pool, Arc::new(SystemClock), vault, Arc::new(Templates::embedded().unwrap()), rules)
}

#[actix_web::test]
async fn the_token_of_a_link_reaches_no_log_also_when_the_page_fails() {
    let (subscriber, logs) = telemetry::capture();
    let guard = tracing::subscriber::set_default(subscriber);
    let frame = Frame {
        https: true,
        trusted_proxies: Vec::new(),
        json_max_bytes: 1024,
        metrics: aktivasi::http::metrics::Metrics::new(None),
    };
    let office = office();
    let service = init_service(app(frame, Arc::new(Ready), &operations(), |config| {
        config.app_data(Data::new(office));
    }))
    .await;
    for path in ["/p", "/n"] {
        for request in [
            TestRequest::get(),
            TestRequest::post().insert_header(("sec-fetch-site", "cross-site")),
            TestRequest::post().set_form([("tax_id", "99.999.134.2-031.000")]),
        ] {
            let request = request.uri(&format!("{path}/{TOKEN}")).to_request();
            let response = call_service(&service, request).await;
            assert!(response.status().is_client_error() || response.status().is_server_error());
            assert_eq!(response.headers().get("cache-control").unwrap(), "no-store");
            assert_eq!(response.headers().get("referrer-policy").unwrap(), "no-referrer");
            let page = String::from_utf8(read_body(response).await.to_vec()).unwrap();
            assert!(page.starts_with("<!doctype html>") && !page.contains("plantedSecret"));
        }
    }
    drop(guard);

    let text = logs.text();
    assert!(text.contains("/p/{token}") && text.contains("/n/{token}"));
    assert!(!text.contains("plantedSecret") && !text.contains("99.999.134"), "{text}");
}
