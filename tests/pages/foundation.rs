//! What all pages share: sessions, language, what was typed, what goes wrong.

use aktivasi::http::assets;
use chrono::TimeDelta;
use reqwest::Method;

use crate::{
    story,
    support::{PASSWORD, TestApp},
    visitor::Visitor,
};

#[tokio::test]
async fn staff_sign_in_and_out_and_the_session_is_the_one_of_the_interface() {
    TestApp::run(|app| async move {
        let visitor = Visitor::new(&app);
        visitor.signs_in("khusus").await.expect(200);
        assert!(visitor.holds("aktivasi-sesi"));
        assert_eq!(app.count("select count(*) from sessions where ended_at is null").await, 1);

        let page = visitor.opens("/").await.expect(200);
        let out = visitor.sends(&page, "/keluar", &[]).await.expect(200);

        assert!(out.says("Anda sudah keluar."));
        assert!(!visitor.holds("aktivasi-sesi"));
        assert_eq!(app.count("select count(*) from sessions where ended_at is null").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_says_so_and_keeps_the_name() {
    TestApp::run(|app| async move {
        let visitor = Visitor::new(&app);
        let page = visitor.opens("/masuk").await;
        let empty =
            visitor.sends(&page, "/masuk", &[("username", "khusus"), ("password", "")]).await.expect(422);
        assert!(empty.says("Isi kata sandi.") && empty.html.contains("value=\"khusus\""));
        let wrong = visitor
            .sends(&page, "/masuk", &[("username", "khusus"), ("password", "salah")])
            .await
            .expect(422);

        assert!(wrong.says("Nama pengguna atau kata sandi belum cocok."));
        assert!(wrong.html.contains("value=\"khusus\"") && !wrong.html.contains("salah\""));
        assert!(wrong.html.contains("<title>Galat:") && wrong.html.contains("href=\"#username\""));
    })
    .await;
}

#[tokio::test]
async fn whoever_is_idle_for_too_long_signs_in_again_and_nothing_typed_is_lost() {
    TestApp::run(|app| async move {
        let visitor = Visitor::staff(&app, "khusus").await;
        let page = visitor.opens("/masuk/contoh").await.expect(404);
        app.advance(TimeDelta::hours(2));
        let ended = visitor.sends(&page, "/keluar", &[("note", "catatan saya <b>")]).await.expect(401);
        assert!(ended.says("Isian Anda tersimpan"));
        assert_eq!(app.count("select count(*) from audit_events where act = 'session_ended'").await, 1);

        let back = visitor
            .sends(&ended, "/masuk", &[("username", "khusus"), ("password", PASSWORD)])
            .await
            .expect(200);

        assert!(back.says("Isian Anda masih ada"));
        assert!(back.hidden("/keluar").contains(&("note".to_owned(), "catatan saya <b>".to_owned())));
        let sent = visitor.sends(&back, "/keluar", &[]).await.expect(200);
        assert!(sent.says("Anda sudah keluar."));
    })
    .await;
}

#[tokio::test]
async fn what_one_person_typed_is_not_shown_to_another() {
    TestApp::run(|app| async move {
        let visitor = Visitor::staff(&app, "khusus").await;
        let page = visitor.opens("/tidak-ada").await.expect(404);
        app.advance(TimeDelta::hours(2));
        let ended = visitor.sends(&page, "/keluar", &[("note", "catatan-orang-lain")]).await.expect(401);

        let other = visitor.sends(&ended, "/masuk", &[("username", "kasi"), ("password", PASSWORD)]).await;

        assert!(!other.html.contains("catatan-orang-lain"));
    })
    .await;
}

#[tokio::test]
async fn a_cookie_that_we_did_not_make_leads_nowhere() {
    TestApp::run(|app| async move {
        let session: uuid::Uuid = {
            app.signs_in("khusus").await;
            sqlx::query_scalar("select session_id from sessions").fetch_one(&app.pool).await.unwrap()
        };
        for forged in [session.to_string(), "x".repeat(80), String::new()] {
            let visitor = Visitor::new(&app);
            let cookie = format!("aktivasi-sesi={forged}");
            let seen = visitor.asks(Method::GET, "/", None, &[("cookie", &cookie)]).await;
            assert!(seen.html.contains("href=\"/masuk\""), "{forged}");
        }
    })
    .await;
}

#[tokio::test]
async fn language_and_colours_stay_and_the_page_stays() {
    TestApp::run(|app| async move {
        let visitor = Visitor::new(&app);
        let page = visitor.opens("/masuk?back=/v").await.expect(200);
        assert!(page.html.contains("<html lang=\"id\" data-color-scheme=\"auto\">"));
        let english = visitor.sends(&page, "/pilihan", &[("language", "en")]).await.expect(200);
        assert_eq!(english.path, "/masuk?back=/v");
        assert!(english.says("Sign in for staff") && english.html.contains("<html lang=\"en\""));
        let dark = visitor.sends(&english, "/pilihan", &[("theme", "dark")]).await.expect(200);

        assert!(dark.html.contains("<html lang=\"en\" data-color-scheme=\"dark\">"));
        assert_eq!(dark.headers["content-language"], "en");
    })
    .await;
}

#[tokio::test]
async fn a_form_with_a_stale_token_is_asked_for_again_with_everything_in_it() {
    TestApp::run(|app| async move {
        let visitor = Visitor::new(&app);
        let page = visitor.opens("/masuk").await;
        visitor.forgets("aktivasi-tamu");
        let again = visitor.sends(&page, "/pilihan", &[("language", "en")]).await.expect(409);

        assert!(again.says("Isian Anda masih ada"));
        let english = visitor.sends(&again, "/pilihan", &[]).await.expect(200);
        assert!(english.html.contains("<html lang=\"en\""));
    })
    .await;
}

#[tokio::test]
async fn no_way_back_leads_to_another_site() {
    TestApp::run(|app| async move {
        for evil in ["//evil.example", "https://evil.example", "/\\evil.example"] {
            let visitor = Visitor::new(&app);
            let page = visitor.opens(&format!("/masuk?back={evil}")).await.expect(200);
            assert!(page.hidden("/masuk").contains(&("back".to_owned(), "/".to_owned())), "{evil}");
        }
    })
    .await;
}

#[tokio::test]
async fn people_get_a_page_for_an_unknown_path_and_programs_a_problem() {
    TestApp::run(|app| async move {
        let page = Visitor::new(&app).opens("/tidak-ada").await.expect(404);
        assert!(page.says("Halaman tidak ditemukan"));
        let problem = app.client.get(app.page("/tidak-ada")).send().await.unwrap();
        assert_eq!(problem.headers()["content-type"], "application/problem+json");
    })
    .await;
}

#[tokio::test]
async fn the_first_visit_weighs_less_than_100_kib() {
    TestApp::run(|app| async move {
        let gzip = ("accept-encoding", "gzip, br");
        let mut bytes = 0;
        let mut weigh = async |path: &str| {
            let response = app.client.get(app.page(path)).header(gzip.0, gzip.1).send().await.unwrap();
            assert!(response.status().is_success(), "{path}");
            bytes += response.bytes().await.unwrap().len();
        };
        for path in assets::page_styles().into_iter().chain([assets::script_path(), "/masuk".to_owned()]) {
            weigh(&path).await;
        }
        let site =
            app.client.get(app.page(&assets::page_styles()[1])).send().await.unwrap().text().await.unwrap();
        let font = site.split("url(").nth(1).unwrap().split(')').next().unwrap();
        weigh(&format!("/assets/{font}")).await;

        assert!(bytes < 100 * 1024, "{bytes}");
    })
    .await;
}

#[tokio::test]
async fn an_address_of_the_wrong_shape_is_told_on_a_page_and_to_programs_as_a_problem() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        for (who, path) in [
            ("khusus", "/permohonan/bukan-id"),
            ("khusus", "/permohonan/bukan-id/lembar-pengawasan.pdf"),
            ("tpt", "/loket/bukan-id/lengkapi"),
            ("kasi", "/tanda-tangan/bukan-id"),
            ("operator", "/operator/pekerjaan?sesudah=x"),
            ("operator", "/operator/pengguna/bukan-id"),
        ] {
            let seen = Visitor::staff(&app, who).await.opens(path).await.expect(404);
            assert!(seen.html.starts_with("<!doctype html>"), "{path}: {}", seen.html);
            assert!(
                seen.html.contains("aria-current") || seen.says("Keluar"),
                "{path} has no frame of {who}"
            );
        }
        let stranger = Visitor::new(&app);
        for path in ["/ajukan/lanjut/bukan-id", "/bantuan?q=a&q=b"] {
            assert!(stranger.opens(path).await.expect(404).html.starts_with("<!doctype html>"), "{path}");
        }
        assert_eq!(stranger.opens("/v?token=a&token=b").await.path, "/v/a");
        let program = app.client.get(app.page("/bantuan?q=a&q=b")).send().await.unwrap();
        assert_eq!(program.headers()["content-type"], "application/problem+json");
    })
    .await;
}
