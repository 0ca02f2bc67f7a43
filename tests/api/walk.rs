//! Every operation of the contract, with its own examples, in the order of real life.

use std::{cell::RefCell, collections::BTreeSet};

use aktivasi::{
    admin::import::{Content, import},
    app::registry::Consent,
};
use reqwest::{Method, Url};
use serde_json::{Value, json};

use crate::{
    letter_templates,
    story::{self, codes_in, link, opens, page_url, pdf_text},
    support::{
        Answer, METRICS_TOKEN, PASSWORD, TestApp,
        judge::CONTRACT,
        other_system::{OtherSystem, jwk, new_key, thumbprint},
    },
};

/// What changes nothing that is anybody's, or only the token of a session: no row of the audit is due.
const UNAUDITED: [&str; 4] = ["render_application_letter", "refresh_session", "compare_letter", "what_if"];
/// The only papers with a Kode Aktivasi: the printed letter, alone or in its batch, and that of a PKP to itself.
const SHOW_THE_CODE: [&str; 3] = ["print_letter", "print_batch", "download_own_letter"];

const OFFICES: &str = include_str!("../../data/offices.csv");
const HOLIDAYS: &str = include_str!("../../data/holidays-id.csv");
const TAXPAYERS: &str = include_str!("../../data/sample/taxpayers.csv");
const PERSONS: &str = include_str!("../../data/sample/persons.csv");
const CREDENTIALS: &str = include_str!("../../data/sample/credentials.csv");

/// Imports the sample data as the console does.
pub async fn imports_the_samples(app: &TestApp) {
    for (content, text) in [
        (Content::Offices, OFFICES),
        (Content::Calendar, HOLIDAYS),
        (Content::Taxpayers, TAXPAYERS),
        (Content::Persons, PERSONS),
        (Content::Credentials, CREDENTIALS),
    ] {
        import(app.office(), content, Consent::Missing, text.as_bytes(), "samples").await.unwrap();
    }
}

struct Walk<'a> {
    app: &'a TestApp,
    /// Operations that succeeded, and examples that were sent: `id` and `id/name`.
    done: RefCell<BTreeSet<String>>,
}

/// One call of an operation.
#[derive(Default)]
struct Call<'a> {
    ids: &'a [&'a str],
    query: &'a [(&'a str, &'a str)],
    token: Option<&'a str>,
    headers: &'a [(&'a str, &'a str)],
    body: Option<Value>,
}

