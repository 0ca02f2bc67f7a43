//! The report of a month on its pages: made, read, signed, and looked at.

use aktivasi::demo::load::{Plan, load};

use crate::{browser::Browser, story, support::TestApp, visitor::Visitor};

/// What a reader of PDF is shown, beside the pictures of the pages.
async fn keeps(visitor: &Visitor<'_>, app: &TestApp, name: &str) {
    let paper = visitor.opens("/laporan/031/2026-06/laporan.pdf").await.expect(200);
    assert_eq!(paper.headers["content-type"], "application/pdf");
    let token = app.signs_in("kasi").await;
    let bytes = app.get("/offices/031/monthly-reports/2026-06/paper", Some(&token)).await.bytes;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screens");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), bytes).unwrap();
}

#[tokio::test]
async fn a_section_head_makes_reads_and_signs_the_report_of_a_month() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        load(&app.pool, Plan { requests: 3_000, days: 365, now: app.now() }).await.unwrap();
        let browser = Browser::start(&app.page("")).await;
        browser.signs_in("kasi", "Papan").await;
        browser.opens("/laporan").await;
        browser.sees("Kantor ini belum punya laporan").await;
        browser.is_right("reports-none").await;

        let visitor = Visitor::staff(&app, "kasi").await;
        browser.presses("Buat laporan Juni 2026").await;
        browser.sees("Laporan Juni 2026 sudah ada sebagai konsep.").await;
        browser.is_right("report-draft").await;
        keeps(&visitor, &app, "report-draft.pdf").await;
        browser.opens("/laporan/031/2026-06/periksa").await;
        browser.sees("tidak dapat diubah atau ditarik").await;
        browser.is_right("report-confirm").await;

        // Somebody else corrects data meanwhile.
        for (done, name) in [
            ("Angka berubah sejak dibaca", "report-changed"),
            ("Laporan Juni 2026 ditandatangani.", "report-signed"),
        ] {
            if name == "report-changed" {
                one_more(&app).await;
            } else {
                browser.opens("/laporan/031/2026-06/periksa").await;
            }
            browser.presses("Tanda tangani laporan").await;
            browser.sees(done).await;
            browser.is_right(name).await;
        }
        keeps(&visitor, &app, "report-signed.pdf").await;
        one_more(&app).await;
        browser.opens("/laporan/031/2026-06").await;
        browser.sees("Angka saat ini berbeda").await;
        browser.is_right("report-differs").await;
        browser.opens("/laporan").await;
        browser.sees("Ditandatangani").await;
        browser.is_right("reports").await;
        browser.close().await;
    })
    .await;
}

async fn one_more(app: &TestApp) {
    sqlx::query(
        "insert into figure_changes (office_code, day_on, kind, measure, amount) values ('031', '2026-06-10', 'reprint', 'received', 1)",
    )
    .execute(&app.pool)
    .await
    .unwrap();
}

#[tokio::test]
async fn figures_lead_to_their_requests_as_files() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        load(&app.pool, Plan { requests: 300, days: 365, now: app.now() }).await.unwrap();
        let head = Visitor::staff(&app, "kasi").await;
        let rounds = "angka=received&dari=2026-05-01&sampai=2026-07-10";
        let page = head.opens(&format!("/papan/permohonan?{rounds}")).await.expect(200);
        let link = format!("/papan/permohonan/unduh?bentuk=xlsx&{rounds}").replace('&', "&amp;");
        assert!(page.html.contains(&link), "{}", page.html);
        let file = head.opens(&format!("/papan/permohonan/unduh?bentuk=csv&{rounds}")).await.expect(200);
        assert!(file.html.contains("Diterima pertama kali") && file.html.contains("BPE-"), "{}", file.html);
        assert_eq!(head.opens("/papan/permohonan/unduh?bentuk=pdf&angka=running").await.status.as_u16(), 404);
    })
    .await;
}
