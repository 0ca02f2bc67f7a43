//! The calculator of due dates, for everybody.

use crate::{browser::Browser, story, support::TestApp, visitor::Visitor};

async fn a_holiday(app: &TestApp) {
    story::prepare(app).await;
    sqlx::query(
        "insert into days_off (day_on, kind, name, source, calendar_version)
         values ('2026-08-17', 'national', 'Hari Kemerdekaan', 'SKB', 1)",
    )
    .execute(&app.pool)
    .await
    .unwrap();
}

#[tokio::test]
async fn a_due_date_is_told_with_every_day_by_the_calendar_and_the_clock_of_the_office() {
    TestApp::run(|app| async move {
        a_holiday(&app).await;
        let visitor = Visitor::new(&app);
        let help = visitor.opens("/bantuan").await.expect(200);
        assert!(help.html.contains("href=\"/kalkulator\""));

        let asked =
            visitor.opens("/kalkulator?kpp=031&tanggal=2026-08-13&jam=16:00&jenis=reprint").await.expect(200);
        assert!(asked.says("Rabu, 19 Agustus 2026"), "{}", asked.text());
        assert!(asked.says("Hari Kemerdekaan") && asked.says("akhir pekan"), "{}", asked.text());
        // A minute later the counter is closed; in Papua it is another one.
        let late = visitor.opens("/kalkulator?kpp=palmerah&tanggal=2026-08-13&jam=16:01").await.expect(200);
        assert!(late.says("Kamis, 20 Agustus 2026") && late.says("setelah loket tutup"), "{}", late.text());
        let papua = visitor.opens("/kalkulator?kpp=952&tanggal=2026-08-13&jam=09.30").await.expect(200);
        assert!(papua.says("24.00 WIT") && papua.says("KPP Pratama Jayapura"), "{}", papua.text());

        // The last days of the last known year: no date, and a sentence that says why.
        let unknown = visitor.opens("/kalkulator?kpp=031&tanggal=2027-12-30&jam=09:00").await.expect(200);
        assert!(unknown.says("Kalender tahun 2028 belum tersedia"), "{}", unknown.text());
        assert!(!unknown.html.contains("class=\"ak-due\""), "nothing is guessed");
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_read_is_told_beside_its_field_and_stays_typed() {
    TestApp::run(|app| async move {
        a_holiday(&app).await;
        let visitor = Visitor::new(&app);
        let wrong = visitor.opens("/kalkulator?kpp=atlantis&tanggal=besok&jam=25:00").await.expect(422);
        assert!(
            wrong.says("Kantor ini tidak ditemukan") && wrong.says("Isi tanggal") && wrong.says("Isi jam")
        );
        assert!(wrong.html.contains("value=\"atlantis\"") && wrong.html.contains("<title>Galat:"));
        let far = visitor.opens("/kalkulator?kpp=031&tanggal=%2B262142-12-31&jam=09:00").await.expect(422);
        assert!(far.says("di luar yang dapat dihitung"), "{}", far.text());
        let two = visitor.opens("/kalkulator?kpp=jayapura+jakarta&tanggal=2026-08-13&jam=09:00").await;
        assert_eq!(two.status, 422);
    })
    .await;
}

#[tokio::test]
async fn the_calculator_is_accessible_and_fits_every_screen() {
    TestApp::run(|app| async move {
        a_holiday(&app).await;
        let browser = Browser::start(&app.page("")).await;
        browser.opens("/kalkulator?kpp=031&tanggal=2026-08-13&jam=16:01").await;
        browser.sees("Kamis, 20 Agustus 2026").await;
        browser.is_pictured("calculator").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.opens("/kalkulator?kpp=031&tanggal=2027-12-30&jam=09:00").await;
        browser.sees("belum tersedia").await;
        browser.is_pictured("calculator-unknown").await;
        browser.is_accessible().await;
        browser.close().await;
    })
    .await;
}
