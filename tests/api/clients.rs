//! Other systems: how they prove who they are, and how that ends.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{
    Answer, TestApp,
    other_system::{OtherSystem, jwk, new_key, signed, thumbprint},
};

const CODES: [&str; 2] = ["credentials:activation", "credentials:desktop"];
const ASSERTION_TYPE: (&str, &str) =
    ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");

async fn asks(app: &TestApp, token: &str) -> Answer {
    let question = json!({ "tax_id": "99.999.134.2-031.000", "code": "AAAA-AAAA-AAAA" });
    app.post("/credentials/verify", Some(token), question).await
}

fn is_refused(answer: &Answer, error: &str) {
    let status = if error == "invalid_client" { 401 } else { 400 };
    assert_eq!((answer.status, &answer.json["error"]), (status, &json!(error)), "{}", answer.json);
}

fn header(key: &str) -> Value {
    json!({ "alg": "EdDSA", "kid": key })
}

#[tokio::test]
async fn a_client_proves_itself_and_its_token_opens_what_it_was_given_and_nothing_else() {
    TestApp::run(|app| async move {
        let system = app.registers(None, &CODES).await;

        let issued = app.proves_itself(&app.assertion(&system)).await.expect(200);

        assert_eq!(issued["scope"], "credentials:activation credentials:desktop");
        let token = issued["access_token"].as_str().unwrap();
        assert_eq!(asks(&app, token).await.expect(200)["status"], "unknown");
        for path in ["/requests", "/clients", "/sessions/current"] {
            app.get(path, Some(token)).await.is_problem(401, "unauthenticated");
        }
        let staff = app.signs_in("pusat").await;
        asks(&app, &staff).await.is_problem(401, "unauthenticated");
        app.advance(TimeDelta::minutes(15) - TimeDelta::seconds(1));
        asks(&app, token).await.expect(200);
        app.advance(TimeDelta::seconds(1));
        asks(&app, token).await.is_problem(401, "unauthenticated");
    })
    .await;
}

#[tokio::test]
async fn an_assertion_works_once_also_when_it_comes_twice_at_once() {
    TestApp::run(|app| async move {
        let system = app.registers(None, &CODES).await;
        let assertion = app.assertion(&system);
        app.proves_itself(&assertion).await.expect(200);
        is_refused(&app.proves_itself(&assertion).await, "invalid_client");

        let again = app.assertion(&system);
        let (one, two) = futures_util::join!(app.proves_itself(&again), app.proves_itself(&again));

        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401]);
    })
    .await;
}

#[tokio::test]
async fn what_proves_nothing_is_refused_whatever_is_wrong_with_it() {
    TestApp::run(|app| async move {
        let system = app.registers(None, &CODES).await;
        let other = app.registers(None, &CODES).await;
        let kid = thumbprint(&system.key);
        let claims = app.claims(&system.id);
        let with = |change: fn(&mut Value)| {
            let mut claims = app.claims(&system.id);
            change(&mut claims);
            signed(&system.key, &header(&kid), &claims)
        };
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let body = part(claims.clone());
        let right = signed(&system.key, &header(&kid), &claims);
        let (_, signature) = right.rsplit_once('.').unwrap();
        for (why, assertion) in [
            ("another audience", with(|claims| claims["aud"] = json!("https://elsewhere.example"))),
            ("expired", with(|claims| claims["exp"] = json!(claims["iat"].as_i64().unwrap()))),
            ("lives too long", with(|claims| claims["exp"] = json!(claims["iat"].as_i64().unwrap() + 600))),
            ("another subject", with(|claims| claims["sub"] = json!("somebody"))),
            ("no id of its own", with(|claims| claims["jti"] = json!(""))),
            ("no end", with(|claims| claims["exp"] = Value::Null)),
            ("alg none", format!("{}.{body}.", part(json!({ "alg": "none", "kid": kid })))),
            ("another alg", format!("{}.{body}.{signature}", part(json!({ "alg": "HS256", "kid": kid })))),
            ("a foreign key under its name", signed(&new_key(), &header(&kid), &claims)),
            ("the key of another client", signed(&other.key, &header(&thumbprint(&other.key)), &claims)),
            ("a key that nobody knows", signed(&new_key(), &header("x"), &claims)),
            ("no key", signed(&system.key, &json!({ "alg": "EdDSA" }), &claims)),
            ("nothing", "a.b.c".to_owned()),
        ] {
            let answer = app.proves_itself(&assertion).await;
            assert_eq!((answer.status, &answer.json["error"]), (401, &json!("invalid_client")), "{why}");
        }
        // Nothing of that used the right one up.
        app.proves_itself(&right).await.expect(200);
        let issued = "select count(*) from audit_events where act = 'issue_client_token'";
        assert_eq!(app.count(issued).await, 1);
        assert_eq!(
            app.count("select count(*) from audit_events where act = 'client_token_refused'").await,
            13
        );
    })
    .await;
}

