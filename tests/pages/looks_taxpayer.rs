//! The pages of filers in a real browser: pictures of them, and what axe says.

use std::path::PathBuf;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use uuid::Uuid;

use crate::{
    browser::{Browser, keys},
    story,
    support::TestApp,
};

/// A small picture of a card.
const PICTURE: &str = "iVBORw0KGgoAAAANSUhEUgAAADAAAAAeCAIAAADlxgqWAAAAQElEQVR42u3TMQ0AIAwAwYrAE67wyszMXg2EgYZc8gJu+Wh9lCqAgL4DzbVLBQR0DTq9AAgICAgICAgICOgtKAGFFRXG5f/8jgAAAABJRU5ErkJggg==";

#[tokio::test]
async fn the_start_and_its_answers_are_accessible_and_fit_every_screen() {
    TestApp::run(|app| async move {
        let browser = Browser::start(&app.page("")).await;
        browser.opens("/").await;
        browser.sees("Apa yang terjadi?").await;
        browser.is_pictured("start").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.presses("English").await;
        browser.sees("What happened?").await;
        browser.is_accessible().await;
        browser.presses("Password forgotten and no Activation Code either").await;
        browser.sees("Prepare these documents").await;
        browser.is_pictured("situation").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_request_is_followed_and_withdrawn_without_script_on_pages_that_everybody_can_use() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", story::EMAIL).await;
        let receipt = story::files(&app, "new_credentials", story::EMAIL, |_| {}).await;
        let plain = Browser::without_script(&app.page("")).await;
        plain.opens("/").await;
        plain.presses("Lacak permohonan").await;
        plain.sees("Ada 2 isian yang perlu diperbaiki.").await;
        plain.types("Nomor tanda terima", receipt["receipt_number"].as_str().unwrap()).await;
        plain.types("Kode pelacakan", receipt["tracking_code"].as_str().unwrap()).await;
        plain.presses("Lacak permohonan").await;
        plain.sees("Diterima lengkap, menunggu penelitian").await;
        assert_eq!(plain.path().await, "/lacak/permohonan");
        plain.close().await;

        let browser = Browser::start(&app.page("")).await;
        browser.opens("/lacak").await;
        browser.presses("Lacak permohonan").await;
        browser.sees("Ada 2 isian yang perlu diperbaiki.").await;
        browser.is_pictured("tracking-faults").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.types("Nomor tanda terima", receipt["receipt_number"].as_str().unwrap()).await;
        browser.types("Kode pelacakan", receipt["tracking_code"].as_str().unwrap()).await;
        browser.key(keys::ENTER).await;
        browser.sees("Diterima lengkap, menunggu penelitian").await;
        browser.is_pictured("tracked").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;

        let officer = app.signs_in("khusus").await;
        let id = receipt["request_id"].as_str().unwrap();
        app.post(&format!("/requests/{id}/claim"), Some(&officer), json!({})).await.expect(200);
        let items = json!({ "items": [{ "code": "identitas_tidak_terbaca" }] });
        app.post(&format!("/requests/{id}/return"), Some(&officer), items).await.expect(200);
        browser.opens("/lacak/permohonan").await;
        browser.sees("Yang perlu dilengkapi, dan mengapa").await;
        browser.is_pictured("tracked-returned").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;

        browser.presses("Lengkapi permohonan").await;
        browser.sees("Unggah yang diminta.").await;
        is_good(&browser, "resupply").await;
        browser.presses("Lanjut ke pemeriksaan").await;
        browser.presses("Kirim kelengkapan").await;
        browser.sees("Unggah dokumen, perbaiki isian, atau sebutkan").await;
        is_good(&browser, "resupply-check-faults").await;
        browser.opens("/lacak/permohonan").await;

        browser.presses("Tarik kembali permohonan").await;
        browser.sees("Ya, tarik kembali").await;
        browser.is_pictured("withdrawal").await;
        browser.is_accessible().await;
        browser.presses("Ya, tarik kembali").await;
        browser.sees("Permohonan ditarik kembali.").await;
        browser.is_pictured("tracked-withdrawn").await;
        browser.is_accessible().await;
        browser.close().await;
    })
    .await;
}

/// What a phone or scanner makes.
pub fn a_file(name: &str, bytes: &[u8]) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("aktivasi-{}", Uuid::new_v4()));
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

pub async fn is_good(browser: &Browser, name: &str) {
    browser.is_pictured(name).await;
    browser.fits_every_width().await;
    browser.is_accessible().await;
}

/// The code of the mail that the page asks for.
async fn types_code(app: &TestApp, browser: &Browser) {
    let path = browser.path().await;
    let code = app.code_of(path.rsplit('/').next().unwrap()).await;
    browser.types("Enam angka", &code).await;
    browser.presses("Lanjutkan").await;
}

