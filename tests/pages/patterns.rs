//! Patterns of work on their page, and the list as a file from the queue.

use chrono::TimeDelta;

use crate::{browser::Browser, head::drafts, story, support::TestApp, visitor::Visitor};

#[tokio::test]
async fn the_queue_is_taken_as_a_file_with_its_filters() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        drafts(&app, 2).await;
        let head = Visitor::staff(&app, "kasi").await;
        let queue = head.opens("/antrean?keadaan=drafted").await.expect(200);
        assert!(
            queue.html.contains("href=\"/antrean/unduh?bentuk=csv&amp;keadaan=drafted\""),
            "{}",
            queue.html
        );
        let file = head.opens("/antrean/unduh?bentuk=csv&keadaan=drafted").await.expect(200);
        assert!(
            file.html.contains("Keadaan,Menunggu tanda tangan") && file.html.matches("BPE-").count() == 2
        );
        assert_eq!(head.opens("/antrean/unduh?bentuk=pdf").await.status.as_u16(), 404);
    })
    .await;
}

#[tokio::test]
async fn patterns_are_counts_that_lead_to_their_requests_and_fit_every_screen() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        drafts(&app, 2).await;
        sqlx::query("update requests set state = 'examining'").execute(&app.pool).await.unwrap();
        app.advance(TimeDelta::days(5));
        app.employs("kepala", "supervisor", "031").await;
        let visitor = Visitor::staff(&app, "kepala").await;
        let page = visitor.opens("/pola").await.expect(200);
        let mut followed = 0;
        for start in ["/antrean?", "/papan/permohonan?", "/pola?"] {
            for (figure, path) in page.figures(start) {
                assert_eq!(visitor.opens(&path).await.expect(200).rows(), figure, "{path}");
                followed += 1;
            }
        }
        assert!(followed >= 2, "{}", page.text());
        let after = visitor.opens("/pola?daftar=idle_claim&mulai=1").await.expect(200);
        assert!(after.rows() == 1 && after.says("Baris 2 sampai 2 ditampilkan."), "{}", after.text());
        let browser = Browser::start(&app.page("")).await;
        browser.signs_in("kepala", "Antrean").await;
        browser.opens("/pola").await;
        browser.sees("Angka di sini adalah hitungan, bukan penilaian.").await;
        browser.is_pictured("patterns").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.opens("/pola?daftar=idle_claim").await;
        browser.sees("Tindakan terakhir").await;
        browser.is_pictured("patterns-listed").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.close().await;
    })
    .await;
}
