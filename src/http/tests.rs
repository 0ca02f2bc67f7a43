use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE};
use actix_web::test::{TestRequest, call_and_read_body, call_service, init_service, read_body};
use actix_web::{HttpResponse, web};
use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;

use super::health::{Check, ReadinessReport};
use super::json::Json;
use super::*;

const PLANTED: &str = "plantedSecret7";

struct Fixed(Check);

#[async_trait]
impl Readiness for Fixed {
    async fn check(&self) -> ReadinessReport {
        ReadinessReport {
            database: self.0.clone(),
            clock: Check::Ok,
            calendar: Check::Ok,
            certificates: Check::Ok,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Echo {
    word: String,
}

fn operations() -> Vec<Operation> {
    let mut operations = frame_operations();
    operations.extend([
        Operation {
            id: "echo",
            method: Method::POST,
            path: "/echo",
            register: || web::to(async |Json(body): Json<Echo>| HttpResponse::Ok().body(body.word)),
        },
        Operation {
            id: "item",
            method: Method::GET,
            path: "/items/{id}",
            register: || web::to(async |id: web::Path<u32>| HttpResponse::Ok().body(id.to_string())),
        },
        Operation {
            id: "latest",
            method: Method::GET,
            path: "/items/latest",
            register: || web::to(async |_: web::Query<Echo>| HttpResponse::Ok().body("latest")),
        },
    ]);
    operations
}

fn frame() -> Frame {
    Frame {
        https: true,
        trusted_proxies: Vec::new(),
        json_max_bytes: 1024,
        metrics: super::metrics::Metrics::new(None),
    }
}

/// The type of a test service cannot be written down, so this is no function.
macro_rules! service_with {
    ($check:expr) => {
        init_service(app(frame(), Arc::new(Fixed($check)), &operations(), |_| {})).await
    };
}

async fn answer(request: TestRequest) -> (StatusCode, Value, actix_web::http::header::HeaderMap) {
    let service = service_with!(Check::Ok);
    let response = call_service(&service, request.to_request()).await;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = read_body(response).await;
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null), headers)
}

#[actix_web::test]
async fn every_fault_of_the_frame_is_a_problem() {
    let json = ("content-type", "application/json");
    let requests = [
        (TestRequest::get().uri("/nowhere"), 404, "not-found"),
        (TestRequest::get().uri("/items/seven"), 404, "not-found"),
        (TestRequest::get().uri("/problems/unheard-of"), 404, "not-found"),
        (TestRequest::get().uri("/items/latest?wrd=x"), 400, "malformed"),
        (TestRequest::delete().uri("/echo"), 405, "method-not-allowed"),
        (TestRequest::post().uri("/echo").set_payload("{}"), 415, "unsupported-media-type"),
        (TestRequest::post().uri("/echo").insert_header(json).set_payload("{"), 400, "malformed"),
        (TestRequest::post().uri("/echo").insert_header(json).set_payload("{}"), 422, "invalid"),
        (
            TestRequest::post().uri("/echo").insert_header(json).set_payload(" ".repeat(1025)),
            413,
            "too-large",
        ),
    ];
    for (request, status, slug) in requests {
        let (found, problem, headers) = answer(request).await;
        assert_eq!(found.as_u16(), status, "{slug}");
        assert_eq!(headers.get(CONTENT_TYPE).unwrap(), problem::CONTENT_TYPE);
        assert_eq!(problem["type"], format!("/problems/{slug}"));
        assert_eq!(problem["status"], status);
        assert_eq!(problem["request_id"], headers.get("x-request-id").unwrap().to_str().unwrap());
    }
}

#[actix_web::test]
async fn every_path_refuses_other_methods_and_names_its_own() {
    for operation in operations() {
        for method in ["TRACE", "OPTIONS", "PROPFIND"] {
            let uri = operation.path.replace("{id}", "7").replace(['{', '}'], "");
            let request = TestRequest::with_uri(&uri).method(method.parse().unwrap());
            let (status, _, headers) = answer(request).await;
            assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{method} {uri}");
            assert!(headers.get(ALLOW).unwrap().to_str().unwrap().contains(operation.method.as_str()));
        }
    }
}

#[actix_web::test]
async fn a_fixed_path_wins_over_one_with_a_parameter() {
    let service = service_with!(Check::Ok);

    let body =
        call_and_read_body(&service, TestRequest::get().uri("/items/latest?word=x").to_request()).await;

    assert_eq!(body, "latest");
}

#[actix_web::test]
async fn a_harmless_request_id_comes_back_and_another_is_replaced() {
    let given = answer(TestRequest::get().uri("/healthz").insert_header(("x-request-id", "abc-1"))).await.2;
    let odd = answer(TestRequest::get().uri("/healthz").insert_header(("x-request-id", "a b"))).await.2;

    assert_eq!(given.get("x-request-id").unwrap(), "abc-1");
    assert_eq!(odd.get("x-request-id").unwrap().len(), 36);
}

#[actix_web::test]
async fn every_answer_carries_the_security_headers() {
    for uri in ["/healthz", "/nowhere", "/openapi.yaml", "/docs"] {
        let (_, _, headers) = answer(TestRequest::get().uri(uri)).await;
        for name in
            ["x-content-type-options", "referrer-policy", "permissions-policy", "strict-transport-security"]
        {
            assert!(headers.contains_key(name), "{uri}: {name}");
        }
        assert!(
            headers
                .get("content-security-policy")
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with("default-src 'none'")
        );
        assert!(headers.get("cache-control").unwrap().to_str().unwrap().starts_with("no-"));
    }
}

#[actix_web::test]
async fn a_failed_check_takes_the_replica_out_of_service_and_a_warning_does_not() {
    let uri = || TestRequest::get().uri("/readyz").to_request();
    let warned = service_with!(Check::Warning { detail: "soon".to_owned() });
    let failed = service_with!(Check::Failed { detail: "gone".to_owned() });

    assert_eq!(call_service(&warned, uri()).await.status(), StatusCode::OK);
    let refused = call_service(&failed, uri()).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    let body: Value = serde_json::from_slice(&read_body(refused).await).unwrap();
    assert_eq!(body["checks"]["database"]["status"], "failed");
    assert_eq!(body["checks"]["database"]["detail"], "gone");
}

#[actix_web::test]
async fn the_contract_is_not_sent_twice() {
    let (status, _, headers) = answer(TestRequest::get().uri("/openapi.yaml")).await;
    let tag = headers.get("etag").unwrap().to_str().unwrap().to_owned();
    let again = answer(TestRequest::get().uri("/openapi.yaml").insert_header(("if-none-match", tag))).await;

    assert_eq!(status, StatusCode::OK);
    assert_eq!(again.0, StatusCode::NOT_MODIFIED);
}

#[actix_web::test]
async fn the_page_shows_every_operation_and_loads_nothing_from_elsewhere() {
    let service = service_with!(Check::Ok);
    let html = call_and_read_body(&service, TestRequest::get().uri("/docs").to_request()).await;
    let html = std::str::from_utf8(&html).unwrap();

    for operation in frame_operations() {
        assert!(html.contains(&format!("id=\"{}\"", operation.id)), "{}", operation.id);
    }
    assert!(!html.contains("<script") && !html.contains("style=") && !html.contains("//cdn"));
    let style = call_service(&service, TestRequest::get().uri(&assets::style_path()).to_request()).await;
    assert_eq!(style.status(), StatusCode::OK);
    assert!(style.headers().get("cache-control").unwrap().to_str().unwrap().contains("immutable"));
}

#[actix_web::test]
async fn every_problem_type_has_its_page() {
    let service = service_with!(Check::Ok);
    for known in problem_catalogue::PROBLEM_TYPES {
        let request = TestRequest::get().uri(&format!("/problems/{}", known.slug)).to_request();
        let html = call_and_read_body(&service, request).await;
        assert!(std::str::from_utf8(&html).unwrap().contains(known.title));
    }
}

#[actix_web::test]
async fn the_frame_and_the_contract_name_the_same_operations() {
    let contract: Value = serde_saphyr::from_str(contract::OPENAPI).unwrap();
    let promised: BTreeSet<(String, String, String)> = contract["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().iter().filter_map(|(method, operation)| {
                let id = operation["operationId"].as_str()?.to_owned();
                Some((path.clone(), method.to_uppercase(), id))
            })
        })
        .collect();
    for operation in frame_operations() {
        let entry = (operation.path.to_owned(), operation.method.to_string(), operation.id.to_owned());
        assert!(promised.contains(&entry), "{entry:?} is not in openapi.yaml");
    }
}

#[test]
fn a_log_line_holds_the_pattern_and_nothing_that_identifies() {
    let (subscriber, logs) = crate::telemetry::capture();
    let guard = tracing::subscriber::set_default(subscriber);

    actix_web::rt::System::new().block_on(async {
        let request = TestRequest::get()
            .uri(&format!("/problems/{PLANTED}?code={PLANTED}"))
            .insert_header(("user-agent", PLANTED))
            .insert_header(("x-request-id", "abc-1"))
            .peer_addr("203.0.113.77:5000".parse().unwrap());
        answer(request).await;
        let json = ("content-type", "application/json");
        answer(TestRequest::post().uri("/echo").insert_header(json).set_payload(format!("\"{PLANTED}\"")))
            .await;
    });
    drop(guard);

    let text = logs.text();
    assert!(!text.contains(PLANTED) && !text.contains("203.0.113.77"), "{text}");
    let line = text.lines().find(|line| line.contains("request finished")).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["spans"][0]["http.route"], "/problems/{slug}");
    assert_eq!(line["spans"][0]["http.request_id"], "abc-1");
    assert_eq!(line["http.status"], 404);
    assert!(line["duration_ms"].is_u64());
}
