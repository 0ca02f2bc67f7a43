//! Help in a real browser.

use chrono::TimeDelta;

use crate::{browser::Browser, story, support::TestApp};

#[tokio::test]
async fn help_is_accessible_and_fits_every_screen() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        app.advance(TimeDelta::hours(20));
        let browser = Browser::start(&app.page("")).await;
        for (path, name) in [
            ("/bantuan", "help"),
            ("/bantuan?q=lupa+password", "help-found"),
            ("/bantuan?q=zebra", "help-not-found"),
            ("/bantuan/empat-rahasia", "help-secrets"),
            ("/bantuan/etax-40005", "help-etax"),
            ("/bantuan/jam-buka?kpp=031", "help-closed"),
            ("/bantuan/jam-buka?kpp=jakarta", "help-offices"),
        ] {
            browser.opens(path).await;
            browser.is_pictured(name).await;
            browser.fits_every_width().await;
            browser.is_accessible().await;
        }
        browser.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_question_is_asked_and_answered_with_the_keyboard_and_without_script() {
    TestApp::run(|app| async move {
        let browser = Browser::without_script(&app.page("")).await;
        browser.opens("/bantuan").await;
        browser.types("Apa yang ingin Anda ketahui?", "laptop baru\n").await;
        browser.sees("untuk “laptop baru”").await;
        browser.presses("Laptop baru; kode tidak diterima").await;
        browser.sees("Kode Aktivasi Desktop").await;
        assert_eq!(browser.path().await, "/bantuan/laptop-baru");
        browser.close().await;
    })
    .await;
}
