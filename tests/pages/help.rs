//! Help: people find the answer, in their language, without script; and hear when their office opens.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::{
    story,
    support::TestApp,
    visitor::{Seen, Visitor},
};

/// Where the main part of a page leads.
fn ways(seen: &Seen) -> BTreeSet<String> {
    let main = seen.html.split("<main").nth(1).unwrap().split("</main>").next().unwrap();
    main.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().replace("&#x2f;", "/")).collect()
}

fn titles(seen: &Seen) -> Vec<String> {
    let main = seen.html.split("<main").nth(1).unwrap();
    main.split("<li id=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_way_from_help_leads_to_a_page_in_both_languages() {
    TestApp::run(|app| async move {
        let visitor = Visitor::new(&app);
        let mut anchors = Vec::new();
        let mut seen = BTreeSet::new();
        for language in ["id", "en"] {
            let start = visitor.opens("/bantuan").await.expect(200);
            let index = visitor.sends(&start, "/pilihan", &[("language", language)]).await.expect(200);
            assert!(index.html.contains(&format!("<html lang=\"{language}\"")));
            anchors.push(titles(&index));
            for topic in ways(&index).into_iter().filter(|way| way.starts_with('/')) {
                let page = visitor.opens(&topic).await.expect(200);
                seen.extend(ways(&page).into_iter().filter(|way| way.starts_with('/')));
                seen.insert(topic);
            }
        }
        assert_eq!(anchors[0], anchors[1]);
        assert_eq!(anchors[0].len(), 17);
        assert!(seen.len() >= 19, "{seen:?}");
        for way in seen {
            visitor.opens(&way).await.expect(200);
        }
    })
    .await;
}

#[tokio::test]
async fn a_question_in_plain_words_leads_to_its_answer() {
    TestApp::run(|app| async move {
        let visitor = Visitor::new(&app);
        let home = visitor.opens("/").await.expect(200);
        assert!(home.html.contains("href=\"&#x2f;bantuan\""), "the navigation leads to help");

        let found = visitor.opens("/bantuan?q=lupa+pasword+dan+kode").await.expect(200);
        assert!(found.says("jawaban untuk “lupa pasword dan kode”"));
        assert!(found.html.contains("<mark>lupa</mark>"));
        let none = visitor.opens("/bantuan?q=%3Cb%3Ezebra").await.expect(200);
        assert!(none.says("Belum ada jawaban untuk “<b>zebra”") && !none.html.contains("<b>zebra"));
        assert_eq!(titles(&none).len(), 17, "all topics stay");

        let answer = visitor.opens("/bantuan/lupa-keduanya").await.expect(200);
        assert!(answer.says("cetak ulang dan update email sekaligus"));
        visitor.opens("/bantuan/tidak-ada").await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn whoever_comes_to_a_wrong_page_is_led_to_help() {
    TestApp::run(|app| async move {
        let lost = Visitor::new(&app).opens("/halaman-lama").await.expect(404);
        assert!(ways(&lost).contains("/bantuan"));
    })
    .await;
}

#[tokio::test]
async fn people_hear_when_their_office_opens_again() {
    TestApp::run(|app| async move {
        let visitor = Visitor::new(&app);
        let unknown = visitor.opens("/bantuan/jam-buka?kpp=031").await.expect(200);
        assert!(unknown.says("Kalender tahun 2026 belum dimuat"), "{}", unknown.text());

        story::prepare(&app).await;
        // Friday, 10 July 2026, 16.00 WIB: the last second in which the counter is open.
        let open = visitor.opens("/bantuan/jam-buka?kpp=031").await.expect(200);
        assert!(
            open.says("sedang buka") && open.says("Hari ini buka sampai pukul 16.00 WIB"),
            "{}",
            open.text()
        );
        app.advance(TimeDelta::seconds(1));
        let closed = visitor.opens("/bantuan/jam-buka?kpp=031").await.expect(200);
        assert!(closed.says("sedang tutup"));
        assert!(closed.says("KPP buka lagi Senin, 13 Juli 2026 pukul 08.00 WIB"), "{}", closed.text());
        app.advance(TimeDelta::hours(20));
        let saturday = visitor.opens("/bantuan/jam-buka?kpp=031").await.expect(200);
        assert!(saturday.says("Hari ini akhir pekan"));
    })
    .await;
}

#[tokio::test]
async fn an_office_is_found_by_its_name_and_what_is_missing_is_said() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let name: String = sqlx::query_scalar("select name from offices where office_code = '031'")
            .fetch_one(&app.pool)
            .await
            .unwrap();
        let visitor = Visitor::new(&app);
        let page = visitor.opens("/bantuan/jam-buka").await.expect(200);
        assert!(page.says("KPP Anda"));

        let query = name.to_uppercase().replace(' ', "+");
        let found = visitor.opens(&format!("/bantuan/jam-buka?kpp={query}")).await.expect(200);
        assert!(found.says(&format!("{name} sedang buka")), "{}", found.text());
        for (asked, answer) in [
            ("999", "Kantor ini tidak ditemukan"),
            ("kantor+antah+berantah", "Tidak ada KPP dengan nama, kota, atau kode “kantor antah berantah”"),
            ("ja", "Ketik paling sedikit tiga huruf"),
        ] {
            let seen = visitor.opens(&format!("/bantuan/jam-buka?kpp={asked}")).await.expect(200);
            assert!(seen.says(answer), "{asked}: {}", seen.text());
        }
    })
    .await;
}

#[tokio::test]
async fn a_holiday_is_named_and_other_hours_of_an_office_hold() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        for sql in [
            "insert into days_off (day_on, kind, name, source, calendar_version)
             select '2026-07-13', 'national', 'Hari Contoh', 'Keppres 1', max(calendar_version) from calendar_versions",
            "insert into closing_hours (office_code, from_on, until_on, opens_at, closes_at, name, source, calendar_version)
             select '031', '2026-07-14', '2026-07-14', '08:30', '15:00', 'jam khusus', 'SE-1', max(calendar_version)
             from calendar_versions",
        ] {
            sqlx::query(sql).execute(&app.pool).await.unwrap();
        }
        app.advance(TimeDelta::days(3));
        let seen = Visitor::new(&app).opens("/bantuan/jam-buka?kpp=031").await.expect(200);
        assert!(seen.says("Hari ini libur nasional (Hari Contoh)."), "{}", seen.text());
        assert!(seen.says("KPP buka lagi Selasa, 14 Juli 2026 pukul 08.30 WIB"));
    })
    .await;
}
