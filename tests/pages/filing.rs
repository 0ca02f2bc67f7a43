//! Filing in steps, by a person whose browser knows no script.

use aktivasi::app::housekeeping::housekeeping;
use chrono::TimeDelta;
use reqwest::Method;

use crate::{
    story,
    support::TestApp,
    visitor::{Seen, Visitor},
};

const NPWP: &str = "999991342031000";
const STRANGER: &str = "orang.lain@example.com";
const PDF: &[u8] = b"%PDF-1.7 contoh";

pub async fn prepare(app: &TestApp) {
    story::prepare(app).await;
    story::register(app, NPWP, story::EMAIL).await;
}

/// The page that asks for the code of a new filing.
async fn asks_for_code(visitor: &Visitor<'_>, what: &str, email: &str) -> Seen {
    let path = format!("/ajukan/mulai/{what}");
    let page = visitor.opens(&path).await.expect(200);
    let fields = [("office_code", "031"), ("email", email), ("email_repeat", email)];
    visitor.sends(&page, &path, &fields).await.expect(200)
}

async fn types_code(app: &TestApp, visitor: &Visitor<'_>, asked: &Seen) -> Seen {
    let proof = asked.path.rsplit('/').next().unwrap();
    let code = app.code_of(proof).await;
    visitor.sends(asked, &asked.path, &[("code", &code)]).await
}

/// A filing whose address is proven: the page with the data of the letter.
pub async fn begins(app: &TestApp, visitor: &Visitor<'_>, what: &str, email: &str) -> Seen {
    let asked = asks_for_code(visitor, what, email).await;
    let page = types_code(app, visitor, &asked).await.expect(200);
    assert_eq!(page.path, "/ajukan/data");
    page
}

const DATA: [(&str, &str); 12] = [
    ("tax_id", "99 999 134 2 031 000"),
    ("pkp_name", story::NAME),
    ("pkp_address", "Jl. Percobaan Cendana No. 13,\r\nJakarta Barat"),
    ("office_code", "031"),
    ("letter-number", "014/TSJ/VII/2026"),
    ("letter-place", "Jakarta Barat"),
    ("letter-date", "9"),
    ("letter-date-m", "7"),
    ("letter-date-y", "2026"),
    ("signer-name", story::SIGNER),
    ("signer-position", "Direktur Utama"),
    ("signer-capacity", "pengurus"),
];

pub async fn fills(visitor: &Visitor<'_>, page: &Seen, more: &[(&str, &str)]) -> Seen {
    let mut fields: Vec<(&str, &str)> =
        DATA.into_iter().filter(|(name, _)| !more.iter().any(|(own, _)| own == name)).collect();
    fields.extend(more);
    visitor.sends(page, "/ajukan/data", &fields).await
}

/// From the documents to the check before sending.
pub async fn hands_in(visitor: &Visitor<'_>, documents: &Seen, kinds: &[&str]) -> Seen {
    assert_eq!(documents.path, "/ajukan/dokumen", "{}", documents.text());
    let mut page = visitor.opens("/ajukan/dokumen").await;
    for kind in kinds {
        page = visitor.sends_file(&page, "/ajukan/dokumen", kind, "berkas saya.pdf", PDF).await.expect(200);
        assert!(page.says("Berkas tersimpan."), "{}", page.text());
    }
    let letter = visitor.sends(&page, "/ajukan/dokumen/lanjut", &[]).await.expect(200);
    assert_eq!(letter.path, "/ajukan/surat", "{}", letter.text());
    let signed = visitor
        .sends_file(&letter, "/ajukan/surat", "application_letter", "surat.pdf", PDF)
        .await
        .expect(200);
    let review = visitor.sends(&signed, "/ajukan/surat/lanjut", &[]).await.expect(200);
    assert_eq!(review.path, "/ajukan/periksa");
    review
}

const REQUESTS: &str = "select count(*) from requests";

