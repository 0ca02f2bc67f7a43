//! The officer's desk in a real browser: pictures, axe, every width, keys only.

use std::{fmt::Write, process::Command};

use reqwest::Url;
use serde_json::json;
use uuid::Uuid;

use crate::{
    browser::{Browser, keys},
    officer::queued,
    story::{self, EMAIL},
    support::{Answer, TestApp},
};

pub async fn signed_in(app: &TestApp, username: &str) -> Browser {
    let browser = Browser::start(&app.page("")).await;
    browser.signs_in(username, "Antrean").await;
    browser
}

/// A page that a reader shows, with words on it.
fn a_pdf() -> Vec<u8> {
    let words =
        "BT /F1 14 Tf 72 740 Td (Nomor : 014/TSJ/VII/2026) Tj 0 -24 Td (Yth. Kepala KPP Pratama) Tj ET";
    let content = format!("<</Length {}>>\nstream\n{words}\nendstream", words.len());
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        &content,
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ];
    let mut pdf = String::from("%PDF-1.4\n");
    let mut offsets = Vec::new();
    for (number, object) in (1..).zip(objects) {
        offsets.push(pdf.len());
        writeln!(pdf, "{number} 0 obj\n{object}\nendobj").unwrap();
    }
    let at = pdf.len();
    pdf += "xref\n0 6\n0000000000 65535 f \n";
    for offset in offsets {
        writeln!(pdf, "{offset:010} 00000 n ").unwrap();
    }
    write!(pdf, "trailer<</Size 6/Root 1 0 R>>\nstartxref\n{at}\n%%EOF").unwrap();
    pdf.into_bytes()
}

