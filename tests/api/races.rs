//! Two at once: exactly one wins, the other is told, and nobody waits in a circle.

use std::sync::Arc;

use aktivasi::admin::import::Content;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    corrections::signs_correction,
    story::{self, EMAIL, NAME, NPWP, drafts, files, link, page_url, signs},
    support::{Answer, TestApp, queue_up::Call},
};

const LOCK_TAXPAYERS: &str = "select from taxpayers for update";
const LOCK_REQUESTS: &str = "select from requests for update";
const LETTERS: &str = "select count(*) from letters where sequence is not null";
const PAIRS: &str = "select count(*) from credentials where origin = 'issued'";
const IN_FORCE: &str = "select count(*) from credentials where state in ('active', 'suspended')";
const LAST_NUMBER: &str = "select coalesce(max(last_number), 0)::bigint from letter_series";

async fn with_taxpayer(app: &TestApp) {
    story::prepare(app).await;
    story::register(app, "999991342031000", EMAIL).await;
}

/// A request whose grant waits for a signature.
async fn a_draft(app: &TestApp, kind: &str) -> Value {
    let receipt = files(app, kind, EMAIL, |_| {}).await;
    let officer = app.signs_in("khusus").await;
    drafts(app, &officer, receipt["request_id"].as_str().unwrap(), "grant", json!([])).await
}

fn signing(app: &Arc<TestApp>, head: &str, drafted: &Value) -> Call<Answer> {
    let (app, head, drafted) = (Arc::clone(app), head.to_owned(), drafted.clone());
    Box::pin(async move { signs(&app, &head, &drafted).await })
}

fn posting(app: &Arc<TestApp>, path: String, token: &str, body: Value) -> Call<Answer> {
    let (app, token) = (Arc::clone(app), token.to_owned());
    Box::pin(async move { app.post(&path, Some(&token), body).await })
}

fn correcting(app: &Arc<TestApp>, head: &str, draft: &Value) -> Call<Answer> {
    let (app, head, draft) = (Arc::clone(app), head.to_owned(), draft.clone());
    Box::pin(async move { signs_correction(&app, &head, &draft).await })
}

fn sending(app: &Arc<TestApp>, token: &str, key: &str, body: &Value) -> Call<Answer> {
    let (app, token, key, body) = (Arc::clone(app), token.to_owned(), key.to_owned(), body.clone());
    Box::pin(async move { story::sends(&app, &token, &key, &body).await })
}

/// A page of a mail's link, its button pressed.
fn pressing(app: &Arc<TestApp>, url: &str) -> Call<Answer> {
    let (app, url) = (Arc::clone(app), url.to_owned());
    Box::pin(async move {
        let form = app.client.post(url).header("content-type", "application/x-www-form-urlencoded");
        Answer::of(form.body(format!("tax_id={NPWP}"))).await
    })
}

fn statuses(answers: &[Answer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status).collect()
}

