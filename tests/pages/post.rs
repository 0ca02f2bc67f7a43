//! Letters on paper as clerks, officers and section heads use them, without script.

use serde_json::json;

use crate::{
    story::{self, EMAIL},
    support::TestApp,
    visitor::Visitor,
};

/// A grant whose letter leaves by post: the address was not proven. Returns its letter and its receipt number.
pub async fn on_paper(app: &TestApp) -> (String, String) {
    story::prepare(app).await;
    story::register(app, "999991342031000", EMAIL).await;
    paper_letter(app).await
}

/// The same where staff and PKP are there.
pub async fn paper_letter(app: &TestApp) -> (String, String) {
    let counter = app.signs_in("tpt").await;
    let documents = [
        story::uploads(app, &counter, "application_letter").await,
        story::uploads(app, &counter, "identity_card").await,
    ];
    let mut body = story::form("new_credentials", &documents);
    body["counter"] = json!({ "channel": "counter", "unproven_reason": "Telepon tidak dibawa" });
    let receipt = story::sends(app, &counter, "loket", &body).await.expect(201);
    let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
    let id = receipt["request_id"].as_str().unwrap();
    let drafted = story::drafts(app, &officer, id, "grant", json!([])).await;
    let issued = story::signs(app, &head, &drafted).await.expect(200);
    app.run_ready_jobs().await;
    let letters = issued["letters"].as_array().unwrap();
    let letter = letters.iter().find(|letter| letter["kind"] == "activation_notice").unwrap();
    (letter["letter_id"].as_str().unwrap().to_owned(), receipt["receipt_number"].as_str().unwrap().to_owned())
}

/// Makes a batch of what waits and prints it.
pub async fn prints_all(visitor: &Visitor<'_>) {
    let desk = visitor.opens("/surat").await.expect(200);
    let batch = visitor.sends(&desk, "/surat/tumpukan", &[("delivery", "post")]).await.expect(200);
    let printed = visitor.sends(&batch, &format!("{}/cetak", batch.path), &[]).await.expect(200);
    assert_eq!(printed.headers["content-type"], "application/pdf");
}

#[tokio::test]
async fn a_clerk_prints_what_waits_in_a_batch_once_and_again_with_a_reason_only() {
    TestApp::run(|app| async move {
        on_paper(&app).await;
        let clerk = Visitor::staff(&app, "tpt").await;
        let desk = clerk.opens("/surat").await.expect(200);
        assert!(desk.says("S-1/KPP.031/2026") && desk.says(story::NAME), "{}", desk.text());
        assert!(story::codes_in(&desk.text()).is_empty());

        let wrong = clerk
            .sends(&desk, "/surat/tumpukan", &[("delivery", "post"), ("limit", "900")])
            .await
            .expect(422);
        assert!(wrong.says("Isi 1 sampai 200.") && wrong.html.contains("value=\"900\""));
        let batch = clerk.sends(&wrong, "/surat/tumpukan", &[("delivery", "post")]).await.expect(200);
        assert!(
            batch.says("Tumpukan dibuat") && batch.says("Tumpukan 1 surat") && batch.says("Belum dicetak")
        );
        let again = clerk.opens("/surat").await.expect(200);
        assert!(again.says("1 surat ada dalam tumpukan yang belum dicetak"), "{}", again.text());

        let print = format!("{}/cetak", batch.path);
        let printed = clerk.sends(&batch, &print, &[]).await.expect(200);
        assert_eq!(printed.headers["content-type"], "application/pdf");
        assert_eq!(app.count("select count(*) from audit_events where act = 'print_letter'").await, 1);
        let refused = clerk.sends(&batch, &print, &[]).await.expect(422);
        assert!(refused.says("Tulis alasannya."), "{}", refused.text());
        let reason = [("reason", "Kertas macet")];
        assert_eq!(
            clerk.sends(&refused, &print, &reason).await.expect(200).headers["content-type"],
            "application/pdf"
        );
        let history = clerk.opens("/surat/tumpukan").await.expect(200);
        assert!(history.says("2 kali") && history.says("Tpt"), "{}", history.text());
        assert_eq!(
            app.count("select printed_count::bigint from letters where signed_by is not null").await,
            2
        );
    })
    .await;
}