#[tokio::test]
async fn a_filing_goes_from_the_address_to_the_receipt_and_is_received_once() {
    TestApp::run(|app| async move {
        prepare(&app).await;
        let visitor = Visitor::new(&app);
        let page = begins(&app, &visitor, "belum-punya", story::EMAIL).await;
        assert!(page.says("Langkah 3 dari 6:") && page.says("Alamat email terbukti."));
        let documents = fills(&visitor, &page, &[]).await.expect(200);
        let again = visitor.opens("/ajukan/data").await;
        assert!(again.says("Terbaca sebagai 99.999.134.2-031.000."), "{}", again.text());
        let review = hands_in(&visitor, &documents, &["identity_card"]).await;
        assert!(review.says("Semua isian dan dokumen lengkap."), "{}", review.text());
        for words in
            ["014/TSJ/VII/2026", "9 Juli 2026", "99.999.134.2-031.000", story::SIGNER, "berkas saya.pdf"]
        {
            assert!(review.says(words), "{words}: {}", review.text());
        }
        assert!(review.html.contains("<s>Cetak Ulang Kode Aktivasi</s>"));
        let pdf = visitor.asks(Method::GET, "/ajukan/surat/unduh/new_credentials", None, &[]).await;
        assert_eq!(
            (pdf.status.as_u16(), &pdf.headers["content-type"]),
            (200, &"application/pdf".parse().unwrap())
        );

        let receipt = visitor.sends(&review, "/ajukan/periksa", &[]).await.expect(200);
        let pressed_twice = visitor.sends(&review, "/ajukan/periksa", &[]).await.expect(200);

        for page in [&receipt, &pressed_twice] {
            assert_eq!(page.path, "/ajukan/tanda-terima");
            assert!(
                page.says("BPE-031-20260710-00001") && page.says("Rabu, 15 Juli 2026"),
                "{}",
                page.text()
            );
            assert!(page.says("Mengapa tanggal ini?"));
        }
        assert!(pressed_twice.says("Tidak dibuat permohonan kedua."));
        assert_eq!(app.count(REQUESTS).await, 1);
        let pdf = visitor.asks(Method::GET, "/ajukan/tanda-terima/1", None, &[]).await;
        assert_eq!(pdf.status.as_u16(), 200);
        let hidden = receipt.hidden("/lacak");
        let code = hidden.iter().find(|(name, _)| name == "tracking_code").unwrap();
        assert!(receipt.says(&code.1));
        let tracked = visitor.sends(&receipt, "/lacak", &[]).await.expect(200);
        assert!(tracked.says("Diterima lengkap, menunggu penelitian"));
        app.advance(TimeDelta::minutes(31));
        assert_eq!(visitor.opens("/ajukan/tanda-terima").await.path, "/lacak");
    })
    .await;
}

#[tokio::test]
async fn only_who_proved_the_known_address_reads_registry_data_and_only_masked() {
    TestApp::run(|app| async move {
        prepare(&app).await;
        let known = Visitor::new(&app);
        let page = begins(&app, &known, "belum-punya", story::EMAIL).await;
        fills(&known, &page, &[]).await.expect(200);
        let page = known.opens("/ajukan/data").await;
        assert!(
            page.says("Email Anda cocok dengan data kami: C*** T***a S***t J***a, Jakarta Barat."),
            "{}",
            page.text()
        );

        let stranger = Visitor::new(&app);
        let page = begins(&app, &stranger, "belum-punya", STRANGER).await;
        let documents = fills(&stranger, &page, &[]).await.expect(200);
        assert!(!stranger.opens("/ajukan/data").await.says("cocok dengan data kami"));
        let review = hands_in(&stranger, &documents, &["identity_card"]).await;
        assert!(review.says("Semua isian dan dokumen lengkap."));
    })
    .await;
}

#[tokio::test]
async fn every_fault_is_told_at_once_beside_its_field_and_nothing_typed_is_lost() {
    TestApp::run(|app| async move {
        prepare(&app).await;
        let visitor = Visitor::new(&app);
        let page = begins(&app, &visitor, "kode-hilang", story::EMAIL).await;
        let typed = [
            ("tax_id", "99.999.134.2-031.00"),
            ("letter-date", "31"),
            ("letter-date-m", "2"),
            ("signer-position", ""),
        ];
        let faults = fills(&visitor, &page, &typed).await.expect(200);

        assert!(faults.says("Ada 4 isian yang perlu diperbaiki."), "{}", faults.text());
        for (words, field) in [
            ("NPWP terdiri atas 15 atau 16 angka; yang terisi 14 angka.", "tax_id"),
            ("Tanggal ini tidak ada dalam kalender.", "letter-date"),
            ("Isi jabatan penanda tangan, misalnya Direktur.", "signer-position"),
            ("Pilih alasan cetak ulang.", "reprint-reason"),
        ] {
            assert!(faults.says(words), "{words}: {}", faults.text());
            assert!(
                faults.html.contains(&format!("href=\"#{field}\""))
                    && faults.html.contains(&format!("id=\"{field}\""))
            );
        }
        for value in ["99.999.134.2-031.00", "014/TSJ/VII/2026", story::SIGNER] {
            assert!(faults.html.replace("&#x2f;", "/").contains(&format!("value=\"{value}\"")), "{value}");
        }
        assert!(visitor.opens("/ajukan/data").await.html.contains("value=\"99.999.134.2-031.00\""));
        let english = visitor.sends(&faults, "/pilihan", &[("language", "en")]).await;
        let page = visitor.opens("/ajukan/periksa").await;
        assert!(
            english.status.is_success() && page.says("It cannot be sent yet because:"),
            "{}",
            page.text()
        );
        assert!(page.says("Choose the reason for the reprint") || page.says("reason"), "{}", page.text());
    })
    .await;
}

