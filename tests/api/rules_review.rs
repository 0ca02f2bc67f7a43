//! Rules that hold between two acts, each played through the interface and the jobs.

use aktivasi::demo::inbox::mail::ReadableMail;
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, TestApp};

const NPWP: &str = "999991003001000";
const KNOWN: &str = "lama@example.com";

/// A PKP of the registry with evidence, and a calendar without holidays.
async fn a_pkp(app: &TestApp) -> Uuid {
    let id = Uuid::now_v7();
    for sql in [
        "insert into taxpayers (taxpayer_id, canonical, npwp15, kind, name, office_code, pkp_status, evidence_case,
             evidence_number, evidence_on, email, source, updated_at)
         values ($1, '999991003001000', '999991003001000', 'entity', 'PT Contoh', '031', 'confirmed', 'a1', 'LAP-1',
             '2026-01-01', 'lama@example.com', 'test', '2026-07-01Z')",
        "with version as (insert into calendar_versions (changed_at, changed_by, note)
                          values ('2026-01-01Z', 'test', $1::uuid::text) returning calendar_version)
         insert into calendar_years (year, calendar_version) select 2026, calendar_version from version",
    ] {
        sqlx::query(sql).bind(id).execute(&app.pool).await.unwrap();
    }
    id
}

/// An active pair of office 031 whose account has the known address.
async fn a_pair(app: &TestApp, taxpayer: Uuid, state: &str) -> Uuid {
    let id = Uuid::now_v7();
    sqlx::query(
        "insert into credentials (credential_id, taxpayer_id, office_code, origin, letter_number, letter_on, code_sealed,
             code_lookup, desktop_sealed, desktop_lookup, password_hash, state, state_changed_at, created_at)
         values ($1, $2, '031', 'imported', 'S-1/KPP.031/2020', '2020-01-02', 'x', 'y', 'x', 'z', 'the hash', $3,
             '2026-07-01Z', '2020-01-02Z')",
    )
    .bind(id)
    .bind(taxpayer)
    .bind(state)
    .execute(&app.pool)
    .await
    .unwrap();
    sqlx::query("insert into accounts (taxpayer_id, email) values ($1, $2)")
        .bind(taxpayer)
        .bind(KNOWN)
        .execute(&app.pool)
        .await
        .unwrap();
    id
}

async fn upload(app: &TestApp, token: &str, kind: &str) -> Value {
    let mut url = reqwest::Url::parse(&app.url("/documents")).unwrap();
    url.query_pairs_mut().extend_pairs([("kind", kind), ("file_name", "a.pdf")]);
    let sent = app.client.post(url).bearer_auth(token).body(b"%PDF-1.7 contoh".to_vec());
    Answer::of(sent).await.expect(201)["id"].clone()
}

async fn form(app: &TestApp, counter: &str) -> Value {
    json!({
        "kind": "new_credentials", "office_code": "031", "tax_id": NPWP, "pkp_name": "PT Contoh",
        "pkp_address": "Jalan 1", "letter": { "number": "1", "place": "Jakarta", "date": "2026-07-10" },
        "signer": { "name": "Ani", "position": "Direktur", "capacity": "pengurus" }, "email": "baru@example.com",
        "documents": [upload(app, counter, "application_letter").await, upload(app, counter, "identity_card").await],
        "counter": { "channel": "counter", "unproven_reason": "Telepon tidak dibawa" },
    })
}

async fn file(app: &TestApp, token: &str, key: &str, form: &Value) -> Answer {
    let sent =
        app.client.post(app.url("/requests")).bearer_auth(token).header("idempotency-key", key).json(form);
    Answer::of(sent).await
}

/// Keys a request in at the counter; an officer has it in hand.
async fn in_examination(app: &TestApp) -> (String, Value) {
    let counter = app.signs_in("tpt").await;
    let form = form(app, &counter).await;
    let receipt = file(app, &counter, "kunci-satu", &form).await.expect(201);
    let path = format!("/requests/{}", receipt["request_id"].as_str().unwrap());
    let officer = app.signs_in("khusus").await;
    app.post(&format!("{path}/claim"), Some(&officer), json!({})).await.expect(200);
    (path, receipt)
}

async fn returned(app: &TestApp) -> (String, Value) {
    let (path, receipt) = in_examination(app).await;
    let officer = app.signs_in("khusus").await;
    let items = json!({ "items": [{ "code": "tanda_tangan_tidak_ada", "values": {} }] });
    app.post(&format!("{path}/return"), Some(&officer), items).await.expect(200);
    (path, receipt)
}

