//! The account of a PKP: who comes in, what is shown and told, and what ends a session.

use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use crate::{
    story,
    support::{Answer, TestApp},
    visitor::{Seen, Visitor},
};

pub const NPWP: &str = "999991342031000";
const TYPED: &str = "99.999.134.2-031.000";

/// A PKP with a pair whose password was made over the link of the mail.
pub async fn a_pair(app: &TestApp) -> String {
    story::prepare(app).await;
    story::register(app, NPWP, story::EMAIL).await;
    story::is_granted(app, "new_credentials", story::EMAIL).await;
    app.run_ready_jobs().await;
    reveals(app, story::EMAIL).await
}

/// The password that the link in the last mail to an address shows.
pub async fn reveals(app: &TestApp, address: &str) -> String {
    let url = story::page_url(app, &story::link(app, address, "/p/"));
    let request = app.client.post(&url).header("content-type", "application/x-www-form-urlencoded");
    let shown = Answer::of(request.body(format!("tax_id={NPWP}"))).await;
    let html = String::from_utf8(shown.bytes).unwrap();
    let (_, rest) = html.split_once("translate=\"no\">").unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

pub async fn comes(visitor: &Visitor<'_>, npwp: &str, password: &str) -> Seen {
    let page = visitor.opens("/akun/masuk").await.expect(200);
    visitor.sends(&page, "/akun/masuk", &[("npwp", npwp), ("password", password)]).await
}

pub async fn at_home<'a>(app: &'a TestApp, password: &str) -> (Visitor<'a>, Seen) {
    let visitor = Visitor::new(app);
    let home = comes(&visitor, TYPED, password).await.expect(200);
    assert_eq!(home.path, "/akun");
    (visitor, home)
}

/// How many mails of this kind an address got.
fn told(app: &TestApp, words: &str) -> usize {
    story::mails_to(app, story::EMAIL).iter().filter(|mail| mail.text.contains(words)).count()
}

#[tokio::test]
async fn a_pkp_signs_in_with_any_form_of_its_npwp_and_sees_no_code_until_it_asks() {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        let visitor = Visitor::new(&app);
        assert_eq!(visitor.opens("/akun").await.path, "/akun/masuk");
        for npwp in [NPWP, TYPED, "0999991342031000"] {
            let home = comes(&Visitor::new(&app), npwp, &password).await.expect(200);
            assert!(home.says("Kode Aktivasi Desktop") && home.says("Password dibuat"), "{}", home.text());
            assert!(home.says(TYPED) && home.says("S-1/KPP.031/2026"));
            assert_eq!(story::codes_in(&home.text()), Vec::<String>::new());
        }
    })
    .await;
}

#[tokio::test]
async fn a_code_is_shown_on_purpose_recorded_and_told_and_a_letter_likewise() {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        let (visitor, home) = at_home(&app, &password).await;

        let shown = visitor.sends(&home, "/akun/kode", &[("kode", "account")]).await.expect(200);
        let code = story::codes_in(&shown.text());
        assert_eq!(code.len(), 1, "{}", shown.text());
        assert!(shown.says("Kode Aktivasi ditampilkan"));
        let desktop = visitor.sends(&home, "/akun/kode", &[("kode", "desktop")]).await.expect(200);
        assert_eq!(story::codes_in(&desktop.text()), code, "equal until the first reset");

        let letter = home.hidden("/akun/surat");
        let letter = letter.iter().find(|(name, _)| name == "surat").unwrap().1.clone();
        let fields: Vec<(String, String)> = home.hidden("/akun/surat");
        let pdf = visitor.asks(Method::POST, "/akun/surat", Some(&fields), &[]).await;
        assert_eq!(pdf.headers["content-type"], "application/pdf", "{letter}");
        assert!(pdf.headers["content-disposition"].to_str().unwrap().contains("surat-S-1-KPP.031-2026.pdf"));

        app.run_ready_jobs().await;
        assert_eq!(told(&app, "Kode Aktivasi ditampilkan"), 1);
        assert_eq!(told(&app, "Kode Aktivasi Desktop ditampilkan"), 1);
        assert_eq!(told(&app, "surat yang memuat Kode Aktivasi diunduh"), 1);
        assert_eq!(story::mails_to(&app, story::EMAIL).iter().filter(|mail| mail.text.contains(&code[0])).count(), 0);
        let acts = "select count(*) from audit_events where act in ('show_code', 'show_desktop_code', 'download_letter')";
        assert_eq!(app.count(acts).await, 3);
    })
    .await;
}