impl Walk<'_> {
    fn example(&self, id: &str, name: &str) -> Value {
        self.done.borrow_mut().insert(format!("{id}/{name}"));
        CONTRACT.example(id, name)
    }

    async fn does(&self, id: &str, call: Call<'_>) -> Answer {
        let answer = self.request(id, call).await;
        assert!((200..300).contains(&answer.status), "{id}: {} {}", answer.status, answer.json);
        answer
    }

    async fn request(&self, id: &str, call: Call<'_>) -> Answer {
        let operation = CONTRACT.operation(id);
        let mut ids = call.ids.iter();
        let path = operation.path.split('/');
        let path = path.map(|part| if part.starts_with('{') { ids.next().unwrap() } else { part });
        let url = format!("http://{}{}", self.app.address, path.collect::<Vec<_>>().join("/"));
        let mut url = Url::parse(&url).unwrap();
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(call.query);
        }
        let method: Method = operation.method.parse().unwrap();
        let mut request = self.app.client.request(method.clone(), url);
        for (name, value) in call.headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = call.token {
            request = request.bearer_auth(token);
        }
        request = match call.body {
            Some(Value::String(bytes)) => request.body(bytes),
            Some(body) => request.json(&body),
            None => request,
        };
        let audited = self.app.count("select count(*) from audit_events").await;
        let answer = Answer::of(request).await;
        if (200..300).contains(&answer.status) {
            self.done.borrow_mut().insert(id.to_owned());
            let now = self.app.count("select count(*) from audit_events").await;
            let changes = method != Method::GET && answer.status != 204 || method == Method::DELETE;
            assert!(!changes || now > audited || UNAUDITED.contains(&id), "{id} left no row in the audit");
            if answer.header("content-type") == "application/pdf" && !SHOW_THE_CODE.contains(&id) {
                assert_eq!(codes_in(&pdf_text(&answer.bytes)), [] as [String; 0], "{id} shows a code");
            }
        }
        answer
    }

    async fn act(&self, id: &str, ids: &[&str], token: &str, example: &str) -> Value {
        let body = self.example(id, example);
        self.does(id, Call { ids, token: Some(token), body: Some(body), ..Call::default() }).await.json
    }

    async fn reads(&self, id: &str, ids: &[&str], token: Option<&str>) -> Answer {
        self.does(id, Call { ids, token, ..Call::default() }).await
    }

    /// A notice, told to this officer just now.
    async fn acknowledges(&self, officer: &str) {
        let notice: uuid::Uuid = sqlx::query_scalar(
            "insert into notices (notice_id, office_code, request_id, round_id, due_change, due_on, threshold, tier, staff_id, raised_at)
             select gen_random_uuid(), rounds.office_code, request_id, round_id, 0, due_on, 'due_today', 'officer', staff_id, received_at
             from rounds, staff where username = 'khusus' and due_on is not null limit 1 returning notice_id",
        )
        .fetch_one(&self.app.pool)
        .await
        .unwrap();
        let mut body = self.example("acknowledge_notices", "all");
        body["notice_ids"] = json!([notice]);
        let call = Call { token: Some(officer), body: Some(body), ..Call::default() };
        assert_eq!(self.does("acknowledge_notices", call).await.json["acknowledged"], 1);
    }

    /// Proves the address of an example; the token.
    async fn proves(&self, email: &str, office: &str) -> String {
        let mut body = self.example("request_email_proof", "proof");
        body["email"] = json!(email);
        body["office_code"] = json!(office);
        let asked = self.does("request_email_proof", Call { body: Some(body), ..Call::default() }).await.json;
        let proof = asked["proof_id"].as_str().unwrap();
        let mut body = self.example("confirm_email_proof", "code");
        body["code"] = json!(self.app.code_of(proof).await);
        let call = Call { ids: &[proof], body: Some(body), ..Call::default() };
        self.does("confirm_email_proof", call).await.json["token"].as_str().unwrap().to_owned()
    }

    async fn uploads(&self, token: &str, kind: &str) -> String {
        let query = [("kind", kind), ("file_name", "berkas.pdf")];
        let body = Some(json!("%PDF-1.7 contoh"));
        let call = Call { query: &query, token: Some(token), body, ..Call::default() };
        self.does("upload_document", call).await.json["id"].as_str().unwrap().to_owned()
    }

    /// Sends the example of a filing with documents of its own; the answer.
    async fn files(&self, id: &str, name: &str, token: &str, kinds: &[&str]) -> Value {
        let mut documents = Vec::new();
        for kind in kinds {
            documents.push(self.uploads(token, kind).await);
        }
        let mut body = self.example(id, name);
        body["documents"] = json!(documents);
        let key = uuid::Uuid::new_v4().to_string();
        let headers = [("idempotency-key", key.as_str())];
        let call = Call { token: Some(token), headers: &headers, body: Some(body), ..Call::default() };
        self.does(id, call).await.json
    }

    async fn signs(&self, token: &str, drafted: &Value, example: &str) -> Value {
        let digest = format!("\"{}\"", drafted["draft"]["digest"].as_str().unwrap());
        let headers = [("if-match", digest.as_str())];
        let ids = [drafted["request_id"].as_str().unwrap()];
        let body = Some(self.example("sign", example));
        self.does("sign", Call { ids: &ids, token: Some(token), headers: &headers, body, ..Call::default() })
            .await
            .json
    }

    /// Operations and examples that no call succeeded with.
    fn left_out(&self) -> Vec<String> {
        let mut left = Vec::new();
        for operation in CONTRACT.operations() {
            let examples =
                operation.node["requestBody"]["content"]["application/json"]["examples"].as_object();
            let names = examples.into_iter().flat_map(|examples| examples.keys());
            left.extend(names.map(|name| format!("{}/{name}", operation.id)));
            left.push(operation.id.to_owned());
        }
        left.retain(|name| !self.done.borrow().contains(name));
        left
    }
}

const TWO: [&str; 2] = ["application_letter", "identity_card"];
const FOUR: [&str; 4] = ["application_letter", "identity_card", "original_notice", "sppkp"];

#[tokio::test]
async fn every_operation_does_what_its_example_says() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        imports_the_samples(&app).await;
        let walk = Walk { app: &app, done: RefCell::default() };
        runs(&walk).await;
        office(&walk).await;
        wording(&walk).await;
        webhooks(&walk).await;
        let (request, tracking) = online(&walk).await;
        examines(&walk, &request, &tracking).await;
        counter(&walk).await;
        elsewhere(&walk).await;
        other_systems(&walk).await;

        assert_eq!(walk.left_out(), [] as [String; 0]);
    })
    .await;
}

async fn runs(walk: &Walk<'_>) {
    for id in ["healthz", "readyz", "contract", "docs", "list_offices"] {
        walk.reads(id, &[], None).await;
    }
    walk.reads("problem_page", &["not-possible"], None).await;
    walk.reads("metrics", &[], Some(METRICS_TOKEN)).await;
    let docs = walk.reads("docs", &[], None).await;
    let page = String::from_utf8(docs.bytes).unwrap().replace("&#x2f;", "/");
    let asset = page.split('"').find_map(|text| text.strip_prefix("/assets/")).unwrap();
    walk.reads("get_asset", &[asset], None).await;
    walk.act_of_nobody("render_application_letter", "new_credentials").await;
    let mut body = walk.example("sign_in", "officer");
    body["username"] = json!("khusus2");
    body["password"] = json!(PASSWORD);
    let signed_in = walk.does("sign_in", Call { body: Some(body), ..Call::default() }).await.json;
    let mut body = walk.example("refresh_session", "refresh");
    body["refresh_token"] = signed_in["refresh_token"].clone();
    let fresh = walk.does("refresh_session", Call { body: Some(body), ..Call::default() }).await.json;
    let token = fresh["access_token"].as_str().unwrap();
    walk.reads("who_am_i", &[], Some(token)).await;
    walk.reads("sign_out", &[], Some(token)).await;
}

