//! What people were told of limits, on their page.

use aktivasi::app::notices::raise_notices;
use chrono::TimeDelta;

use crate::{browser::Browser, head::drafts, story, support::TestApp, visitor::Visitor};

const PAGE: &str = "/pemberitahuan";

/// Three drafts that are overdue, told to the section head.
async fn told(app: &TestApp) {
    story::prepare(app).await;
    drafts(app, 3).await;
    // Monday, 20 July, 16.00 WIB and some seconds; an hour before.
    app.advance(TimeDelta::days(10) - TimeDelta::hours(1));
    assert_eq!(raise_notices(app.office()).await.unwrap(), 6);
}

#[tokio::test]
async fn a_notice_stands_until_it_is_read_and_the_navigation_counts_those_that_stand() {
    TestApp::run(|app| async move {
        told(&app).await;
        let visitor = Visitor::staff(&app, "kasi").await;
        let desk = visitor.opens("/tanda-tangan").await.expect(200);
        assert!(desk.says("3 belum dibaca"), "{}", desk.text());

        let page = visitor.opens(PAGE).await.expect(200);
        assert_eq!(page.html.matches("class=\"ak-badge\" data-t=\"overdue\"").count(), 3);
        let first =
            page.html.split("name=\"notice\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let read = visitor.sends(&page, PAGE, &[("notice", &first)]).await.expect(200);
        assert!(read.says("Ditandai sudah dibaca.") && read.says("2 belum dibaca"), "{}", read.text());
        assert!(!read.html.contains(&first));

        // What somebody else was told is not there, for whoever tries.
        let other = Visitor::staff(&app, "khusus").await;
        let own = other.opens(PAGE).await.expect(200);
        let second = read.html.split("name=\"notice\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        other.sends(&own, PAGE, &[("notice", second)]).await.expect(404);

        let all = visitor.sends(&read, PAGE, &[("notice", "")]).await.expect(200);
        assert!(all.says("2 pemberitahuan ditandai sudah dibaca.") && all.says("Tidak ada pemberitahuan"));
        assert!(!all.html.contains("ak-new"), "{}", all.text());
        assert_eq!(app.count("select count(*) from audit_events where act = 'acknowledge_notice'").await, 3);
    })
    .await;
}

#[tokio::test]
async fn an_operator_says_where_somebody_gets_mails_about_limits() {
    TestApp::run(|app| async move {
        let visitor = Visitor::staff(&app, "operator").await;
        let id: uuid::Uuid = sqlx::query_scalar("select staff_id from staff where username = 'khusus'")
            .fetch_one(&app.pool)
            .await
            .unwrap();
        let path = format!("/operator/pengguna/{id}");
        let page = visitor.opens(&path).await.expect(200);
        let wrong = visitor.sends(&page, &format!("{path}/email"), &[("email", "khusus@")]).await.expect(422);
        assert!(
            wrong.says("Alamat email belum lengkap") && wrong.html.contains("value=\"khusus@\""),
            "{}",
            wrong.text()
        );
        let right = [("email", "khusus@kpp.example")];
        let saved = visitor.sends(&wrong, &format!("{path}/email"), &right).await.expect(200);
        assert!(saved.says("Alamat email disimpan.") && saved.html.contains("value=\"khusus@kpp.example\""));
        let detail =
            "select count(*) from audit_events where act = 'set_staff_email' and detail::text not like '%@%'";
        assert_eq!(app.count(detail).await, 1, "the address stands in no audit row");
    })
    .await;
}

#[tokio::test]
async fn the_page_of_notices_is_accessible_and_fits_every_screen() {
    TestApp::run(|app| async move {
        told(&app).await;
        let browser = Browser::start(&app.page("")).await;
        browser.signs_in("kasi", "Menunggu tanda tangan").await;
        browser.opens(PAGE).await;
        browser.sees("Untuk Anda sebagai").await;
        browser.is_pictured("notices").await;
        browser.fits_every_width().await;
        browser.is_accessible().await;
        browser.presses("Semua sudah saya baca").await;
        browser.sees("Tidak ada pemberitahuan").await;
        browser.is_pictured("notices-none").await;
        browser.is_accessible().await;
        browser.close().await;
    })
    .await;
}
