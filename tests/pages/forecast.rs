//! The forecast on its page: what is expected late, how that was computed, and a proposal accepted with one press.

use crate::{
    browser::Browser,
    small_office::{request, small_office},
    support::TestApp,
    visitor::{Seen, Visitor},
};

const PAGE: &str = "/papan/prakiraan";
const ACCEPT: &str = "/papan/prakiraan/terapkan";

/// The rows of the proposal that are chosen.
fn chosen(page: &Seen) -> Vec<String> {
    let boxes = page.html.split("<input type=\"checkbox\" name=\"move\" value=\"").skip(1);
    boxes.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_proposal_is_accepted_in_part_and_what_changed_meanwhile_is_named() {
    TestApp::run(|app| async move {
        small_office(&app, true).await;
        let head = Visitor::staff(&app, "kasi").await;
        let board = head.opens("/papan").await.expect(200);
        assert!(board.leads_to(PAGE).contains(&PAGE.to_owned()));
        let page = head.opens(PAGE).await.expect(200);
        for words in [
            "Besok jatuh tempo 8. Tim ini menyelesaikan 0,75 per jam buka; sampai saat itu tersisa 16 jam: 3 diperkirakan terlambat",
            "120 ÷ 160 jam = 0,75 per jam buka",
            "8 jatuh tempo − 0 menunggu tanda tangan + 0 lewat jatuh tempo = 8 harus dikerjakan",
            "120 × 8 jam ÷ 160 jam = 6 (dibulatkan ke bawah); sejak sekarang 12 − 8 = +4.",
            "Urutan ke-5 di tumpukannya; dalam 16 jam selesai 4.",
            "Khusus2: 80 selesai × 16 jam tersisa ÷ 160 jam buka = 8",
            "turun dari 3 menjadi 0",
        ] {
            assert!(page.says(words), "{words} is not on {}", page.text());
        }
        assert!(page.leads_to(&format!("/permohonan/{}", request(1005))).len() == 1);
        let moves = chosen(&page);
        assert_eq!(moves.len(), 3);

        // The last row is left out, and somebody gives the first one back before the button is pressed.
        let officer = app.signs_in("khusus").await;
        app.post(&format!("/requests/{}/release", request(1005)), Some(&officer), serde_json::json!({}))
            .await
            .expect(200);
        let fields = [("move", moves[0].as_str()), ("move", moves[1].as_str())];
        let done = head.sends(&page, ACCEPT, &fields).await.expect(200);
        assert!(done.says("1 dari 2 permohonan dipindahkan"), "{}", done.text());
        assert!(done.says("sekarang pada Khusus2") && done.says("dilewati karena berubah sejak usulan dibuat"));
        assert!(done.says("1 diperkirakan terlambat bila tidak ada yang berubah"), "{}", done.text());
        let again = head.sends(&page, ACCEPT, &fields).await.expect(200);
        assert!(again.says("1 dari 2 permohonan dipindahkan"), "{}", again.text());

        let nothing = head.sends(&done, ACCEPT, &[]).await.expect(200);
        assert!(nothing.says("Pilih dahulu pemindahan yang ingin diterapkan."), "{}", nothing.text());
        for path in ["/papan/prakiraan?kantor=952", "/papan/prakiraan?kantor=x"] {
            head.opens(path).await.expect(404);
        }
    })
    .await;
}

/// Of `small_office`: one request is overdue, one is due on Friday, one on the Sunday before the last day that is told, one after
/// it, and one waits for the calendar.
async fn due_on_many_days(app: &TestApp) {
    small_office(app, true).await;
    sqlx::raw_sql(
        "update rounds set due_on = day, tomorrow_from = day - 1, today_from = day, due_at = day + 1
         from (values (1003, '2026-07-10'::date), (1004, '2026-07-17'), (1005, '2026-07-19'), (1006, '2026-07-28')) as moved (n, day)
         where receipt_number = 'BPE-031-20260612-0' || n;
         update rounds set due_on = null, tomorrow_from = null, today_from = null, due_at = null, derivation = null,
             calendar_version = null
         where receipt_number = 'BPE-031-20260612-01007'",
    )
    .execute(&app.pool)
    .await
    .unwrap();
}

#[tokio::test]
async fn every_figure_of_the_forecast_leads_to_as_many_requests_as_it_counts() {
    TestApp::run(|app| async move {
        due_on_many_days(&app).await;
        let head = Visitor::staff(&app, "kasi").await;
        let page = head.opens(PAGE).await.expect(200);
        let queues = page.figures("/antrean?");
        for (figure, path) in &queues {
            assert_eq!(head.opens(path).await.expect(200).rows(), *figure, "{path}");
        }
        let lists = page.figures("/papan/permohonan?");
        for (figure, path) in &lists {
            let list = head.opens(path).await.expect(200);
            assert!(list.says(&format!("{figure} penerimaan")), "{path}: {figure} {}", list.text());
        }
        // Due today and tomorrow, drafts of today, what is overdue, two officers.
        let counts = |figures: &[(usize, String)]| figures.iter().map(|(n, _)| *n).collect::<Vec<_>>();
        assert_eq!(counts(&queues), [1, 3, 1, 1, 7, 1], "{queues:?}");
        // Due on Wednesday, Friday, and Monday with the Sunday before it; what was completed, is due later, waits.
        assert_eq!(counts(&lists), [1, 1, 1, 120, 1, 1], "{lists:?}");
        assert!(page.says("1 yang jatuh tempo hari ini tinggal menunggu tanda tangan"), "{}", page.text());
    })
    .await;
}

#[tokio::test]
async fn who_watches_several_offices_chooses_one() {
    TestApp::run(|app| async move {
        small_office(&app, true).await;
        let nation = Visitor::staff(&app, "nasional").await;
        let choice = nation.opens(PAGE).await.expect(200);
        assert!(choice.says("Pilih kantor") && choice.says("952"), "{}", choice.text());
        let urgent = choice.figures("/papan/prakiraan?kantor=");
        assert_eq!(urgent.first().unwrap().0, 31, "{urgent:?}");
        let counted = [choice.figures("/antrean?"), choice.figures("/papan/permohonan?")].concat();
        assert_eq!(counted.iter().map(|(n, _)| *n).collect::<Vec<_>>(), [1, 8, 10], "{counted:?}");
        for (figure, path) in counted {
            assert_eq!(nation.opens(&path).await.expect(200).rows(), figure, "{path}");
        }
        let page = nation.opens("/papan/prakiraan?kantor=031").await.expect(200);
        let moves = chosen(&page);
        let done = nation.sends(&page, ACCEPT, &[("move", &moves[0])]).await.expect(200);
        assert!(done.says("1 dari 1 permohonan dipindahkan"), "{}", done.text());
        let quiet = nation.opens("/papan/prakiraan?kantor=952").await.expect(200);
        assert!(quiet.says("Belum cukup diketahui: baru 1 penyelesaian"), "{}", quiet.text());
    })
    .await;
}

#[tokio::test]
async fn one_press_accepts_a_proposal_and_every_state_is_accessible_and_fits_every_screen() {
    TestApp::run(|app| async move {
        small_office(&app, true).await;
        let browser = Browser::start(&app.page("")).await;
        browser.signs_in("kasi", "Papan").await;
        browser.opens(PAGE).await;
        browser.sees("3 diperkirakan terlambat").await;
        browser.is_right("forecast").await;
        browser
            .asks("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
            .await;
        browser.is_right("forecast-how").await;
        browser.presses("Terapkan usulan").await;
        browser.sees("3 dari 3 permohonan dipindahkan").await;
        browser.sees("Tidak ada yang diperkirakan terlambat").await;
        browser.is_right("forecast-accepted").await;
        browser.close().await;
    })
    .await;
}