impl Walk<'_> {
    async fn act_of_nobody(&self, id: &str, example: &str) {
        let body = self.example(id, example);
        self.does(id, Call { body: Some(body), ..Call::default() }).await;
    }
}

async fn office(walk: &Walk<'_>) {
    let operator = walk.app.signs_in("operator").await;
    let settings = walk.reads("get_office_settings", &["031"], Some(&operator)).await;
    let headers = [("if-match", settings.header("etag"))];
    let body = Some(walk.example("put_office_settings", "palmerah"));
    let token = Some(operator.as_str());
    walk.does(
        "put_office_settings",
        Call { ids: &["031"], token, headers: &headers, body, ..Call::default() },
    )
    .await;
    let national = walk.app.signs_in("pusat").await;
    let (query, headers) = ([("file_name", "wp.csv")], [("content-type", "text/csv")]);
    let file = format!("{}{}", crate::registry::HEADER, crate::registry::row("999991003001000", "Jl. Satu"));
    let (token, body) = (Some(national.as_str()), Some(json!(file)));
    let call = Call { query: &query, headers: &headers, token, body, ..Call::default() };
    walk.does("import_taxpayers", call).await;
    let token = Some(operator.as_str());
    walk.act("put_taxpayer", &["999991342031000"], &operator, "tirtaloka").await;
    walk.reads("get_taxpayer", &["999991342031000"], token).await;
    let staff = walk.reads("list_staff", &[], token).await.json;
    let officer = staff["items"].as_array().unwrap().iter().find(|one| one["username"] == "khusus2").unwrap();
    let decree = walk.act("record_decree", &[officer["id"].as_str().unwrap()], &operator, "kep").await;
    let recorded = [decree["decree_id"].as_str().unwrap()];
    let scan = |id| (id, [("file_name", "kep.pdf")], Some(json!("%PDF-1.7 contoh")));
    let (id, query, body) = scan("upload_recorded_scan");
    walk.does(id, Call { ids: &recorded, query: &query, token, body, ..Call::default() }).await;
    walk.reads("download_recorded_scan", &recorded, token).await;
    walk.act("revoke_decree", &recorded, &operator, "end").await;
    let mut body = walk.example("prepare_decree", "one");
    body["officers"][0]["staff_id"] = officer["id"].clone();
    let mut decree = Value::Null;
    for _ in 0..2 {
        let call = Call { ids: &["031"], token, body: Some(body.clone()), ..Call::default() };
        decree = walk.does("prepare_decree", call).await.json;
        if walk.done.borrow().contains("void_decree") {
            break;
        }
        let id = [decree["decree_document_id"].as_str().unwrap()];
        walk.act("void_decree", &id, &operator, "withdrawn").await;
    }
    walk.reads("list_decree_documents", &["031"], token).await;
    let document = [decree["decree_document_id"].as_str().unwrap()];
    walk.act("number_decree", &document, &operator, "nothing").await;
    walk.reads("decree_paper", &document, token).await;
    let (id, query, body) = scan("upload_decree_scan");
    walk.does(id, Call { ids: &document, query: &query, token, body, ..Call::default() }).await;
    walk.reads("download_decree_scan", &document, token).await;
    walk.reads("get_decree_document", &document, token).await;
}

/// A version of the wording from its draft to its day, and one that is withdrawn.
async fn wording(walk: &Walk<'_>) {
    let (one, two) = letter_templates::operators(walk.app).await;
    let body = Some(walk.example("draft_letter_template", "slip"));
    let draft =
        walk.does("draft_letter_template", Call { token: Some(&one), body, ..Call::default() }).await.json;
    let id = [draft["template_id"].as_str().unwrap()];
    let changes = async |act: &str, token: &str, tag: &str, example: &str| {
        let (headers, body) = ([("if-match", tag)], Some(walk.example(act, example)));
        walk.does(act, Call { ids: &id, token: Some(token), headers: &headers, body, ..Call::default() })
            .await
    };
    changes("edit_letter_template", &one, "\"v1\"", "sentence").await;
    let checked = walk.reads("check_letter_template", &id, Some(&two)).await.json;
    assert_eq!(checked["faults"], json!([]));
    for read in ["get_letter_template", "letter_template_preview", "letter_template_difference"] {
        walk.reads(read, &id, Some(&two)).await;
    }
    walk.reads("list_letter_templates", &[], Some(&two)).await;
    changes("approve_letter_template", &two, "\"v2\"", "nothing").await;
    changes("bring_letter_template_into_force", &one, "\"v3\"", "august").await;
    changes("withdraw_letter_template", &two, "\"v4\"", "reason").await;
}

