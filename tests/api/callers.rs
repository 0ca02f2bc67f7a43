//! Who may call what: every operation as every caller, and what a refused call leaves behind.

use std::collections::{BTreeMap, HashMap};

use chrono::TimeDelta;
use reqwest::{Method, Url};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    story::{self, drafts, files, opens, signs, uploads},
    support::{
        Answer, TestApp,
        judge::{CONTRACT, Declared},
        other_system,
    },
    walk::appoints_everybody,
};

const ROLES: [(&str, &str); 5] = [
    ("counter", "tpt"),
    ("special_officer", "khusus"),
    ("section_head", "kasi"),
    ("supervisor", "kepala"),
    ("operator", "operator"),
];
/// Where the contract and the code differ about who may call. This list may only shrink.
const EXCEPTIONS: [(&str, &str); 0] = [];

/// What there is at office 031 for everybody to try at.
struct Ground {
    ids: HashMap<&'static str, String>,
    proof: String,
    tracking: String,
    account: String,
    service: String,
    staff: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Allowed,
    Unknown,
    /// Staff of the office without the role.
    Forbidden,
    /// What this caller may not know of.
    Hidden,
    /// Without the role and of another office: either is right.
    ForbiddenOrHidden,
}

impl Expected {
    fn holds(self, status: u16) -> bool {
        match self {
            Self::Allowed => ![401, 403, 404, 405, 500].contains(&status),
            Self::Unknown => status == 401,
            Self::Forbidden => status == 403,
            Self::Hidden => status == 404,
            Self::ForbiddenOrHidden => [403, 404].contains(&status),
        }
    }
}

