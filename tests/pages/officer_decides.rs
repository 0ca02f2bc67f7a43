//! How an officer ends the examination: returned as incomplete, granted, refused; evidence that the registry lacks.

use crate::{
    story::{self, EMAIL},
    support::TestApp,
    visitor::{Seen, Visitor},
};

/// A request in hand of the officer, and its screen.
async fn in_hand<'a>(app: &'a TestApp, kind: &str) -> (Visitor<'a>, String, Seen) {
    story::prepare(app).await;
    story::register(app, "999991342031000", EMAIL).await;
    let receipt = story::files(app, kind, EMAIL, |_| {}).await;
    let path = format!("/permohonan/{}", receipt["request_id"].as_str().unwrap());
    let officer = Visitor::staff(app, "khusus").await;
    let screen = officer.opens(&path).await;
    let taken = officer.sends(&screen, &format!("{path}/ambil"), &[]).await.expect(200);
    (officer, path, taken)
}

#[tokio::test]
async fn what_the_checklist_found_is_proposed_and_the_filer_gets_what_was_shown() {
    TestApp::run(|app| async move {
        let (officer, path, screen) = in_hand(&app, "new_credentials").await;
        let check = [("item-identity_card", "mismatch"), ("item-signature", "present")];
        officer.sends(&screen, &format!("{path}/periksa"), &check).await.expect(200);
        let give_back = format!("{path}/kembalikan");
        let form = officer.opens(&give_back).await.expect(200);
        assert!(
            form.html
                .contains("value=\"identitas_tidak_terbaca\" id=\"item-identitas_tidak_terbaca\" checked")
        );
        assert_eq!(form.html.matches(" checked").count(), 1);

        let shown =
            officer.sends(&form, &give_back, &[("item", "identitas_tidak_terbaca")]).await.expect(200);

        assert!(shown.says("pemohon menerima daftar 1 butir") && shown.says("sampai Jumat, 24 Juli 2026"));
        assert!(shown.says("Identitas penanda tangan : tidak terbaca."), "{}", shown.text());
        assert_eq!(app.count("select count(*) from returns").await, 0);
        let edited = officer.sends(&shown, &give_back, &[("sure", "no")]).await.expect(200);
        assert_eq!(edited.html.matches(" checked").count(), 1);
        let done = officer.sends(&shown, &give_back, &[("sure", "yes")]).await.expect(200);
        assert_eq!(done.path, path);
        assert!(done.says("pemohon menerima daftar 1 butir.") && done.says("Menunggu pemohon"));
        assert!(done.says("Kekurangan pada penerimaan ke-1"));
        assert_eq!(app.count("select count(*) from messages where kind = 'returned_incomplete'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_return_without_an_item_or_a_value_is_not_sent_and_keeps_what_was_typed() {
    TestApp::run(|app| async move {
        let (officer, path, _) = in_hand(&app, "new_credentials").await;
        let give_back = format!("{path}/kembalikan");
        let form = officer.opens(&give_back).await;
        let none = officer.sends(&form, &give_back, &[]).await.expect(422);
        assert!(none.says("Pilih sekurang-kurangnya satu butir kekurangan."));

        let fields = [
            ("item", "salah_kantor"),
            ("item", "berkas_tidak_dapat_dibuka"),
            ("value-salah_kantor-kpp_tertulis", "KPP Pratama Bogor"),
        ];
        let missing = officer.sends(&form, &give_back, &fields).await.expect(422);

        assert!(
            missing.html.contains("href=\"#value-berkas_tidak_dapat_dibuka-nama_berkas\""),
            "{}",
            missing.text()
        );
        assert!(
            missing.html.contains("value=\"KPP Pratama Bogor\"") && missing.html.contains("<title>Galat:")
        );
        assert_eq!(missing.html.matches(" checked").count(), 2);
        assert_eq!(app.count("select count(*) from returns").await, 0);
    })
    .await;
}

#[tokio::test]
async fn only_the_section_head_returns_a_request_on_its_last_day() {
    TestApp::run(|app| async move {
        let (officer, path, _) = in_hand(&app, "new_credentials").await;
        sqlx::query("update rounds set today_from = '2026-07-09Z', tomorrow_from = '2026-07-08Z'")
            .execute(&app.pool)
            .await
            .unwrap();
        let give_back = format!("{path}/kembalikan");
        let form = officer.opens(&give_back).await.expect(200);
        assert!(form.says("hanya Kepala Seksi yang dapat mengembalikannya"));
        let fields = [("item", "tanda_tangan_tidak_ada"), ("sure", "yes")];

        let refused = officer.sends(&form, &give_back, &fields).await.expect(403);

        assert!(refused.says("Tanda tangan pada surat permohonan"), "{}", refused.text());
        let head = Visitor::staff(&app, "kasi").await;
        let form = head.opens(&give_back).await.expect(200);
        let done = head.sends(&form, &give_back, &fields).await.expect(200);
        assert!(done.says("Menunggu pemohon"));
    })
    .await;
}

#[tokio::test]
async fn a_grant_is_drafted_once_and_read_as_a_letter() {
    TestApp::run(|app| async move {
        let (officer, path, screen) = in_hand(&app, "new_credentials").await;
        assert!(screen.html.contains("data-key=\"g\">"));
        let grant = format!("{path}/kabulkan");
        let form = officer.opens(&grant).await.expect(200);
        assert!(form.says("6 dari 6 butir kelengkapan belum diperiksa."));

        let done = officer.sends(&form, &grant, &[]).await.expect(200);

        assert!(done.says("menunggu tanda tangan Kepala Seksi") && done.says("Menunggu tanda tangan"));
        let letter = officer.asks(reqwest::Method::GET, &format!("{path}/konsep.pdf"), None, &[]).await;
        assert_eq!(
            (letter.status.as_u16(), &letter.headers["content-type"]),
            (200, &"application/pdf".parse().unwrap())
        );
        let late = officer.sends(&form, &grant, &[]).await.expect(409);
        assert!(
            late.says("Keadaan terbaru ditampilkan") || late.says("keadaan permohonan sekarang"),
            "{}",
            late.text()
        );
        assert_eq!(app.count("select count(*) from drafts").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_refusal_names_what_the_data_say_and_asks_for_the_evidence_of_what_was_judged() {
    TestApp::run(|app| async move {
        let (officer, path, screen) = in_hand(&app, "reprint").await;
        assert!(screen.says("Tidak memenuhi syarat") && screen.html.contains("aria-disabled=\"true\""));
        let refuse = format!("{path}/tolak");
        let form = officer.opens(&refuse).await.expect(200);
        assert!(
            form.html.contains(
                "value=\"pasangan_aktif_tidak_ada\" id=\"reason-pasangan_aktif_tidak_ada\" checked"
            )
        );
        let none = officer.sends(&form, &refuse, &[]).await.expect(422);
        assert!(none.says("Pilih sekurang-kurangnya satu alasan penolakan."));
        let fields = [
            ("reason", "pasangan_aktif_tidak_ada"),
            ("reason", "identitas_tidak_sesuai"),
            ("bukti-identitas_tidak_sesuai-ba_nomor", "BA-7/WPJ.05/2026"),
            ("bukti-identitas_tidak_sesuai-ba_tanggal", ""),
        ];

        let missing = officer.sends(&form, &refuse, &fields).await.expect(422);

        assert!(
            missing.html.contains("href=\"#bukti-identitas_tidak_sesuai-ba_tanggal\""),
            "{}",
            missing.text()
        );
        assert!(missing.says("Isi bukti ini") && plain(&missing).contains("value=\"BA-7/WPJ.05/2026\""));
        let mut fields = fields;
        fields[3].1 = "2026-07-09";
        let done = officer.sends(&missing, &refuse, &fields).await.expect(200);
        assert!(done.says("Menunggu tanda tangan"));
        assert_eq!(app.count("select count(*) from drafts where decision = 'refuse'").await, 1);
    })
    .await;
}

fn plain(seen: &Seen) -> String {
    seen.html.replace("&#x2f;", "/").replace("&amp;", "&")
}

#[tokio::test]
async fn evidence_that_the_registry_lacks_is_entered_with_its_source() {
    TestApp::run(|app| async move {
        let (officer, path, _) = in_hand(&app, "new_credentials").await;
        sqlx::query("update taxpayers set evidence_case = null, evidence_number = null, evidence_on = null")
            .execute(&app.pool)
            .await
            .unwrap();
        let screen = officer.opens(&path).await.expect(200);
        assert!(screen.says("Belum dapat disimpulkan") && screen.says("Bukti status PKP"));
        let enter = format!("{path}/bukti");
        let form = officer.opens(&enter).await.expect(200);
        let fields = [
            ("pkp_status", "confirmed"),
            ("evidence_case", "b"),
            ("evidence_number", "LHV-1/KPP.031/2026"),
            ("source", ""),
        ];
        let missing = officer.sends(&form, &enter, &fields).await.expect(422);
        assert!(
            missing.says("Isi nomor dan tanggal bersama-sama.") && missing.html.contains("href=\"#source\"")
        );
        assert!(plain(&missing).contains("value=\"LHV-1/KPP.031/2026\""));

        let fields = [
            ("pkp_status", "confirmed"),
            ("evidence_case", "b"),
            ("evidence_number", "LHV-1/KPP.031/2026"),
            ("evidence_date", "2026-07-01"),
            ("source", "SIDJP, 10 Juli 2026"),
        ];
        let done = officer.sends(&missing, &enter, &fields).await.expect(200);

        assert!(
            done.says("Memenuhi syarat") && done.says("LHV-1/KPP.031/2026, 1 Juli 2026"),
            "{}",
            done.text()
        );
    })
    .await;
}

#[tokio::test]
async fn whoever_lost_the_request_meanwhile_reads_who_has_it_and_keeps_what_was_typed() {
    TestApp::run(|app| async move {
        let (officer, path, _) = in_hand(&app, "reprint").await;
        let refuse = format!("{path}/tolak");
        let form = officer.opens(&refuse).await;
        let head = Visitor::staff(&app, "kasi").await;
        let seen = head.opens(&path).await;
        let other = [("officer_id", "00000000-0000-7000-8000-000000000011"), ("reason", "Beban kerja")];
        head.sends(&seen, &format!("{path}/alihkan"), &other).await.expect(200);

        let fields =
            [("reason", "identitas_tidak_sesuai"), ("bukti-identitas_tidak_sesuai-ba_nomor", "BA-9/2026")];
        let lost = officer.sends(&form, &refuse, &fields).await.expect(409);

        assert!(lost.says("baru saja diambil oleh Khusus2"), "{}", lost.text());
        assert!(lost.says("belum tersimpan") && plain(&lost).contains("BA-9/2026"));
    })
    .await;
}