/// A receiver of events, what was delivered to it, and a new secret.
async fn webhooks(walk: &Walk<'_>) {
    let operator = walk.app.signs_in("operator").await;
    let token = Some(operator.as_str());
    let made = walk.act("create_webhook_endpoint", &[], &operator, "efaktur").await;
    let id = made["endpoint"]["endpoint_id"].as_str().unwrap();
    let event: uuid::Uuid = sqlx::query_scalar(
        "insert into events (kind, office_code, occurred_at) values ('letter.issued', '031', '2026-07-10Z') returning event_id",
    )
    .fetch_one(&walk.app.pool)
    .await
    .unwrap();
    sqlx::query("update webhook_deliveries set state = 'given_up', ended_at = '2026-07-13Z'")
        .execute(&walk.app.pool)
        .await
        .unwrap();
    walk.reads("list_webhook_endpoints", &[], token).await;
    walk.reads("list_webhook_deliveries", &[id], token).await;
    let one = [id, &event.to_string()];
    walk.reads("get_webhook_delivery", &one, token).await;
    assert_eq!(walk.act("replay_webhooks", &[id], &operator, "week").await["queued"], 1);
    sqlx::query("update webhook_deliveries set state = 'given_up', ended_at = '2026-07-13Z'")
        .execute(&walk.app.pool)
        .await
        .unwrap();
    walk.act("replay_webhook", &one, &operator, "nothing").await;
    walk.act("rotate_webhook_secret", &[id], &operator, "nothing").await;
    let seen = walk.reads("get_webhook_endpoint", &[id], token).await;
    let headers = [("if-match", seen.header("etag"))];
    let body = Some(walk.example("put_webhook_endpoint", "fewer"));
    walk.does("put_webhook_endpoint", Call { ids: &[id], token, headers: &headers, body, ..Call::default() })
        .await;
}

/// From the proof to the receipt, and what its holder may do.
async fn online(walk: &Walk<'_>) -> (String, String) {
    let app = walk.app;
    let proof = walk.proves("pajak.tirtaloka@example.com", "031").await;
    let unused = walk.uploads(&proof, "sppkp").await;
    walk.reads("discard_document", &[&unused], Some(&proof)).await;
    let receipt = walk.files("file_request", "new_credentials", &proof, &TWO).await;
    let mut body = walk.example("open_tracking", "receipt");
    body["receipt_number"] = receipt["receipt_number"].clone();
    body["tracking_code"] = receipt["tracking_code"].clone();
    let opened = walk.does("open_tracking", Call { body: Some(body), ..Call::default() }).await.json;
    let tracking = opened["token"].as_str().unwrap().to_owned();
    walk.reads("tracked_request", &[], Some(&tracking)).await;
    walk.reads("tracked_receipt", &[], Some(&tracking)).await;
    app.run_ready_jobs().await;
    (receipt["request_id"].as_str().unwrap().to_owned(), tracking)
}

/// From the claim to the signature, with every detour; then what follows a letter.
async fn examines(walk: &Walk<'_>, request: &str, tracking: &str) {
    let app = walk.app;
    let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
    let (officer, head, id) = (officer.as_str(), head.as_str(), [request]);
    let seen = walk.reads("get_request", &id, Some(officer)).await;
    let document = seen.json["documents"][0]["id"].as_str().unwrap();
    walk.reads("download_document", &[document], Some(officer)).await;
    for list in ["list_requests", "list_tasks"] {
        walk.reads(list, &[], Some(officer)).await;
    }
    walk.act("search_requests", &[], officer, "npwp").await;
    let file = Call { query: &[("format", "xlsx")], token: Some(officer), ..Call::default() };
    walk.does("export_requests", file).await;
    walk.reads("list_notices", &[], Some(officer)).await;
    walk.acknowledges(officer).await;
    walk.reads("sla_summary", &[], Some(head)).await;
    walk.reads("board_figures", &[], Some(head)).await;
    let running = Call { query: &[("measure", "running")], token: Some(head), ..Call::default() };
    walk.does("rounds_of_figure", running).await;
    let file =
        Call { query: &[("measure", "running"), ("format", "csv")], token: Some(head), ..Call::default() };
    walk.does("export_rounds_of_figure", file).await;
    walk.reads("pattern_summary", &[], Some(head)).await;
    let reopened = Call { query: &[("pattern", "reopened")], token: Some(head), ..Call::default() };
    walk.does("requests_of_pattern", reopened).await;
    let month = Call { ids: &["031"], query: &[("month", "2026-07")], token: Some(head), ..Call::default() };
    walk.does("monthly_register", month).await;
    reports(walk, head).await;
    let then = Call {
        ids: &["031"],
        query: &[("at", "2026-07-10T09:00:00Z")],
        token: Some(head),
        ..Call::default()
    };
    walk.does("past_of_office", then).await;
    walk.act("what_if", &["031"], head, "one_more_holiday").await;
    walk.act("what_if", &["031"], head, "another_closing_time").await;
    walk.act("claim", &id, officer, "nothing").await;
    walk.act("release", &id, officer, "nothing").await;
    walk.act("claim_next", &[], officer, "nothing").await;
    let mut body = walk.example("reassign", "reassign");
    let second = "00000000-0000-7000-8000-000000000011";
    for (to, by) in [(second, head), ("00000000-0000-7000-8000-000000000002", head)] {
        body["officer_id"] = json!(to);
        walk.does(
            "reassign",
            Call { ids: &id, token: Some(by), body: Some(body.clone()), ..Call::default() },
        )
        .await;
    }
    accepts_a_move(walk, request, head).await;
    walk.act("enter_evidence", &id, officer, "b").await;
    walk.act("return_incomplete", &id, officer, "unreadable").await;
    let scan = walk.uploads(tracking, "identity_card").await;
    let mut body = walk.example("resupply", "resupply");
    body["documents"] = json!([scan]);
    walk.does("resupply", Call { token: Some(tracking), body: Some(body), ..Call::default() }).await;
    walk.act("claim", &id, officer, "nothing").await;
    walk.reads("get_verdict", &id, Some(officer)).await;
    walk.act("draft", &id, officer, "grant").await;
    walk.reads("draft_preview", &id, Some(officer)).await;
    walk.act("send_back", &id, head, "reason").await;
    let drafted = walk.act("draft", &id, officer, "grant").await;
    let signed = walk.signs(head, &drafted, "in_time").await;
    walk.reads("get_history", &id, Some(officer)).await;
    app.run_ready_jobs().await;
    let letters = signed["letters"].as_array().unwrap();
    let letter = letters.iter().find(|letter| letter["kind"] == "activation_notice").unwrap();
    walk.reads("letter_preview", &[letter["letter_id"].as_str().unwrap()], Some(officer)).await;
    corrects(walk, letter["letter_id"].as_str().unwrap(), officer, head).await;
    after_the_letter(walk, officer, head).await;
}

