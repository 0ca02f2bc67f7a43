//! What those who ask see: what to file, and what became of it.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    story,
    support::TestApp,
    visitor::{Seen, Visitor},
};

async fn a_receipt(app: &TestApp) -> Value {
    story::prepare(app).await;
    story::register(app, "999991342031000", story::EMAIL).await;
    story::files(app, "new_credentials", story::EMAIL, |_| {}).await
}

async fn tracks(visitor: &Visitor<'_>, receipt_number: &str, code: &str) -> Seen {
    let page = visitor.opens("/lacak").await.expect(200);
    visitor.sends(&page, "/lacak", &[("receipt_number", receipt_number), ("tracking_code", code)]).await
}

async fn follows(visitor: &Visitor<'_>, receipt: &Value) -> Seen {
    let text = |name: &str| receipt[name].as_str().unwrap().to_owned();
    tracks(visitor, &text("receipt_number"), &text("tracking_code")).await.expect(200)
}

#[tokio::test]
async fn each_situation_leads_to_the_documents_in_both_languages() {
    TestApp::run(|app| async move {
        let visitor = Visitor::new(&app);
        for (language, documents) in [("id", "Siapkan dokumen ini"), ("en", "Prepare these documents")] {
            let page = visitor.opens("/").await.expect(200);
            visitor.sends(&page, "/pilihan", &[("language", language)]).await.expect(200);
            let start = visitor.opens("/").await.expect(200);
            let mut filed = 0;
            let paths =
                start.html.split("href=\"/keadaan/").skip(1).map(|rest| rest.split('"').next().unwrap());
            for what in paths {
                let page = visitor.opens(&format!("/keadaan/{what}")).await.expect(200);
                filed += usize::from(page.says(documents));
            }
            assert_eq!(filed, 5, "{language}");
        }
        visitor.opens("/keadaan/lain").await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn who_holds_the_receipt_sees_state_days_history_and_the_receipt_itself() {
    TestApp::run(|app| async move {
        let receipt = a_receipt(&app).await;
        let visitor = Visitor::new(&app);
        let page = follows(&visitor, &receipt).await;

        assert_eq!(page.path, "/lacak/permohonan");
        assert!(page.says("Diterima lengkap, menunggu penelitian"));
        assert!(page.says(receipt["due"]["explanation"].as_str().unwrap()), "{}", page.text());
        assert!(page.says("Akhir pekan") && page.says("Jatuh tempo, hari kerja ke-3"));
        assert!(page.says("Apa berikutnya?"));
        let pdf = visitor.asks(Method::GET, "/lacak/tanda-terima", None, &[]).await;
        assert_eq!(
            (pdf.status.as_u16(), &pdf.headers["content-type"]),
            (200, &"application/pdf".parse().unwrap())
        );

        let english = visitor.sends(&page, "/pilihan", &[("language", "en")]).await.expect(200);
        assert!(
            english.says("Received complete, waiting for examination") && english.says("Due, business day 3")
        );
    })
    .await;
}

#[tokio::test]
async fn a_wrong_code_says_so_keeps_the_number_and_opens_nothing() {
    TestApp::run(|app| async move {
        let receipt = a_receipt(&app).await;
        let number = receipt["receipt_number"].as_str().unwrap();
        let visitor = Visitor::new(&app);
        let wrong = tracks(&visitor, number, "AAAA-BBBB").await.expect(422);

        assert!(wrong.says("Nomor tanda terima dan kode pelacakan tidak cocok."));
        assert!(wrong.html.contains(&format!("value=\"{number}\"")) && !wrong.html.contains("AAAA-BBBB"));
        assert!(wrong.html.contains("href=\"#receipt_number\""));
        assert!(!visitor.holds("aktivasi-lacak"));
        for path in ["/lacak/permohonan", "/lacak/tanda-terima", "/lacak/tarik"] {
            assert_eq!(visitor.opens(path).await.expect(200).path, "/lacak");
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_closes_after_half_an_hour_and_whenever_its_reader_wants() {
    TestApp::run(|app| async move {
        let receipt = a_receipt(&app).await;
        let visitor = Visitor::new(&app);
        let page = follows(&visitor, &receipt).await;
        let closed = visitor.sends(&page, "/lacak/tutup", &[]).await.expect(200);
        assert!(closed.says("Permohonan ditutup di peramban ini.") && !visitor.holds("aktivasi-lacak"));

        let page = follows(&visitor, &receipt).await;
        app.advance(TimeDelta::minutes(31));
        let late = visitor.sends(&page, "/lacak/tutup", &[]).await.expect(200);
        assert_eq!(late.path, "/lacak");
        assert!(visitor.opens("/lacak/permohonan").await.says("ditutup sendiri sesudah 30 menit"));
    })
    .await;
}

#[tokio::test]
async fn a_returned_request_shows_exactly_what_and_why_and_until_when() {
    TestApp::run(|app| async move {
        let receipt = a_receipt(&app).await;
        let id = receipt["request_id"].as_str().unwrap();
        let officer = app.signs_in("khusus").await;
        app.post(&format!("/requests/{id}/claim"), Some(&officer), json!({})).await.expect(200);
        let items = json!({ "items": [{ "code": "identitas_tidak_terbaca" }] });
        let returned = app.post(&format!("/requests/{id}/return"), Some(&officer), items).await.expect(200);
        let page = follows(&Visitor::new(&app), &receipt).await;

        assert!(page.says("Dikembalikan untuk dilengkapi") && page.says("Jumat, 24 Juli 2026"));
        let item = &returned["returns"][0]["items"][0];
        for part in ["name", "finding", "remedy"] {
            assert!(page.says(item[part].as_str().unwrap()), "{part}: {}", page.text());
        }
    })
    .await;
}

#[tokio::test]
async fn a_withdrawal_is_asked_for_once_more_and_happens_once() {
    TestApp::run(|app| async move {
        let receipt = a_receipt(&app).await;
        let visitor = Visitor::new(&app);
        follows(&visitor, &receipt).await;
        let asked = visitor.opens("/lacak/tarik").await.expect(200);
        assert!(
            asked.says(&format!("Tarik kembali permohonan {}?", receipt["receipt_number"].as_str().unwrap()))
        );
        let withdrawn = "select count(*) from audit_events where act = 'withdraw'";
        assert_eq!(app.count(withdrawn).await, 0);

        let done = visitor.sends(&asked, "/lacak/tarik", &[]).await.expect(200);
        let again = visitor.sends(&asked, "/lacak/tarik", &[]).await.expect(200);

        assert!(
            done.says("Permohonan ditarik kembali.")
                && done.says("Permohonan sudah berakhir tanpa keputusan")
        );
        assert!(again.says("tidak dapat ditarik kembali lagi"));
        assert!(!again.html.contains("href=\"/lacak/tarik\""));
        assert_eq!(app.count(withdrawn).await, 1);
    })
    .await;
}

async fn returns(app: &TestApp, receipt: &Value, items: Value) -> Value {
    let id = receipt["request_id"].as_str().unwrap();
    let officer = app.signs_in("khusus").await;
    app.post(&format!("/requests/{id}/claim"), Some(&officer), json!({})).await.expect(200);
    app.post(&format!("/requests/{id}/return"), Some(&officer), json!({ "items": items })).await.expect(200)
}

#[tokio::test]
async fn a_returned_request_is_completed_with_what_was_asked_for_and_received_anew_once() {
    TestApp::run(|app| async move {
        let receipt = a_receipt(&app).await;
        let items = json!([{ "code": "identitas_tidak_terbaca" }, { "code": "jabatan_tidak_ada" }]);
        returns(&app, &receipt, items).await;
        let visitor = Visitor::new(&app);
        follows(&visitor, &receipt).await;
        let page = visitor.opens("/lacak/lengkapi").await.expect(200);
        for words in [
            "KTP atau paspor penanda tangan",
            "Unggah foto atau pindaian yang lebih jelas",
            "Jabatan penanda tangan: belum diisi.",
        ] {
            assert!(page.says(words), "{words}: {}", page.text());
        }

        let check = visitor.opens("/lacak/lengkapi/kirim").await.expect(200);
        let nothing = visitor.sends(&check, "/lacak/lengkapi/kirim", &[]).await.expect(422);
        assert!(nothing.says("Unggah dokumen, perbaiki isian, atau sebutkan"), "{}", nothing.text());
        let typed = [
            ("corrections-signer-position", "Direktur Utama"),
            ("corrections-letter-date", "31"),
            ("corrections-letter-date-m", "2"),
            ("corrections-letter-date-y", "2026"),
        ];
        let wrong = visitor.sends(&check, "/lacak/lengkapi/kirim", &typed).await.expect(422);
        assert!(
            wrong.says("Tanggal ini tidak ada dalam kalender.")
                && wrong.html.contains("value=\"Direktur Utama\""),
            "{}",
            wrong.text()
        );

        let refused = visitor
            .sends_file(&page, "/lacak/lengkapi", "identity_card", "ktp.txt", b"bukan berkas")
            .await
            .expect(422);
        assert!(refused.says("Berkas ini bukan PDF, JPEG, atau PNG."));
        let taken = visitor
            .sends_file(&page, "/lacak/lengkapi", "identity_card", "ktp.png", b"\x89PNG\r\n\x1a\n gambar")
            .await
            .expect(200);
        assert!(taken.says("Berkas tersimpan.") && taken.says("ktp.png"));
        let picture = taken.leads_to("/lacak/berkas/").remove(0);
        visitor.opens(&picture).await.expect(200);
        let check = visitor.opens("/lacak/lengkapi/kirim").await.expect(200);
        assert!(check.says("ktp.png"));
        let done = visitor.sends(&check, "/lacak/lengkapi/kirim", &[typed[0]]).await.expect(200);
        let twice = visitor.sends(&check, "/lacak/lengkapi/kirim", &[typed[0]]).await.expect(200);

        assert!(
            done.says("Kelengkapan diterima.") && done.says("Diterima lengkap, menunggu penelitian"),
            "{}",
            done.text()
        );
        assert!(twice.says("tidak menunggu kelengkapan lagi"), "{}", twice.text());
        assert_eq!(app.count("select count(*) from rounds").await, 2);
        assert_eq!(
            app.count("select count(*) from documents where round_number = 2 and attached_at is not null")
                .await,
            1
        );
        assert_eq!(visitor.opens("/lacak/lengkapi").await.path, "/lacak/permohonan");
        assert_eq!(Visitor::new(&app).opens("/lacak/lengkapi").await.path, "/lacak");
    })
    .await;
}