#[tokio::test]
async fn a_pkp_suspends_its_account_after_it_was_told_what_that_does() {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        let (visitor, home) = at_home(&app, &password).await;
        assert!(home.says("Tangguhkan akun"));
        let asks = visitor.opens("/akun/tangguhkan").await.expect(200);
        assert!(
            asks.says("Semua sesi berakhir") && asks.says("KPP Pratama Jakarta Palmerah diberi tahu"),
            "{}",
            asks.text()
        );
        let done = visitor.sends(&asks, "/akun/tangguhkan", &[]).await.expect(200);
        assert_eq!(done.path, "/akun/masuk");
        assert!(done.says("Akun ditangguhkan. KPP sudah diberi tahu"), "{}", done.text());
        let refused = comes(&Visitor::new(&app), NPWP, &password).await.expect(403);
        assert!(refused.says("ditangguhkan"), "{}", refused.text());
        app.run_ready_jobs().await;
        assert_eq!(told(&app, "atas permintaan PKP"), 1);
    })
    .await;
}

#[tokio::test]
async fn a_reset_changes_the_desktop_code_only() {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        let (visitor, home) = at_home(&app, &password).await;
        let first = story::codes_in(&visitor.sends(&home, "/akun/kode", &[("kode", "account")]).await.text());

        let asks = visitor.opens("/akun/desktop").await.expect(200);
        assert!(asks.says("Kode Aktivasi pada surat dan password tidak berubah"));
        let done = visitor.sends(&asks, "/akun/desktop", &[]).await.expect(200);
        assert!(done.says("Kode Aktivasi Desktop baru sudah dibuat") && done.says("Terakhir dibuat baru"));

        let desktop = visitor.sends(&done, "/akun/kode", &[("kode", "desktop")]).await.text();
        let account = visitor.sends(&done, "/akun/kode", &[("kode", "account")]).await.text();
        assert_ne!(story::codes_in(&desktop), first);
        assert_eq!(story::codes_in(&account), first);
        app.run_ready_jobs().await;
        assert_eq!(told(&app, "Kode Aktivasi Desktop dibuat baru"), 1);
    })
    .await;
}

#[tokio::test]
async fn a_new_password_ends_every_other_session_and_the_old_one_opens_nothing() {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        let (visitor, _) = at_home(&app, &password).await;
        let (elsewhere, _) = at_home(&app, &password).await;

        let page = visitor.opens("/akun/password").await.expect(200);
        let change = async |present: &str, new: &str, repeated: &str| {
            let fields = [("password", present), ("new_password", new), ("repeated", repeated)];
            visitor.sends(&page, "/akun/password", &fields).await
        };
        assert!(
            change("salah-sama-sekali", "kuda-lari-di-pantai", "kuda-lari-di-pantai")
                .await
                .expect(422)
                .says("Password sekarang belum cocok")
        );
        assert!(change(&password, "pendek", "pendek").await.expect(422).says("paling sedikit 12 karakter"));
        assert!(change(&password, "kuda-lari-di-pantai", "lain").await.expect(422).says("belum sama"));
        assert!(change(&password, &password, &password).await.expect(422).says("sama dengan yang lama"));
        let done = change(&password, "kuda-lari-di-pantai", "kuda-lari-di-pantai").await.expect(200);
        assert!(done.says("Password sudah diganti"), "{}", done.text());

        assert_eq!(elsewhere.opens("/akun").await.path, "/akun/masuk");
        assert!(comes(&elsewhere, NPWP, &password).await.expect(422).says("belum cocok"));
        assert_eq!(comes(&elsewhere, NPWP, "kuda-lari-di-pantai").await.expect(200).path, "/akun");
        app.run_ready_jobs().await;
        assert_eq!(told(&app, "password diganti"), 1);
    })
    .await;
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one_and_together() {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        let (visitor, _) = at_home(&app, &password).await;
        let (other, _) = at_home(&app, &password).await;
        let (third, _) = at_home(&app, &password).await;

        let home = visitor.opens("/akun").await.expect(200);
        assert_eq!(home.text().matches("Peramban lain").count(), 2, "{}", home.text());
        let one = home.html.split("name=\"sesi\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let home = visitor.sends(&home, "/akun/sesi", &[("sesi", one)]).await.expect(200);
        assert_eq!(home.text().matches("Peramban lain").count(), 1);
        let home = visitor.sends(&home, "/akun/sesi", &[("sesi", "")]).await.expect(200);
        assert!(!home.says("Peramban lain"));
        for ended in [&other, &third] {
            let page = ended.opens("/akun").await;
            assert_eq!(page.path, "/akun/masuk");
            assert!(page.says("waktunya habis"));
        }
        let left = visitor.sends(&home, "/akun/keluar", &[]).await.expect(200);
        assert!(left.says("Anda sudah keluar"));
        assert_eq!(visitor.opens("/akun").await.path, "/akun/masuk");
    })
    .await;
}