/// A small picture, made by what makes test PDFs readable elsewhere.
pub fn a_png() -> Vec<u8> {
    let folder = std::env::temp_dir().join(format!("aktivasi-{}", Uuid::new_v4()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("a.pdf"), a_pdf()).unwrap();
    let done = Command::new("pdftoppm")
        .current_dir(&folder)
        .args(["-png", "-r", "40", "-singlefile", "a.pdf", "a"])
        .status()
        .unwrap();
    assert!(done.success());
    let png = std::fs::read(folder.join("a.png")).unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    png
}

async fn uploads(app: &TestApp, token: &str, kind: &str, name: &str, bytes: Vec<u8>) -> String {
    let mut url = Url::parse(&app.url("/documents")).unwrap();
    url.query_pairs_mut().extend_pairs([("kind", kind), ("file_name", name)]);
    let sent = app.client.post(url).bearer_auth(token).body(bytes);
    Answer::of(sent).await.expect(201)["id"].as_str().unwrap().to_owned()
}

/// A request with papers that can be looked at.
async fn a_request(app: &TestApp) -> String {
    story::register(app, "999991342031000", EMAIL).await;
    let token = app.proves_address(EMAIL).await;
    let papers = [
        uploads(app, &token, "application_letter", "surat-permohonan.pdf", a_pdf()).await,
        uploads(app, &token, "identity_card", "ktp.png", a_png()).await,
    ];
    let mut form = story::form("new_credentials", &papers);
    form["pkp_address"] = "Jl. Percobaan Cendana No. 31, Jakarta Barat".into();
    let receipt = story::sends(app, &token, &Uuid::new_v4().to_string(), &form).await.expect(201);
    receipt["request_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_queue_is_accessible_fits_every_screen_and_is_worked_with_keys_only() {
    TestApp::run(|app| async move {
        queued(&app, 40).await;
        let id = a_request(&app).await;
        let browser = signed_in(&app, "khusus").await;
        browser.is_pictured("officer-queue").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.opens("/antrean?petugas=saya").await;
        browser.is_pictured("officer-queue-empty").await;
        browser.is_accessible().await;
        browser.key("?").await;
        browser.sees("Baris berikutnya dan sebelumnya").await;
        browser.key(keys::ESCAPE).await;
        // Three at once, one of which a colleague has by now.
        browser.opens("/antrean").await;
        let chosen = "[...document.querySelectorAll('input[name=request]')].slice(0, 3)";
        let second = browser.asks(&format!("return {chosen}[1].value")).await;
        let colleague = app.signs_in("khusus2").await;
        app.post(&format!("/requests/{}/claim", second.as_str().unwrap()), Some(&colleague), json!({}))
            .await
            .expect(200);
        browser.asks(&format!("{chosen}.forEach(box => box.click())")).await;
        browser.presses("Ambil yang dipilih").await;
        browser.sees("2 dari 3 permohonan ada di tangan Anda").await;
        browser.is_pictured("officer-taken").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;

        // Search, open, take, judge, write: no pointer.
        browser.key("/").await;
        browser.key(&format!("tirtalka sembrat{}", keys::ENTER)).await;
        browser.sees("1 permohonan ditemukan").await;
        browser.is_pictured("officer-search").await;
        browser.is_accessible().await;
        browser.key("j").await;
        browser.key(keys::ENTER).await;
        browser.sees("Isi permohonan").await;
        assert_eq!(browser.path().await, format!("/permohonan/{id}"));
        browser.is_pictured("officer-request-waiting").await;
        browser.key("a").await;
        browser.sees("Permohonan sekarang ada pada Anda.").await;
        browser.key("j").await;
        browser.key("1").await;
        browser.sees("1 dari").await;
        browser.key("j").await;
        browser.key("3").await;
        browser.sees("2 dari").await;
        assert_eq!(app.count("select count(*) from checks").await, 2);
        browser.is_pictured("officer-request").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        // The picture of the card, turned and enlarged, while a note is being written.
        browser.types("Hanya terlihat petugas", "Alamat berbeda").await;
        browser.presses("Identitas").await;
        browser.sees("Dokumen sebelumnya").await;
        browser.presses("Putar").await;
        browser.sees("Ukuran semula").await;
        browser.presses("Perbesar").await;
        browser.sees("Perkecil").await;
        assert_eq!(browser.asks("return document.getElementById('note').value").await, "Alamat berbeda");
        browser.is_pictured("officer-request-turned").await;
        // Decide, still without a pointer; the finding of the checklist is proposed.
        browser.opens(&format!("/permohonan/{id}")).await;
        browser.key("b").await;
        browser.sees("Yang kurang atau tidak sesuai").await;
        browser.is_pictured("officer-return").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.presses("Periksa daftar").await;
        browser.sees("Ya, kembalikan").await;
        browser.is_pictured("officer-return-sure").await;
        browser.is_accessible().await;
        browser.key("u").await;
        browser.sees("Isi permohonan").await;
        browser.key("e").await;
        browser.sees("Dasar status").await;
        browser.is_pictured("officer-evidence").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.key("u").await;
        browser.sees("Isi permohonan").await;
        browser.key("r").await;
        browser.sees("Susun penolakan").await;
        browser.is_pictured("officer-refuse").await;
        browser.is_accessible().await;
        browser.key("u").await;
        browser.sees("Isi permohonan").await;
        browser.key("g").await;
        browser.sees("Yang akan tertulis pada surat").await;
        browser.is_pictured("officer-grant").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.presses("Sampaikan konsep").await;
        browser.sees("menunggu tanda tangan Kepala Seksi").await;
        browser.is_pictured("officer-drafted").await;
        browser.is_accessible().await;
        browser.close().await;
    })
    .await;
}

/// A letter on paper, keyed in with its scans in one go.
#[tokio::test]
async fn the_counter_takes_a_letter_in_with_its_scans_and_prints_the_receipt() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let browser = signed_in(&app, "tpt").await;
        browser.opens("/loket").await;
        assert_eq!(browser.focus().await, "tax_id");
        browser.is_pictured("intake").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.key(&format!("99.999.134.2-031.000{}", keys::ENTER)).await;
        browser.sees("Nama dan alamat diisi dari data PKP.").await;
        assert_eq!(browser.asks("return document.getElementById('pkp_name').value").await, story::NAME);
        browser.presses("Terima dan cetak BPS").await;
        browser.sees("isian yang perlu diperbaiki").await;
        browser.is_pictured("intake-faults").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.chooses("Jenis permohonan", "Kode Aktivasi dan Password").await;
        for (label, text) in [
            ("Nomor surat", "014/TSJ/VII/2026"),
            ("Kota", "Jakarta Barat"),
            ("Nama penanda tangan", story::SIGNER),
            ("Jabatan", "Direktur Utama"),
            ("Alamat email", EMAIL),
            ("Alasan alamat email belum dibuktikan", "PKP tidak membawa telepon"),
        ] {
            browser.types(label, text).await;
        }
        browser.chooses("Bertindak selaku", "Pengurus badan usaha").await;
        browser.asks("document.getElementById('letter-date').value = '2026-07-09'").await;
        let folder = std::env::temp_dir().join(format!("aktivasi-{}", Uuid::new_v4()));
        std::fs::create_dir_all(&folder).unwrap();
        for (label, name, bytes) in [
            ("Surat permohonan", "surat.pdf", a_pdf()),
            ("Identitas", "catatan.txt", b"bukan gambar".to_vec()),
        ] {
            std::fs::write(folder.join(name), bytes).unwrap();
            browser.attaches(label, &folder.join(name)).await;
        }
        browser.presses("Terima dan cetak BPS").await;
        browser.sees("Berkas ini bukan PDF, JPEG, atau PNG.").await;
        browser.sees("Surat permohonan: surat.pdf").await;
        std::fs::write(folder.join("ktp.png"), a_png()).unwrap();
        browser.attaches("Identitas", &folder.join("ktp.png")).await;
        browser.presses("Terima dan cetak BPS").await;
        browser.sees("Permohonan diterima").await;
        browser.is_pictured("intake-done").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        std::fs::remove_dir_all(folder).unwrap();
        assert_eq!(app.count("select count(*) from documents where attached_at is not null").await, 2);
        browser.close().await;
    })
    .await;
}

/// A second of two who had the same request open.
#[tokio::test]
async fn who_loses_a_race_in_the_browser_reads_who_won_and_the_page_is_accessible() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let id = a_request(&app).await;
        let (one, two) = tokio::join!(signed_in(&app, "khusus"), signed_in(&app, "khusus2"));
        let path = format!("/permohonan/{id}");
        one.opens(&path).await;
        two.opens(&path).await;
        one.key("a").await;
        one.sees("Permohonan sekarang ada pada Anda.").await;
        two.key("a").await;
        two.sees("baru saja diambil oleh").await;
        assert!(two.focus().await.contains("baru saja diambil oleh"), "{}", two.focus().await);
        two.is_pictured("officer-race-lost").await;
        two.fits_every_width().await;
        two.is_accessible().await;
        one.close().await;
        two.close().await;
    })
    .await;
}