async fn state_of(app: &TestApp, request: &Value) -> String {
    let id: Uuid = request["request_id"].as_str().unwrap().parse().unwrap();
    sqlx::query_scalar("select state from requests where request_id = $1")
        .bind(id)
        .fetch_one(&app.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn of_two_signers_one_signs_and_the_other_is_told() {
    TestApp::run(|app| async move {
        with_taxpayer(&app).await;
        let drafted = a_draft(&app, "new_credentials").await;
        let (one, two) = (app.signs_in("kasi").await, app.employs("kasi2", "section_head", "031").await);

        let calls = vec![signing(&app, &one, &drafted), signing(&app, &two, &drafted)];
        let answers = app.queue_up(LOCK_TAXPAYERS, calls).await;

        assert_eq!(answers[0].status, 200);
        answers[1].is_problem(409, "not-possible");
        assert_eq!(answers[1].json["state"], "issued");
        for count in [LETTERS, PAIRS, LAST_NUMBER] {
            assert_eq!(app.count(count).await, 1, "{count}");
        }
    })
    .await;
}

/// A signed letter and what corrects its name.
async fn a_letter(app: &TestApp) -> (String, Value) {
    let drafted = a_draft(app, "new_credentials").await;
    let head = app.signs_in("kasi").await;
    let issued = signs(app, &head, &drafted).await.expect(200);
    let letter = issued["letters"].as_array().unwrap().iter().find(|one| one["number"].is_string()).unwrap();
    let path = format!("/letters/{}/corrections", letter["letter_id"].as_str().unwrap());
    (path, json!({ "reason": "Salah ketik", "corrections": { "pkp_name": "CV Tirtaloka Raya" } }))
}

#[tokio::test]
async fn of_two_who_sign_a_correction_one_wins_and_the_other_is_told_number_and_signer() {
    TestApp::run(|app| async move {
        with_taxpayer(&app).await;
        let (path, body) = a_letter(&app).await;
        let officer = app.signs_in("khusus").await;
        let draft = app.post(&path, Some(&officer), body).await.expect(201);
        let (one, two) = (app.signs_in("kasi").await, app.employs("kasi2", "section_head", "031").await);

        let calls = vec![correcting(&app, &one, &draft), correcting(&app, &two, &draft)];
        let answers = app.queue_up(LOCK_TAXPAYERS, calls).await;

        assert_eq!(answers[0].status, 200, "{}", answers[0].json);
        answers[1].is_problem(409, "letter-replaced");
        assert_eq!(answers[1].json["number"], "S-2/KPP.031/2026");
        assert_eq!(answers[1].json["signed_by"], "Kasi");
        assert_eq!(app.count(LAST_NUMBER).await, 2);
    })
    .await;
}

#[tokio::test]
async fn of_two_who_draft_a_correction_one_wins_and_the_other_is_told_who() {
    TestApp::run(|app| async move {
        with_taxpayer(&app).await;
        let (path, body) = a_letter(&app).await;
        let (one, two) = (app.signs_in("khusus").await, app.signs_in("khusus2").await);

        let calls = vec![posting(&app, path.clone(), &one, body.clone()), posting(&app, path, &two, body)];
        let answers = app.queue_up(LOCK_REQUESTS, calls).await;

        let mut answers = answers;
        answers.sort_by_key(|answer| answer.status);
        assert_eq!(statuses(&answers), [201, 409]);
        let winner = answers[0].json["drafted_by"]["name"].clone();
        assert_eq!(answers[1].json["officer"], winner);
        assert_eq!(app.count("select count(*) from correction_drafts").await, 1);
    })
    .await;
}

#[tokio::test]
async fn of_two_claimers_one_wins_and_the_other_is_told_who() {
    TestApp::run(|app| async move {
        with_taxpayer(&app).await;
        let receipt = files(&app, "new_credentials", EMAIL, |_| {}).await;
        let path = format!("/requests/{}/claim", receipt["request_id"].as_str().unwrap());
        let (one, two) = (app.signs_in("khusus").await, app.signs_in("khusus2").await);

        let calls = vec![posting(&app, path.clone(), &one, json!({})), posting(&app, path, &two, json!({}))];
        let answers = app.queue_up(LOCK_REQUESTS, calls).await;

        assert_eq!(answers[0].status, 200);
        answers[1].is_problem(409, "not-possible");
        assert_eq!(answers[1].json["officer"], "Khusus");
    })
    .await;
}

#[tokio::test]
async fn eight_officers_who_claim_the_next_request_get_eight_requests() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let counter = app.signs_in("tpt").await;
        let mut calls = Vec::new();
        for n in 0..8 {
            is_keyed_in(&app, &counter, n).await;
            let officer = app.employs(&format!("petugas{n}"), "special_officer", "031").await;
            calls.push(posting(&app, "/requests/claim-next".to_owned(), &officer, json!({})));
        }

        // Each has chosen its request when it writes the audit.
        let answers = app.queue_up("lock table audit_events in exclusive mode", calls).await;

        assert_eq!(statuses(&answers), [200; 8]);
        assert_eq!(
            app.count("select count(distinct officer_id) from requests where state = 'examining'").await,
            8
        );
    })
    .await;
}

