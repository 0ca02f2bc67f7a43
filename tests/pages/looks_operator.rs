//! The pages of the Operator Console in a real browser: pictures of them, and what axe says.

use crate::{
    browser::Browser,
    operator::{a_receipt_mail, is_buried, refuses, the_job, the_mail},
    support::{PASSWORD, TestApp},
};

async fn signs_in(browser: &Browser, username: &str) {
    browser.opens("/masuk").await;
    browser.types("Nama pengguna", username).await;
    browser.types("Kata sandi", PASSWORD).await;
    browser.presses("Masuk").await;
}

#[tokio::test]
async fn jobs_and_mails_are_accessible_and_fit_every_screen() {
    TestApp::run(|app| async move {
        a_receipt_mail(&app).await;
        app.smtp.behave(refuses("550 5.1.1 <pajak.tirtaloka@example.com> unknown"));
        app.run_ready_jobs().await;
        sqlx::query(
            "insert into jobs (queue, payload, run_at, created_at, failed_reason)
             select 'send_message', jsonb_build_object('message_id', message_id), created_at, created_at, null from messages",
        )
        .execute(&app.pool)
        .await
        .unwrap();
        is_buried(&app, the_job(&app).await, "the letter cannot be rendered: no field pkp.nama").await;
        let browser = Browser::start(&app.page("")).await;
        signs_in(&browser, "pusat").await;
        browser.sees("Surat tidak dapat dibuat").await;
        browser.is_pictured("operator-jobs").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.key("4").await;
        browser.sees("Alamat tidak dikenal di server tujuan").await;
        browser.is_pictured("operator-mail").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.opens("/operator/email?lihat=ditahan").await;
        browser.sees("Buka").await;
        browser.is_pictured("operator-held").await;
        browser.is_accessible().await;
        browser.opens(&format!("/operator/email/{}/kirim", the_mail(&app).await)).await;
        browser.presses("Kirim lagi").await;
        browser.sees("Ada 1 isian yang perlu diperbaiki.").await;
        browser.is_pictured("operator-confirm-fault").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.opens("/operator/pekerjaan?keadaan=menunggu").await;
        browser.sees("Tidak ada pekerjaan yang menunggu").await;
        browser.is_pictured("operator-jobs-empty").await;
        browser.is_accessible().await;
        browser.close().await;
    })
    .await;
}
