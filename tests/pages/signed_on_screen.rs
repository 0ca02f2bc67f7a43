//! The request letter, signed with what a filer draws.

use serde_json::json;

use crate::{
    browser::Browser,
    filing::{begins, fills, prepare},
    looks_taxpayer::{a_file, is_good, proves_address, types_data},
    story,
    support::TestApp,
    visitor::{Seen, Visitor},
};

const LETTER: &str = "/ajukan/surat";
const SIGN: &str = "/ajukan/surat/tanda-tangan";
const STROKES: &str = "20,200 120,40 220,200;300,120 420,60";
const SIGNED: &str = "select count(*) from documents where signed_at is not null and page_count = 1
                          and kind = 'application_letter' and media_type = 'application/pdf' and length(sha256) = 32";
const ALL: &str = "select count(*) from documents";

async fn signs(visitor: &Visitor<'_>, strokes: &str) -> Seen {
    let page = visitor.opens(LETTER).await.expect(200);
    visitor.sends(&page, SIGN, &[("goresan", strokes)]).await
}

#[tokio::test]
async fn a_drawn_signature_makes_the_signed_letter_and_a_new_one_takes_its_place() {
    TestApp::run(|app| async move {
        prepare(&app).await;
        let visitor = Visitor::new(&app);
        let page = begins(&app, &visitor, "belum-punya", story::EMAIL).await;
        fills(&visitor, &page, &[]).await.expect(200);

        let signed = signs(&visitor, STROKES).await.expect(200);

        assert!(signed.says("Tanda tangan dibubuhkan pada surat permohonan."), "{}", signed.text());
        assert!(signed.says("Ditandatangani di layar") && signed.html.contains("M20 200L120 40L220 200"));
        assert_eq!(app.count(SIGNED).await, 1);
        signs(&visitor, "0,0 600,240").await.expect(200);
        assert_eq!(app.count(ALL).await, 1);
        assert!(visitor.opens(LETTER).await.html.contains("M0 0L600 240"));
        assert_eq!(app.count("select count(*) from audit_events where act = 'sign_on_screen'").await, 2);
        let page = visitor.opens("/ajukan/dokumen").await;
        visitor
            .sends_file(&page, "/ajukan/dokumen", "identity_card", "ktp.pdf", b"%PDF-1.7 x")
            .await
            .expect(200);
        let review = visitor.opens("/ajukan/periksa").await;
        assert!(review.says("Semua isian dan dokumen lengkap.") && review.html.contains("M0 0L600 240"));
        visitor.sends(&review, "/ajukan/periksa", &[]).await.expect(200);
        let officer = Visitor::staff(&app, "khusus").await;
        let queue = officer.opens("/antrean").await;
        let request = officer.opens(&queue.leads_to("/permohonan/")[0]).await.expect(200);
        assert!(request.says("Ditandatangani di layar") && request.says("1 halaman"), "{}", request.text());
    })
    .await;
}

#[tokio::test]
async fn strokes_that_are_no_signature_are_refused_with_a_reason_and_nothing_is_lost() {
    TestApp::run(|app| async move {
        prepare(&app).await;
        let visitor = Visitor::new(&app);
        let page = begins(&app, &visitor, "belum-punya", story::EMAIL).await;
        fills(&visitor, &page, &[]).await.expect(200);
        signs(&visitor, STROKES).await.expect(200);
        let many = vec!["1,1 599,239"; 101].join(";");
        let long = "0,0 ".repeat(30_000);
        for (strokes, words) in [
            ("", "Gambar tanda tangan lebih dahulu."),
            ("10,10 12,12", "Tanda tangan terlalu pendek."),
            (many.as_str(), "Goresannya terlalu banyak."),
            (long.as_str(), "Goresannya terlalu banyak."),
            ("0,0 601,5", "Tanda tangan tidak terbaca."),
            ("data:image/png;base64,iVBORw0KGgo=", "Tanda tangan tidak terbaca."),
        ] {
            let refused = signs(&visitor, strokes).await.expect(422);
            assert!(refused.says(words), "{words}: {}", refused.text());
            assert!(refused.html.contains("M20 200L120 40L220 200"), "the signature before still stands");
        }
        assert!(signs(&visitor, "10,10 12,12").await.html.contains("value=\"10,10 12,12\""));
        assert_eq!(app.count(SIGNED).await, 1);
        assert!(visitor.opens("/ajukan/data").await.html.contains(story::SIGNER));
    })
    .await;
}