#[tokio::test]
async fn not_us_ends_the_session_at_once_and_lifting_brings_neither_it_nor_the_old_password_back() {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        let (visitor, home) = at_home(&app, &password).await;
        visitor.sends(&home, "/akun/kode", &[("kode", "account")]).await.expect(200);
        app.run_ready_jobs().await;

        let not_us = story::page_url(&app, &story::link(&app, story::EMAIL, "/n/"));
        assert_eq!(Answer::of(app.client.post(&not_us)).await.status, 200);
        assert_eq!(visitor.opens("/akun").await.path, "/akun/masuk");
        let refused = comes(&visitor, NPWP, &password).await.expect(403);
        assert!(refused.says("Akun ini ditangguhkan"), "{}", refused.text());

        let officer = app.signs_in("khusus").await;
        let found =
            app.post("/taxpayers/credentials", Some(&officer), json!({ "tax_id": NPWP })).await.expect(200);
        let pair = found["items"][0]["id"].as_str().unwrap();
        let seen = json!({ "reason": "Identitas dipastikan di loket", "identity_seen": true });
        app.post(&format!("/credentials/{pair}/reinstatement"), Some(&officer), seen).await.expect(200);
        assert_eq!(visitor.opens("/akun").await.path, "/akun/masuk", "the old session stays ended");
        comes(&visitor, NPWP, &password).await.expect(422);
        let why = json!({ "reason": "Alamat email dipastikan", "identity_seen": true });
        app.post(&format!("/credentials/{pair}/password-links"), Some(&officer), why).await.expect(201);
        app.run_ready_jobs().await;
        let new = reveals(&app, story::EMAIL).await;
        assert_eq!(comes(&visitor, NPWP, &new).await.expect(200).path, "/akun");
    })
    .await;
}

#[tokio::test]
async fn whoever_proves_a_superseded_pair_learns_what_is_valid_now() {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        for sql in [
            "update offices set address = 'Jalan Contoh 2' where office_code = '952'",
            "update taxpayers set sppkp_office = '952', office_code = '952'",
        ] {
            sqlx::query(sql).execute(&app.pool).await.unwrap();
        }
        let officer = app.signs_in("khusus.952").await;
        let head = app.signs_in("kasi.952").await;
        let receipt = story::files(&app, "move_office", story::EMAIL, |form| {
            form["office_code"] = json!("952");
        })
        .await;
        let request = receipt["request_id"].as_str().unwrap();
        let drafted = story::drafts(&app, &officer, request, "grant", json!([])).await;
        story::signs(&app, &head, &drafted).await.expect(200);

        let told = comes(&Visitor::new(&app), NPWP, &password).await.expect(200);
        assert!(told.says("Kode dan password ini sudah digantikan"), "{}", told.text());
        assert!(told.says("Yang berlaku sekarang") && told.says("S-1/KPP.952/2026"), "{}", told.text());
        assert!(told.says("NSFP yang belum digunakan tetap dapat dipakai"));
        for _ in 0..4 {
            let wrong = comes(&Visitor::new(&app), NPWP, "bukan-password-ini").await.expect(422);
            assert!(!wrong.says("digantikan"));
        }
        // The right former password is no way to guess on at the present one.
        comes(&Visitor::new(&app), NPWP, &password).await.expect(429);
    })
    .await;
}

