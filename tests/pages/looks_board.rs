//! The board in a real browser, with ten years of requests behind it.

use aktivasi::{
    app::balance_alarm::check_balance,
    demo::load::{Plan, load},
};
use chrono::TimeDelta;

use crate::{browser::Browser, small_office::small_office, story, support::TestApp};

/// Every stream is refused, as when all places are taken, and pauses are a hundredth.
const REFUSED: &str = "
    const [Stream, every] = [window.EventSource, window.setInterval];
    window.EventSource = class extends Stream {
        constructor(url) { super(`${url}?kantor=000`); window.stream = this; }
    };
    window.setInterval = (act, pause, ...more) => every(act, pause / 100, ...more);";

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
        check_balance(app.office()).await.unwrap();
        let browser = Browser::start(&app.page("")).await;
        browser.signs_in("nasional", "Papan").await;
        browser.opens("/papan").await;
        browser.sees("Papan nasional").await;
        browser.sees("Dihitung pukul 10.12").await;
        browser.is_right("board-national").await;
        browser.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_board_whose_stream_is_refused_asks_from_time_to_time_and_renews_all_the_same() {
    TestApp::run(|app| async move {
        small_office(&app, false).await;
        let browser = Browser::start(&app.page("")).await;
        browser.begins_pages_with(REFUSED).await;
        browser.signs_in("kasi", "Papan").await;
        browser.opens("/papan").await;
        browser.sees("1 dari 10 permohonan belum diambil").await;
        sqlx::query(
            "update requests set state = 'examining', officer_id = (select staff_id from staff where username = 'khusus')
             where office_code = '031' and state = 'received'",
        )
        .execute(&app.pool)
        .await
        .unwrap();
        browser.sees("Semua 10 permohonan sudah ada yang memegang").await;
        assert_eq!(browser.asks("return window.stream.readyState === EventSource.CLOSED").await, true);
        browser.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_supervisor_goes_from_the_country_to_a_request_and_back() {
    TestApp::run(|app| async move {
        small_office(&app, true).await;
        let browser = Browser::start(&app.page("")).await;
        browser.signs_in("nasional", "Papan").await;
        browser.opens("/papan").await;
        browser.sees("Papan nasional").await;
        browser.presses("031 KPP Pratama Jakarta Palmerah").await;
        browser.sees("Papan kantor 031").await;
        browser.presses("Hari kerja berikutnya").await;
        browser.sees("BPE 0612-01001").await;
        assert_eq!(browser.path().await, "/antrean?batas=due_tomorrow&kantor=031");
        browser.presses("BPE 0612-01001").await;
        browser.sees("PT Contoh 1001").await;
        browser.goes_back().await;
        browser.sees("BPE 0612-01011").await;
        browser.goes_back().await;
        browser.sees("Papan kantor 031").await;
        browser.presses("Semua kantor").await;
        browser.sees("Papan nasional").await;
        browser.presses("Prakiraan beban dan usulan").await;
        browser.sees("Pilih kantor").await;
        browser.is_right("forecast-offices").await;
        browser.presses("031 KPP Pratama Jakarta Palmerah").await;
        browser.sees("3 diperkirakan terlambat").await;
        browser.close().await;

        let browser = Browser::start(&app.page("")).await;
        browser.signs_in("kanwil", "Papan").await;
        browser.opens("/papan").await;
        browser.sees("Papan Kanwil").await;
        browser.is_right("board-kanwil").await;
        browser.close().await;
    })
    .await;
}