async fn tracked(app: &TestApp, receipt: &Value) -> String {
    let body =
        json!({ "receipt_number": receipt["receipt_number"], "tracking_code": receipt["tracking_code"] });
    app.post("/tracking", None, body).await.expect(200)["token"].as_str().unwrap().to_owned()
}

fn mails_to(app: &TestApp, address: &str) -> Vec<String> {
    let mails = app.smtp.received().into_iter().map(|mail| ReadableMail::parse(&mail.content));
    mails.filter(|mail| mail.to.iter().any(|to| to.contains(address))).map(|mail| mail.text).collect()
}

#[tokio::test]
async fn the_known_address_hears_of_a_receipt_without_the_code_that_opens_it() {
    TestApp::run(|app| async move {
        a_pkp(&app).await;
        let (_, receipt) = in_examination(&app).await;
        app.run_ready_jobs().await;

        let code = receipt["tracking_code"].as_str().unwrap();
        let (filer, known) = (mails_to(&app, "baru@example.com"), mails_to(&app, KNOWN));
        assert!(filer.iter().any(|text| text.contains(code)));
        assert_eq!(known.len(), 1);
        assert!(!known[0].contains(code));
    })
    .await;
}

#[tokio::test]
async fn a_lifted_suspension_ends_the_password_and_is_told_as_a_revocation_is() {
    TestApp::run(|app| async move {
        let taxpayer = a_pkp(&app).await;
        let pair = a_pair(&app, taxpayer, "suspended").await;
        let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
        let seen = json!({ "reason": "Identitas asli dilihat", "identity_seen": true });
        app.post(&format!("/credentials/{pair}/reinstatement"), Some(&officer), seen).await.expect(200);
        app.run_ready_jobs().await;

        assert_eq!(app.count("select count(*) from credentials where password_hash is not null").await, 0);
        assert_eq!(mails_to(&app, KNOWN).len(), 1);
        assert!(mails_to(&app, KNOWN)[0].contains("Buka tautan berikut"));

        let why = json!({ "reason": "Permintaan PKP" });
        app.post(&format!("/credentials/{pair}/revocation"), Some(&head), why).await.expect(200);
        app.run_ready_jobs().await;
        assert_eq!(mails_to(&app, KNOWN).len(), 2);
    })
    .await;
}

#[tokio::test]
async fn after_the_time_to_supply_nothing_is_taken_although_no_job_came() {
    TestApp::run(|app| async move {
        a_pkp(&app).await;
        let (_, receipt) = returned(&app).await;
        app.advance(TimeDelta::days(15));
        let token = tracked(&app, &receipt).await;

        let late = app
            .post(
                "/tracking/resupply",
                Some(&token),
                json!({ "corrections": { "pkp_name": "PT Contoh Baru" } }),
            )
            .await;
        late.is_problem(409, "not-possible");
        assert_eq!(late.json["state"], "lapsed");
    })
    .await;
}