#[tokio::test]
async fn wrong_numbers_and_wrong_passwords_answer_alike_and_are_slowed_not_blocked() {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        let wrong = comes(&Visitor::new(&app), NPWP, "bukan-password-ini").await.expect(422);
        let unknown =
            comes(&Visitor::new(&app), "99.999.389.2-321.000", "bukan-password-ini").await.expect(422);
        let said = "NPWP atau password belum cocok";
        assert!(wrong.says(said) && unknown.says(said));
        assert!(comes(&Visitor::new(&app), "123", "x").await.expect(422).says("NPWP belum benar"));

        for _ in 0..4 {
            comes(&Visitor::new(&app), NPWP, "bukan-password-ini").await.expect(422);
        }
        let slowed = comes(&Visitor::new(&app), NPWP, &password).await.expect(429);
        assert!(slowed.says("Tunggu") || slowed.says("detik"), "{}", slowed.text());
        app.advance(chrono::TimeDelta::minutes(2));
        assert_eq!(comes(&Visitor::new(&app), NPWP, &password).await.expect(200).path, "/akun");
    })
    .await;
}

async fn forgets(visitor: &Visitor<'_>, npwp: &str, code: &str, email: &str) -> Seen {
    let page = visitor.opens("/akun/lupa").await.expect(200);
    visitor.sends(&page, "/akun/lupa", &[("npwp", npwp), ("kode", code), ("email", email)]).await
}

/// The Kode Aktivasi on the letter that an address got.
pub fn code_of_letter(app: &TestApp) -> String {
    let mails = story::mails_to(app, story::EMAIL);
    let texts = mails.iter().flat_map(|mail| &mail.attachments).map(|file| story::pdf_text(&file.bytes));
    texts.flat_map(|text| story::codes_in(&text)).next().unwrap()
}

#[tokio::test]
async fn who_knows_code_and_address_gets_a_link_and_the_old_password_holds_until_it_is_used() {
    TestApp::run(|app| async move {
        let old = a_pair(&app).await;
        let code = code_of_letter(&app);
        let links = told(&app, "/p/");
        let asked = forgets(&Visitor::new(&app), TYPED, &code.to_lowercase(), story::EMAIL).await.expect(200);
        assert!(asked.says("Periksa email Anda"));
        app.run_ready_jobs().await;
        assert_eq!(told(&app, "/p/"), links + 1);
        assert_eq!(
            app.count("select count(*) from forgotten_passwords where typed_sealed is not null").await,
            0
        );

        let (_, home) = at_home(&app, &old).await;
        assert!(home.says("Tautan Lupa password dikirim"));
        let new = reveals(&app, story::EMAIL).await;
        comes(&Visitor::new(&app), NPWP, &old).await.expect(422);
        at_home(&app, &new).await;
    })
    .await;
}

