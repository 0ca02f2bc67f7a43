//! Letters on paper and the balance in a real browser.

use crate::{
    browser::Browser,
    post::{on_paper, prints_all},
    support::TestApp,
    visitor::Visitor,
};

#[tokio::test]
async fn letters_on_paper_are_accessible_and_fit_every_screen() {
    TestApp::run(|app| async move {
        let (letter, _) = on_paper(&app).await;
        let browser = Browser::start(&app.page("")).await;
        browser.signs_in("tpt", "Antrean").await;
        browser.opens("/surat").await;
        browser.is_right("post-desk").await;
        browser.key("m").await;
        browser.sees("Tumpukan 1 surat").await;
        browser.is_right("post-batch").await;
        prints_all_of(&app).await;
        browser.opens("/surat/tumpukan").await;
        browser.sees("1 kali").await;
        browser.is_right("post-batches").await;
        browser.key("u").await;
        browser.sees("Tidak ada surat yang menunggu cetak").await;
        browser.key("2").await;
        browser.types("Nomor resi pos untuk S-1/KPP.031/2026", "RESI").await;
        browser.presses("Simpan nomor resi").await;
        browser.sees("Ada 1 isian yang perlu diperbaiki.").await;
        browser.is_right("post-posting-fault").await;
        browser.types("Nomor resi pos untuk S-1/KPP.031/2026", "P2607130042871").await;
        browser.presses("Simpan nomor resi").await;
        browser.sees("1 surat dicatat sudah dikirim lewat pos").await;
        browser.opens(&format!("/surat/{letter}")).await;
        browser.presses("Kembali dari pos (kempos)").await;
        browser.presses("Catat kempos").await;
        browser.sees("Ada 1 isian yang perlu diperbaiki.").await;
        browser.is_right("post-letter-fault").await;
        browser.close().await;
    })
    .await;
}

/// The batch that is there, printed by a colleague.
async fn prints_all_of(app: &TestApp) {
    let colleague = Visitor::staff(app, "tpt").await;
    let batches = colleague.opens("/surat/tumpukan").await.expect(200);
    let batch = colleague.opens(&batches.leads_to("/surat/tumpukan/")[0]).await.expect(200);
    colleague.sends(&batch, &format!("{}/cetak", batch.path), &[]).await.expect(200);
}

#[tokio::test]
async fn the_balance_is_accessible_and_fits_every_screen() {
    TestApp::run(|app| async move {
        let (letter, _) = on_paper(&app).await;
        prints_all(&Visitor::staff(&app, "tpt").await).await;
        let browser = Browser::start(&app.page("")).await;
        browser.signs_in("kasi", "Menunggu tanda tangan").await;
        browser.opens("/neraca").await;
        browser.is_right("balance").await;
        browser.opens("/neraca/surat?golongan=pending").await;
        browser.is_right("balance-letters").await;
        browser.opens(&format!("/surat/{letter}")).await;
        browser.is_right("post-letter-head").await;
        sqlx::query("update letter_series set last_number = last_number + 1 where series = 'S'")
            .execute(&app.pool)
            .await
            .unwrap();
        browser.opens("/neraca").await;
        browser.sees("Tidak seimbang: selisih 1 surat").await;
        browser.is_right("balance-alarm").await;
        browser.close().await;
    })
    .await;
}

#[tokio::test]
async fn corrections_and_the_register_are_accessible_and_fit_every_screen() {
    TestApp::run(|app| async move {
        let (letter, _) = on_paper(&app).await;
        let officer = Browser::start(&app.page("")).await;
        officer.signs_in("khusus", "Antrean").await;
        officer.opens(&format!("/surat/{letter}/ralat")).await;
        officer.presses("Simpan dan minta tanda tangan").await;
        officer.sees("isian yang perlu diperbaiki").await;
        officer.is_right("correction-draft-fault").await;
        officer.types("Nama PKP", "CV Tirtaloka Semburat Raya").await;
        officer.types("Alasan ralat", "Salah ketik").await;
        officer.presses("Simpan dan minta tanda tangan").await;
        officer.sees("Konsep ralat menunggu tanda tangan.").await;
        officer.close().await;

        let head = Browser::start(&app.page("")).await;
        head.signs_in("kasi", "Ralat yang menunggu").await;
        head.is_right("desk-corrections").await;
        head.key("j").await;
        head.key(crate::browser::keys::ENTER).await;
        head.sees("Tandatangani ralat").await;
        head.is_right("correction-sheet").await;
        head.key("s").await;
        head.sees("Ralat ditandatangani.").await;
        head.is_right("correction-signed").await;
        head.opens("/buku-agenda").await;
        head.sees("Nomor berurutan tanpa celah.").await;
        head.is_right("register").await;
        head.close().await;
    })
    .await;
}

#[tokio::test]
async fn decrees_are_accessible_and_fit_every_screen() {
    TestApp::run(|app| async move {
        crate::story::prepare(&app).await;
        let browser = Browser::start(&app.page("")).await;
        browser.signs_in("operator", "Pekerjaan").await;
        browser.opens("/operator/kep/baru").await;
        browser.presses("Simpan dan baca naskahnya").await;
        browser.sees("Ada 3 isian yang perlu diperbaiki.").await;
        browser.is_right("decree-form-faults").await;
        let clerk = Visitor::staff(&app, "operator").await;
        let form = clerk.opens("/operator/kep/baru").await.expect(200);
        let id = form.html.split("name=\"officer\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let (rank, position) = (format!("rank-{id}"), format!("position-{id}"));
        let all = [
            ("officer", id),
            (rank.as_str(), "Penata Muda/III.a"),
            (position.as_str(), "Pelaksana Seksi Pelayanan"),
            ("dated_on", "2026-07-10"),
            ("in_force_on", "2026-07-11"),
            ("signatory-name", "Hartati Contoh"),
            ("signatory-nip", "197002021995031999"),
        ];
        let sheet = clerk.sends(&form, "/operator/kep/baru", &all).await.expect(200);
        browser.opens(&sheet.path).await;
        browser.presses("Beri nomor").await;
        browser.sees("Beri nomor keputusan ini?").await;
        browser.presses("Beri nomor").await;
        browser.sees("Keputusan bernomor.").await;
        browser.is_right("decree-numbered").await;
        browser.opens("/operator/kep").await;
        browser.is_right("decrees").await;
        browser.close().await;
    })
    .await;
}