async fn ground(app: &TestApp) -> Ground {
    story::prepare(app).await;
    story::register(app, "999991342031000", story::EMAIL).await;
    sqlx::query("update offices set address = 'Jalan 952' where office_code = '952'")
        .execute(&app.pool)
        .await
        .unwrap();
    for office in ["031", "952"] {
        appoints_everybody(app, office).await;
    }
    let officer = app.signs_in("khusus").await;
    let head = app.signs_in("kasi").await;
    let receipt = files(app, "new_credentials", story::EMAIL, |_| {}).await;
    let drafted = drafts(app, &officer, receipt["request_id"].as_str().unwrap(), "grant", json!([])).await;
    let issued = signs(app, &head, &drafted).await.expect(200);
    app.run_ready_jobs().await;
    let letter =
        issued["letters"].as_array().unwrap().iter().find(|one| one["kind"] == "activation_notice").unwrap();
    let message = issued["messages"][0]["message_id"].as_str().unwrap().to_owned();
    let correction = json!({ "reason": "Salah ketik", "corrections": { "signatory": true } });
    let path = format!("/letters/{}/corrections", letter["letter_id"].as_str().unwrap());
    let correction = app.post(&path, Some(&officer), correction).await.expect(201);
    let document = decree_with_scan(app).await;
    let open = files(app, "reprint", story::EMAIL, |_| {}).await;
    let request = open["request_id"].as_str().unwrap().to_owned();
    let drafted = drafts(app, &officer, &request, "grant", json!([])).await;
    let proof = app.proves_address("penonton@example.com").await;
    let pair: Uuid =
        sqlx::query_scalar("select credential_id from credentials").fetch_one(&app.pool).await.unwrap();
    sqlx::query(
        "insert into tasks (task_id, office_code, kind, detail, opened_at)
                 values ('00000000-0000-7000-8000-0000000000f1', '031', 'mail_failed', 'x', '2026-07-10Z')",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let national = app.signs_in("pusat").await;
    let template = app
        .post("/letter-templates", Some(&national), CONTRACT.example("draft_letter_template", "slip"))
        .await;
    sqlx::query(
        "insert into print_batches (batch_id, office_code, delivery, created_at, created_by)
         select '00000000-0000-7000-8000-0000000000b1', '031', 'post', '2026-07-10Z', staff_id from staff where username = 'tpt'",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    sqlx::query("insert into print_batch_letters values ('00000000-0000-7000-8000-0000000000b1', 1, $1)")
        .bind(letter["letter_id"].as_str().unwrap().parse::<Uuid>().unwrap())
        .execute(&app.pool)
        .await
        .unwrap();
    sqlx::query(
        "insert into monthly_reports (report_id, office_code, month_on, made_at)
         values ('00000000-0000-7000-8000-0000000000e1', '031', '2026-06-01', '2026-07-01Z')",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    receives_events(app).await;
    let system = app.registers(Some("031"), &["credentials:activation"]).await;
    let (client, thumbprint) = (system.id.clone(), other_system::thumbprint(&system.key));
    let ids = HashMap::from([
        ("{endpoint_id}", "00000000-0000-7000-8000-0000000000c1".to_owned()),
        ("{event_id}", "00000000-0000-7000-8000-0000000000c2".to_owned()),
        ("{template_id}", template.expect(201)["template_id"].as_str().unwrap().to_owned()),
        ("{request_id}", request),
        ("{letter_id}", letter["letter_id"].as_str().unwrap().to_owned()),
        ("{message_id}", message),
        ("{decree_document_id}", document),
        ("{correction_id}", correction["correction_id"].as_str().unwrap().to_owned()),
        ("{correction_digest}", correction["digest"].as_str().unwrap().to_owned()),
        ("{credential_id}", pair.to_string()),
        ("{document_id}", drafted["documents"][0]["id"].as_str().unwrap().to_owned()),
        ("{task_id}", "00000000-0000-7000-8000-0000000000f1".to_owned()),
        ("{batch_id}", "00000000-0000-7000-8000-0000000000b1".to_owned()),
        ("{staff_id}", "00000000-0000-7000-8000-000000000011".to_owned()),
        ("{decree_id}", "00000000-0000-7000-8000-0000000000d1".to_owned()),
        ("{client_id}", client),
        ("{thumbprint}", thumbprint),
        ("{office_code}", "031".to_owned()),
        ("{session_id}", TestApp::some_id().to_owned()),
        ("{npwp}", "999991342031000".to_owned()),
        ("{month}", "2026-06".to_owned()),
        ("{digest}", drafted["draft"]["digest"].as_str().unwrap().to_owned()),
    ]);
    let mut staff = BTreeMap::new();
    for (_, name) in ROLES {
        for (short, full) in [
            ("own", if name == "kepala" { "kepala.031".to_owned() } else { name.to_owned() }),
            ("other", format!("{name}.952")),
        ] {
            staff.insert(format!("{short} {name}"), app.signs_in(&full).await);
        }
    }
    let service = app.token_of("service").await.unwrap();
    let (tracking, account) = (opens(app, &open).await, app.comes_home().await);
    Ground { ids, proof, tracking, account, service, staff }
}

/// A receiver of events at 031, and one that did not reach it.
async fn receives_events(app: &TestApp) {
    for sql in [
        "insert into webhook_endpoints (endpoint_id, name, url, office_code, kinds, with_personal_data, created_at)
         values ('00000000-0000-7000-8000-0000000000c1', 'x', 'https://x.example/', '031', '{letter.issued}', false, '2026-07-10Z')",
        "insert into events (event_id, kind, office_code, occurred_at)
         values ('00000000-0000-7000-8000-0000000000c2', 'letter.issued', '031', '2026-07-10Z')",
        "update webhook_deliveries set state = 'given_up', ended_at = '2026-07-10Z'",
    ] {
        sqlx::query(sql).execute(&app.pool).await.unwrap();
    }
}

/// A decree of 031 that is in force, and a scan of the recorded one; the id of the first.
async fn decree_with_scan(app: &TestApp) -> String {
    let operator = app.signs_in("operator").await;
    let mut body = CONTRACT.example("prepare_decree", "one");
    body["officers"][0]["staff_id"] = json!("00000000-0000-7000-8000-000000000011");
    let document = app.post("/offices/031/decree-documents", Some(&operator), body).await.expect(201);
    let id = document["decree_document_id"].as_str().unwrap().to_owned();
    app.post(&format!("/decree-documents/{id}/number"), Some(&operator), json!({})).await.expect(200);
    for path in [
        format!("/decree-documents/{id}/scan"),
        "/decrees/00000000-0000-7000-8000-0000000000d1/scan".to_owned(),
    ] {
        let url = app.url(&format!("{path}?file_name=a.pdf"));
        let sent = Answer::of(app.client.post(url).bearer_auth(&operator).body("%PDF-1.7 contoh")).await;
        assert!(sent.status < 300, "{}", sent.json);
    }
    id
}

/// Whether the operation is about one thing of an office: the path has an id of it.
fn about_one_thing(operation: &Declared<'_>) -> bool {
    operation.id == "find_credentials" || operation.path.starts_with("/api/") && operation.path.contains('{')
}

fn is_public(operation: &Declared<'_>) -> bool {
    operation.callers().contains(&"stranger")
}

/// The callers, each with a token and what the contract says.
fn callers(ground: &Ground, operation: &Declared<'_>) -> Vec<(String, Option<String>, Expected)> {
    let may = operation.callers();
    let public = is_public(operation);
    let staff_operation = ROLES.iter().any(|(role, _)| may.contains(role));
    let holder = |name: &str| {
        if may.contains(&name) { Expected::Allowed } else { Expected::Unknown }
    };
    let known = |name: &str| if public { Expected::Allowed } else { holder(name) };
    let mut all = vec![
        ("stranger".to_owned(), None, if public { Expected::Allowed } else { Expected::Unknown }),
        (
            "garbage".to_owned(),
            Some("x.y.z".to_owned()),
            if public { Expected::Allowed } else { Expected::Unknown },
        ),
        ("proof".to_owned(), Some(ground.proof.clone()), holder("proof")),
        ("tracking".to_owned(), Some(ground.tracking.clone()), holder("tracking")),
        ("account".to_owned(), Some(ground.account.clone()), known("account")),
        ("service".to_owned(), Some(ground.service.clone()), known("service")),
    ];
    for (role, name) in ROLES {
        let allowed = may.contains(&role);
        for place in ["own", "other"] {
            let expected = match (public, allowed, staff_operation, place) {
                (true, ..) => Expected::Allowed,
                (_, _, false, _) => Expected::Unknown,
                (_, true, _, "other") if about_one_thing(operation) => Expected::Hidden,
                (_, true, ..) => Expected::Allowed,
                (_, false, _, "other") => Expected::ForbiddenOrHidden,
                (_, false, ..) => Expected::Forbidden,
            };
            let who = format!("{place} {name}");
            let token = ground.staff[&who].clone();
            all.push((who, Some(token), expected));
        }
    }
    all
}

async fn calls(app: &TestApp, ground: &Ground, operation: &Declared<'_>, token: Option<&str>) -> Answer {
    let path = operation.path.split('/').map(|part| match part {
        "{file}" | "{slug}" | "{token}" | "{proof_id}" => TestApp::some_id(),
        id if id.starts_with('{') => ground.ids[id].as_str(),
        fixed => fixed,
    });
    let url = format!("http://{}{}", app.address, path.collect::<Vec<_>>().join("/"));
    let mut url = Url::parse(&url).unwrap();
    if operation.id == "upload_document" {
        url.query_pairs_mut().extend_pairs([("kind", "sppkp"), ("file_name", "a.pdf")]);
    }
    if ["upload_decree_scan", "upload_recorded_scan"].contains(&operation.id) {
        url.query_pairs_mut().append_pair("file_name", "a.pdf");
    }
    if operation.id == "import_taxpayers" {
        url.query_pairs_mut().append_pair("file_name", "a.csv");
    }
    if ["export_requests", "export_rounds_of_figure"].contains(&operation.id) {
        url.query_pairs_mut().append_pair("format", "csv");
    }
    if operation.id == "requests_of_pattern" {
        url.query_pairs_mut().append_pair("pattern", "reopened");
    }
    if operation.id == "monthly_register" {
        url.query_pairs_mut().append_pair("month", "2026-07");
    }
    if operation.id == "past_of_office" {
        url.query_pairs_mut().append_pair("at", "2026-07-10T09:00:00Z");
    }
    if ["rounds_of_figure", "export_rounds_of_figure"].contains(&operation.id) {
        url.query_pairs_mut().append_pair("measure", "running");
    }
    if operation.id == "letters_of_figure" {
        url.query_pairs_mut().append_pair("class", "pending");
    }
    let method: Method = operation.method.parse().unwrap();
    let mut request = app.client.request(method, url).header("idempotency-key", Uuid::new_v4().to_string());
    request = match operation.id {
        "put_office_settings" | "put_webhook_endpoint" => request.header("if-match", "\"v1\""),
        "sign_monthly_report" => request.header("if-match", format!("\"{}\"", "0".repeat(64))),
        id if CHANGES_WORDING.contains(&id) => request.header("if-match", "\"v1\""),
        "sign" => request.header("if-match", format!("\"{}\"", ground.ids["{digest}"])),
        "sign_correction" => request.header("if-match", format!("\"{}\"", ground.ids["{correction_digest}"])),
        _ => request,
    };
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let examples = operation.node["requestBody"]["content"]["application/json"]["examples"].as_object();
    request = match (examples.and_then(|examples| examples.values().next()), operation.id) {
        (_, "upload_document" | "upload_decree_scan" | "upload_recorded_scan") => {
            request.body("%PDF-1.7 contoh")
        }
        (_, "import_taxpayers") => request.header("content-type", "text/csv").body("name\n"),
        (_, "record_mail_report") => request.header("content-type", "message/rfc822").body("halo"),
        (_, "file_request" | "file_bundle") => request.json(&json!({ "kind": "reprint" })),
        (_, "draft") => request.json(&json!({ "decision": "grant", "reasons": [] })),
        (Some(example), _) => request.json(&example["value"]),
        (None, _) => request,
    };
    Answer::of(request).await
}

/// Everything but the audit, throttles and sign-ins, row by row.
async fn fingerprint(app: &TestApp) -> String {
    let tables: Vec<String> = sqlx::query_scalar(
        "select tablename::text from pg_tables where schemaname = 'public'
         and tablename not in ('audit_events', 'throttles', '_sqlx_migrations') order by 1",
    )
    .fetch_all(&app.pool)
    .await
    .unwrap();
    let parts: Vec<String> = tables
        .iter()
        .map(|table| {
            format!("select '{table} ' || count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') from {table} as t")
        })
        .collect();
    let rows: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(parts.join(" union all ")))
        .fetch_all(&app.pool)
        .await
        .unwrap();
    rows.join("\n")
}

#[tokio::test]
async fn exactly_who_the_contract_names_may_call_and_a_refused_call_changes_nothing() {
    TestApp::run(|app| async move {
        let ground = ground(&app).await;
        let mut faults = Vec::new();
        // First everybody who is refused, so that all try at the same ground; signing out goes last.
        for allowed in [false, true] {
            let mut operations = CONTRACT.operations();
            operations.sort_by_key(|operation| operation.id == "sign_out");
            for operation in operations {
                let before = if allowed { String::new() } else { fingerprint(&app).await };
                for (who, token, expected) in callers(&ground, &operation) {
                    let expected = known_better(operation.id, &who, expected);
                    if (expected == Expected::Allowed) != allowed
                        || EXCEPTIONS.contains(&(operation.id, &who))
                    {
                        continue;
                    }
                    // Several acts of an account end its sessions: each of them begins at home.
                    let home = allowed && who == "account" && !is_public(&operation);
                    let token = if home { Some(app.comes_home().await) } else { token };
                    let answer = calls(&app, &ground, &operation, token.as_deref()).await;
                    if !expected.holds(answer.status) && !nothing_is_there(&operation, answer.status) {
                        let id = operation.id;
                        faults.push(format!(
                            "{id} as {who}: {} where {expected:?} {}",
                            answer.status, answer.json["type"]
                        ));
                    }
                }
                if !allowed && fingerprint(&app).await != before {
                    faults.push(format!("{}: a refused call changed something", operation.id));
                }
            }
        }
        assert!(faults.is_empty(), "{faults:#?}");
    })
    .await;
}

/// Public operations about a token, slug or proof that is invented here answer 401 or 404 to all alike.
fn nothing_is_there(operation: &Declared<'_>, status: u16) -> bool {
    let invented =
        ["{file}", "{slug}", "{token}", "{proof_id}"].iter().any(|part| operation.path.contains(part));
    let secrets = ["sign_in", "account_sign_in", "refresh_session", "open_tracking"].contains(&operation.id);
    is_public(operation) && (invented && status == 404 || secrets && [401, 404].contains(&status))
}

/// Acts on the wording of the whole installation: of operators of national scope only.
const CHANGES_WORDING: [&str; 5] = [
    "draft_letter_template",
    "edit_letter_template",
    "approve_letter_template",
    "bring_letter_template_into_force",
    "withdraw_letter_template",
];

/// What follows from whose a thing is, beyond the role.
fn known_better(id: &str, who: &str, expected: Expected) -> Expected {
    match (id, who) {
        (id, "own operator" | "other operator") if CHANGES_WORDING.contains(&id) => Expected::Forbidden,
        // Files hold taxpayers of every office.
        ("import_taxpayers", "own operator" | "other operator") => Expected::Forbidden,
        // The wording belongs to no office: operators of every scope read it.
        (id, "other operator") if id.contains("letter_template") => Expected::Allowed,
        // The document is in use and belongs to none of the proofs and desks that ask.
        ("discard_document", "proof" | "own tpt" | "tracking") => Expected::Hidden,
        _ => expected,
    }
}

#[tokio::test]
async fn a_session_that_ended_or_expired_opens_nothing() {
    TestApp::run(|app| async move {
        let ground = ground(&app).await;
        let ended = app.signs_in("kasi").await;
        Answer::of(app.client.delete(app.url("/sessions/current")).bearer_auth(&ended)).await;
        let closed = app.signs_in("kasi.952").await;
        sqlx::query("update staff set active = false where username = 'kasi.952'")
            .execute(&app.pool)
            .await
            .unwrap();
        let expired = ground.staff["own kasi"].clone();
        let refused = async |token: &str| {
            for operation in CONTRACT.operations() {
                if is_public(&operation) {
                    continue;
                }
                let answer = calls(&app, &ground, &operation, Some(token)).await;
                assert_eq!(answer.status, 401, "{} {}", operation.id, answer.json);
            }
        };
        let before = fingerprint(&app).await;
        refused(&ended).await;
        refused(&closed).await;
        app.advance(TimeDelta::minutes(11));
        refused(&expired).await;
        app.advance(TimeDelta::minutes(30));
        refused(&ground.proof).await;
        refused(&ground.tracking).await;
        refused(&ground.service).await;
        app.advance(TimeDelta::hours(12));
        refused(&ground.account).await;
        assert!(fingerprint(&app).await == before);
    })
    .await;
}

/// A fresh request of office 031 in somebody's hands or nobody's; its path.
async fn a_request(app: &TestApp) -> String {
    story::prepare(app).await;
    story::register(app, "999991342031000", story::EMAIL).await;
    let receipt = files(app, "new_credentials", story::EMAIL, |_| {}).await;
    format!("/requests/{}", receipt["request_id"].as_str().unwrap())
}

async fn sql(app: &TestApp, sql: &'static str) {
    sqlx::query(sql).execute(&app.pool).await.unwrap();
}

#[tokio::test]
async fn a_special_officer_works_only_while_a_decree_is_in_force_by_the_day_of_the_office() {
    TestApp::run(|app| async move {
        let claim = format!("{}/claim", a_request(&app).await);
        let officer = app.signs_in("khusus").await;
        let refused = async || app.post(&claim, Some(&officer), json!({})).await.is_problem(403, "no-decree");
        sql(&app, "update decrees set revoked_on = '2026-07-10' where number = 'KEP-1'").await;
        refused().await;
        // The clock is at 16.00 in Jakarta: tomorrow begins there at 17.00 UTC.
        sql(&app, "update decrees set revoked_on = null, in_force_on = '2026-07-11' where number = 'KEP-1'")
            .await;
        refused().await;
        app.advance(TimeDelta::hours(8) - TimeDelta::seconds(1));
        let officer = app.signs_in("khusus").await;
        app.post(&claim, Some(&officer), json!({})).await.is_problem(403, "no-decree");
        app.advance(TimeDelta::seconds(1));
        app.post(&claim, Some(&officer), json!({})).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn who_is_appointed_signs_within_the_dates_only() {
    TestApp::run(|app| async move {
        let path = a_request(&app).await;
        let officer = app.signs_in("khusus").await;
        let drafted = drafts(&app, &officer, path.strip_prefix("/requests/").unwrap(), "grant", json!([])).await;
        let stand_in = app.signs_in("tpt").await;
        sql(&app, "insert into acting_appointments (acting_id, staff_id, office_code, kind, from_on, until_on, recorded_at, recorded_by)
                   select gen_random_uuid(), staff_id, '031', 'Plh.', '2026-07-11', '2026-07-12', '2026-07-01Z', 'test'
                   from staff where username = 'tpt'").await;
        signs(&app, &stand_in, &drafted).await.is_problem(403, "forbidden");
        sql(&app, "update acting_appointments set from_on = '2026-07-08', until_on = '2026-07-09'").await;
        signs(&app, &stand_in, &drafted).await.is_problem(403, "forbidden");
        sql(&app, "update acting_appointments set from_on = '2026-07-10', until_on = '2026-07-10'").await;
        signs(&app, &stand_in, &drafted).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn neither_the_drafter_nor_who_keyed_it_in_signs() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", story::EMAIL).await;
        sql(&app, "insert into staff_roles (staff_id, role) select staff_id, r.role from staff,
                   (values ('khusus', 'section_head'), ('tpt', 'section_head')) as r (name, role) where username = r.name").await;
        let (desk, officer) = (app.signs_in("tpt").await, app.signs_in("khusus").await);
        let documents = [uploads(&app, &desk, "application_letter").await, uploads(&app, &desk, "identity_card").await];
        let mut form: Value = story::form("new_credentials", &documents);
        form["counter"] = json!({ "channel": "counter", "unproven_reason": "Tanpa telepon" });
        let receipt = story::sends(&app, &desk, "kunci-loket-1", &form).await.expect(201);
        let drafted = drafts(&app, &officer, receipt["request_id"].as_str().unwrap(), "grant", json!([])).await;

        signs(&app, &officer, &drafted).await.is_problem(403, "signer-drafted-it");
        signs(&app, &desk, &drafted).await.is_problem(403, "signer-keyed-it-in");
        let head = app.signs_in("kasi").await;
        signs(&app, &head, &drafted).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_supervisor_sees_exactly_the_scope_and_an_operator_no_request() {
    TestApp::run(|app| async move {
        let path = a_request(&app).await;
        appoints_everybody(&app, "031").await;
        appoints_everybody(&app, "952").await;
        let seen = async |name: &str| {
            let token = app.signs_in(name).await;
            (app.get(&path, Some(&token)).await.status, app.get("/requests", Some(&token)).await)
        };
        for name in ["kepala.031", "kanwil", "nasional"] {
            let (status, list) = seen(name).await;
            assert_eq!((status, list.expect(200)["items"].as_array().unwrap().len()), (200, 1), "{name}");
        }
        let (status, list) = seen("kepala.952").await;
        assert_eq!((status, list.expect(200)["items"].as_array().unwrap().len()), (404, 0));
        sql(&app, "update staff set kanwil = 'Kanwil DJP Papua' where username = 'kanwil'").await;
        assert_eq!(seen("kanwil").await.0, 404);
        for name in ["operator", "pusat"] {
            let (status, list) = seen(name).await;
            assert_eq!((status, list.status), (403, 403), "{name}");
        }
    })
    .await;
}