/// There and back: the second move is named by the contents that the first one left.
async fn accepts_a_move(walk: &Walk<'_>, request: &str, head: &str) {
    walk.reads("office_forecast", &["031"], Some(head)).await;
    let (one, two) = ("00000000-0000-7000-8000-000000000002", "00000000-0000-7000-8000-000000000011");
    for (from, to, key) in [(one, two, "kunci-terima-1"), (two, one, "kunci-terima-2")] {
        let now = walk.reads("get_request", &[request], Some(head)).await.json;
        let mut body = walk.example("accept_forecast", "one");
        let row = json!({ "request_id": request, "version": now["version"], "from_officer_id": from, "to_officer_id": to });
        body["moves"][0] = row;
        let headers = [("idempotency-key", key)];
        let call =
            Call { ids: &["031"], token: Some(head), headers: &headers, body: Some(body), ..Call::default() };
        assert_eq!(walk.does("accept_forecast", call).await.json["moved"], 1);
    }
}

/// The report of a month that is over: made, read, signed.
async fn reports(walk: &Walk<'_>, head: &str) {
    let one = ["031", "2026-06"];
    walk.act("make_monthly_report", &one, head, "nothing").await;
    walk.reads("list_monthly_reports", &["031"], Some(head)).await;
    walk.reads("monthly_report_paper", &one, Some(head)).await;
    let read = walk.reads("get_monthly_report", &one, Some(head)).await;
    let headers = [("if-match", read.header("etag"))];
    let body = Some(walk.example("sign_monthly_report", "nothing"));
    walk.does(
        "sign_monthly_report",
        Call { ids: &one, token: Some(head), headers: &headers, body, ..Call::default() },
    )
    .await;
}

/// The letter was wrong: a draft that is sent back, another one that is signed.
async fn corrects(walk: &Walk<'_>, letter: &str, officer: &str, head: &str) {
    let draft = walk.act("draft_correction", &[letter], officer, "name").await;
    let id = [draft["correction_id"].as_str().unwrap()];
    walk.reads("list_corrections", &[], Some(head)).await;
    walk.reads("get_correction", &id, Some(head)).await;
    walk.act("send_back_correction", &id, head, "reason").await;
    let draft = walk.act("draft_correction", &[letter], officer, "reference").await;
    let id = [draft["correction_id"].as_str().unwrap()];
    walk.reads("preview_correction", &id, Some(officer)).await;
    let digest = format!("\"{}\"", draft["digest"].as_str().unwrap());
    let headers = [("if-match", digest.as_str())];
    let body = Some(walk.example("sign_correction", "nothing"));
    walk.does(
        "sign_correction",
        Call { ids: &id, token: Some(head), headers: &headers, body, ..Call::default() },
    )
    .await;
    walk.app.run_ready_jobs().await;
}