#[tokio::test]
async fn a_signature_holds_for_the_letter_that_was_signed_and_for_no_other() {
    TestApp::run(|app| async move {
        prepare(&app).await;
        let visitor = Visitor::new(&app);
        let page = begins(&app, &visitor, "hilang-keduanya", story::EMAIL).await;
        let incomplete = visitor.opens(LETTER).await.expect(200);
        assert!(
            incomplete.says("Lengkapi data surat ini lebih dahulu.") && !incomplete.html.contains("<canvas")
        );
        let reason = [("reprint-reason", "lost")];
        fills(&visitor, &page, &reason).await.expect(200);
        signs(&visitor, STROKES).await.expect(200);
        assert_eq!(app.count(SIGNED).await, 2, "one for each request of the bundle");

        let page = visitor.opens("/ajukan/data").await;
        let same = fills(&visitor, &page, &reason).await.expect(200);
        assert!(!same.says("tidak berlaku lagi"));
        assert_eq!(app.count(SIGNED).await, 2);
        let other = [reason[0], ("letter-number", "015/TSJ/VII/2026")];
        let changed = fills(&visitor, &page, &other).await.expect(200);

        assert!(changed.says("tanda tangan di layar tidak berlaku lagi"), "{}", changed.text());
        assert_eq!(app.count(ALL).await, 0);
        assert_eq!(app.count("select count(*) from saved_filings where ink is not null").await, 0);
        assert!(!visitor.opens(LETTER).await.html.contains("M20 200L120 40"));
    })
    .await;
}

#[tokio::test]
async fn where_the_regime_does_not_count_it_nobody_signs_on_the_screen() {
    TestApp::run(|app| async move {
        prepare(&app).await;
        let visitor = Visitor::new(&app);
        let page = begins(&app, &visitor, "belum-punya", story::EMAIL).await;
        fills(&visitor, &page, &[]).await.expect(200);
        let shown = visitor.opens(LETTER).await.expect(200);
        sqlx::query("update regimes set letter_on_screen = false").execute(&app.pool).await.unwrap();

        let page = visitor.opens(LETTER).await.expect(200);
        let sent = visitor.sends(&shown, SIGN, &[("goresan", STROKES)]).await;

        assert!(
            !page.says("Tanda tangani di layar") && page.says("Unduh, tanda tangani, unggah"),
            "{}",
            page.text()
        );
        assert_eq!(sent.status.as_u16(), 403, "{}", sent.text());
        assert_eq!(app.count(ALL).await, 0);
    })
    .await;
}

const NAME: &[&[(i64, i64)]] = &[
    &[(12, 78), (18, 30), (24, 72), (30, 34), (36, 70), (42, 50), (48, 66), (56, 52), (64, 62), (82, 54)],
    &[(26, 20), (26, 20)],
];

#[tokio::test]
async fn a_filer_draws_with_a_pen_sees_the_letter_signed_draws_again_and_sends_it() {
    TestApp::run(|app| async move {
        prepare(&app).await;
        let browser = Browser::start(&app.page("")).await;
        proves_address(&app, &browser).await;
        types_data(&browser).await;
        browser.presses("Lanjut ke dokumen").await;
        browser.sees("Langkah 4 dari 6:").await;
        browser.attaches("Pilih berkas", &a_file("ktp.pdf", b"%PDF-1.7 contoh")).await;
        browser.presses("Unggah").await;
        browser.sees("Berkas tersimpan.").await;
        browser.presses("Lanjut ke surat permohonan").await;
        browser.presses("Bubuhkan tanda tangan").await;
        browser.sees("Gambar tanda tangan lebih dahulu.").await;
        is_good(&browser, "filing-sign-fault").await;
        browser.draws("goresan", NAME).await;
        browser.presses("Hapus goresan").await;
        assert_eq!(browser.asks("return document.querySelector('[name=goresan]').value").await, json!(""));
        browser.draws("goresan", NAME).await;
        browser.is_pictured("filing-sign-drawn").await;
        browser.presses("Bubuhkan tanda tangan").await;
        browser.sees("Tanda tangan dibubuhkan pada surat permohonan.").await;
        assert_eq!(app.count(SIGNED).await, 1);
        is_good(&browser, "filing-signed").await;
        browser.fits_enlarged().await;
        // A file that is sent without loading the page anew leaves the box as it is.
        browser.presses("Tanda tangani ulang").await;
        browser.attaches("Pilih berkas", &a_file("surat.docx", b"PK\x03\x04 bukan")).await;
        browser.presses("Unggah").await;
        browser.sees("Berkas ini bukan PDF, JPEG, atau PNG.").await;
        browser.presses("Tanda tangani ulang").await;
        browser.draws("goresan", &[&[(10, 80), (50, 10), (90, 80)]]).await;
        browser.presses("Bubuhkan tanda tangan").await;
        browser.sees("Tanda tangan dibubuhkan pada surat permohonan.").await;
        assert_eq!(app.count(SIGNED).await, 1);
        browser.presses("Lanjut ke pemeriksaan").await;
        browser.sees("Semua isian dan dokumen lengkap.").await;
        is_good(&browser, "filing-review-signed").await;
        browser.presses("Kirim permohonan").await;
        browser.sees("Bukti Penerimaan Elektronik").await;
        browser.close().await;
    })
    .await;
}