pub async fn types_data(browser: &Browser) {
    for (label, text) in [
        ("NPWP", "99 999 134 2 031 000"),
        ("Nama PKP", story::NAME),
        ("Alamat tempat usaha", "Jl. Percobaan Cendana No. 13, Jakarta Barat"),
        ("Nomor surat", "014/TSJ/VII/2026"),
        ("Kota", "Jakarta Barat"),
        ("Nama penanda tangan", story::SIGNER),
        ("Jabatan", "Direktur Utama"),
    ] {
        browser.types(label, text).await;
    }
    browser.presses("Pengurus badan usaha").await;
}

pub async fn proves_address(app: &TestApp, browser: &Browser) {
    browser.opens("/").await;
    browser.presses("Belum pernah punya Kode Aktivasi").await;
    browser.presses("Ajukan sekarang").await;
    browser.chooses("Ditujukan kepada Kepala KPP", "KPP Pratama Jakarta Palmerah (031)").await;
    browser.types("Alamat email", story::EMAIL).await;
    browser.types("Ketik sekali lagi alamat email", story::EMAIL).await;
    browser.presses("Kirim kode").await;
    browser.sees("Kode dikirim ke").await;
    types_code(app, browser).await;
    browser.sees("Langkah 3 dari 6:").await;
}

#[tokio::test]
async fn every_step_of_a_filing_is_accessible_fits_every_screen_and_survives_faults_and_a_broken_line() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", story::EMAIL).await;
        let browser = Browser::start(&app.page("")).await;
        browser.opens("/ajukan/mulai/belum-punya").await;
        is_good(&browser, "filing-begin").await;
        browser.chooses("Ditujukan kepada Kepala KPP", "KPP Pratama Jakarta Palmerah (031)").await;
        browser.types("Alamat email", "budi@gmial.com").await;
        browser.types("Ketik sekali lagi alamat email", "budi@gmial.com").await;
        browser.presses("Kirim kode").await;
        browser.sees("Apakah yang dimaksud budi@gmail.com?").await;
        is_good(&browser, "filing-typo").await;
        browser.presses("Pakai budi@gmail.com").await;
        browser.sees("Kode dikirim ke b***i@gmail.com.").await;
        is_good(&browser, "filing-code").await;

        proves_address(&app, &browser).await;
        browser.presses("Lanjut ke dokumen").await;
        browser.sees("isian yang perlu diperbaiki").await;
        is_good(&browser, "filing-data-faults").await;
        types_data(&browser).await;
        browser.presses("Lanjut ke dokumen").await;
        browser.sees("Langkah 4 dari 6:").await;
        is_good(&browser, "filing-documents").await;
        browser.goes_back().await;
        browser.sees("Langkah 3 dari 6:").await;
        let typed = browser.asks("return document.getElementById('signer-name').value").await;
        assert_eq!(typed, json!(story::SIGNER));
        browser.opens("/ajukan/data").await;
        browser.sees("Email Anda cocok dengan data kami").await;
        is_good(&browser, "filing-data").await;

        browser.opens("/ajukan/dokumen").await;
        let picture = STANDARD.decode(PICTURE).unwrap();
        browser.attaches("Pilih berkas", &a_file("ktp.docx", b"PK\x03\x04 bukan gambar")).await;
        browser.presses("Unggah").await;
        browser.sees("Berkas ini bukan PDF, JPEG, atau PNG.").await;
        is_good(&browser, "filing-documents-faults").await;
        browser.attaches("Pilih berkas", &a_file("ktp.png", &picture)).await;
        browser.sees("ktp.png (1 KB)").await;
        browser.goes_offline(true).await;
        browser.presses("Unggah").await;
        browser.sees("Pengiriman terputus.").await;
        browser.goes_offline(false).await;
        browser.presses("Unggah").await;
        browser.sees("Berkas tersimpan.").await;
        is_good(&browser, "filing-documents-done").await;
        browser.presses("Lanjut ke surat permohonan").await;
        browser.sees("Langkah 5 dari 6:").await;
        is_good(&browser, "filing-letter").await;
        browser.opens("/ajukan/periksa").await;
        browser.sees("Belum dapat dikirim karena:").await;
        is_good(&browser, "filing-review-faults").await;
        browser.presses("Surat permohonan yang ditandatangani belum dilampirkan.").await;
        browser.attaches("Pilih berkas", &a_file("surat.pdf", b"%PDF-1.7 contoh")).await;
        browser.presses("Unggah").await;
        browser.sees("Berkas tersimpan.").await;
        browser.presses("Lanjut ke pemeriksaan").await;
        browser.sees("Semua isian dan dokumen lengkap.").await;
        is_good(&browser, "filing-review").await;
        browser.presses("Simpan dan lanjutkan nanti").await;
        browser.sees("Konsep tersimpan sampai").await;
        is_good(&browser, "filing-saved").await;
        browser.opens("/ajukan/periksa").await;
        browser.presses("Kirim permohonan").await;
        browser.sees("Bukti Penerimaan Elektronik").await;
        is_good(&browser, "filing-receipt").await;
        browser.goes_back().await;
        browser.opens("/ajukan/lanjut/00000000-0000-7000-8000-000000000000").await;
        browser.presses("Kirim kode").await;
        browser.sees("Isian ini tidak ada lagi").await;
        is_good(&browser, "filing-resume-gone").await;
        browser.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_filing_is_sent_from_a_browser_without_script() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let browser = Browser::without_script(&app.page("")).await;
        proves_address(&app, &browser).await;
        types_data(&browser).await;
        browser.presses("Lanjut ke dokumen").await;
        browser.sees("Langkah 4 dari 6:").await;
        browser.attaches("Pilih berkas", &a_file("ktp.pdf", b"%PDF-1.7 contoh")).await;
        browser.presses("Unggah").await;
        browser.sees("Berkas tersimpan.").await;
        browser.presses("Lanjut ke surat permohonan").await;
        browser.sees("Langkah 5 dari 6:").await;
        browser.attaches("Pilih berkas", &a_file("surat.pdf", b"%PDF-1.7 contoh")).await;
        browser.presses("Unggah").await;
        browser.sees("Berkas tersimpan.").await;
        browser.presses("Lanjut ke pemeriksaan").await;
        browser.sees("Langkah 6 dari 6:").await;
        browser.presses("Kirim permohonan").await;
        browser.sees("Bukti Penerimaan Elektronik").await;
        browser.close().await;
    })
    .await;
}