async fn after_the_letter(walk: &Walk<'_>, officer: &str, head: &str) {
    let app = walk.app;
    let path = link(app, "pajak.tirtaloka@example.com", "/p/");
    let token = path.strip_prefix("/p/").unwrap();
    walk.reads("password_link_form", &[token], None).await;
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let body = Some(json!("tax_id=99.999.134.2-031.000"));
    let page = walk
        .does("reveal_password", Call { ids: &[token], headers: &headers, body, ..Call::default() })
        .await;
    let page = String::from_utf8(page.bytes).unwrap();
    let password = page.split("translate=\"no\">").nth(1).unwrap().split('<').next().unwrap();
    comes_home(walk, password).await;
    let found = walk.finds(officer).await;
    let pair = [found["items"][0]["id"].as_str().unwrap()];
    walk.act("resend_password_link", &pair, officer, "lost").await;
    let proof = walk.proves("keuangan.tirtaloka@example.com", "031").await;
    let mut documents = Vec::new();
    for kind in ["application_letter", "identity_card", "original_notice"] {
        documents.push(walk.uploads(&proof, kind).await);
    }
    let mut form = story::form("update_email", &documents);
    form["email"] = json!("keuangan.tirtaloka@example.com");
    let receipt = story::sends(app, &proof, "kunci-surel-baru", &form).await.expect(201);
    let id = receipt["request_id"].as_str().unwrap();
    let drafted = story::drafts(app, officer, id, "grant", json!([])).await;
    walk.signs(head, &drafted, "in_time").await;
    app.run_ready_jobs().await;
    let path = link(app, "pajak.tirtaloka@example.com", "/n/");
    let token = path.strip_prefix("/n/").unwrap();
    walk.reads("not_us_form", &[token], None).await;
    assert!(page_url(app, &path).ends_with(token));
    walk.reads("report_not_us", &[token], None).await;
    let tasks = walk.reads("list_tasks", &[], Some(officer)).await.json;
    let task = tasks["items"].as_array().unwrap().iter().find(|task| task["kind"] == "not_us").unwrap();
    walk.act("close_task", &[task["id"].as_str().or(task["task_id"].as_str()).unwrap()], officer, "note")
        .await;
    walk.act("reinstate", &pair, officer, "seen").await;
    let request = walk.reads("get_request", &[id], Some(officer)).await.json;
    let message = request["messages"][0]["message_id"].as_str().unwrap().to_owned();
    sqlx::query("update messages set fate = 'given_up' where message_id = $1")
        .bind(message.parse::<uuid::Uuid>().unwrap())
        .execute(&app.pool)
        .await
        .unwrap();
    let sent = walk.act("resend_message", &[&message], officer, "again").await;
    app.run_ready_jobs().await;
    let message = sent["message_id"].as_str().unwrap();
    comes_back(walk, message).await;
    walk.act("lift_suppression", &[message], officer, "works").await;
    let mut body = walk.example("resend_message", "corrected");
    body["proof_token"] = json!(walk.proves("betul.tirtaloka@example.com", "031").await);
    walk.does(
        "resend_message",
        Call { ids: &[message], token: Some(officer), body: Some(body), ..Call::default() },
    )
    .await;
    let home = app.comes_home().await;
    walk.act("suspend_own_pair", &[], &home, "nothing").await;
    walk.act("revoke", &pair, head, "revoked").await;
    let link: String =
        sqlx::query_scalar("select verification_token from letters where kind = 'activation_notice'")
            .fetch_one(&app.pool)
            .await
            .unwrap();
    walk.reads("verification_start", &[], None).await;
    walk.reads("verify_letter", &[&link], None).await;
    let headers = [("content-type", "multipart/form-data; boundary=tepi")];
    let file = "--tepi\r\ncontent-disposition: form-data; name=\"surat\"; filename=\"surat.pdf\"\r\n\r\n%PDF-1.7\r\n--tepi--\r\n";
    let call = Call { ids: &[&link], headers: &headers, body: Some(json!(file)), ..Call::default() };
    walk.does("compare_letter", call).await;
}

/// A PKP in its account.
async fn comes_home(walk: &Walk<'_>, password: &str) {
    let sign_in = async || {
        let mut body = walk.example("account_sign_in", "pkp");
        body["password"] = json!(password);
        let call = Call { body: Some(body), ..Call::default() };
        walk.does("account_sign_in", call).await.json["access_token"].as_str().unwrap().to_owned()
    };
    sign_in().await;
    let home = sign_in().await;
    let seen = walk.reads("get_account", &[], Some(&home)).await.json;
    walk.reads("get_account_history", &[], Some(&home)).await;
    walk.act("show_account_code", &[], &home, "account").await;
    walk.act("reset_desktop_code", &[], &home, "nothing").await;
    let body = Some(walk.example("download_own_letter", "nothing"));
    let letter = [seen["letters"][0]["id"].as_str().unwrap()];
    walk.does("download_own_letter", Call { ids: &letter, token: Some(&home), body, ..Call::default() })
        .await;
    let sessions = seen["sessions"].as_array().unwrap();
    let other = sessions.iter().find(|session| session["own"] == false).unwrap();
    walk.reads("end_account_session", &[other["id"].as_str().unwrap()], Some(&home)).await;
    walk.reads("end_other_account_sessions", &[], Some(&home)).await;
    let mut body = walk.example("change_account_password", "change");
    body["present_password"] = json!(password);
    let call = Call { token: Some(&home), body: Some(body), ..Call::default() };
    walk.does("change_account_password", call).await;
    walk.reads("account_sign_out", &[], Some(&home)).await;
}