#[tokio::test]
async fn the_token_endpoint_speaks_as_libraries_of_clients_expect() {
    TestApp::run(|app| async move {
        let system = app.registers(None, &CODES).await;
        let grant = ("grant_type", "client_credentials");

        is_refused(&app.asks_token(&[]).await, "invalid_request");
        is_refused(&app.asks_token(&[grant]).await, "invalid_request");
        is_refused(&app.asks_token(&[grant, ASSERTION_TYPE]).await, "invalid_request");
        is_refused(&app.asks_token(&[grant, grant]).await, "invalid_request");
        is_refused(&app.asks_token(&[("grant_type", "password")]).await, "unsupported_grant_type");
        let json =
            app.client.post(app.url("/oauth/token")).json(&json!({ "grant_type": "client_credentials" }));
        is_refused(&Answer::of(json).await, "invalid_request");
        let long = "x".repeat(20_000);
        is_refused(&app.asks_token(&[grant, ("scope", &long)]).await, "invalid_request");

        let with = async |more: (&str, &str)| {
            let assertion = app.assertion(&system);
            app.asks_token(&[grant, ASSERTION_TYPE, ("client_assertion", &assertion), more]).await
        };
        let one = with(("scope", "credentials:desktop")).await.expect(200);
        assert_eq!(one["scope"], "credentials:desktop");
        is_refused(&with(("scope", "credentials:password")).await, "invalid_scope");
        with(("client_id", &system.id)).await.expect(200);
        is_refused(&with(("client_id", TestApp::some_id())).await, "invalid_client");
    })
    .await;
}

#[tokio::test]
async fn a_disabled_client_and_a_retired_key_are_refused_at_once_with_a_token_that_is_not_over() {
    TestApp::run(|app| async move {
        let operator = app.signs_in("pusat").await;
        let system = app.registers(None, &CODES).await;
        let old = app.access_token(&system).await;
        let next = OtherSystem { id: system.id.clone(), key: new_key() };
        let keys = format!("/clients/{}/keys", system.id);
        app.post(&keys, Some(&operator), json!({ "jwk": jwk(&next.key) })).await.expect(201);
        let new = app.access_token(&next).await;

        let retire = format!("/client-keys/{}/retirement", thumbprint(&system.key));
        app.post(&retire, Some(&operator), json!({})).await.expect(200);

        asks(&app, &old).await.is_problem(401, "unauthenticated");
        is_refused(&app.proves_itself(&app.assertion(&system)).await, "invalid_client");
        asks(&app, &new).await.expect(200);
        app.post(&retire, Some(&operator), json!({})).await.is_problem(409, "not-possible");
        app.post(&keys, Some(&operator), json!({ "jwk": jwk(&system.key) })).await.is_problem(422, "invalid");

        let disable = format!("/clients/{}/disablement", system.id);
        let disabled = app.post(&disable, Some(&operator), json!({ "reason": "Bocor" })).await.expect(200);

        assert_eq!(disabled["disabled_reason"], "Bocor");
        asks(&app, &new).await.is_problem(401, "unauthenticated");
        is_refused(&app.proves_itself(&app.assertion(&next)).await, "invalid_client");
        app.post(&disable, Some(&operator), json!({ "reason": "Lagi" }))
            .await
            .is_problem(409, "not-possible");
    })
    .await;
}

#[tokio::test]
async fn a_key_ends_by_itself_at_its_time_and_with_it_its_tokens() {
    TestApp::run(|app| async move {
        let operator = app.signs_in("pusat").await;
        let system = app.registers(None, &CODES).await;
        let short = OtherSystem { id: system.id.clone(), key: new_key() };
        let entry = json!({ "jwk": jwk(&short.key), "not_after": app.now() + TimeDelta::minutes(5) });
        app.post(&format!("/clients/{}/keys", system.id), Some(&operator), entry).await.expect(201);
        let token = app.access_token(&short).await;
        asks(&app, &token).await.expect(200);

        app.advance(TimeDelta::minutes(5));

        asks(&app, &token).await.is_problem(401, "unauthenticated");
        is_refused(&app.proves_itself(&app.assertion(&short)).await, "invalid_client");
    })
    .await;
}

#[tokio::test]
async fn an_operator_of_an_office_gives_no_more_than_the_office() {
    TestApp::run(|app| async move {
        let (own, all) = (app.signs_in("operator").await, app.signs_in("pusat").await);
        let entry = |name: &str, office: Option<&str>, scopes: &[&str]| {
            json!({ "name": name, "office_code": office, "scopes": scopes })
        };
        for office in [None, Some("952"), Some("777")] {
            let refused = app.post("/clients", Some(&own), entry("A", office, &CODES)).await;
            refused.is_problem(422, "invalid");
            assert_eq!(refused.json["errors"][0]["pointer"], "/office_code");
        }
        let only_password = app.post("/clients", Some(&own), entry("A", Some("031"), &["credentials:password"]));
        only_password.await.is_problem(422, "invalid");
        app.post("/clients", Some(&own), entry("A", Some("031"), &CODES)).await.expect(201);
        app.post("/clients", Some(&own), entry("A", Some("031"), &CODES)).await.is_problem(422, "invalid");
        let foreign = app.post("/clients", Some(&all), entry("B", None, &CODES)).await.expect(201);

        let names = async |token: &str| {
            let list = app.get("/clients", Some(token)).await.expect(200);
            list["items"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&own).await, ["A"]);
        assert_eq!(names(&all).await, ["A", "B"]);
        let path = format!("/clients/{}", foreign["client_id"].as_str().unwrap());
        app.get(&path, Some(&own)).await.is_problem(404, "not-found");
        let reason = json!({ "reason": "x" });
        app.post(&format!("{path}/disablement"), Some(&own), reason).await.is_problem(404, "not-found");
    })
    .await;
}

