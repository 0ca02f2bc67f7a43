//! The board: every figure of it leads to exactly its requests.

use std::time::Duration;

use chrono::TimeDelta;
use reqwest::{Method, header::LOCATION};
use serde_json::json;

use crate::{
    head::drafts,
    officer::queued,
    story::{self, EMAIL},
    support::TestApp,
    visitor::{Seen, Visitor},
};

/// Far longer than a stream takes to notice.
const PATIENCE: Duration = Duration::from_mins(1);

/// Requests that are open at 031, one that was returned, one that was granted in time and one late.
async fn worked(app: &TestApp) {
    queued(app, 6).await;
    story::register(app, "999991516041000", EMAIL).await;
    let officer = app.signs_in("khusus").await;
    let head = app.signs_in("kasi").await;
    let receipt =
        story::files(app, "new_credentials", EMAIL, |form| form["tax_id"] = json!("999991516041000")).await;
    let id = receipt["request_id"].as_str().unwrap();
    app.post(&format!("/requests/{id}/claim"), Some(&officer), json!({})).await.expect(200);
    let items = json!({ "items": [{ "code": "identitas_tidak_terbaca" }] });
    app.post(&format!("/requests/{id}/return"), Some(&officer), items).await.expect(200);
    let signed = drafts(app, 1).await;
    story::signs(app, &head, &signed[0]).await.expect(200);
}

/// The figure that is a link, and where it leads.
fn leads(page: &Seen) -> Vec<(String, String)> {
    let links = page.html.split("<a href=\"/papan/permohonan?").skip(1);
    links
        .map(|rest| {
            let (query, rest) = rest.split_once("\">").unwrap();
            let (words, _) = rest.split_once("</a>").unwrap();
            let figure = words.split(' ').next().unwrap();
            (figure.to_owned(), format!("/papan/permohonan?{}", query.replace("&amp;", "&")))
        })
        .collect()
}

#[tokio::test]
async fn every_figure_of_the_board_leads_to_as_many_requests_as_it_counts() {
    TestApp::run(|app| async move {
        worked(&app).await;
        let head = Visitor::staff(&app, "kasi").await;
        let page = head.opens("/papan").await.expect(200);
        let leads = leads(&page);
        assert!(leads.len() > 40, "{}", leads.len());
        let mut rounds = 0;
        for (figure, path) in &leads {
            let list = head.opens(path).await.expect(200);
            assert!(list.says(&format!("{figure} penerimaan")), "{path}: {figure} {}", list.text());
            assert_eq!(list.html.matches("<tr role=\"row\" data-row").count().to_string(), *figure, "{path}");
            rounds += figure.parse::<usize>().unwrap();
        }
        assert!(rounds > 10, "{rounds}");
        // The tiles and the loads by threshold lead to the queue, which counts the same; a name leads there too.
        let mut queues = page.figures("/antrean?");
        queues.retain(|(_, path)| path.contains("batas=") || path.contains("keadaan="));
        assert!(queues.len() > 10, "{queues:?}");
        for (figure, path) in queues {
            assert_eq!(head.opens(&path).await.expect(200).rows(), figure, "{path}");
        }
        assert!(page.html.contains("<td class=\"ak-num\">100%</td>"), "the chart of shares has its table");
        assert!(page.html.contains("/papan/waktu?kantor=031&amp;hari=2026-06-10&amp;pukul=23:59"));
        let month = "dari=2026-07-01&sampai=2026-07-10";
        let letters = head.opens(&format!("/papan/permohonan?angka=issued&{month}")).await.expect(200);
        assert!(letters.says("Jam buka sampai surat"), "{}", letters.text());
    })
    .await;
}

