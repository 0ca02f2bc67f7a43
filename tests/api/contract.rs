//! Code and contract say the same, in both directions.

use std::collections::{BTreeSet, HashMap};

use aktivasi::http::{self, problem_catalogue::PROBLEM_TYPES};
use reqwest::{Method, header};
use serde_json::json;

use crate::{
    story::prepare,
    support::{Answer, TestApp, judge::CONTRACT},
};

const STATUS_CODES: &str = include_str!("../../docs/status-codes.md");

#[test]
fn the_service_registers_exactly_the_operations_of_the_contract() {
    let mut operations = http::frame_operations();
    operations.extend(http::api::operations());
    let served: BTreeSet<_> = operations
        .iter()
        .map(|operation| (operation.id.to_owned(), operation.method.to_string(), operation.path.to_owned()))
        .collect();
    let promised: BTreeSet<_> = CONTRACT
        .operations()
        .into_iter()
        .map(|operation| (operation.id.to_owned(), operation.method, operation.path.to_owned()))
        .collect();

    assert_eq!(served, promised);
    assert_eq!(operations.len(), served.len(), "an operation is registered twice");
}

#[test]
fn the_catalogue_the_contract_and_the_document_list_the_same_problems() {
    let catalogue: BTreeSet<(String, u64)> =
        PROBLEM_TYPES.iter().map(|kind| (kind.slug.to_owned(), u64::from(kind.status))).collect();
    let slugs = CONTRACT.root["components"]["schemas"]["ProblemSlug"]["enum"].as_array().unwrap();
    let contract: BTreeSet<String> = slugs.iter().map(|slug| slug.as_str().unwrap().to_owned()).collect();
    let document: BTreeSet<(String, u64)> = STATUS_CODES
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
        .map(|(slug, rest)| (slug.to_owned(), rest.split(' ').next().unwrap().parse().unwrap()))
        .collect();

    assert_eq!(catalogue, document);
    assert_eq!(catalogue.into_iter().map(|(slug, _)| slug).collect::<BTreeSet<_>>(), contract);
}

/// The slugs are literals that stand before a status: the code is read, so that none is missed.
#[test]
fn every_problem_of_the_code_is_in_the_catalogue_and_every_one_of_the_catalogue_is_used() {
    let mut used = BTreeSet::new();
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/http"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs")
                && !path.ends_with("problem_catalogue.rs")
            {
                let text = std::fs::read_to_string(path).unwrap();
                let words: Vec<&str> = text.split('"').skip(1).step_by(2).collect();
                used.extend(PROBLEM_TYPES.iter().map(|kind| kind.slug).filter(|slug| words.contains(slug)));
                for call in ["Problem::new(", "simple("] {
                    for rest in text.split(call).skip(1) {
                        let Some(slug) = rest.trim_start().strip_prefix('"') else { continue };
                        let slug = slug.split('"').next().unwrap();
                        let known = PROBLEM_TYPES.iter().any(|kind| kind.slug == slug);
                        assert!(known || slug.contains(' ') || slug == "x", "{slug} is not in the catalogue");
                    }
                }
            }
        }
    }

    assert_eq!(used, PROBLEM_TYPES.iter().map(|kind| kind.slug).collect());
}

