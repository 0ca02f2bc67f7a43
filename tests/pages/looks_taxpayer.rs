//! The pages of filers in a real browser: pictures of them, and what axe says.

use serde_json::json;

use crate::{
    browser::{Browser, keys},
    story,
    support::TestApp,
};

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
