//! The signing desk in a real browser.

use chrono::TimeDelta;
use serde_json::json;

use crate::{
    browser::{Browser, keys},
    head::drafts,
    story,
    support::TestApp,
};

#[tokio::test]
async fn the_signing_desk_is_accessible_and_fits_every_screen() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        drafts(&app, 2).await;
        app.advance(TimeDelta::days(10));
        story::register(&app, "999991854068000", story::EMAIL).await;
        let receipt = story::files(&app, "new_credentials", story::EMAIL, |form| {
            form["tax_id"] = json!("999991854068000");
            form["pkp_address"] = json!("Jl. Lama No. 1, Depok");
        })
        .await;
        let id = receipt["request_id"].as_str().unwrap();
        let officer = app.signs_in("khusus").await;
        story::drafts(&app, &officer, id, "grant", json!([])).await;
        sqlx::query(
            "insert into acting_appointments (acting_id, staff_id, office_code, kind, from_on, until_on, recorded_at, recorded_by)
             select gen_random_uuid(), staff_id, '031', 'Plh.', '2026-07-18', '2026-07-25', '2026-07-01Z', 'test'
             from staff where username = 'khusus2'",
        )
        .execute(&app.pool)
        .await
        .unwrap();

        let browser = Browser::start(&app.page("")).await;
        browser.signs_in("kasi", "Menunggu tanda tangan").await;
        browser.is_right("desk").await;
        browser.opens("/tanda-tangan/pejabat").await;
        browser.is_right("desk-acting").await;
        browser.opens(&format!("/tanda-tangan/{id}")).await;
        browser.sees("Pratinjau surat").await;
        browser.is_right("desk-draft").await;
        browser.opens("/tanda-tangan").await;
        browser.presses("Periksa semua di halaman pertama").await;
        browser.sees("Periksa sebelum menandatangani").await;
        browser.is_right("desk-confirm").await;
        browser.presses("Tandatangani 3 surat").await;
        browser.sees("Ada 2 isian yang perlu diperbaiki.").await;
        browser.is_right("desk-faults").await;
        browser.opens(&format!("/tanda-tangan/{id}")).await;
        browser.presses("Tandatangani surat ini").await;
        browser.sees("1 dari 1 berhasil").await;
        browser.is_right("desk-signed").await;
        browser.close().await;
    })
    .await;
}

#[tokio::test]
async fn drafts_are_chosen_and_signed_with_the_keyboard_alone() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        drafts(&app, 2).await;
        let browser = Browser::start(&app.page("")).await;
        browser.signs_in("kasi", "Menunggu tanda tangan").await;
        browser.key("?").await;
        browser.sees("Memeriksa yang dipilih").await;
        browser.key(keys::ESCAPE).await;
        browser.key("j").await;
        browser.key("x").await;
        browser.key("j").await;
        browser.key("x").await;
        browser.key("s").await;
        browser.sees("Periksa sebelum menandatangani").await;
        assert_eq!(browser.focus().await, "Tandatangani 2 surat");
        browser.key(keys::ENTER).await;
        browser.sees("2 dari 2 berhasil").await;
        browser.sees("Tidak ada konsep yang menunggu tanda tangan").await;
        browser.is_pictured("desk-empty").await;
        browser.is_accessible().await;
        browser.close().await;
    })
    .await;
}

#[tokio::test]
async fn of_two_browsers_one_signs_and_the_other_sees_who_did() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let draft = drafts(&app, 1).await.remove(0);
        app.employs("kasi2", "section_head", "031").await;
        let path = format!("/tanda-tangan/{}", draft["request_id"].as_str().unwrap());
        let one = Browser::start(&app.page("")).await;
        let two = Browser::without_script(&app.page("")).await;
        for (browser, username) in [(&one, "kasi"), (&two, "kasi2")] {
            browser.signs_in(username, "Menunggu tanda tangan").await;
            browser.opens(&path).await;
        }
        one.presses("Tandatangani surat ini").await;
        one.sees("1 dari 1 berhasil").await;
        two.presses("Tandatangani surat ini").await;
        two.sees("sudah ditandatangani Kasi pukul").await;
        one.close().await;
        two.close().await;
    })
    .await;
}