/// A server says that it does not know the mailbox.
async fn comes_back(walk: &Walk<'_>, message: &str) {
    let operator = walk.app.signs_in("operator").await;
    let headers = [("content-type", "message/rfc822")];
    let report = format!(
        "From: MAILER-DAEMON@mx.example\n\nHi. This is the qmail-send program at mx.example.\n\n\
         <a@example.com>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n\
         --- Below this line is a copy of the message.\n\nMessage-ID: <{message}@example.test>\n\n"
    );
    let token = Some(operator.as_str());
    let call = Call { token, headers: &headers, body: Some(json!(report)), ..Call::default() };
    assert_eq!(walk.does("record_mail_report", call).await.json["outcome"], "bounced");
}

impl Walk<'_> {
    async fn finds(&self, officer: &str) -> Value {
        let operation = CONTRACT.operation("find_credentials");
        let examples = operation.node["requestBody"]["content"]["application/json"]["examples"].as_object();
        let name = examples.unwrap().keys().next().unwrap();
        self.act("find_credentials", &[], officer, name).await
    }
}

/// Paper: keyed in, posted, withdrawn, completed, refused late, printed, handed out.
async fn counter(walk: &Walk<'_>) {
    let app = walk.app;
    let (desk, officer, head) =
        (app.signs_in("tpt").await, app.signs_in("khusus").await, app.signs_in("kasi").await);
    let (desk, officer, head) = (desk.as_str(), officer.as_str(), head.as_str());
    let by_post = walk.files("file_request", "post", desk, &TWO).await;
    let id = [by_post["request_id"].as_str().unwrap()];
    walk.reads("request_receipt", &id, Some(desk)).await;
    walk.reads("routing_slip", &id, Some(desk)).await;
    walk.act("claim", &id, officer, "nothing").await;
    walk.act("return_incomplete", &id, officer, "file").await;
    let scan = walk.uploads(desk, "identity_card").await;
    let mut body = walk.example("resupply_at_counter", "resupply");
    body["documents"] = json!([scan]);
    walk.does(
        "resupply_at_counter",
        Call { ids: &id, token: Some(desk), body: Some(body), ..Call::default() },
    )
    .await;
    walk.act("withdraw_at_counter", &id, desk, "nothing").await;

    let filed = walk.files("file_request", "counter", desk, &TWO).await;
    let id = [filed["request_id"].as_str().unwrap()];
    walk.act("claim", &id, officer, "nothing").await;
    let drafted = walk.act("draft", &id, officer, "grant").await;
    let mut body = walk.example("sign_many", "two");
    body["items"].as_array_mut().unwrap().truncate(1);
    body["items"][0]["request_id"] = json!(id[0]);
    body["items"][0]["digest"] = drafted["draft"]["digest"].clone();
    let signed =
        walk.does("sign_many", Call { token: Some(head), body: Some(body), ..Call::default() }).await.json;
    assert_eq!(signed["items"][0]["status"], 200, "{signed}");
    app.run_ready_jobs().await;
    let request = walk.reads("get_request", &id, Some(officer)).await.json;
    let letters = request["letters"].as_array().unwrap();
    let letter = letters.iter().find(|letter| letter["kind"] == "activation_notice").unwrap();
    let number = letter["number"].clone();
    let letter = [letter["letter_id"].as_str().unwrap()];
    let queue = walk.reads("list_letters_to_print", &[], Some(desk)).await.json;
    assert_eq!(queue["items"][0]["number"], number, "{queue}");
    let made = walk.act("make_print_batch", &[], desk, "post").await;
    let batch = [made["batch_id"].as_str().unwrap()];
    walk.act("print_batch", &batch, desk, "first").await;
    walk.act("print_batch", &batch, desk, "again").await;
    walk.reads("list_print_batches", &[], Some(desk)).await;
    walk.reads("get_print_batch", &batch, Some(officer)).await;
    walk.reads("letter_balance", &[], Some(head)).await;
    let query = [("class", "pending")];
    walk.does("letters_of_figure", Call { query: &query, token: Some(head), ..Call::default() }).await;
    walk.act("print_letter", &letter, desk, "counter").await;
    let mut body = walk.example("post_letters", "two");
    body["items"][0]["letter_number"] = number;
    let listed =
        walk.does("post_letters", Call { token: Some(desk), body: Some(body), ..Call::default() }).await.json;
    assert_eq!((&listed["items"][0]["status"], &listed["items"][1]["status"]), (&json!(200), &json!(404)));
    walk.act("record_postal_return", &letter, desk, "unknown").await;
    walk.act("redeliver_letter", &letter, officer, "counter").await;
    walk.act("redeliver_letter", &letter, officer, "corrected").await;
    walk.act("hand_out_letter", &letter, desk, "posted").await;
    walk.act("record_postal_return", &letter, desk, "unknown").await;
    walk.act("give_up_letter", &letter, head, "unclaimed").await;
    walk.act("redeliver_letter", &letter, officer, "counter").await;
    walk.act("print_letter", &letter, desk, "counter").await;
    let mut body = walk.example("hand_out_letter", "collected");
    body["collector"]["receipt_number"] = request["rounds"][0]["receipt_number"].clone();
    let call = Call { ids: &letter, token: Some(desk), body: Some(body), ..Call::default() };
    walk.does("hand_out_letter", call).await;
    walk.reads("list_deliveries", &letter, Some(desk)).await;
}

