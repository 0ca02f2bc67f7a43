//! The counter in a real browser: proof of the address, completion, withdrawal.

use serde_json::json;
use uuid::Uuid;

use crate::{
    browser::keys,
    looks_officer::{a_png, signed_in},
    story::{self, EMAIL},
    support::TestApp,
};

#[tokio::test]
async fn a_code_is_sent_and_checked_without_leaving_the_keyboard() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let browser = signed_in(&app, "tpt").await;
        browser.opens("/loket").await;
        browser.types("Alamat email", EMAIL).await;
        browser.tabs().await;
        browser.key(keys::ENTER).await;
        browser.sees("Kode dari telepon PKP").await;
        assert_eq!(browser.focus().await, "code");
        browser.is_pictured("intake-code").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        let proof = browser.asks("return document.querySelector('[name=proof]').value").await;
        let code = app.code_of(proof.as_str().unwrap()).await;
        browser.key(&format!("{code}{}", keys::ENTER)).await;
        browser.sees("Alamat email terbukti.").await;
        assert_eq!(browser.focus().await, "berkas-application_letter");
        browser.is_pictured("intake-proven").await;
        browser.is_accessible().await;
        browser.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_returned_request_comes_back_with_a_scan_and_another_is_withdrawn() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let receipt = story::files(&app, "new_credentials", EMAIL, |_| {}).await;
        let id = receipt["request_id"].as_str().unwrap();
        let officer = app.signs_in("khusus").await;
        app.post(&format!("/requests/{id}/claim"), Some(&officer), json!({})).await.expect(200);
        let items = json!({ "items": [{ "code": "identitas_tidak_terbaca" }] });
        app.post(&format!("/requests/{id}/return"), Some(&officer), items).await.expect(200);

        let browser = signed_in(&app, "tpt").await;
        browser.opens(&format!("/permohonan/{id}")).await;
        browser.key("l").await;
        browser.sees("Yang diminta").await;
        browser.is_pictured("counter-resupply").await;
        browser.fits_every_width().await;
        browser.fits_enlarged().await;
        browser.is_accessible().await;
        let file = std::env::temp_dir().join(format!("aktivasi-{}.png", Uuid::new_v4()));
        std::fs::write(&file, a_png()).unwrap();
        browser.attaches("Identitas", &file).await;
        browser.presses("Terima dan cetak BPS").await;
        browser.sees("Permohonan diterima").await;
        std::fs::remove_file(file).unwrap();
        browser.is_pictured("counter-resupplied").await;

        browser.opens(&format!("/permohonan/{id}")).await;
        browser.key("w").await;
        browser.sees("Ini tidak dapat dibatalkan").await;
        browser.is_pictured("counter-withdrawal").await;
        browser.fits_every_width().await;
        browser.fits_enlarged().await;
        browser.is_accessible().await;
        browser.types("Nomor surat penarikan", "9/TSJ").await;
        browser.asks("document.getElementById('letter-date').value = '2026-07-10'").await;
        browser.presses("Ya, tarik kembali").await;
        browser.sees("Permohonan ditarik kembali.").await;
        browser.is_accessible().await;
        browser.close().await;
    })
    .await;
}
