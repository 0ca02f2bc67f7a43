//! The pages of receivers of events in a real browser: pictures of them, and what axe says.

use crate::{browser::Browser, receivers::a_receiver_with_log, support::TestApp};

#[tokio::test]
async fn receivers_are_accessible_and_fit_every_screen() {
    TestApp::run(|app| async move {
        let one = format!("/operator/penerima/{}", a_receiver_with_log(&app, 3).await);
        let browser = Browser::start(&app.page("")).await;
        browser.signs_in("pusat", "Pekerjaan").await;
        browser.opens("/operator/penerima").await;
        browser.is_pictured("receivers").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.opens(&one).await;
        browser.is_pictured("receiver").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.key("2").await;
        browser.sees("Peristiwa yang menunggu").await;
        browser.is_pictured("receiver-pending").await;
        browser.is_accessible().await;
        browser.opens("/operator/penerima/baru").await;
        browser.presses("Tambah penerima").await;
        browser.sees("isian yang perlu diperbaiki").await;
        browser.is_pictured("receiver-faults").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.types("Nama", "Portal DJP").await;
        browser.types("Alamat", "https://portal.example.go.id/peristiwa").await;
        browser.presses("Surat terbit").await;
        browser.presses("Tambah penerima").await;
        browser.sees("hanya tampil satu kali").await;
        browser.is_pictured("receiver-secret").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.opens(&format!("{one}/rahasia")).await;
        browser.is_accessible().await;
        browser.close().await;
    })
    .await;
}
