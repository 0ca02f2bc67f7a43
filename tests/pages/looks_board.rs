//! The board in a real browser, with ten years of requests behind it.

use aktivasi::demo::load::{Plan, load};
use chrono::TimeDelta;

use crate::{browser::Browser, story, support::TestApp};

#[tokio::test]
async fn the_board_is_accessible_fits_every_screen_and_renews_itself() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        // Tuesday, 14 July, 10.12 WIB
        app.advance(TimeDelta::minutes(3 * 24 * 60 + 18 * 60 + 12));
        load(&app.pool, Plan { requests: 3_000, days: 730, now: app.now() }).await.unwrap();
        let browser = Browser::start(&app.page("")).await;
        browser.signs_in("kasi", "Papan").await;
        browser.opens("/papan").await;
        browser.sees("Papan kantor").await;
        browser.is_right("board-office").await;
        assert!(browser.is_printed("board-office").await <= 3, "a board is a few sheets of A4");
        browser.presses("Lihat sebagai tabel").await;
        browser.is_accessible().await;

        // Somebody else works meanwhile: the page shows it, and what was opened stays open.
        sqlx::query(
            "update requests set state = 'withdrawn', ended_at = now(), withdrawn_reason = 'own', officer_id = null
             where office_code = '031' and state in ('received', 'examining', 'drafted')",
        )
        .execute(&app.pool)
        .await
        .unwrap();
        browser.sees("Tidak ada permohonan yang berjalan").await;
        assert_eq!(browser.asks("return document.querySelector('.ak-fig details').open").await, true);

        browser.opens("/papan/permohonan?angka=late&dari=2026-06-01&sampai=2026-06-30").await;
        browser.sees("Selesai terlambat").await;
        browser.is_right("board-rounds").await;
        browser.opens("/papan/permohonan?angka=withdrawn&dari=2020-06-01&sampai=2020-06-30").await;
        browser.sees("Tidak ada permohonan di balik angka ini").await;
        browser.is_right("board-rounds-none").await;
        browser.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_national_board_and_an_empty_one_are_accessible_and_fit_every_screen() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        app.advance(TimeDelta::minutes(3 * 24 * 60 + 18 * 60 + 12));
        let browser = Browser::start(&app.page("")).await;
        browser.signs_in("kasi", "Papan").await;
        browser.opens("/papan").await;
        browser.sees("Tidak ada permohonan yang berjalan").await;
        browser.is_right("board-empty").await;
        browser.close().await;

        load(&app.pool, Plan { requests: 2_000, days: 730, now: app.now() }).await.unwrap();
        let browser = Browser::start(&app.page("")).await;
        browser.signs_in("nasional", "Papan").await;
        browser.opens("/papan").await;
        browser.sees("Papan nasional").await;
        browser.is_right("board-national").await;
        browser.close().await;
    })
    .await;
}
