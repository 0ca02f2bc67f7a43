//! The contract as the judge of answers: every answer that a test reads is held against `openapi.yaml`.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, LazyLock, Mutex},
};

use aktivasi::http::contract::OPENAPI;
use jsonschema::Validator;
use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};

pub static CONTRACT: LazyLock<Contract> = LazyLock::new(Contract::read);

/// Answers of the framework, which no operation declares one by one.
const FRAMEWORK: [&str; 2] = ["method-not-allowed", "not-acceptable"];
const PROBLEM: &str = "application/problem+json";

pub struct Contract {
    pub root: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// One operation as the contract has it.
#[derive(Clone)]
pub struct Declared<'a> {
    pub id: &'a str,
    pub method: String,
    pub path: &'a str,
    pub node: &'a Value,
}

impl Declared<'_> {
    pub fn callers(&self) -> Vec<&str> {
        self.node["x-callers"].as_array().unwrap().iter().map(|caller| caller.as_str().unwrap()).collect()
    }

    /// The problems that the last line of the description names.
    fn problems(&self) -> BTreeSet<&str> {
        let (_, line) =
            self.node["description"].as_str().unwrap().rsplit_once("Problems:").unwrap_or_default();
        line.split('`').skip(1).step_by(2).collect()
    }
}

impl Contract {
    fn read() -> Self {
        Self { root: serde_saphyr::from_str(OPENAPI).unwrap(), validators: Mutex::default() }
    }