#[tokio::test]
async fn wrong_and_unknown_attempts_answer_alike_send_no_link_and_warn_once_a_day() {
    TestApp::run(|app| async move {
        a_pair(&app).await;
        let code = code_of_letter(&app);
        let links = told(&app, "/p/");
        let visitor = Visitor::new(&app);
        let mut answers = Vec::new();
        for (npwp, code, email) in [
            (NPWP, code.as_str(), "lain@example.com"),
            (NPWP, "K7QM-3XWB-9TRD", story::EMAIL),
            ("99.999.389.2-321.000", code.as_str(), "tiada@example.com"),
        ] {
            answers.push(forgets(&visitor, npwp, code, email).await.expect(200).text());
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        app.run_ready_jobs().await;
        assert_eq!(told(&app, "/p/"), links);
        assert_eq!(told(&app, "permintaan \"Lupa password\""), 1);

        let faults = forgets(&visitor, "1", "x", "y").await.expect(422);
        for said in ["NPWP belum benar", "12 karakter", "Alamat email belum benar"] {
            assert!(faults.says(said), "{said}");
        }
    })
    .await;
}

#[tokio::test]
async fn attempts_at_one_npwp_are_slowed_from_every_browser_and_open_again() {
    TestApp::run(|app| async move {
        a_pair(&app).await;
        for n in 0..3 {
            forgets(&Visitor::new(&app), NPWP, "K7QM-3XWB-9TRD", &format!("a{n}@example.com"))
                .await
                .expect(200);
        }
        let slowed = forgets(&Visitor::new(&app), NPWP, "K7QM-3XWB-9TRD", "b@example.com").await.expect(429);
        assert!(slowed.says("detik"), "{}", slowed.text());
        app.advance(chrono::TimeDelta::minutes(1));
        forgets(&Visitor::new(&app), NPWP, "K7QM-3XWB-9TRD", "c@example.com").await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn lupa_password_sends_a_link_also_where_the_office_mails_passwords() {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        let code = code_of_letter(&app);
        sqlx::query("update offices set password_delivery = 'email'").execute(&app.pool).await.unwrap();
        let links = told(&app, "/p/");
        forgets(&Visitor::new(&app), NPWP, &code, story::EMAIL).await.expect(200);
        app.run_ready_jobs().await;
        assert_eq!(told(&app, "/p/"), links + 1);
        at_home(&app, &password).await;
    })
    .await;
}

#[tokio::test]
async fn letters_and_sessions_of_others_are_not_there() {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        let (elsewhere, _) = at_home(&app, &password).await;
        let (visitor, home) = at_home(&app, &password).await;
        story::register(&app, "999991003001000", "lain@perusahaan.example").await;
        let other = story::files(&app, "new_credentials", "lain@perusahaan.example", |form| {
            form["tax_id"] = json!("999991003001000");
        })
        .await;
        app.run_ready_jobs().await;
        let letter: Uuid = sqlx::query_scalar("select letter_id from letters where request_id = $1::uuid")
            .bind(other["request_id"].as_str())
            .fetch_one(&app.pool)
            .await
            .unwrap();
        let mut fields = home.hidden("/akun/surat");
        for (name, value) in &mut fields {
            if name == "surat" {
                *value = letter.to_string();
            }
        }
        assert_eq!(visitor.asks(Method::POST, "/akun/surat", Some(&fields), &[]).await.status, 404);
        visitor.sends(&home, "/akun/sesi", &[("sesi", TestApp::some_id())]).await.expect(200);
        assert_eq!(elsewhere.opens("/akun").await.path, "/akun");
    })
    .await;
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends_and_a_press_too_many_tells_nobody_more() {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        let (visitor, home) = at_home(&app, &password).await;
        for _ in 0..10 {
            visitor.sends(&home, "/akun/kode", &[("kode", "account")]).await.expect(200);
        }
        visitor.sends(&home, "/akun/kode", &[("kode", "account")]).await.expect(429);
        let asks = visitor.opens("/akun/desktop").await.expect(200);
        visitor.sends(&asks, "/akun/desktop", &[]).await.expect(429);
        assert_eq!(app.count("select count(*) from audit_events where act = 'reset_desktop_code'").await, 0);
        let home = visitor.opens("/akun").await.expect(200);
        assert!(!home.says("atas permohonan BPE-031-") && home.says("Semua perubahan"), "{}", home.text());
        let all = visitor.opens("/akun/riwayat").await.expect(200);
        assert!(
            all.says("Kode Aktivasi diterbitkan") && all.says("atas permohonan BPE-031-"),
            "{}",
            all.text()
        );
        app.advance(chrono::TimeDelta::minutes(121));
        assert_eq!(visitor.opens("/akun").await.path, "/akun/masuk");
    })
    .await;
}