#[tokio::test]
async fn a_resupply_from_afar_brings_something() {
    TestApp::run(|app| async move {
        a_pkp(&app).await;
        let (_, receipt) = returned(&app).await;
        let token = tracked(&app, &receipt).await;

        let nothing = app.post("/tracking/resupply", Some(&token), json!({})).await;
        assert_eq!(nothing.status, 422);
        assert_eq!(app.count("select count(*) from rounds").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_repeated_key_gives_the_first_receipt_for_a_day_and_is_then_forgotten() {
    TestApp::run(|app| async move {
        a_pkp(&app).await;
        let counter = app.signs_in("tpt").await;
        let form = form(&app, &counter).await;
        let first = file(&app, &counter, "kunci-satu", &form).await.expect(201);
        let path = format!("/requests/{}", first["request_id"].as_str().unwrap());
        let officer = app.signs_in("khusus").await;
        app.post(&format!("{path}/claim"), Some(&officer), json!({})).await.expect(200);
        let items = json!({ "items": [{ "code": "tanda_tangan_tidak_ada", "values": {} }] });
        app.post(&format!("{path}/return"), Some(&officer), items).await.expect(200);
        let again = json!({ "documents": [upload(&app, &counter, "application_letter").await] });
        app.post(&format!("{path}/resupply"), Some(&counter), again).await.expect(200);

        assert_eq!(file(&app, &counter, "kunci-satu", &form).await.expect(201), first);
        sqlx::query("update idempotency_keys set created_at = created_at - interval '25 hours'")
            .execute(&app.pool)
            .await
            .unwrap();
        assert_ne!(file(&app, &counter, "kunci-satu", &form).await.status, 201);
    })
    .await;
}

#[tokio::test]
async fn an_operator_processes_no_request_whatever_else_the_account_was_given() {
    TestApp::run(|app| async move {
        a_pkp(&app).await;
        let (path, _) = in_examination(&app).await;
        for sql in [
            "insert into staff_roles (staff_id, role) values ('00000000-0000-7000-8000-000000000004', 'section_head')",
            "insert into acting_appointments (acting_id, staff_id, office_code, kind, from_on, until_on, recorded_at, recorded_by)
             values (gen_random_uuid(), '00000000-0000-7000-8000-000000000004', '031', 'Plh.', '2026-07-01', '2026-07-31', '2026-07-01Z', 'test')",
        ] {
            sqlx::query(sql).execute(&app.pool).await.unwrap();
        }
        let operator = app.signs_in("operator").await;

        app.get(&path, Some(&operator)).await.is_problem(403, "forbidden");
        app.post(&format!("{path}/release"), Some(&operator), json!({})).await.is_problem(403, "forbidden");
    })
    .await;
}

async fn drafts(app: &TestApp, path: &str) -> String {
    let officer = app.signs_in("khusus").await;
    app.post(&format!("{path}/draft"), Some(&officer), json!({ "decision": "grant" })).await.expect(200)["draft"]
        ["digest"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn signs(app: &TestApp, token: &str, path: &str, digest: &str) -> Answer {
    let sent = app.client.post(app.url(&format!("{path}/signature"))).bearer_auth(token);
    Answer::of(sent.header("if-match", format!("\"{digest}\"")).json(&json!({}))).await
}

#[tokio::test]
async fn who_took_in_a_resupply_does_not_sign_the_request() {
    TestApp::run(|app| async move {
        a_pkp(&app).await;
        sqlx::query("insert into staff_roles (staff_id, role) values ('00000000-0000-7000-8000-000000000003', 'counter')")
            .execute(&app.pool)
            .await
            .unwrap();
        let (path, _) = returned(&app).await;
        let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
        let again = json!({ "documents": [upload(&app, &head, "application_letter").await] });
        app.post(&format!("{path}/resupply"), Some(&head), again).await.expect(200);
        app.post(&format!("{path}/claim"), Some(&officer), json!({})).await.expect(200);
        let digest = drafts(&app, &path).await;

        signs(&app, &head, &path, &digest).await.is_problem(403, "signer-keyed-it-in");
    })
    .await;
}

#[tokio::test]
async fn a_grant_to_an_unproven_address_changes_no_address_of_an_existing_account() {
    TestApp::run(|app| async move {
        let taxpayer = a_pkp(&app).await;
        a_pair(&app, taxpayer, "revoked").await;
        let counter = app.signs_in("tpt").await;
        let mut form = form(&app, &counter).await;
        form["alternate_email"] = json!("lain@example.com");
        let receipt = file(&app, &counter, "kunci-satu", &form).await.expect(201);
        let path = format!("/requests/{}", receipt["request_id"].as_str().unwrap());
        let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
        app.post(&format!("{path}/claim"), Some(&officer), json!({})).await.expect(200);
        let digest = drafts(&app, &path).await;
        signs(&app, &head, &path, &digest).await.expect(200);

        let same =
            "select count(*) from accounts where email = 'lama@example.com' and alternate_email is null";
        assert_eq!(app.count(same).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_copy_leaves_over_the_counter_also_where_letters_go_by_post() {
    TestApp::run(|app| async move {
        let taxpayer = a_pkp(&app).await;
        a_pair(&app, taxpayer, "active").await;
        sqlx::query("update offices set letter_delivery = 'post'").execute(&app.pool).await.unwrap();
        let counter = app.signs_in("tpt").await;
        let mut form = form(&app, &counter).await;
        form["kind"] = json!("reprint");
        form["reprint"] = json!({ "reason": "illegible" });
        let receipt = file(&app, &counter, "kunci-satu", &form).await.expect(201);
        let path = format!("/requests/{}", receipt["request_id"].as_str().unwrap());
        let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
        app.post(&format!("{path}/claim"), Some(&officer), json!({})).await.expect(200);
        let digest = drafts(&app, &path).await;
        signs(&app, &head, &path, &digest).await.expect(200);

        let copies = "select count(*) from letters where copy_number = 1 and delivery = 'counter'";
        assert_eq!(app.count(copies).await, 1);
        let letter: Uuid = sqlx::query_scalar("select letter_id from letters where copy_number = 1")
            .fetch_one(&app.pool)
            .await
            .unwrap();
        let posted = json!({ "way": "post", "tracking_number": "P2607130042871", "identity_seen": false });
        let refused = app.post(&format!("/letters/{letter}/handover"), Some(&counter), posted).await;
        assert_eq!((refused.status, &refused.json["errors"][0]["pointer"]), (422, &json!("/way")));
    })
    .await;
}

#[tokio::test]
async fn a_round_that_was_returned_counts_among_the_closed_ones() {
    TestApp::run(|app| async move {
        a_pkp(&app).await;
        returned(&app).await;
        let head = app.signs_in("kasi").await;

        let summary = app.get("/sla/summary", Some(&head)).await.expect(200);
        assert_eq!((&summary["closed"]["total"], &summary["closed"]["on_time"]), (&json!(1), &json!(1)));
    })
    .await;
}

#[tokio::test]
async fn a_request_proposed_to_a_colleague_is_claimed_when_nothing_else_waits() {
    TestApp::run(|app| async move {
        a_pkp(&app).await;
        let (path, _) = in_examination(&app).await;
        let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
        app.post(&format!("{path}/release"), Some(&head), json!({})).await.expect(200);
        sqlx::query("update requests set proposed_officer = '00000000-0000-7000-8000-000000000005'")
            .execute(&app.pool)
            .await
            .unwrap();

        app.post("/requests/claim-next", Some(&officer), json!({})).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_letter_by_post_did_not_arrive_tomorrow() {
    TestApp::run(|app| async move {
        a_pkp(&app).await;
        let counter = app.signs_in("tpt").await;
        let mut form = form(&app, &counter).await;
        form["counter"]["channel"] = json!("post");
        form["counter"]["arrived_on"] = json!("2026-07-11");

        let refused = file(&app, &counter, "kunci-satu", &form).await;
        assert_eq!(
            (refused.status, &refused.json["errors"][0]["pointer"]),
            (422, &json!("/counter/arrived_on"))
        );
    })
    .await;
}

#[tokio::test]
async fn whoever_looks_at_a_draft_leaves_a_trace() {
    TestApp::run(|app| async move {
        a_pkp(&app).await;
        let (path, _) = in_examination(&app).await;
        drafts(&app, &path).await;
        let head = app.signs_in("kasi").await;

        assert_eq!(app.get(&format!("{path}/draft/preview"), Some(&head)).await.status, 200);
        assert_eq!(app.count("select count(*) from audit_events where act = 'view_draft'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_withdrawn_reprint_is_no_way_around_the_original_letter() {
    TestApp::run(|app| async move {
        let taxpayer = a_pkp(&app).await;
        a_pair(&app, taxpayer, "active").await;
        sqlx::query(
            "insert into persons (person_id, taxpayer_id, name, position, capacity, id_kind, id_last4, updated_at)
             values ($1, $1, 'Ani', 'Direktur', 'pengurus', 'ktp', '1234', '2026-07-01Z')",
        )
        .bind(taxpayer)
        .execute(&app.pool)
        .await
        .unwrap();
        let counter = app.signs_in("tpt").await;
        let mut form = form(&app, &counter).await;
        form.as_object_mut().unwrap().remove("kind");
        form["reprint"] = json!({ "reason": "illegible" });
        let sent = app.client.post(app.url("/bundles")).bearer_auth(&counter).header("idempotency-key", "kunci-satu");
        let bundle = Answer::of(sent.json(&form)).await.expect(201);
        let of = |kind: &str| {
            let requests = bundle["requests"].as_array().unwrap();
            let found = requests.iter().find(|request| request["kind"] == kind).unwrap();
            format!("/requests/{}", found["request_id"].as_str().unwrap())
        };
        app.post(&format!("{}/withdrawal", of("reprint")), Some(&counter), json!({})).await.expect(200);
        let officer = app.signs_in("khusus").await;
        let path = of("update_email");
        app.post(&format!("{path}/claim"), Some(&officer), json!({})).await.expect(200);

        let grant = app.post(&format!("{path}/draft"), Some(&officer), json!({ "decision": "grant" })).await;
        grant.is_problem(409, "incomplete-exemptions");
    })
    .await;
}