/// Walks with the tabulator to the field of this id, or the button or link that says this.
async fn tabs_to(browser: &Browser, id_or_words: &str) {
    for _ in 0..60 {
        browser.tabs().await;
        let id = browser.asks("return document.activeElement.id").await;
        if id == json!(id_or_words) || browser.focus().await.starts_with(id_or_words) {
            return;
        }
    }
    panic!("{} is not reached by keyboard on {}", id_or_words, browser.path().await);
}

async fn writes(browser: &Browser, field: &str, text: &str) {
    tabs_to(browser, field).await;
    browser.key(text).await;
}

async fn enters(browser: &Browser, words: &str) {
    tabs_to(browser, words).await;
    browser.key(keys::ENTER).await;
}

#[tokio::test]
async fn a_filing_is_sent_with_the_keyboard_alone() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let browser = Browser::start(&app.page("")).await;
        browser.opens("/").await;
        enters(&browser, "Belum pernah punya Kode Aktivasi").await;
        browser.sees("Ajukan sekarang").await;
        enters(&browser, "Ajukan sekarang").await;
        browser.sees("Langkah 2 dari 6:").await;
        writes(&browser, "office_code", "KPP Pratama Jakarta Palmerah").await;
        writes(&browser, "email", story::EMAIL).await;
        writes(&browser, "email_repeat", story::EMAIL).await;
        enters(&browser, "Kirim kode").await;
        browser.sees("Kode dikirim ke").await;
        let code = app.code_of(browser.path().await.rsplit('/').next().unwrap()).await;
        writes(&browser, "code", &code).await;
        browser.key(keys::ENTER).await;
        browser.sees("Langkah 3 dari 6:").await;
        for (field, text) in [
            ("tax_id", "99 999 134 2 031 000"),
            ("pkp_name", story::NAME),
            ("pkp_address", "Jl. Percobaan Cendana No. 13"),
            ("letter-number", "014/TSJ/VII/2026"),
            ("letter-place", "Jakarta Barat"),
            ("signer-capacity", " "),
            ("signer-name", story::SIGNER),
        ] {
            writes(&browser, field, text).await;
        }
        enters(&browser, "Lanjut ke dokumen").await;
        browser.sees("Langkah 4 dari 6:").await;
        // The dialog for files belongs to the browser.
        tabs_to(&browser, "berkas-identity_card").await;
        browser.attaches("Pilih berkas", &a_file("ktp.pdf", b"%PDF-1.7 contoh")).await;
        enters(&browser, "Unggah").await;
        browser.sees("Berkas tersimpan.").await;
        enters(&browser, "Lanjut ke surat permohonan").await;
        browser.sees("Langkah 5 dari 6:").await;
        tabs_to(&browser, "berkas-application_letter").await;
        browser.attaches("Pilih berkas", &a_file("surat.pdf", b"%PDF-1.7 contoh")).await;
        enters(&browser, "Unggah").await;
        browser.sees("Berkas tersimpan.").await;
        enters(&browser, "Lanjut ke pemeriksaan").await;
        browser.sees("Langkah 6 dari 6:").await;
        enters(&browser, "Kirim permohonan").await;
        browser.sees("Bukti Penerimaan Elektronik").await;
        browser.close().await;
    })
    .await;
}