/// Offices 321 and 522: the reprint, the bundle, the move; a waiver, a refusal, a late signature.
async fn elsewhere(walk: &Walk<'_>) {
    let app = walk.app;
    staff_at(app, "321").await;
    let head = app.signs_in("kasi.321").await;
    let officer = app.signs_in("khusus.321").await;
    let (head, officer) = (head.as_str(), officer.as_str());
    let proof = walk.proves("pajak.wijayapura@example.com", "522").await;
    walk.files("file_request", "move_office", &proof, &FOUR).await;
    let proof = walk.proves("pajak.kopirobusta@example.com", "321").await;
    let reprint = walk.files("file_request", "reprint", &proof, &TWO).await;
    let tracking = opens(app, &reprint).await;
    let id = [reprint["request_id"].as_str().unwrap()];
    walk.act("claim", &id, officer, "nothing").await;
    walk.act("waive", &id, head, "waive").await;
    let body = walk.example("withdraw", "nothing");
    walk.does("withdraw", Call { token: Some(&tracking), body: Some(body), ..Call::default() }).await;
    let proof = walk.proves("keuangan.kopirobusta@example.com", "321").await;
    let bundle = walk
        .files("file_bundle", "bundle", &proof, &["application_letter", "identity_card", "original_notice"])
        .await;
    let id = [bundle["requests"][0]["request_id"].as_str().unwrap()];
    walk.act("claim", &id, officer, "nothing").await;
    walk.act("enter_evidence", &id, officer, "r1").await;
    let drafted = walk.act("draft", &id, officer, "refuse").await;
    app.advance(chrono::TimeDelta::days(14));
    let head = app.signs_in("kasi.321").await;
    walk.does("list_overdue_causes", Call { token: Some(&head), ..Call::default() }).await;
    walk.signs(&head, &drafted, "overdue").await;
}

/// A client from its registration to its end.
async fn other_systems(walk: &Walk<'_>) {
    let app = walk.app;
    let operator = app.signs_in("operator").await;
    let operator = operator.as_str();
    let client = walk.act("register_client", &[], operator, "enofa").await;
    let id = [client["client_id"].as_str().unwrap()];
    let mut body = walk.example("add_client_key", "ed25519");
    let system = OtherSystem { id: id[0].to_owned(), key: new_key() };
    body["jwk"] = jwk(&system.key);
    let call = Call { ids: &id, token: Some(operator), body: Some(body), ..Call::default() };
    walk.does("add_client_key", call).await;
    walk.reads("list_clients", &[], Some(operator)).await;
    walk.reads("get_client", &id, Some(operator)).await;
    let form = format!(
        "grant_type=client_credentials&client_assertion={}\
         &client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer",
        app.assertion(&system)
    );
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let call = Call { headers: &headers, body: Some(json!(form)), ..Call::default() };
    let issued = walk.does("issue_token", call).await.json;
    walk.reads("token_keys", &[], None).await;
    for question in ["code", "with_password"] {
        walk.act("verify_credential", &[], issued["access_token"].as_str().unwrap(), question).await;
    }
    walk.act("retire_client_key", &[&thumbprint(&system.key)], operator, "nothing").await;
    walk.act("disable_client", &id, operator, "replaced").await;
}

/// A special officer and a section head of another office.
async fn staff_at(app: &TestApp, office: &str) {
    for sql in [
        "insert into staff (staff_id, username, name, nip, office_code, password_hash, created_at)
         select gen_random_uuid(), role || '.' || $1, initcap(role) || ' ' || $1, n || lpad($1, 17, '7'), $1, password_hash, '2026-01-01Z'
         from staff, (values ('khusus', '1'), ('kasi', '2'), ('tpt', '3'), ('operator', '4'), ('kepala', '5')) as r (role, n)
         where username = 'tpt'
         on conflict do nothing",
        "insert into staff_roles (staff_id, role, scope)
         select staff_id, r.role, 'office' from staff, (values ('khusus', 'special_officer'), ('kasi', 'section_head'),
             ('tpt', 'counter'), ('operator', 'operator'), ('kepala', 'supervisor')) as r (name, role)
         where username = r.name || '.' || $1 on conflict do nothing",
        "insert into decrees (decree_id, staff_id, office_code, number, dated_on, in_force_on, recorded_at, recorded_by)
         select gen_random_uuid(), staff_id, $1, 'KEP-9-' || $1, '2026-01-02', '2026-01-05', '2026-01-02Z', 'test'
         from staff where username = 'khusus.' || $1 and not exists (select from decrees where decrees.staff_id = staff.staff_id)",
    ] {
        sqlx::query(sql).bind(office).execute(&app.pool).await.unwrap();
    }
}

/// All roles at an office.
pub async fn appoints_everybody(app: &TestApp, office: &str) {
    staff_at(app, office).await;
}