    pub fn operations(&self) -> Vec<Declared<'_>> {
        let mut all = Vec::new();
        for (path, methods) in self.root["paths"].as_object().unwrap() {
            for (method, node) in methods.as_object().unwrap() {
                let id = node["operationId"].as_str().unwrap();
                all.push(Declared { id, method: method.to_uppercase(), path, node });
            }
        }
        all
    }

    pub fn operation(&self, id: &str) -> Declared<'_> {
        self.operations().into_iter().find(|operation| operation.id == id).unwrap()
    }

    /// The JSON of an example of a request body.
    pub fn example(&self, id: &str, name: &str) -> Value {
        let content = &self.operation(id).node["requestBody"]["content"];
        let value = &content["application/json"]["examples"][name]["value"];
        assert!(!value.is_null(), "{id} has no example {name}");
        value.clone()
    }

    pub fn resolve<'a>(&'a self, node: &'a Value) -> &'a Value {
        node["$ref"].as_str().map_or(node, |pointer| {
            self.resolve(self.root.pointer(pointer.strip_prefix('#').unwrap()).unwrap())
        })
    }

    /// The operations of the path that fits best: fixed parts before parameters.
    fn serving(&self, path: &str) -> Vec<Declared<'_>> {
        let fits = |template: &str| {
            let (ours, given) = (template.split('/'), path.split('/'));
            ours.clone().count() == given.clone().count()
                && ours
                    .zip(given)
                    .all(|(our, given)| our == given || our.starts_with('{') && !given.is_empty())
        };
        let all = self.operations();
        let best = all
            .iter()
            .filter(|operation| fits(operation.path))
            .map(|operation| operation.path)
            .min_by_key(|path| path.split('/').map(|part| part.starts_with('{')).collect::<Vec<_>>());
        all.into_iter().filter(|operation| Some(operation.path) == best).collect()
    }

    /// Every fault of an answer, each with the operation and the place.
    pub fn faults(
        &self,
        asked: (&Method, &str),
        status: u16,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Vec<String> {
        let (method, path) = asked;
        let serving = self.serving(path);
        let wanted = if method == Method::HEAD { "GET" } else { method.as_str() };
        let Some(operation) = serving.iter().find(|operation| operation.method == wanted) else {
            let expected = if serving.is_empty() { 404 } else { 405 };
            let mut faults = self.problem_faults("(no operation)", headers, body, status);
            if status != expected {
                faults.push(format!("(no operation) {method} {path}: {status} instead of {expected}"));
            }
            if status == 405 && !headers.contains_key("allow") {
                faults.push(format!("(no operation) {method} {path}: 405 without Allow"));
            }
            return faults;
        };
        let id = operation.id;
        let declared = &operation.node["responses"][status.to_string()];
        if declared.is_null() {
            return vec![format!("{id}: {status} is not declared: {}", String::from_utf8_lossy(body))];
        }
        let response = self.resolve(declared);
        let mut faults = self.header_faults(&format!("{id} {status}"), response, headers);
        if method == Method::HEAD {
            return faults;
        }
        faults.extend(self.body_faults(id, status, response, headers, body));
        if media_type(headers) == PROBLEM {
            faults.extend(self.problem_faults(id, headers, body, status));
            let slug = slug(body);
            if !operation.problems().contains(slug.as_str()) && !FRAMEWORK.contains(&slug.as_str()) {
                faults.push(format!("{id} {status}: does not name the problem {slug}"));
            }
        }
        faults
    }

    fn header_faults(&self, place: &str, response: &Value, headers: &HeaderMap) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, node) in response["headers"].as_object().into_iter().flatten() {
            let node = self.resolve(node);
            let Some(given) = headers.get(name.as_str()) else {
                if node["required"] == json!(true) {
                    faults.push(format!("{place}: no {name}"));
                }
                continue;
            };
            let text = given.to_str().unwrap();
            let value = if node["schema"]["type"] == "integer" {
                text.parse::<i64>().map_or(json!(text), |number| json!(number))
            } else {
                json!(text)
            };
            faults.extend(self.schema_faults(&format!("{place} {name}"), &node["schema"], &value));
        }
        faults
    }

    fn body_faults(
        &self,
        id: &str,
        status: u16,
        response: &Value,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Vec<String> {
        let Some(content) = response["content"].as_object() else {
            return if body.is_empty() { vec![] } else { vec![format!("{id} {status}: has a body")] };
        };
        let media_type = media_type(headers);
        let Some(declared) = content.get(media_type) else {
            return vec![format!("{id} {status}: {media_type} is not declared")];
        };
        if !media_type.ends_with("json") {
            return vec![];
        }
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            return vec![format!("{id} {status}: is no JSON")];
        };
        let mut faults = self.schema_faults(&format!("{id} {status}"), &declared["schema"], &value);
        // A PKP asks for its own code on purpose.
        if id != "show_account_code" && holds_a_secret(&value) {
            faults.push(format!("{id} {status}: holds a code or a password hash"));
        }
        faults
    }

    fn problem_faults(&self, id: &str, headers: &HeaderMap, body: &[u8], status: u16) -> Vec<String> {
        if media_type(headers) != PROBLEM {
            return vec![format!("{id} {status}: {} instead of a problem", media_type(headers))];
        }
        let value: Value = serde_json::from_slice(body).unwrap_or_default();
        let mut faults = self.schema_faults(
            &format!("{id} {status}"),
            &json!({ "$ref": "#/components/schemas/Problem" }),
            &value,
        );
        let slugs = &self.root["components"]["schemas"]["ProblemSlug"]["enum"];
        if !slugs.as_array().unwrap().contains(&json!(slug(body))) {
            faults.push(format!("{id} {status}: the problem {} is not in the list", slug(body)));
        }
        if value["status"] != json!(status) {
            faults.push(format!("{id} {status}: the problem says {}", value["status"]));
        }
        if headers.get("x-request-id").map(|id| id.to_str().unwrap()) != value["request_id"].as_str() {
            faults.push(format!("{id} {status}: request_id is not X-Request-Id"));
        }
        faults
    }

    /// Faults of a value, each with its JSON pointer. The place is the same for the same schema.
    pub fn schema_faults(&self, place: &str, schema: &Value, value: &Value) -> Vec<String> {
        let known = self.validators.lock().unwrap().get(place).cloned();
        let validator = known.unwrap_or_else(|| {
            let document = json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "components": self.root["components"],
                "allOf": [schema],
            });
            let built = jsonschema::options().should_validate_formats(true).build(&document).unwrap();
            let built = Arc::new(built);
            self.validators.lock().unwrap().insert(place.to_owned(), Arc::clone(&built));
            built
        });
        validator
            .iter_errors(value)
            .map(|error| format!("{place}: {} {error}", error.instance_path()))
            .collect()
    }
}

fn media_type(headers: &HeaderMap) -> &str {
    let given = headers.get("content-type").map_or("", |value| value.to_str().unwrap());
    given.split(';').next().unwrap().trim()
}

fn slug(body: &[u8]) -> String {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    value["type"].as_str().unwrap_or_default().trim_start_matches("/problems/").to_owned()
}

/// Three groups of four like a Kode Aktivasi, or the beginning of a password hash.
fn holds_a_secret(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
        Value::String(text) => text.contains("$argon2") || !crate::story::codes_in(text).is_empty(),
        Value::Array(items) => items.iter().any(holds_a_secret),
        Value::Object(fields) => fields.values().any(holds_a_secret),
    }
}