fn npwp(n: usize) -> String {
    format!("9999{n:05}031000")
}

/// A request of another taxpayer for each `n`, keyed in at the counter.
async fn is_keyed_in(app: &TestApp, counter: &str, n: usize) -> Value {
    story::register(app, &npwp(n), &format!("pajak{n}@example.com")).await;
    let documents = vec![
        story::uploads(app, counter, "application_letter").await,
        story::uploads(app, counter, "identity_card").await,
    ];
    let body = counter_form(n, &documents);
    story::sends(app, counter, &format!("loket-{n}"), &body).await.expect(201)
}

fn counter_form(n: usize, documents: &[String]) -> Value {
    let mut body = story::form("new_credentials", documents);
    body["tax_id"] = json!(npwp(n));
    body["email"] = json!(format!("pajak{n}@example.com"));
    body["counter"] = json!({ "channel": "counter", "unproven_reason": "Telepon tidak dibawa" });
    body
}

/// A call that files online with a proof of its own.
async fn a_filing(app: &TestApp, email: &str) -> (String, Value) {
    let token = app.proves_address(email).await;
    let documents = vec![
        story::uploads(app, &token, "application_letter").await,
        story::uploads(app, &token, "identity_card").await,
    ];
    (token, story::form("new_credentials", &documents))
}

#[tokio::test]
async fn of_two_filings_of_one_kind_one_is_received_and_the_other_gets_its_receipt_number() {
    TestApp::run(|app| async move {
        with_taxpayer(&app).await;
        let (one, first) = a_filing(&app, EMAIL).await;
        let (two, second) = a_filing(&app, EMAIL).await;

        let calls = vec![sending(&app, &one, "a", &first), sending(&app, &two, "b", &second)];
        let answers = app.queue_up(LOCK_TAXPAYERS, calls).await;

        assert_eq!(statuses(&answers), [201, 409]);
        assert_eq!(answers[1].json["receipt_number"], answers[0].json["receipt_number"]);
        assert_eq!(app.count("select count(*) from requests").await, 1);
    })
    .await;
}

