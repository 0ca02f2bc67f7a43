//! The account of a PKP in a real browser.

use crate::{
    account::{NPWP, a_pair},
    browser::Browser,
    story,
    support::TestApp,
};

async fn is_good(browser: &Browser, name: &str) {
    browser.is_pictured(name).await;
    browser.fits_every_width().await;
    browser.is_accessible().await;
}

#[tokio::test]
async fn the_account_is_accessible_fits_every_screen_and_is_worked_by_its_words() {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        let browser = Browser::start(&app.page("")).await;
        browser.opens("/akun").await;
        browser.sees("Masuk ke akun PKP").await;
        is_good(&browser, "account-sign-in").await;
        browser.types("NPWP", "123").await;
        browser.presses("Masuk").await;
        browser.sees("NPWP belum benar").await;
        is_good(&browser, "account-sign-in-faults").await;
        browser.presses("Lupa password").await;
        browser.sees("Kirim tautan").await;
        is_good(&browser, "account-forgot").await;
        browser.types("NPWP", NPWP).await;
        browser.types("Kode Aktivasi", "K7QM-3XWB-9TRD").await;
        browser.types("Email terdaftar", story::EMAIL).await;
        browser.presses("Kirim tautan").await;
        browser.sees("Periksa email Anda").await;
        is_good(&browser, "account-forgot-asked").await;
        browser.opens("/akun/masuk").await;
        browser.types("NPWP", NPWP).await;
        browser.types("Password e-Nofa", &password).await;
        browser.presses("Masuk").await;
        browser.sees("Kode Anda").await;
        is_good(&browser, "account").await;
        browser.presses("Tampilkan Kode Aktivasi Desktop").await;
        browser.sees("Sembunyikan").await;
        assert_eq!(story::codes_in(&browser.text().await).len(), 1);
        is_good(&browser, "account-code").await;

        browser.presses("Buat kode desktop baru").await;
        browser.sees("Yang terjadi").await;
        is_good(&browser, "account-reset").await;
        browser.presses("Ya, buat kode baru").await;
        browser.sees("Kode Aktivasi Desktop baru sudah dibuat").await;
        is_good(&browser, "account-after-reset").await;
        browser.presses("Semua perubahan").await;
        browser.sees("dari mana, dan karena apa").await;
        is_good(&browser, "account-history").await;
        browser.opens("/akun/tangguhkan").await;
        browser.sees("Semua sesi berakhir").await;
        is_good(&browser, "account-suspend").await;
        browser.presses("Batal").await;
        browser.sees("Kode Anda").await;

        browser.presses("Ganti Password e-Nofa").await;
        browser.types("Password sekarang", &password).await;
        browser.types("Password baru", "pendek").await;
        browser.types("Ketik ulang password baru", "pendek").await;
        browser.presses("Ganti password").await;
        browser.sees("paling sedikit 12 karakter").await;
        is_good(&browser, "account-password").await;
        browser.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_account_is_worked_without_script_and_with_the_keyboard() {
    TestApp::run(|app| async move {
        let password = a_pair(&app).await;
        let browser = Browser::without_script(&app.page("")).await;
        browser.opens("/akun/masuk").await;
        browser.types("NPWP", NPWP).await;
        browser.types("Password e-Nofa", &format!("{password}\n")).await;
        browser.sees("Kode Anda").await;
        browser.presses("Keluar").await;
        browser.sees("Anda sudah keluar dari akun").await;
        browser.close().await;
    })
    .await;
}