#[tokio::test]
async fn unknown_paths_and_wrong_methods_are_problems() {
    TestApp::run(|app| async move {
        for path in ["/api/v1", "/api/v1/nothing", "/API/v1/offices", "/api/v1/offices/", "/%ff", "/a%00b"] {
            let request = app.client.get(format!("http://{}{path}", app.address));
            Answer::of(request).await.is_problem(404, "not-found");
        }
        for operation in CONTRACT.operations() {
            let path = operation.path.replace(['{', '}'], "");
            for method in [Method::TRACE, Method::OPTIONS, Method::PATCH] {
                let url = format!("http://{}{path}", app.address);
                let answer = Answer::of(app.client.request(method, url)).await;
                answer.is_problem(405, "method-not-allowed");
                assert!(answer.header("allow").contains(&operation.method), "{path}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn ids_that_are_none_and_wrong_queries_are_problems() {
    TestApp::run(|app| async move {
        let (officer, operator) = (app.signs_in("khusus").await, app.signs_in("operator").await);
        for path in
            ["/requests/1", "/requests/%ff", "/requests/%00/history", "/documents/x", "/letters/x/preview"]
        {
            app.get(path, Some(&officer)).await.is_problem(404, "not-found");
        }
        for path in ["/office-settings/3", "/office-settings/%00"] {
            app.get(path, Some(&operator)).await.is_problem(404, "not-found");
        }
        for query in [
            "limit=0",
            "limit=101",
            "limit=x",
            "cursor=%00",
            "cursor=x",
            "kind=x",
            "state=x",
            "threshold=x",
            "officer=x",
            "unknown=1",
            "limit=1&limit=2",
            "q=%ff",
        ] {
            let answer = app.get(&format!("/requests?{query}"), Some(&officer)).await;
            assert_eq!(answer.status, 400, "{query} {}", answer.json);
        }
        for query in ["from=x", "from=2026-07-02&until=2026-07-01", "office_code=x", "nothing=1"] {
            let head = app.signs_in("kasi").await;
            let answer = app.get(&format!("/sla/summary?{query}"), Some(&head)).await;
            assert_eq!(answer.status, 400, "{query} {}", answer.json);
        }
        for query in ["", "?kind=x&file_name=a", "?kind=sppkp", "?kind=sppkp&file_name=a&x=1"] {
            let token = app.signs_in("tpt").await;
            let answer = app.post(&format!("/documents{query}"), Some(&token), json!({})).await;
            answer.is_problem(400, "malformed");
        }
    })
    .await;
}

/// Every operation that reads JSON, with each way to send something else.
#[tokio::test]
async fn bodies_that_cannot_be_read_are_problems() {
    TestApp::run(|app| async move {
        prepare(&app).await;
        let mut tokens = HashMap::new();
        for caller in [
            "stranger",
            "proof",
            "tracking",
            "account",
            "service",
            "counter",
            "special_officer",
            "section_head",
            "operator",
        ] {
            tokens.insert(caller, app.token_of(caller).await);
        }
        for operation in CONTRACT.operations() {
            if operation.node["requestBody"]["content"]["application/json"].is_null() {
                continue;
            }
            let path = operation.path.replace("{office_code}", "031").replace("{month}", "2026-06");
            let path = path.replace("{npwp}", "999991342031000");
            let path =
                path.split('/').map(|part| if part.starts_with('{') { TestApp::some_id() } else { part });
            let url = format!("http://{}{}", app.address, path.collect::<Vec<_>>().join("/"));
            let token = tokens[operation.callers()[0]].clone();
            let method: Method = operation.method.parse().unwrap();
            let send = |media_type: &'static str, body: Vec<u8>| {
                let mut request =
                    app.client.request(method.clone(), &url).header(header::CONTENT_TYPE, media_type);
                request = request.header("idempotency-key", "kunci-uji-1").header("if-match", "\"v1\"");
                if let Some(token) = &token {
                    request = request.bearer_auth(token);
                }
                Answer::of(request.body(body))
            };
            let id = operation.id;
            let broken = send("application/json", b"{\"a\":".to_vec()).await;
            assert_eq!(broken.status, 400, "{id} {}", broken.json);
            let other = send("text/plain", b"{}".to_vec()).await;
            assert_eq!(other.status, 415, "{id} {}", other.json);
            let long = send("application/json", vec![b' '; 2 * 1024 * 1024]).await;
            assert_eq!(long.status, 413, "{id} {}", long.json);
            for bytes in [&b"{\"a\": \"\xff\xfe\"}"[..], b"\xff", b""] {
                let answer = send("application/json", bytes.to_vec()).await;
                let optional = bytes.is_empty() && operation.node["requestBody"]["required"] == json!(false);
                assert!(answer.status == 400 || optional, "{id} {bytes:?} {} {}", answer.status, answer.json);
            }
            for wrong in ["[]", "null", "1", "{\"nothing_like_it\": 1}"] {
                let answer = send("application/json", wrong.into()).await;
                assert_eq!(answer.status, 422, "{id} {wrong} {}", answer.json);
            }
        }
    })
    .await;
}
