//! The pages in a real browser: pictures of them, and what axe says.

use crate::{browser::Browser, support::TestApp};

#[tokio::test]
async fn the_sign_in_is_accessible_and_fits_every_screen() {
    TestApp::run(|app| async move {
        let browser = Browser::start(&app.page("")).await;
        browser.opens("/masuk").await;
        browser.is_pictured("sign-in").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.presses("Masuk").await;
        browser.sees("Ada 2 isian yang perlu diperbaiki.").await;
        browser.is_pictured("sign-in-faults").await;
        browser.is_accessible().await;
        browser.opens("/tidak-ada").await;
        browser.is_pictured("unknown").await;
        browser.is_accessible().await;
        browser.close().await;
    })
    .await;
}