#[tokio::test]
async fn the_same_key_twice_at_once_gives_one_request_and_the_same_receipt() {
    TestApp::run(|app| async move {
        with_taxpayer(&app).await;
        let (token, form) = a_filing(&app, EMAIL).await;

        let calls = vec![sending(&app, &token, "same", &form), sending(&app, &token, "same", &form)];
        let answers = app.queue_up(LOCK_TAXPAYERS, calls).await;

        assert_eq!(statuses(&answers), [201, 201]);
        assert_eq!(answers[0].json, answers[1].json);
        assert_eq!(app.count("select count(*) from requests").await, 1);
        assert_eq!(app.count("select count(*) from messages where kind = 'receipt'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_document_is_attached_to_one_request_only() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, &npwp(0), "pajak0@example.com").await;
        story::register(&app, &npwp(1), "pajak1@example.com").await;
        let counter = app.signs_in("tpt").await;
        let documents = vec![
            story::uploads(&app, &counter, "application_letter").await,
            story::uploads(&app, &counter, "identity_card").await,
        ];

        let calls = vec![
            sending(&app, &counter, "a", &counter_form(0, &documents)),
            sending(&app, &counter, "b", &counter_form(1, &documents)),
        ];
        let answers = app.queue_up("select from documents for update", calls).await;

        assert_eq!(answers[0].status, 201);
        answers[1].is_problem(422, "invalid");
        assert_eq!(answers[1].json["errors"][0]["code"], "unknown_document");
        assert_eq!(app.count("select count(distinct request_id) from documents").await, 1);
    })
    .await;
}

/// Calls of a signature and of something else about the same request, whichever comes first.
async fn against_a_signature(
    app: &Arc<TestApp>,
    lock: &'static str,
    drafted: &Value,
    other: Call<Answer>,
    signature_first: bool,
) -> (Answer, Answer) {
    let head = app.signs_in("kasi").await;
    let signature = signing(app, &head, drafted);
    let calls = if signature_first { vec![signature, other] } else { vec![other, signature] };
    let mut answers = app.queue_up(lock, calls).await;
    let (second, first) = (answers.pop().unwrap(), answers.pop().unwrap());
    if signature_first { (first, second) } else { (second, first) }
}

async fn signature_against_withdrawal(signature_first: bool) {
    TestApp::run(|app| async move {
        with_taxpayer(&app).await;
        let drafted = a_draft(&app, "new_credentials").await;
        let counter = app.signs_in("tpt").await;
        let path = format!("/requests/{}/withdrawal", drafted["request_id"].as_str().unwrap());
        let withdrawal = posting(&app, path, &counter, json!({}));

        let (signed, withdrawn) =
            against_a_signature(&app, LOCK_REQUESTS, &drafted, withdrawal, signature_first).await;

        let (letters, state) = if signature_first { (1, "issued") } else { (0, "withdrawn") };
        let lost = if signature_first { &withdrawn } else { &signed };
        assert_eq!(if signature_first { signed.status } else { withdrawn.status }, 200);
        lost.is_problem(409, "not-possible");
        assert_eq!((app.count(LETTERS).await, app.count(PAIRS).await), (letters, letters));
        assert_eq!(state_of(&app, &drafted).await, state);
    })
    .await;
}

#[tokio::test]
async fn a_signed_request_can_not_be_withdrawn_any_more() {
    signature_against_withdrawal(true).await;
}

#[tokio::test]
async fn a_withdrawn_request_can_not_be_signed_any_more() {
    signature_against_withdrawal(false).await;
}

async fn signature_against_send_back(signature_first: bool) {
    TestApp::run(|app| async move {
        with_taxpayer(&app).await;
        let drafted = a_draft(&app, "new_credentials").await;
        let other = app.employs("kasi2", "section_head", "031").await;
        let path = format!("/requests/{}/send-back", drafted["request_id"].as_str().unwrap());
        let send_back = posting(&app, path, &other, json!({ "reason": "Periksa lagi nama penanda tangan" }));

        let (signed, returned) =
            against_a_signature(&app, LOCK_REQUESTS, &drafted, send_back, signature_first).await;

        let expected = if signature_first { (200, 409) } else { (409, 200) };
        assert_eq!((signed.status, returned.status), expected);
        assert_eq!(app.count(LETTERS).await, i64::from(signature_first));
    })
    .await;
}

#[tokio::test]
async fn a_draft_is_signed_or_sent_back_and_never_both() {
    signature_against_send_back(true).await;
    signature_against_send_back(false).await;
}

/// The registry's row of the taxpayer, with another status.
fn revoked_row() -> String {
    format!(
        "name,taxpayer_kind,npwp15,npwp16,nik,nitku,office_code,address,city,province,email,pkp_status,evidence_case,\
         evidence_number,evidence_date,sppkp_number,sppkp_date,sppkp_office\n\
         {NAME},entity,999991342031000,,,,031,Jl. Percobaan Cendana No. 13,Jakarta Barat,DKI Jakarta,{EMAIL},revoked,b,\
         LHV-529/KPP.031/2019,2019-06-11,S-125PKP/KPP.031/2015,2015-09-25,031\n"
    )
}

#[tokio::test]
async fn evidence_that_changed_sends_the_draft_back_and_the_signer_is_told() {
    TestApp::run(|app| async move {
        with_taxpayer(&app).await;
        let drafted = a_draft(&app, "new_credentials").await;
        let importer = Arc::clone(&app);
        let import: Call<Answer> = Box::pin(async move {
            importer.imports(Content::Taxpayers, &revoked_row()).await;
            importer.get("/offices", None).await
        });

        let (signed, _) = against_a_signature(&app, LOCK_TAXPAYERS, &drafted, import, false).await;

        signed.is_problem(409, "verdict-changed");
        assert_eq!(state_of(&app, &drafted).await, "examining");
        assert_eq!((app.count(LETTERS).await, app.count(PAIRS).await), (0, 0));
        assert_eq!(app.count("select count(*) from drafts where ended_at is null").await, 0);
        assert_eq!(app.count("select count(*) from audit_events where act = 'verdict_changed'").await, 1);
    })
    .await;
}

/// The year of the test clock with one day off more than before.
const MORE_DAYS_OFF: &str =
    "date,name_id,kind,source\n2026-01-01,Tahun Baru,national,SKB\n2026-07-14,Libur,national,SKB\n";

fn calendar_change(app: &Arc<TestApp>) -> Call<Answer> {
    let app = Arc::clone(app);
    Box::pin(async move {
        app.imports(Content::Calendar, MORE_DAYS_OFF).await;
        app.get("/offices", None).await
    })
}

async fn signature_against_calendar(signature_first: bool) {
    TestApp::run(|app| async move {
        with_taxpayer(&app).await;
        let drafted = a_draft(&app, "new_credentials").await;

        let import = calendar_change(&app);
        let (signed, _) =
            against_a_signature(&app, "select from rounds for update", &drafted, import, signature_first)
                .await;

        assert_eq!(signed.status, 200, "{}", signed.json);
        let moved = app.count("select count(*) from audit_events where act = 'due_date_changed'").await;
        assert_eq!(moved, i64::from(!signature_first), "only an open round moves");
    })
    .await;
}

#[tokio::test]
async fn a_calendar_change_and_a_signature_never_wait_for_each_other_in_a_circle() {
    signature_against_calendar(true).await;
    signature_against_calendar(false).await;
}

#[tokio::test]
async fn a_request_received_during_a_calendar_change_is_counted_by_the_new_calendar() {
    TestApp::run(|app| async move {
        with_taxpayer(&app).await;
        let (token, form) = a_filing(&app, EMAIL).await;

        // The filing has computed its due date and not committed when the calendar changes.
        let calls = vec![sending(&app, &token, "a", &form), calendar_change(&app)];
        let answers = app.queue_up("lock table audit_events in exclusive mode", calls).await;

        assert_eq!(statuses(&answers), [201, 200]);
        assert_eq!(app.count("select count(*) from rounds where due_on = '2026-07-16'").await, 1);
    })
    .await;
}

async fn two_signatures_for_one_taxpayer(move_first: bool) {
    TestApp::run(|app| async move {
        with_taxpayer(&app).await;
        for sql in [
            "update offices set address = 'Jalan Contoh 2' where office_code = '952'",
            "update taxpayers set sppkp_office = '952'",
        ] {
            sqlx::query(sql).execute(&app.pool).await.unwrap();
        }
        let here = a_draft(&app, "new_credentials").await;
        let receipt = files(&app, "move_office", EMAIL, |form| form["office_code"] = json!("952")).await;
        let officer = app.signs_in("khusus.952").await;
        let there = drafts(&app, &officer, receipt["request_id"].as_str().unwrap(), "grant", json!([])).await;
        let (a, b) = (app.signs_in("kasi").await, app.signs_in("kasi.952").await);
        let mut calls = vec![signing(&app, &a, &here), signing(&app, &b, &there)];
        if move_first {
            calls.reverse();
        }

        let answers = app.queue_up(LOCK_TAXPAYERS, calls).await;

        assert_eq!(answers[0].status, 200, "{}", answers[0].json);
        assert!([200, 409].contains(&answers[1].status), "{}", answers[1].json);
        assert_eq!(app.count(IN_FORCE).await, 1);
        let signed = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(usize::try_from(app.count(LETTERS).await).unwrap(), signed);
    })
    .await;
}

#[tokio::test]
async fn two_offices_that_sign_for_one_taxpayer_leave_one_pair_in_force() {
    two_signatures_for_one_taxpayer(true).await;
    two_signatures_for_one_taxpayer(false).await;
}

#[tokio::test]
async fn numbers_have_no_gap_and_no_double_although_signatures_fail() {
    TestApp::run(|app| async move {
        const SIGNATURES: usize = 40;
        story::prepare(&app).await;
        let (counter, officer) = (app.signs_in("tpt").await, app.signs_in("khusus").await);
        let mut waiting = Vec::new();
        for n in 0..SIGNATURES {
            let receipt = is_keyed_in(&app, &counter, n).await;
            let id = receipt["request_id"].as_str().unwrap();
            waiting.push(drafts(&app, &officer, id, "grant", json!([])).await);
        }
        // Every fourth letter fails after its number was taken.
        for sql in [
            "create function fails() returns trigger language plpgsql as $$ begin
                 if (select tax_id ~ '[048]031000$' from requests where request_id = new.request_id)
                 then raise exception 'on purpose'; end if; return new; end $$",
            "create trigger fails before insert on letters for each row
             when (new.sequence is not null) execute function fails()",
        ] {
            sqlx::query(sql).execute(&app.pool).await.unwrap();
        }
        let mut heads = Vec::new();
        for n in 0..4 {
            heads.push(app.employs(&format!("kasi{n}"), "section_head", "031").await);
        }
        let failed = sign_all(&app, &heads, waiting).await;
        assert_eq!(failed.len(), 12);
        assert_no_gap(&app, 28).await;

        sqlx::query("drop trigger fails on letters").execute(&app.pool).await.unwrap();
        assert_eq!(sign_all(&app, &heads, failed).await.len(), 0);
        assert_no_gap(&app, 40).await;
    })
    .await;
}

/// Signs with all heads at once; returns what was not signed.
async fn sign_all(app: &Arc<TestApp>, heads: &[String], drafted: Vec<Value>) -> Vec<Value> {
    let shares = heads.iter().enumerate().map(|(share, head)| {
        let mine: Vec<Value> = drafted.iter().skip(share).step_by(heads.len()).cloned().collect();
        async move {
            let mut failed = Vec::new();
            for draft in mine {
                match signs(app, head, &draft).await.status {
                    200 => {}
                    500 => failed.push(draft),
                    status => panic!("{status}"),
                }
            }
            failed
        }
    });
    futures_util::future::join_all(shares).await.concat()
}

async fn assert_no_gap(app: &TestApp, last: i64) {
    let numbers: Vec<i32> =
        sqlx::query_scalar("select sequence from letters where sequence is not null order by sequence")
            .fetch_all(&app.pool)
            .await
            .unwrap();
    assert!(numbers.iter().map(|n| i64::from(*n)).eq(1..=last), "{numbers:?}");
    assert_eq!(app.count(LAST_NUMBER).await, last);
}

/// A granted pair; the address of its password link.
async fn a_password_link(app: &TestApp) -> String {
    with_taxpayer(app).await;
    story::is_granted(app, "new_credentials", EMAIL).await;
    app.run_ready_jobs().await;
    page_url(app, &link(app, EMAIL, "/p/"))
}

const LOCK_PAIRS: &str = "select from credentials for update";

fn shown_password(page: &Answer) -> String {
    let html = String::from_utf8(page.bytes.clone()).unwrap();
    let (_, rest) = html.split_once("translate=\"no\">").unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

async fn opens_with(app: &TestApp, password: &str) -> bool {
    let hash: Option<String> =
        sqlx::query_scalar("select password_hash from credentials where state = 'active'")
            .fetch_one(&app.pool)
            .await
            .unwrap();
    app.verifies(hash, password).await
}

#[tokio::test]
async fn two_reveals_at_once_both_answer_and_the_last_password_counts() {
    TestApp::run(|app| async move {
        let url = a_password_link(&app).await;

        let answers = app.queue_up(LOCK_PAIRS, vec![pressing(&app, &url), pressing(&app, &url)]).await;

        assert_eq!(statuses(&answers), [200, 200]);
        let (first, second) = (shown_password(&answers[0]), shown_password(&answers[1]));
        assert_ne!(first, second);
        assert!(opens_with(&app, &second).await);
        assert!(!opens_with(&app, &first).await);
    })
    .await;
}

#[tokio::test]
async fn seven_presses_at_once_show_five_passwords() {
    TestApp::run(|app| async move {
        let url = a_password_link(&app).await;

        let presses = (0..7).map(|_| pressing(&app, &url)).collect();
        let answers = app.queue_up(LOCK_PAIRS, presses).await;

        assert_eq!(statuses(&answers), [200, 200, 200, 200, 200, 410, 410]);
        assert_eq!(app.count("select reveals::bigint from password_links").await, 5);
        assert!(opens_with(&app, &shown_password(&answers[4])).await);
    })
    .await;
}

async fn resend_against_reveal(resend_first: bool) {
    TestApp::run(|app| async move {
        let url = a_password_link(&app).await;
        let officer = app.signs_in("khusus").await;
        let pair: Uuid =
            sqlx::query_scalar("select credential_id from credentials").fetch_one(&app.pool).await.unwrap();
        let body = json!({ "reason": "Email terhapus", "identity_seen": true });
        let resend = posting(&app, format!("/credentials/{pair}/password-links"), &officer, body);
        let reveal = pressing(&app, &url);

        let calls = if resend_first { vec![resend, reveal] } else { vec![reveal, resend] };
        let answers = app.queue_up(LOCK_PAIRS, calls).await;

        assert_eq!(statuses(&answers), if resend_first { [201, 410] } else { [200, 201] });
        assert_eq!(app.count("select count(*) from password_links where closed_at is null").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_new_link_closes_the_old_one_also_while_it_is_used() {
    resend_against_reveal(true).await;
    resend_against_reveal(false).await;
}

/// A pair whose address changed; the addresses of its "not us" link and of its password link.
async fn a_warning(app: &TestApp) -> (String, String) {
    const NEW: &str = "keuangan.tirtaloka@example.com";
    with_taxpayer(app).await;
    story::is_granted(app, "new_credentials", EMAIL).await;
    story::is_granted(app, "update_email", NEW).await;
    app.run_ready_jobs().await;
    (page_url(app, &link(app, EMAIL, "/n/")), page_url(app, &link(app, NEW, "/p/")))
}

async fn not_us_against_reveal(not_us_first: bool) {
    TestApp::run(|app| async move {
        let (not_us, password) = a_warning(&app).await;
        let mut calls = vec![pressing(&app, &not_us), pressing(&app, &password)];
        if !not_us_first {
            calls.reverse();
        }

        let answers = app.queue_up(LOCK_PAIRS, calls).await;

        assert_eq!(statuses(&answers), if not_us_first { [200, 410] } else { [200, 200] });
        assert_eq!(app.count("select count(*) from credentials where state = 'suspended'").await, 1);
        assert_eq!(app.count("select count(*) from password_links where closed_at is null").await, 0);
    })
    .await;
}

#[tokio::test]
async fn not_us_suspends_whoever_reveals_at_the_same_time() {
    not_us_against_reveal(true).await;
    not_us_against_reveal(false).await;
}

#[tokio::test]
async fn of_two_presses_of_not_us_one_suspends() {
    TestApp::run(|app| async move {
        let (not_us, _) = a_warning(&app).await;

        let calls = vec![pressing(&app, &not_us), pressing(&app, &not_us)];
        let answers = app.queue_up(LOCK_TAXPAYERS, calls).await;

        assert_eq!(statuses(&answers), [200, 410]);
        assert_eq!(app.count("select count(*) from tasks where kind = 'not_us'").await, 1);
        assert_eq!(app.count("select count(*) from messages where kind = 'account_suspended'").await, 1);
    })
    .await;
}