#[tokio::test]
async fn a_private_key_is_not_taken() {
    TestApp::run(|app| async move {
        let operator = app.signs_in("pusat").await;
        let system = app.registers(None, &CODES).await;
        let mut private = jwk(&new_key());
        private["d"] = json!("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");

        let path = format!("/clients/{}/keys", system.id);
        let refused = app.post(&path, Some(&operator), json!({ "jwk": private })).await;

        refused.is_problem(422, "invalid");
        assert_eq!(app.count("select count(*) from client_keys").await, 1);
    })
    .await;
}

#[tokio::test]
async fn many_refused_proofs_slow_a_network_and_the_right_one_is_taken_after_the_pause() {
    TestApp::run(|app| async move {
        let system = app.registers(None, &CODES).await;
        for _ in 0..60 {
            is_refused(&app.proves_itself("a.b.c").await, "invalid_client");
        }
        let refused = app.proves_itself(&app.assertion(&system)).await;
        refused.is_problem(429, "too-many-attempts");
        app.advance(TimeDelta::seconds(2));

        app.proves_itself(&app.assertion(&system)).await.expect(200);
    })
    .await;
}

/// Ids of the keys that the service publishes.
async fn published(app: &TestApp) -> Vec<String> {
    let list = Answer::of(app.client.get(app.page("/.well-known/jwks.json"))).await;
    assert_eq!(list.header("cache-control"), "public, max-age=300");
    let list = list.expect(200);
    list["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn kid(token: &str) -> String {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_key_of_ours_is_published_before_it_signs_and_until_its_last_token_is_over() {
    TestApp::run(|app| async move {
        let system = app.registers(None, &CODES).await;
        let first = app.access_token(&system).await;
        assert_eq!(published(&app).await, [kid(&first)]);

        aktivasi::app::clients::rotate(app.office(), aktivasi::app::clients::Rotation::InTime).await.unwrap();

        let keys = published(&app).await;
        assert_eq!(keys.len(), 2);
        assert_eq!(kid(&app.access_token(&system).await), kid(&first), "the next key signed too early");
        app.advance(TimeDelta::minutes(10) - TimeDelta::seconds(1));
        let last = app.access_token(&system).await;
        assert_eq!(kid(&last), kid(&first));
        app.advance(TimeDelta::seconds(1));
        let next = app.access_token(&system).await;
        assert_eq!([kid(&first), kid(&next)], keys[..], "the next key was not published before");
        for token in [&last, &next] {
            asks(&app, token).await.expect(200);
        }
        app.advance(TimeDelta::minutes(15));
        assert_eq!(published(&app).await.len(), 2);
        app.advance(TimeDelta::seconds(5));
        assert_eq!(published(&app).await, [kid(&next)]);
    })
    .await;
}

#[tokio::test]
async fn after_a_leak_every_earlier_token_is_refused_and_another_is_issued_at_once() {
    TestApp::run(|app| async move {
        let system = app.registers(None, &CODES).await;
        let leaked = app.access_token(&system).await;

        aktivasi::app::clients::rotate(app.office(), aktivasi::app::clients::Rotation::AtOnce).await.unwrap();

        asks(&app, &leaked).await.is_problem(401, "unauthenticated");
        let token = app.access_token(&system).await;
        asks(&app, &token).await.expect(200);
        assert_eq!(published(&app).await, [kid(&token)]);
        assert_eq!(app.count("select count(*) from audit_events where act = 'revoke_token_keys'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn keys_of_ours_follow_each_other_every_thirty_days_by_themselves() {
    TestApp::run(|app| async move {
        let rotates = async || aktivasi::app::clients::rotate_when_due(app.office()).await.unwrap();
        assert!(rotates().await);
        assert!(!rotates().await);
        app.advance(TimeDelta::days(30) - TimeDelta::seconds(1));
        assert!(!rotates().await);
        app.advance(TimeDelta::seconds(1));

        let both = futures_util::join!(rotates(), rotates());

        assert_ne!(both.0, both.1, "two replicas made a key each, or none did");
        assert_eq!(published(&app).await.len(), 2);
        app.advance(TimeDelta::days(2));
        aktivasi::app::housekeeping::housekeeping(app.office()).await.unwrap();
        assert_eq!(app.count("select count(*) from token_keys").await, 1);
    })
    .await;
}