#[tokio::test]
async fn numbers_of_the_post_are_entered_beside_their_letters_and_nothing_typed_is_lost() {
    TestApp::run(|app| async move {
        let (letter, _) = on_paper(&app).await;
        let clerk = Visitor::staff(&app, "tpt").await;
        prints_all(&clerk).await;
        let page = clerk.opens("/surat?lihat=pos").await.expect(200);
        let (field, number) = (format!("resi-{letter}"), "p2607 1300 42871");

        let none = clerk.sends(&page, "/surat/pos", &[]).await.expect(200);
        assert!(none.says("Belum ada nomor resi yang diketik"));
        let wrong = clerk.sends(&page, "/surat/pos", &[(&field, "RESI")]).await.expect(422);
        assert!(
            wrong.says("S-1/KPP.031/2026: Isi 6 sampai 40 huruf") && wrong.html.contains("value=\"RESI\"")
        );
        let late = [(field.as_str(), number), ("on", "2026-12-31")];
        let late = clerk.sends(&wrong, "/surat/pos", &late).await.expect(422);
        assert!(late.says("tidak boleh sesudah hari ini") && late.html.contains(number), "{}", late.text());
        let done = clerk.sends(&late, "/surat/pos", &[(&field, number), ("on", "")]).await.expect(200);

        assert!(done.says("1 surat dicatat sudah dikirim lewat pos"), "{}", done.text());
        assert!(done.says("Tidak ada surat untuk kantor pos"));
        let kept: String =
            sqlx::query_scalar("select tracking_number from letters where tracking_number is not null")
                .fetch_one(&app.pool)
                .await
                .unwrap();
        assert_eq!(kept, "P2607130042871");
    })
    .await;
}

#[tokio::test]
async fn a_letter_that_came_back_is_found_by_its_envelope_and_sent_to_a_corrected_address() {
    TestApp::run(|app| async move {
        let (letter, _) = on_paper(&app).await;
        let clerk = Visitor::staff(&app, "tpt").await;
        prints_all(&clerk).await;
        let path = format!("/surat/{letter}");
        let page = clerk.opens(&path).await.expect(200);
        let posted = [("post-tracking_number", "P2607130042871")];
        let posted = clerk.sends(&page, &format!("{path}/pos"), &posted).await.expect(200);
        assert!(posted.says("Nomor resi dicatat.") && posted.says("resi P2607130042871"));

        let desk = clerk.opens("/surat").await.expect(200);
        let found = clerk.sends(&desk, "/surat/cari", &[("q", "p26071300 42871")]).await.expect(200);
        assert_eq!(found.path, path, "the number on the envelope leads to the letter");
        let kempos = format!("{path}/kempos");
        let empty = clerk.sends(&found, &kempos, &[("bring_back-note", "Amplop basah")]).await.expect(422);
        assert!(empty.says("Pilih alasan yang tertulis pada amplop") && empty.html.contains("Amplop basah"));
        let back = [("bring_back-return_reason", "moved"), ("bring_back-note", "Amplop basah")];
        let back = clerk.sends(&empty, &kempos, &back).await.expect(200);
        assert!(back.says("Kembali dari pos: pindah alamat") && back.says("Amplop basah"), "{}", back.text());
        assert!(!back.says("Simpan cara kirim"), "the counter decides on no other way");

        let officer = Visitor::staff(&app, "khusus").await;
        let desk = officer.opens("/surat?lihat=kembali").await.expect(200);
        assert!(desk.says("S-1/KPP.031/2026"), "{}", desk.text());
        let page = officer.opens(&path).await.expect(200);
        let again = format!("{path}/kirim-ulang");
        let none = officer.sends(&page, &again, &[("redirect-address", "Jalan Contoh 7, Bogor 16111")]).await;
        let none = none.expect(422);
        assert!(none.says("Pilih cara kirim yang baru.") && none.html.contains("Jalan Contoh 7"));
        let way = [
            ("redirect-way", "post"),
            ("redirect-address", "Jalan Contoh 7, Bogor 16111"),
            ("redirect-reason", "Alamat baru pada SPPKP"),
        ];
        let sent = officer.sends(&none, &again, &way).await.expect(200);
        assert!(sent.says("Cara kirim yang baru disimpan") && sent.says("Jalan Contoh 7, Bogor 16111"));
        let desk = officer.opens("/surat").await.expect(200);
        assert!(desk.says("alamat lain daripada pada surat"), "{}", desk.text());
    })
    .await;
}

