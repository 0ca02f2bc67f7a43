//! What the counter does besides keying a letter in: proof of the address, completion of a returned request, withdrawal on
//! a letter. Over a browser without script.

use chrono::TimeDelta;
use serde_json::json;

use crate::{
    officer_intake::{at_the_counter, filled},
    story::{self, EMAIL},
    support::TestApp,
    visitor::{Seen, Visitor},
};

const PROVEN: &str = "select count(*) from requests where address_proof = 'proven' and channel = 'counter'";
const REQUESTS: &str = "select count(*) from requests";
const MORE: [(&str, &str); 2] = [("signer-capacity", "pengurus"), ("counter-unproven_reason", "")];

/// The form after the code was sent, and the code of the mail.
async fn with_a_code(app: &TestApp, counter: &Visitor<'_>, form: &Seen, scans: &[String]) -> (Seen, String) {
    let asked = [&MORE[..], &[("act", "send_code")]].concat();
    let asked = counter.sends(form, "/loket", &filled(scans, &asked)).await.expect(200);
    let hidden = asked.hidden("/loket");
    let proof = &hidden.iter().find(|(name, _)| name == "proof").unwrap().1;
    let code = app.code_of(proof).await;
    (asked, code)
}

#[tokio::test]
async fn an_address_is_proven_by_the_code_that_its_filer_reads_out() {
    TestApp::run(|app| async move {
        let (counter, form, scans) = at_the_counter(&app).await;
        let (asked, code) = with_a_code(&app, &counter, &form, &scans).await;
        assert!(asked.says("Kode dari telepon PKP"), "{}", asked.text());
        assert!(asked.html.contains(&format!("value=\"{EMAIL}\"")), "nothing typed is lost");
        assert!(asked.html.contains(&scans[0]), "no scan is lost");

        let wrong = if code == "000000" { "000001" } else { "000000" };
        let wrong = [&MORE[..], &[("act", "check_code"), ("code", wrong)]].concat();
        let seen = counter.sends(&asked, "/loket", &filled(&scans, &wrong)).await.expect(422);
        assert!(seen.says("Kode belum cocok."), "{}", seen.text());

        app.advance(TimeDelta::seconds(5));
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        let right = [&MORE[..], &[("act", "check_code"), ("code", &spaced)]].concat();
        let proven = counter.sends(&seen, "/loket", &filled(&scans, &right)).await.expect(200);
        assert!(proven.says("Alamat email terbukti.") && !proven.html.contains("counter-unproven_reason"));

        let file = [&MORE[..], &[("act", "file")]].concat();
        let done = counter.sends(&proven, "/loket", &filled(&scans, &file)).await.expect(200);
        assert!(done.says("BPS-031-20260710-"), "{}", done.text());
        let again = counter.sends(&proven, "/loket", &filled(&scans, &file)).await.expect(200);
        assert_eq!(again.path, done.path, "the same press twice");
        assert_eq!((app.count(PROVEN).await, app.count(REQUESTS).await), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn the_code_and_the_letter_go_in_with_one_press_and_once() {
    TestApp::run(|app| async move {
        let (counter, form, scans) = at_the_counter(&app).await;
        let (asked, code) = with_a_code(&app, &counter, &form, &scans).await;
        let file = [&MORE[..], &[("act", "file"), ("code", &code)]].concat();
        let done = counter.sends(&asked, "/loket", &filled(&scans, &file)).await.expect(200);
        assert!(done.says("BPS-031-20260710-"), "{}", done.text());
        let again = counter.sends(&asked, "/loket", &filled(&scans, &file)).await.expect(200);
        assert_eq!(again.path, done.path);
        assert_eq!((app.count(PROVEN).await, app.count(REQUESTS).await), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn what_was_proven_for_one_address_counts_for_no_other_and_not_for_ever() {
    TestApp::run(|app| async move {
        let (counter, form, scans) = at_the_counter(&app).await;
        let (asked, code) = with_a_code(&app, &counter, &form, &scans).await;
        let check = [&MORE[..], &[("act", "check_code"), ("code", &code)]].concat();
        let proven = counter.sends(&asked, "/loket", &filled(&scans, &check)).await.expect(200);

        let other = [&MORE[..], &[("act", "file"), ("email", "lain@example.com")]].concat();
        let seen = counter.sends(&proven, "/loket", &filled(&scans, &other)).await.expect(422);
        assert!(seen.says("atau sebutkan alasan alamat belum terbukti"), "{}", seen.text());
        assert!(!seen.says("Alamat email terbukti."));

        app.advance(TimeDelta::minutes(31));
        let file = [&MORE[..], &[("act", "file")]].concat();
        let late = counter.sends(&proven, "/loket", &filled(&scans, &file)).await.expect(422);
        assert!(late.says("Bukti alamat email tidak berlaku lagi."), "{}", late.text());
        assert!(late.says("Kirim kode"), "another code can be sent");
        assert_eq!(app.count(REQUESTS).await, 0);
    })
    .await;
}

/// A request that was returned: the receipt of its filer.
async fn returned(app: &TestApp) -> String {
    story::prepare(app).await;
    story::register(app, "999991342031000", EMAIL).await;
    let receipt = story::files(app, "new_credentials", EMAIL, |_| {}).await;
    let id = receipt["request_id"].as_str().unwrap().to_owned();
    let officer = app.signs_in("khusus").await;
    app.post(&format!("/requests/{id}/claim"), Some(&officer), json!({})).await.expect(200);
    let items = json!({ "items": [{ "code": "identitas_tidak_terbaca" }] });
    app.post(&format!("/requests/{id}/return"), Some(&officer), items).await.expect(200);
    id
}

#[tokio::test]
async fn a_returned_request_is_completed_at_the_counter_and_gets_its_receipt_at_once() {
    TestApp::run(|app| async move {
        let id = returned(&app).await;
        let counter = Visitor::staff(&app, "tpt").await;
        let screen = counter.opens(&format!("/permohonan/{id}")).await.expect(200);
        let path = format!("/loket/{id}/lengkapi");
        assert!(screen.leads_to(&path).len() == 1, "{}", screen.text());
        let form = counter.opens(&path).await.expect(200);
        assert!(form.says("Yang diminta") && form.says("Identitas"), "{}", form.text());

        let scan = story::uploads(&app, &app.signs_in("tpt").await, "identity_card").await;
        let filed = [
            ("document", scan.as_str()),
            ("corrections-pkp_address", "Jl. Baru No. 1, Jakarta Barat"),
            ("corrections-letter-date", "2026-07-11"),
        ];
        let faulty = counter.sends(&form, &path, &filed).await.expect(422);
        assert!(faulty.says("Tanggal surat tidak boleh melewati hari ini."), "{}", faulty.text());
        assert!(faulty.html.contains(&scan) && faulty.says("Identitas: berkas.pdf"));
        assert!(faulty.html.contains("Jl. Baru No. 1"), "nothing typed is lost");

        let right = [filed[0], filed[1], ("corrections-letter-date", "2026-07-10")];
        let done = counter.sends(&faulty, &path, &right).await.expect(200);
        assert_eq!(done.path, format!("/loket/{id}"));
        assert!(done.says("BPS-031-20260710-"), "{}", done.text());
        let again = counter.sends(&faulty, &path, &right).await.expect(200);
        assert_eq!(again.path, done.path);
        assert!(again.says("Kelengkapan ini sudah diterima."));
        let filed = "select count(*) from requests where pkp_address = 'Jl. Baru No. 1, Jakarta Barat' \
                     and letter_on = '2026-07-10' and state = 'received'";
        assert_eq!(app.count(filed).await, 1);
        assert_eq!(app.count("select count(*) from rounds").await, 2);
        let late = counter.opens(&path).await.expect(200);
        assert!(late.says("tidak menunggu kelengkapan lagi"), "{}", late.text());
    })
    .await;
}

#[tokio::test]
async fn a_request_is_withdrawn_on_a_letter_that_its_history_names() {
    TestApp::run(|app| async move {
        let id = returned(&app).await;
        let counter = Visitor::staff(&app, "tpt").await;
        let path = format!("/loket/{id}/tarik");
        assert!(!counter.opens(&format!("/permohonan/{id}")).await.leads_to(&path).is_empty());
        let form = counter.opens(&path).await.expect(200);
        assert!(form.says("Ini tidak dapat dibatalkan"), "{}", form.text());
        let seen = counter.sends(&form, &path, &[("letter-date", "2026-07-11")]).await.expect(422);
        assert!(
            seen.says("Isi nomor surat") && seen.says("tidak boleh melewati hari ini"),
            "{}",
            seen.text()
        );
        assert_eq!(app.count("select count(*) from requests where state = 'withdrawn'").await, 0);

        let letter = [("letter-number", "9/TSJ"), ("letter-date", "2026-07-10")];
        let done = counter.sends(&seen, &path, &letter).await.expect(200);
        assert!(done.says("Permohonan ditarik kembali."), "{}", done.text());
        assert!(done.says("Surat 9/TSJ tanggal 10 Juli 2026"), "{}", done.text());
        let twice = counter.sends(&seen, &path, &letter).await.expect(200);
        assert!(twice.says("tidak dapat ditarik lagi"), "{}", twice.text());
        app.run_ready_jobs().await;
        assert_eq!(app.count("select count(*) from messages where kind = 'request_ended'").await, 1);

        // An officer has neither way.
        let officer = Visitor::staff(&app, "khusus").await;
        let screen = officer.opens(&format!("/permohonan/{id}")).await.expect(200);
        assert!(screen.leads_to("/loket/").is_empty());
        assert_eq!(officer.sends(&form, &path, &letter).await.status.as_u16(), 403);
    })
    .await;
}

#[tokio::test]
async fn the_counter_reads_its_faults_in_the_language_it_works_in() {
    TestApp::run(|app| async move {
        let (counter, _, scans) = at_the_counter(&app).await;
        let page = counter.opens("/loket").await;
        counter.sends(&page, "/pilihan", &[("language", "en"), ("back", "/loket")]).await;
        let form = counter.opens("/loket").await.expect(200);
        let faults = [("tax_id", "12"), ("pkp_name", ""), ("act", "file"), ("email", "x")];
        let seen = counter.sends(&form, "/loket", &filled(&scans[..1], &faults)).await.expect(422);
        for words in ["you entered 2", "Name of the PKP", "has no @ sign", "Identity is missing."] {
            assert!(seen.says(words), "{words}: {}", seen.text());
        }
    })
    .await;
}
