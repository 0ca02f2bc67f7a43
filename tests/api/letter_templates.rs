//! Versions of the wording: two persons, one day, and letters that keep the words that they were made with.

use std::sync::Arc;

use aktivasi::{
    app::letter_templates::record::{RecordError, record_built_in},
    letters::{LetterKind, TemplateText},
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    story::{self, EMAIL, codes_in, drafts, files, pdf_text, signs},
    support::{Answer, TestApp, judge::CONTRACT, queue_up::Call},
};

const REFUSAL: &str = include_str!("../../letter-templates/letters/refusal_notice.md");
const ACTIVATION: &str = include_str!("../../letter-templates/letters/activation_notice.md");
const DEFICIENCY: &str = include_str!("../../letter-templates/letters/deficiency_list.md");
const APPLICATION: &str = include_str!("../../letter-templates/letters/application_letter.md");
const THANKS: &str = "Demikian kami sampaikan. Atas perhatian Saudara, kami ucapkan terima kasih.";
const NEW_THANKS: &str = "Naskah versi baru berlaku pada hari ini.";

/// A built-in file as the installation's own version of this number.
pub fn renumbered(file: &str, version: i32) -> String {
    let lines = file.lines().map(|line| match line.strip_prefix("version: ") {
        Some(_) => format!("version: {version}"),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// The same, with another closing sentence.
fn rewritten(file: &str, version: i32) -> String {
    let text = renumbered(file, version);
    assert!(text.contains(THANKS));
    text.replace(THANKS, NEW_THANKS)
}

/// A letter that is proven in a moment, with a sentence of its own: for calls that wait for one another.
fn with_sentence(version: i32) -> String {
    renumbered(DEFICIENCY, version).replace("\nBantuan: ", &format!("\n{NEW_THANKS}\n\nBantuan: "))
}

/// Two operators of the whole installation.
pub async fn operators(app: &TestApp) -> (String, String) {
    for sql in [
        "insert into staff (staff_id, username, name, nip, office_code, password_hash, created_at)
         select gen_random_uuid(), 'pusat2', 'Pusat Dua', '666666666666666666', null, password_hash, '2026-01-01Z'
         from staff where username = 'tpt'",
        "insert into staff_roles (staff_id, role, scope) select staff_id, 'operator', 'national' from staff where username = 'pusat2'",
    ] {
        sqlx::query(sql).execute(&app.pool).await.unwrap();
    }
    (app.signs_in("pusat").await, app.signs_in("pusat2").await)
}

async fn sends(app: &TestApp, token: &str, path: &str, tag: &str, body: Value) -> Answer {
    let request = app.client.post(app.url(&format!("/letter-templates/{path}"))).bearer_auth(token);
    Answer::of(request.header("if-match", tag).json(&body)).await
}

async fn edits(app: &TestApp, token: &str, id: &str, tag: &str, source: &str) -> Answer {
    let request = app.client.put(app.url(&format!("/letter-templates/{id}"))).bearer_auth(token);
    Answer::of(request.header("if-match", tag).json(&json!({ "source": source }))).await
}

/// A draft; its id.
async fn drafted(app: &TestApp, token: &str, kind: &str, source: &str) -> String {
    let body = json!({ "kind": kind, "source": source });
    let draft = app.post("/letter-templates", Some(token), body).await.expect(201);
    draft["template_id"].as_str().unwrap().to_owned()
}

/// Drafted by one, approved by the other, in force from a day on.
pub async fn comes_in_force(app: &TestApp, kind: &str, source: &str, day: &str) -> String {
    let (one, two) = operators(app).await;
    let id = drafted(app, &one, kind, source).await;
    sends(app, &two, &format!("{id}/approval"), "\"v1\"", json!({})).await.expect(200);
    let dated = sends(app, &one, &format!("{id}/in-force"), "\"v2\"", json!({ "in_force_on": day })).await;
    assert_eq!(dated.expect(200)["in_force_on"], day);
    id
}

async fn granted_letter(app: &TestApp, issued: &Value) -> Uuid {
    app.run_ready_jobs().await;
    let letters = issued["letters"].as_array().unwrap();
    let letter = letters.iter().find(|letter| letter["kind"] == "activation_notice").unwrap();
    letter["letter_id"].as_str().unwrap().parse().unwrap()
}

async fn version_of(app: &TestApp, letter: Uuid) -> i32 {
    sqlx::query_scalar("select template_version from letters where letter_id = $1")
        .bind(letter)
        .fetch_one(&app.pool)
        .await
        .unwrap()
}

/// Forgets the kept bytes, so that the next who asks makes the letter again.
async fn made_again(app: &TestApp, letter: Uuid) -> Vec<u8> {
    sqlx::query("delete from letter_files where letter_id = $1")
        .bind(letter)
        .execute(&app.pool)
        .await
        .unwrap();
    app.rendering(letter).await
}

async fn prepared(app: &TestApp) {
    story::prepare(app).await;
    story::register(app, "999991342031000", EMAIL).await;
}

#[tokio::test]
async fn a_letter_keeps_its_wording_byte_for_byte_when_another_comes_in_force() {
    TestApp::run(|app| async move {
        prepared(&app).await;
        let old = granted_letter(&app, &story::is_granted(&app, "new_credentials", EMAIL).await).await;
        let before = app.rendering(old).await;
        comes_in_force(&app, "activation_notice", &rewritten(ACTIVATION, 1001), "2026-07-11").await;
        app.advance(TimeDelta::days(3));

        let after = made_again(&app, old).await;

        assert!(before == after);
        assert!(pdf_text(&after).contains("kami ucapkan terima kasih"));
        // The copy repeats the letter that was lost; a letter to another PKP says the new words.
        let copy = granted_letter(&app, &story::is_granted(&app, "reprint", EMAIL).await).await;
        assert_eq!(version_of(&app, copy).await, version_of(&app, old).await);
        let text = pdf_text(&app.rendering(copy).await);
        assert!(text.contains("CETAK ULANG KE-1") && text.contains("kami ucapkan terima kasih"), "{text}");
        story::register(&app, "999990002031000", "dua@example.com").await;
        let receipt = files(&app, "new_credentials", "dua@example.com", |form| {
            form["tax_id"] = json!("99.999.000.2-031.000");
        })
        .await;
        let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
        let id = receipt["request_id"].as_str().unwrap();
        let draft = drafts(&app, &officer, id, "grant", json!([])).await;
        let new = granted_letter(&app, &signs(&app, &head, &draft).await.expect(200)).await;
        assert_eq!(version_of(&app, new).await, 1001);
        assert!(pdf_text(&app.rendering(new).await).contains(NEW_THANKS));
    })
    .await;
}

#[tokio::test]
async fn what_was_drafted_before_a_version_came_in_force_is_signed_with_the_words_that_were_seen() {
    TestApp::run(|app| async move {
        prepared(&app).await;
        let receipt = files(&app, "new_credentials", EMAIL, |_| {}).await;
        let officer = app.signs_in("khusus").await;
        let id = receipt["request_id"].as_str().unwrap();
        let draft = drafts(&app, &officer, id, "grant", json!([])).await;
        comes_in_force(&app, "activation_notice", &rewritten(ACTIVATION, 1001), "2026-07-11").await;
        app.advance(TimeDelta::days(3));

        let head = app.signs_in("kasi").await;
        let preview = app.get(&format!("/requests/{id}/draft/preview"), Some(&head)).await;
        let letter = granted_letter(&app, &signs(&app, &head, &draft).await.expect(200)).await;

        assert!(pdf_text(&preview.bytes).contains("kami ucapkan terima kasih"));
        assert!(pdf_text(&app.rendering(letter).await).contains("kami ucapkan terima kasih"));
    })
    .await;
}

/// The form letter that an office hands out now.
async fn form_letter(app: &TestApp, office: &str) -> String {
    let mut body = CONTRACT.example("render_application_letter", "new_credentials");
    body["office_code"] = json!(office);
    pdf_text(&app.post("/application-letters", None, body).await.bytes)
}

#[tokio::test]
async fn a_version_comes_in_force_exactly_at_midnight_of_each_office() {
    TestApp::run(|app| async move {
        sqlx::query(
            "insert into offices (office_code, name, kanwil, city, province, time_zone, kind, address, drafting_code, updated_at)
             select '904', 'KPP Pratama Denpasar', kanwil, 'Denpasar', 'Bali', 'Asia/Makassar', kind, 'Jalan 904', 'KPP.904', updated_at
             from offices where office_code = '952'",
        )
        .execute(&app.pool)
        .await
        .unwrap();
        let source = renumbered(APPLICATION, 1001) + "\nNaskah versi baru berlaku pada hari ini.\n";
        comes_in_force(&app, "application_letter", &source, "2026-07-11").await;
        let says_new = async || {
            let mut offices = Vec::new();
            for office in ["952", "904", "031"] {
                if form_letter(&app, office).await.contains(NEW_THANKS) {
                    offices.push(office);
                }
            }
            offices
        };
        // The clock stands at 09.00 UTC: midnight comes at 15.00 in Jayapura, 16.00 in Denpasar, 17.00 in Jakarta.
        app.advance(TimeDelta::hours(6) - TimeDelta::seconds(1));
        assert_eq!(says_new().await, [] as [&str; 0]);
        for offices in [&["952"][..], &["952", "904"], &["952", "904", "031"]] {
            app.advance(TimeDelta::seconds(1));
            assert_eq!(says_new().await, offices);
            app.advance(TimeDelta::hours(1) - TimeDelta::seconds(1));
            assert_eq!(says_new().await, offices);
        }
    })
    .await;
}

#[tokio::test]
async fn a_version_with_faults_is_kept_as_draft_and_not_approved_and_each_fault_says_where() {
    TestApp::run(|app| async move {
        let (one, two) = operators(&app).await;
        let source = renumbered(REFUSAL, 1001).replace(THANKS, "{{ pkp.julukan }}\n{{ kpp.moto }}");
        let line = source.lines().position(|line| line == "{{ pkp.julukan }}").unwrap() + 1;
        let id = drafted(&app, &one, "refusal_notice", &source).await;

        let checked = app.get(&format!("/letter-templates/{id}/check"), Some(&one)).await.expect(200);
        let refused = sends(&app, &two, &format!("{id}/approval"), "\"v1\"", json!({})).await;

        refused.is_problem(409, "template-faulty");
        assert_eq!(refused.json["errors"], checked["faults"]);
        let told: Vec<&str> = checked["faults"]
            .as_array()
            .unwrap()
            .iter()
            .map(|fault| fault["detail"].as_str().unwrap())
            .collect();
        assert_eq!(told.len(), 2, "{told:?}");
        let all = told.join("\n");
        for said in [
            format!("letters/refusal_notice, baris {line}: kolom pkp.julukan tidak dinyatakan"),
            format!("letters/refusal_notice, baris {}: kolom kpp.moto tidak dinyatakan", line + 1),
            "pkp.nama, ralat".to_owned(),
        ] {
            assert!(all.contains(&said), "{all}");
        }
        app.get(&format!("/letter-templates/{id}/preview"), Some(&one))
            .await
            .is_problem(409, "template-faulty");
        let source = rewritten(REFUSAL, 1001);
        edits(&app, &one, &id, "\"v1\"", &source).await.expect(200);
        sends(&app, &two, &format!("{id}/approval"), "\"v2\"", json!({})).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn the_drafter_does_not_approve_and_only_the_drafter_edits() {
    TestApp::run(|app| async move {
        let (one, two) = operators(&app).await;
        let source = rewritten(REFUSAL, 1001);
        let id = drafted(&app, &one, "refusal_notice", &source).await;
        let approval = format!("{id}/approval");

        sends(&app, &one, &approval, "\"v1\"", json!({})).await.is_problem(403, "approver-drafted-it");
        edits(&app, &two, &id, "\"v1\"", &source).await.is_problem(403, "forbidden");
        let of_an_office = app.signs_in("operator").await;
        sends(&app, &of_an_office, &approval, "\"v1\"", json!({})).await.is_problem(403, "forbidden");
        let approved = sends(&app, &two, &approval, "\"v1\"", json!({})).await.expect(200);
        assert_eq!(
            (&approved["state"], &approved["approved_by"]["name"]),
            (&json!("approved"), &json!("Pusat Dua"))
        );
        edits(&app, &one, &id, "\"v2\"", &source).await.is_problem(409, "not-possible");
        let by_hand = sqlx::query("update letter_templates set source = 'x' where kind = 'refusal_notice'")
            .execute(&app.pool)
            .await
            .unwrap_err();
        assert_eq!(by_hand.as_database_error().unwrap().constraint(), Some("letter_templates_are_final"));
        let other = drafted(&app, &one, "refusal_notice", &rewritten(REFUSAL, 1002)).await;
        let by_hand = sqlx::query(
            "update letter_templates set state = 'approved', approved_by = drafted_by, approved_at = now() where template_id = $1",
        )
        .bind(other.parse::<Uuid>().unwrap())
        .execute(&app.pool)
        .await
        .unwrap_err();
        assert_eq!(
            by_hand.as_database_error().unwrap().constraint(),
            Some("letter_templates_drafter_is_not_approver")
        );
    })
    .await;
}

#[tokio::test]
async fn a_day_is_named_ahead_once_for_each_kind_and_stays_when_it_has_begun() {
    TestApp::run(|app| async move {
        let (one, two) = operators(&app).await;
        let mut ids = Vec::new();
        for version in [1001, 1002] {
            let id = drafted(&app, &one, "refusal_notice", &rewritten(REFUSAL, version)).await;
            sends(&app, &one, &format!("{id}/in-force"), "\"v1\"", json!({ "in_force_on": "2026-08-01" }))
                .await
                .is_problem(409, "not-possible");
            sends(&app, &two, &format!("{id}/approval"), "\"v1\"", json!({})).await.expect(200);
            ids.push(id);
        }
        let day = |day: &str| json!({ "in_force_on": day });
        let (first, second) = (format!("{}/in-force", ids[0]), format!("{}/in-force", ids[1]));

        let today = sends(&app, &one, &first, "\"v2\"", day("2026-07-10")).await;
        today.is_problem(422, "invalid");
        assert!(
            today.json["errors"][0]["detail"].as_str().unwrap().starts_with("Isi 2026-07-11 atau sesudahnya")
        );
        sends(&app, &one, &first, "\"v2\"", day("2026-07-11")).await.expect(200);
        let taken = sends(&app, &one, &second, "\"v2\"", day("2026-07-11")).await;
        taken.is_problem(422, "invalid");
        assert_eq!(taken.json["errors"][0]["code"], "day_taken");
        sends(&app, &one, &second, "\"v2\"", day("2026-07-12")).await.expect(200);
        // Not begun anywhere: another day, or none at all.
        sends(&app, &one, &first, "\"v3\"", day("2026-07-20")).await.expect(200);
        let reason = json!({ "reason": "Diganti versi berikutnya." });
        sends(&app, &two, &format!("{}/withdrawal", ids[0]), "\"v4\"", reason.clone()).await.expect(200);
        app.advance(TimeDelta::hours(30));
        let (one, two) = (app.signs_in("pusat").await, app.signs_in("pusat2").await);
        sends(&app, &one, &second, "\"v3\"", day("2026-08-01")).await.is_problem(409, "not-possible");
        sends(&app, &two, &format!("{}/withdrawal", ids[1]), "\"v3\"", reason)
            .await
            .is_problem(409, "not-possible");
        let by_hand = sqlx::query(
            "update letter_templates set in_force_on = null, dated_at = null where version = 1002",
        )
        .execute(&app.pool)
        .await
        .unwrap_err();
        assert_eq!(
            by_hand.as_database_error().unwrap().constraint(),
            Some("letter_templates_keep_their_day")
        );
    })
    .await;
}

#[tokio::test]
async fn the_next_number_is_asked_for_and_a_version_keeps_its_pieces() {
    TestApp::run(|app| async move {
        let (one, _) = operators(&app).await;
        let body = |version| json!({ "kind": "refusal_notice", "source": renumbered(REFUSAL, version) });

        let wrong = app.post("/letter-templates", Some(&one), body(3)).await;
        wrong.is_problem(422, "invalid");
        assert!(
            wrong.json["errors"][0]["detail"].as_str().unwrap().contains("version: 1001"),
            "{}",
            wrong.json
        );
        let draft = app.post("/letter-templates", Some(&one), body(1001)).await.expect(201);
        app.post("/letter-templates", Some(&one), body(1001)).await.is_problem(422, "invalid");

        let pieces: Vec<&String> = draft["pieces"].as_object().unwrap().keys().collect();
        assert_eq!(
            pieces,
            ["letters/_kaki_surat", "letters/_kop_surat", "letters/_ralat", "letters/_tanda_tangan"]
        );
        let id = draft["template_id"].as_str().unwrap();
        let same = app.get(&format!("/letter-templates/{id}/difference"), Some(&one)).await.expect(200);
        let changed: Vec<&str> = same["text"]
            .as_str()
            .unwrap()
            .lines()
            .filter(|line| {
                line.starts_with(['-', '+']) && !line.starts_with("---") && !line.starts_with("+++")
            })
            .collect();
        assert!(changed.len() == 2 && changed[1] == "+version: 1001", "{changed:?}");
        let preview = app.get(&format!("/letter-templates/{id}/preview"), Some(&one)).await;
        assert!(pdf_text(&preview.bytes).contains("tidak dapat dikabulkan"));
    })
    .await;
}

#[tokio::test]
async fn the_preview_of_an_activation_notice_shows_dots() {
    TestApp::run(|app| async move {
        let (one, _) = operators(&app).await;
        let id = drafted(&app, &one, "activation_notice", &rewritten(ACTIVATION, 1001)).await;

        let text = pdf_text(&app.get(&format!("/letter-templates/{id}/preview"), Some(&one)).await.bytes);

        assert!(text.contains(NEW_THANKS));
        assert_eq!(codes_in(&text), [] as [String; 0]);
    })
    .await;
}

fn approving(app: &Arc<TestApp>, token: &str, id: &str) -> Call<Answer> {
    let (app, token, id) = (Arc::clone(app), token.to_owned(), id.to_owned());
    Box::pin(async move { sends(&app, &token, &format!("{id}/approval"), "\"v1\"", json!({})).await })
}

fn editing(app: &Arc<TestApp>, token: &str, id: &str) -> Call<Answer> {
    let (app, token, id) = (Arc::clone(app), token.to_owned(), id.to_owned());
    Box::pin(async move { edits(&app, &token, &id, "\"v1\"", &renumbered(DEFICIENCY, 1001)).await })
}

const LOCK_VERSIONS: &str = "select from letter_templates for update";

#[tokio::test]
async fn of_two_approvals_one_counts_and_an_edit_never_slips_under_an_approval() {
    TestApp::run(|app| async move {
        let (one, two) = operators(&app).await;
        let id = drafted(&app, &one, "deficiency_list", &with_sentence(1001)).await;
        let again = app.signs_in("pusat2").await;

        let calls = vec![approving(&app, &two, &id), approving(&app, &again, &id)];
        let answers = app.queue_up(LOCK_VERSIONS, calls).await;
        assert_eq!(answers[0].status, 200, "{}", answers[0].json);
        answers[1].is_problem(412, "stale");

        let id = drafted(&app, &one, "deficiency_list", &with_sentence(1002)).await;
        let edit: Call<Answer> = {
            let (app, one, id) = (Arc::clone(&app), one.clone(), id.clone());
            Box::pin(async move { edits(&app, &one, &id, "\"v1\"", &renumbered(DEFICIENCY, 1002)).await })
        };
        let answers = app.queue_up(LOCK_VERSIONS, vec![edit, approving(&app, &two, &id)]).await;
        assert_eq!(answers[0].status, 200, "{}", answers[0].json);
        answers[1].is_problem(412, "stale");
        assert_eq!(
            app.count("select count(*) from letter_templates where origin = 'own' and state = 'approved'")
                .await,
            1
        );
    })
    .await;
}

#[tokio::test]
async fn an_approval_that_comes_first_ends_the_edit_that_waits() {
    TestApp::run(|app| async move {
        let (one, two) = operators(&app).await;
        let id = drafted(&app, &one, "deficiency_list", &with_sentence(1001)).await;

        let answers =
            app.queue_up(LOCK_VERSIONS, vec![approving(&app, &two, &id), editing(&app, &one, &id)]).await;

        assert_eq!(answers[0].status, 200, "{}", answers[0].json);
        answers[1].is_problem(412, "stale");
        let kept = app.get(&format!("/letter-templates/{id}"), Some(&one)).await.expect(200);
        assert!(kept["source"].as_str().unwrap().contains(NEW_THANKS));
    })
    .await;
}

#[tokio::test]
async fn a_version_that_one_replica_approved_is_used_by_another_that_runs_already() {
    TestApp::run(|app| async move {
        let (_other, url) = app.starts_service(&[]).await;
        app.lives_now();
        let form = async || {
            let body = CONTRACT.example("render_application_letter", "new_credentials");
            let request = app.client.post(format!("{url}/api/v1/application-letters")).json(&body);
            pdf_text(&Answer::of(request).await.bytes)
        };
        assert!(!form().await.contains(NEW_THANKS));
        let (one, two) = operators(&app).await;
        let source = renumbered(APPLICATION, 1001) + "\nNaskah versi baru berlaku pada hari ini.\n";
        let id = drafted(&app, &one, "application_letter", &source).await;
        sends(&app, &two, &format!("{id}/approval"), "\"v1\"", json!({})).await.expect(200);
        // The day was named last week and has begun meanwhile.
        sqlx::query(
            "update letter_templates set in_force_on = current_date - 1, dated_at = now() - interval '9 days'
             where origin = 'own'",
        )
        .execute(&app.pool)
        .await
        .unwrap();

        assert!(form().await.contains(NEW_THANKS));
    })
    .await;
}

/// Makes the database one that an older program recorded its wording in.
async fn as_recorded_by(app: &TestApp, change: &'static str) {
    for sql in [
        "alter table letter_templates disable trigger all",
        change,
        "alter table letter_templates enable trigger all",
    ] {
        sqlx::query(sql).execute(&app.pool).await.unwrap();
    }
}

#[tokio::test]
async fn a_program_whose_wording_changed_under_the_same_number_does_not_start() {
    TestApp::run(|app| async move {
        as_recorded_by(&app, "update letter_templates set sha256 = sha256('x') where kind = 'receipt'").await;

        let refused = record_built_in(app.office()).await.unwrap_err();

        assert!(matches!(refused, RecordError::SameNumber { .. }));
        let text = refused.to_string();
        assert!(text.ends_with("raise `version` in letter-templates/letters/receipt.md"), "{text}");
    })
    .await;
}

#[tokio::test]
async fn a_program_that_is_older_than_the_wording_in_force_says_at_its_start_what_it_cannot_make() {
    TestApp::run(|app| async move {
        let mut newer = TemplateText::built_in(LetterKind::RefusalNotice).unwrap();
        newer.source = renumbered(REFUSAL, 900)
            .replacen("fields:\n", "fields:\n  pkp.julukan: { type: \"text\" }\n", 1)
            .replace(THANKS, "{{ pkp.julukan }}");
        sqlx::query(
            "insert into letter_templates (template_id, kind, version, origin, source, pieces, sha256, state, drafted_at,
                 approved_at, in_force_on, dated_at)
             values (gen_random_uuid(), 'refusal_notice', 900, 'built_in', $1, $2, $3, 'approved', '2026-07-10Z', '2026-07-10Z',
                 '2026-07-12', '2026-07-10Z')",
        )
        .bind(&newer.source)
        .bind(json!(newer.pieces))
        .bind(newer.sha256(LetterKind::RefusalNotice))
        .execute(&app.pool)
        .await
        .unwrap();

        let unfit = record_built_in(app.office()).await.unwrap();

        let told: Vec<_> = unfit.iter().map(|unfit| (unfit.kind, unfit.version, unfit.error.to_string())).collect();
        let [(LetterKind::RefusalNotice, 900, error)] = &told[..] else { panic!("{told:?}") };
        assert!(error.contains("field pkp.julukan is missing"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn the_wording_of_an_upgrade_comes_in_force_tomorrow_unless_the_installation_has_its_own() {
    const OLDER: &str = "update letter_templates set version = version - 1
                         where version > 1 and kind in ('receipt', 'refusal_notice') and origin = 'built_in'";
    const DAYS: &str = "select coalesce(string_agg(kind || ' ' || coalesce(in_force_on::text, 'waits'), ', ' order by kind), '')
                        from letter_templates t where origin = 'built_in'
                          and version = (select max(version) from letter_templates where kind = t.kind and origin = 'built_in')
                          and kind in ('receipt', 'refusal_notice')";
    TestApp::run(|app| async move {
        let (one, two) = operators(&app).await;
        let id = drafted(&app, &one, "refusal_notice", &rewritten(REFUSAL, 1001)).await;
        sends(&app, &two, &format!("{id}/approval"), "\"v1\"", json!({})).await.expect(200);
        as_recorded_by(&app, OLDER).await;

        // Two replicas start at once.
        let (first, second) = tokio::join!(record_built_in(app.office()), record_built_in(app.office()));

        first.unwrap();
        second.unwrap();
        let days: String = sqlx::query_scalar(DAYS).fetch_one(&app.pool).await.unwrap();
        assert_eq!(days, "receipt 2026-07-11, refusal_notice waits");
        assert_eq!(
            app.count("select count(*) from audit_events where act = 'record_letter_template' and detail->>'kind' = 'receipt'").await,
            2
        );
    })
    .await;
}