#[tokio::test]
async fn a_list_behind_a_figure_that_does_not_exist_is_not_there() {
    TestApp::run(|app| async move {
        let head = Visitor::staff(&app, "kasi").await;
        for path in [
            "/papan/permohonan",
            "/papan/permohonan?angka=semua",
            "/papan/permohonan?angka=issued",
            "/papan/permohonan?angka=issued&dari=2026-07-01&sampai=besok",
            "/papan/permohonan?angka=running&umur=tua",
            "/papan/permohonan?angka=returned&dari=2026-07-01&sampai=2026-07-02&alasan=%26x",
            "/papan?kantor=952",
            "/antrean?kantor=952",
        ] {
            head.opens(path).await.expect(404);
        }
    })
    .await;
}

#[tokio::test]
async fn a_supervisor_of_a_kanwil_sees_its_offices_and_each_of_them_alone() {
    TestApp::run(|app| async move {
        worked(&app).await;
        sqlx::query("update staff set office_code = '031' where username = 'kanwil'")
            .execute(&app.pool)
            .await
            .unwrap();
        let visitor = Visitor::staff(&app, "kanwil").await;
        let page = visitor.opens("/papan").await.expect(200);
        assert!(
            page.says("Papan Kanwil") && page.says("031 KPP Pratama Jakarta Palmerah"),
            "{}",
            page.text()
        );
        assert!(!page.says("952"), "{}", page.text());
        let one = visitor.opens("/papan?kantor=031").await.expect(200);
        assert!(one.says("Papan kantor 031") && one.says("Belum diambil"), "{}", one.text());
        // The way back is there, also from the office at which the account stands.
        assert!(one.says("Semua kantor"), "{}", one.text());
        for (figure, path) in leads(&one).into_iter().take(30) {
            assert!(path.ends_with("&kantor=031"), "{path}");
            let list = visitor.opens(&path).await.expect(200);
            assert!(list.says(&format!("{figure} penerimaan")), "{path}");
        }
        visitor.opens("/papan?kantor=952").await.expect(404);
        Visitor::staff(&app, "khusus").await.opens("/papan").await.expect(403);
    })
    .await;
}

#[tokio::test]
async fn the_news_of_a_board_say_that_it_changed_and_end_with_the_session() {
    TestApp::run(|app| async move {
        queued(&app, 2).await;
        let head = Visitor::staff(&app, "kasi").await;
        let page = head.opens("/papan").await.expect(200);
        assert!(page.html.contains("data-live=\""));
        // Somebody who types the address is led to the board.
        let typed = head.asks(Method::GET, "/papan/kabar", None, &[]).await;
        assert_eq!(typed.headers[LOCATION], "/papan");

        let mut news = head.listens("/papan/kabar").await;
        let opening = news.chunk().await.unwrap().unwrap();
        assert!(opening.starts_with(b"retry: "));
        one_less(&app).await;
        let mut told = String::new();
        while !told.contains("event: changed") {
            let line = tokio::time::timeout(PATIENCE, news.chunk()).await.unwrap().unwrap().unwrap();
            told.push_str(std::str::from_utf8(&line).unwrap());
        }
        assert!(told.contains("data: {\"at\":\"2026-07-"), "{told}");
        // Nobody was at the page since: the session is over, and the stream with it.
        app.advance(TimeDelta::minutes(121));
        let ended = async { while let Ok(Some(_)) = news.chunk().await {} };
        tokio::time::timeout(PATIENCE, ended).await.unwrap();
        assert!(head.opens("/papan").await.path.starts_with("/masuk"));
    })
    .await;
}

async fn one_less(app: &TestApp) {
    sqlx::query("update requests set state = 'withdrawn', ended_at = '2026-07-10Z', withdrawn_reason = 'own' where request_id = (select request_id from requests where state = 'received' limit 1)")
        .execute(&app.pool)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_board_that_renews_itself_keeps_no_session_alive() {
    TestApp::run(|app| async move {
        let head = Visitor::staff(&app, "kasi").await;
        for _ in 0..6 {
            app.advance(TimeDelta::minutes(20));
            head.asks(Method::GET, "/papan", None, &[("x-by-itself", "1")]).await;
        }
        assert!(head.opens("/papan").await.path.starts_with("/masuk"));
    })
    .await;
}