#[tokio::test]
async fn a_letter_is_handed_over_against_its_receipt_to_somebody_whose_identity_was_seen() {
    TestApp::run(|app| async move {
        let (letter, receipt) = on_paper(&app).await;
        let clerk = Visitor::staff(&app, "tpt").await;
        let path = format!("/surat/{letter}");
        let page = clerk.opens(&path).await.expect(200);
        let print = format!("{path}/cetak");
        let refused = clerk.sends(&page, &print, &[]).await.expect(422);
        assert!(refused.says("Wajib diisi."));
        let printed =
            clerk.sends(&refused, &print, &[("print-reason", "Diambil di loket")]).await.expect(200);
        assert_eq!(printed.headers["content-type"], "application/pdf");

        let page = clerk.opens(&path).await.expect(200);
        let serah = format!("{path}/serah");
        let who = [
            ("hand_over-name", "Wisnu Mandalika"),
            ("hand_over-identity", "ktp"),
            ("hand_over-last_four", "76a4"),
        ];
        let unseen = clerk.sends(&page, &serah, &who).await.expect(422);
        assert!(unseen.says("Lihat identitas asli lebih dahulu") && unseen.html.contains("Wisnu Mandalika"));
        let mut all = who.to_vec();
        all.extend([
            ("hand_over-identity_seen", "yes"),
            ("hand_over-collector-receipt_number", "BPS-031-20260710-99999"),
        ]);
        let other = clerk.sends(&unseen, &serah, &all).await.expect(422);
        assert!(other.says("bukan tanda terima permohonan dari surat ini"), "{}", other.text());
        all.pop();
        all.push(("hand_over-collector-receipt_number", &receipt));
        let done = clerk.sends(&other, &serah, &all).await.expect(200);

        assert!(
            done.says("Penyerahan dicatat.") && done.says("Diambil oleh Wisnu Mandalika"),
            "{}",
            done.text()
        );
        assert!(done.says("KTP … 76A4") && !done.says("Serahkan di loket"));
        let late = clerk.sends(&other, &serah, &all).await.expect(200);
        assert!(late.says("Surat ini sudah keluar."), "{}", late.text());
    })
    .await;
}

#[tokio::test]
async fn the_balance_leads_to_the_letters_behind_each_figure_and_alarms_when_it_does_not_hold() {
    TestApp::run(|app| async move {
        let (letter, _) = on_paper(&app).await;
        let head = Visitor::staff(&app, "kasi").await;
        let page = head.opens("/neraca").await.expect(200);
        assert!(
            page.says("Seimbang: setiap surat")
                && page.says("1 Terbit = 0 Tersampaikan + 1 Belum tersampaikan"),
            "{}",
            page.text()
        );
        let behind = head.opens("/neraca/surat?golongan=pending").await.expect(200);
        assert_eq!(behind.leads_to("/surat/"), vec![format!("/surat/{letter}")]);
        let sheet = head.opens(&format!("/surat/{letter}")).await.expect(200);
        let stop = format!("/surat/{letter}/hentikan");
        let given_up = head.sends(&sheet, &stop, &[("give_up-reason", "PKP bubar")]).await.expect(200);
        assert!(given_up.says("Pengiriman surat ini dihentikan.") && given_up.says("PKP bubar"));
        let tomorrow = head.opens("/neraca?pada=2026-12-31").await.expect(422);
        assert!(tomorrow.says("Hari itu belum tiba") && tomorrow.html.contains("2026-12-31"));
        let before = head.opens("/neraca?pada=2026-07-09").await.expect(200);
        assert!(before.says("akhir Kamis, 9 Juli 2026") && before.says("0 Terbit"), "{}", before.text());

        sqlx::query("update letter_series set last_number = last_number + 1 where series = 'S'")
            .execute(&app.pool)
            .await
            .unwrap();
        let alarm = head.opens("/neraca").await.expect(200);
        assert!(alarm.says("Tidak seimbang: selisih 1 surat") && alarm.html.contains("role=\"alert\""));
        let country = Visitor::staff(&app, "nasional").await;
        let all = country.opens("/neraca").await.expect(200);
        assert!(all.says("Per kantor") && all.says("Tidak seimbang"), "{}", all.text());
        let clerk = Visitor::staff(&app, "tpt").await;
        clerk.opens("/neraca").await.expect(403);
    })
    .await;
}