#[tokio::test]
async fn what_is_typed_after_the_proof_has_ended_is_kept_and_shown_once_the_address_is_proven_again() {
    TestApp::run(|app| async move {
        prepare(&app).await;
        let visitor = Visitor::new(&app);
        let page = begins(&app, &visitor, "belum-punya", story::EMAIL).await;
        app.advance(TimeDelta::minutes(31));
        let late = fills(&visitor, &page, &[]).await.expect(200);
        assert!(
            late.path.starts_with("/ajukan/lanjut/") && late.says("Isian Anda tersimpan"),
            "{}",
            late.text()
        );
        assert!(!late.says(story::NAME));
        for path in ["/ajukan/data", "/ajukan/periksa", "/ajukan/surat/unduh/new_credentials"] {
            assert_eq!(visitor.opens(path).await.path, late.path);
        }

        let asked = visitor.sends(&late, &late.path, &[]).await.expect(200);
        let page = types_code(&app, &visitor, &asked).await.expect(200);

        assert_eq!(page.path, "/ajukan/data");
        assert!(page.html.contains(story::NAME) && page.says("Isian Anda yang tersimpan dilanjutkan."));
    })
    .await;
}

#[tokio::test]
async fn a_saved_filing_goes_on_elsewhere_by_its_link_or_without_it_and_the_link_alone_opens_nothing() {
    TestApp::run(|app| async move {
        prepare(&app).await;
        let office = Visitor::new(&app);
        let page = begins(&app, &office, "belum-punya", story::EMAIL).await;
        fills(&office, &page, &[]).await.expect(200);
        let documents = office.opens("/ajukan/dokumen").await;
        office.sends_file(&documents, "/ajukan/dokumen", "identity_card", "ktp.pdf", PDF).await.expect(200);
        let saved = office.opens("/ajukan/tersimpan").await.expect(200);
        assert!(saved.says("Konsep tersimpan sampai 17 Juli 2026."), "{}", saved.text());
        let link = saved.leads_to("/ajukan/lanjut/").remove(0);
        let left = office.sends(&saved, "/ajukan/tersimpan", &[]).await.expect(200);
        assert!(left.says("tetap tersimpan") && !office.holds("aktivasi-ajuan"));

        // Days later, at home. Unused uploads are gone by then; these are not unused.
        app.advance(TimeDelta::days(2));
        housekeeping(app.office()).await.unwrap();
        let home = Visitor::new(&app);
        let offer = home.opens(&link).await.expect(200);
        assert!(!offer.says("example.com") && !offer.says(story::NAME));
        assert_eq!(home.opens("/ajukan/data").await.path, "/");
        let asked = home.sends(&offer, &link, &[]).await.expect(200);
        assert!(asked.says("Kode dikirim ke p***a@example.com."), "{}", asked.text());
        let page = types_code(&app, &home, &asked).await.expect(200);
        assert!(page.html.contains(story::NAME));
        let documents = home.opens("/ajukan/dokumen").await;
        assert!(documents.says("ktp.pdf"), "{}", documents.text());

        // Somebody else's address does not open it, and its own does without the link.
        let other = Visitor::new(&app);
        let page = begins(&app, &other, "belum-punya", STRANGER).await;
        assert!(!page.html.contains(story::NAME));
        let again = Visitor::new(&app);
        app.advance(TimeDelta::hours(1));
        let page = begins(&app, &again, "belum-punya", story::EMAIL).await;
        assert!(page.html.contains(story::NAME));
        let review = hands_in(&again, &again.opens("/ajukan/dokumen").await, &[]).await;
        let receipt = again.sends(&review, "/ajukan/periksa", &[]).await.expect(200);
        assert!(receipt.says("Permohonan diterima lengkap."), "{}", receipt.text());
        assert_eq!(home.opens("/ajukan/data").await.path, "/");

        app.advance(TimeDelta::days(8));
        housekeeping(app.office()).await.unwrap();
        assert_eq!(app.count("select count(*) from saved_filings").await, 0);
        assert_eq!(app.count("select count(*) from documents").await, 2);
        let gone = Visitor::new(&app);
        let offer = gone.opens(&link).await.expect(200);
        gone.sends(&offer, &link, &[]).await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn a_file_that_is_refused_is_told_beside_its_field_and_a_good_one_can_be_removed() {
    TestApp::run(|app| async move {
        prepare(&app).await;
        let visitor = Visitor::new(&app);
        let page = begins(&app, &visitor, "belum-punya", story::EMAIL).await;
        let documents = fills(&visitor, &page, &[]).await.expect(200);
        let send = async |page: &Seen, name: &str, bytes: &[u8]| {
            visitor.sends_file(page, "/ajukan/dokumen", "identity_card", name, bytes).await
        };
        let large = [PDF, &vec![b' '; 6 * 1024 * 1024]].concat();
        for (name, bytes, words) in [
            ("ktp.docx", b"PK\x03\x04 bukan pdf".as_slice(), "Berkas ini bukan PDF, JPEG, atau PNG."),
            ("", b"".as_slice(), "Pilih berkas lebih dahulu."),
            ("besar.pdf", &large, "Berkas besar.pdf lebih besar dari 5 MiB."),
        ] {
            let refused = send(&documents, name, bytes).await.expect(422);
            assert!(refused.says(words), "{words}: {}", refused.text());
            assert!(refused.html.contains("href=\"#berkas-identity_card\""));
        }
        let missing = visitor.sends(&documents, "/ajukan/dokumen/lanjut", &[]).await.expect(200);
        assert!(missing.says("KTP atau paspor penanda tangan belum dilampirkan."), "{}", missing.text());
        assert_eq!(app.count("select count(*) from documents").await, 0);

        let taken = send(&documents, "ktp.png", b"\x89PNG\r\n\x1a\n gambar").await.expect(200);
        let picture = taken.leads_to("/ajukan/berkas/").remove(0);
        let seen = visitor.asks(Method::GET, &picture, None, &[]).await;
        assert_eq!(
            (seen.status.as_u16(), &seen.headers["content-type"]),
            (200, &"image/png".parse().unwrap())
        );
        let stranger = Visitor::new(&app);
        begins(&app, &stranger, "belum-punya", STRANGER).await;
        stranger.opens(&picture).await.expect(404);
        let removed = visitor.sends(&taken, "/ajukan/dokumen/hapus", &[]).await.expect(200);
        assert!(removed.says("Berkas dihapus."));
        assert_eq!(app.count("select count(*) from documents").await, 0);

        let why = [("reason", "KTP sedang diperpanjang")];
        let without = visitor.sends(&removed, "/ajukan/dokumen/tanpa", &why).await.expect(200);
        assert!(without.says("Tidak dapat dilampirkan: KTP sedang diperpanjang"), "{}", without.text());
        assert_eq!(visitor.sends(&without, "/ajukan/dokumen/lanjut", &[]).await.path, "/ajukan/surat");
    })
    .await;
}

#[tokio::test]
async fn a_likely_typing_mistake_in_the_address_is_asked_about_and_the_filer_decides() {
    TestApp::run(|app| async move {
        prepare(&app).await;
        let visitor = Visitor::new(&app);
        let asked =
            asks_for_code_of(&visitor, &[("email", "budi@gmial.com"), ("email_repeat", "budi@gmial.com")])
                .await;
        assert!(asked.says("Apakah yang dimaksud budi@gmail.com?"), "{}", asked.text());
        assert_eq!(app.count("select count(*) from email_proofs").await, 0);
        assert_eq!(asked.html.matches("name=\"keep\"").count(), 1, "the button alone says what is kept");
        let typed = [("email", "budi@gmial.com"), ("email_repeat", "budi@gmial.com")];
        let kept = asks_for_code_of(&visitor, &[typed[0], typed[1], ("keep", "budi@gmial.com")]).await;
        assert!(kept.path.contains("/kode/"), "{}", kept.text());
        let mended = asks_for_code_of(&visitor, &[typed[0], typed[1], ("instead", "budi@gmail.com")]).await;
        assert!(mended.says("Kode dikirim ke b***i@gmail.com."), "{}", mended.text());
        let differs =
            asks_for_code_of(&visitor, &[("email", "a@b.co.id"), ("email_repeat", "a@c.co.id")]).await;
        assert!(differs.says("Kedua alamat email belum sama."), "{}", differs.text());
    })
    .await;
}

async fn asks_for_code_of(visitor: &Visitor<'_>, fields: &[(&str, &str)]) -> Seen {
    let path = "/ajukan/mulai/belum-punya";
    let page = visitor.opens(path).await.expect(200);
    visitor.sends(&page, path, &[&[("office_code", "031")], fields].concat()).await
}

#[tokio::test]
async fn a_wrong_code_is_told_and_a_bundle_sent_twice_at_once_is_two_requests_with_two_receipts() {
    TestApp::run(|app| async move {
        prepare(&app).await;
        let visitor = Visitor::new(&app);
        let asked = asks_for_code(&visitor, "hilang-keduanya", STRANGER).await;
        let code = app.code_of(asked.path.rsplit('/').next().unwrap()).await;
        let wrong = if code == "000000" { "000001" } else { "000000" };
        let again = visitor.sends(&asked, &asked.path, &[("code", wrong)]).await.expect(422);
        assert!(again.says("Kode belum cocok."));
        app.advance(TimeDelta::seconds(3));
        let page = types_code(&app, &visitor, &asked).await.expect(200);
        let documents = fills(&visitor, &page, &[("reprint-reason", "lost")]).await.expect(200);
        assert!(
            documents.says("Surat keterangan kehilangan dari kepolisian")
                && !documents.says("Asli surat Pemberitahuan")
        );
        let review = hands_in(&visitor, &documents, &["identity_card", "police_loss_report"]).await;
        assert_eq!(review.html.matches("<article").count(), 2);
        for kind in ["reprint", "update_email"] {
            let pdf = visitor.asks(Method::GET, &format!("/ajukan/surat/unduh/{kind}"), None, &[]).await;
            assert_eq!(pdf.status.as_u16(), 200, "{kind}");
        }
        let send = || visitor.sends(&review, "/ajukan/periksa", &[]);
        let (receipt, at_once) = tokio::join!(send(), send());
        assert_eq!(
            (receipt.path.as_str(), at_once.path.as_str()),
            ("/ajukan/tanda-terima", "/ajukan/tanda-terima")
        );
        assert!(
            receipt.says("BPE-031-20260710-00001") && receipt.says("BPE-031-20260710-00002"),
            "{}",
            receipt.text()
        );
        assert_eq!(app.count(REQUESTS).await, 2);
    })
    .await;
}

#[tokio::test]
async fn an_uploaded_pdf_says_how_many_pages_it_has_or_why_nobody_knows() {
    TestApp::run(|app| async move {
        prepare(&app).await;
        let visitor = Visitor::new(&app);
        let page = begins(&app, &visitor, "belum-punya", story::EMAIL).await;
        fills(&visitor, &page, &[]).await.expect(200);
        let mut page = visitor.opens("/ajukan/dokumen").await;
        for (name, bytes, words) in [
            ("tiga.pdf", b"%PDF-1.7 1 0 obj <</Type /Pages /Kids [2 0 R] /Count 3>>".as_slice(), "3 halaman"),
            (
                "kunci.pdf",
                b"%PDF-1.7 <</Type /Pages /Count 3>> trailer <</Encrypt 9 0 R>>".as_slice(),
                "terkunci atau dilindungi",
            ),
            ("rusak.pdf", PDF, "Halaman PDF ini tidak terbaca"),
        ] {
            page =
                visitor.sends_file(&page, "/ajukan/dokumen", "identity_card", name, bytes).await.expect(200);
            assert!(page.says(words), "{name}: {}", page.text());
        }
        let pages =
            "select count(*) from documents where page_count = 3 or page_fault in ('protected', 'not_found')";
        assert_eq!(app.count(pages).await, 3);
    })
    .await;
}
