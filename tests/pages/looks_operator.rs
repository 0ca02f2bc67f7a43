//! The pages of the Operator Console in a real browser: pictures of them, and what axe says.

use crate::{
    browser::Browser,
    operator::{a_receipt_mail, is_buried, refuses, the_job, the_mail},
    support::TestApp,
};

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
        browser.signs_in("pusat", "Pekerjaan").await;
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

/// Faults of files of both forms, and a file that would take days away.
async fn imports_of_a_calendar(browser: &Browser) {
    browser.opens("/operator/kalender/impor").await;
    browser.types("Isi berkas CSV atau ICS", "date,name_id\n2028-01-01,Tahun Baru").await;
    browser.presses("Lihat yang bergeser").await;
    browser.sees("kesalahan pada berkas").await;
    browser.is_pictured("operator-calendar-import-faults").await;
    browser.fits_every_width().await;
    browser.is_accessible().await;
    browser.opens("/operator/kalender/impor").await;
    let part = "date,name_id,kind,source\n2026-01-01,Tahun Baru,national,SKB 1497/2025\n2026-11-25,Pilkada,national,Keppres 1";
    browser.types("Isi berkas CSV atau ICS", part).await;
    browser.presses("Lihat yang bergeser").await;
    browser.presses("Berlakukan").await;
    browser.sees("Belum ada yang diimpor.").await;
    browser.is_pictured("operator-calendar-import-consent").await;
    browser.fits_every_width().await;
    browser.is_accessible().await;
    browser.opens("/operator/kalender?tahun=2026").await;
    browser.is_pictured("operator-calendar-country").await;
    browser.fits_every_width().await;
    browser.is_accessible().await;
    let event =
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Nyepi\nDTSTART:20280326T080000Z\nEND:VEVENT\nEND:VCALENDAR";
    browser.opens("/operator/kalender/impor").await;
    browser.types("Isi berkas CSV atau ICS", event).await;
    browser.presses("Lihat yang bergeser").await;
    browser.sees("kesalahan pada berkas").await;
    browser.is_pictured("operator-calendar-ics-faults").await;
    browser.is_accessible().await;
}

#[tokio::test]
async fn accounts_settings_and_calendar_are_accessible_and_fit_every_screen() {
    TestApp::run(|app| async move {
        a_receipt_mail(&app).await;
        let browser = Browser::start(&app.page("")).await;
        browser.signs_in("pusat", "Pekerjaan").await;
        browser.opens("/operator/pengguna").await;
        browser.is_pictured("operator-accounts").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.opens("/operator/pengguna/baru").await;
        browser.presses("Buat akun").await;
        browser.sees("isian yang perlu diperbaiki").await;
        browser.is_pictured("operator-new-account-faults").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.opens("/operator/pengguna/00000000-0000-7000-8000-000000000002").await;
        browser.is_pictured("operator-account").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.opens("/operator/pengguna/00000000-0000-7000-8000-000000000002/sandi").await;
        browser.presses("Buat kata sandi").await;
        browser.sees("hanya tampil satu kali").await;
        browser.is_pictured("operator-secret").await;
        browser.is_accessible().await;
        browser.opens("/operator/kantor/952").await;
        browser.is_pictured("operator-office").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.opens("/operator/kantor").await;
        browser.is_accessible().await;
        app.imports(aktivasi::admin::import::Content::Calendar, include_str!("../../data/holidays-id.csv"))
            .await;
        browser.opens("/operator/kalender/031?tahun=2026").await;
        browser.is_pictured("operator-calendar").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        for field in ["close-from_on", "close-until_on"] {
            browser.asks(&format!("document.getElementById('{field}').value = '2026-07-14'")).await;
        }
        browser.types("Sebab", "Pemeliharaan listrik gedung").await;
        browser.types("Dasar", "PENG-14/KPP.031/2026").await;
        browser.presses("Lihat yang bergeser").await;
        browser.sees("permohonan terbuka bergeser").await;
        browser.is_pictured("operator-calendar-preview").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        imports_of_a_calendar(&browser).await;
        browser.opens("/operator/data").await;
        browser.presses("Kirim berkas").await;
        browser.sees("Pilih berkas CSV.").await;
        browser.is_pictured("operator-registry").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        let file = std::env::temp_dir().join(format!("wp-{}.csv", uuid::Uuid::new_v4()));
        std::fs::write(&file, include_str!("../../data/sample/taxpayers.csv")).unwrap();
        browser.attaches("Berkas CSV", &file).await;
        browser.presses("Kirim berkas").await;
        browser.sees("Kantor ini belum dikenal").await;
        browser.is_accessible().await;
        std::fs::remove_file(&file).unwrap();
        browser.opens("/operator/templat").await;
        browser.is_pictured("operator-wording").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.presses("Tanda terima").await;
        browser.sees("Naskah benar").await;
        browser.is_pictured("operator-wording-version").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.presses("Susun versi baru").await;
        browser.sees("Simpan konsep").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.close().await;
    })
    .await;
}
