//! An office at a past moment, and what another calendar would have changed, on their pages.

use chrono::TimeDelta;
use serde_json::json;

use crate::{browser::Browser, head::drafts, story, support::TestApp, visitor::Visitor};

/// One letter waits for its signature since Friday, 16.00; on Monday it is signed, and another request comes.
async fn worked(app: &TestApp) {
    story::prepare(app).await;
    app.imports(
        aktivasi::admin::import::Content::Calendar,
        "date,name_id,kind,source\n2026-07-20,Libur bersama,national,Keppres 1\n",
    )
    .await;
    let drafted = drafts(app, 2).await;
    app.advance(TimeDelta::days(3));
    let (officer, head) = (app.signs_in("khusus").await, app.signs_in("kasi").await);
    story::signs(app, &head, &drafted[0]).await.expect(200);
    let receipt =
        story::files(app, "reprint", "pajak1@example.com", |form| form["tax_id"] = json!("999991516041000"))
            .await;
    let path = format!("/requests/{}/claim", receipt["request_id"].as_str().unwrap());
    app.post(&path, Some(&officer), json!({})).await.expect(200);
    app.advance(TimeDelta::minutes(2));
}

#[tokio::test]
async fn a_moment_is_chosen_on_the_clock_of_the_office_and_faults_lose_nothing() {
    TestApp::run(|app| async move {
        worked(&app).await;
        let head = Visitor::staff(&app, "kasi").await;
        let board = head.opens("/papan").await.expect(200);
        assert!(board.html.contains("href=\"/papan/waktu") && board.html.contains("href=\"/papan/andai"));
        let page = head.opens("/papan/waktu").await.expect(200);
        assert!(page.html.contains("value=\"2026-07-12\"") && page.html.contains("value=\"16:00\""));
        let seen = head.opens("/papan/waktu?hari=2026-07-10&pukul=16:05").await.expect(200);
        assert!(seen.says("Jumat, 10 Juli 2026") && seen.says("16.05 WIB"), "{}", seen.text());
        assert!(seen.says("Antrean saat itu 2 permohonan"), "{}", seen.text());
        assert!(seen.says("Menunggu tanda tangan"), "{}", seen.text());
        // Every count leads to its requests: those of then to the queue of then, those of now to the lists of now.
        let mut followed = 0;
        for (figure, path) in seen.figures("/papan/waktu?") {
            let list = head.opens(&path).await.expect(200);
            assert!(list.says(&format!("Antrean saat itu {figure} permohonan")), "{path} {}", list.text());
            assert_eq!(list.rows(), figure, "{path}");
            followed += 1;
        }
        for (figure, path) in [seen.figures("/antrean?"), seen.figures("/papan/permohonan?")].concat() {
            assert_eq!(head.opens(&path).await.expect(200).rows(), figure, "{path}");
            followed += 1;
        }
        assert!(followed > 10, "{followed}");
        let asked = "kantor=031&hari=2026-07-10&pukul=16:05";
        let none = head.opens(&format!("/papan/waktu?{asked}&batas=overdue")).await.expect(200);
        assert!(none.says("Tidak ada permohonan seperti ini saat itu."), "{}", none.text());
        let file = format!("/papan/waktu/unduh?bentuk=csv&{asked}&keadaan=drafted");
        let file = head.opens(&file).await.expect(200).html;
        assert!(
            file.contains("Keadaan pada,\"Jumat, 10 Juli 2026") && file.contains("Disusun kembali pada,"),
            "{file}"
        );
        assert!(
            file.contains("Keadaan saat itu,Menunggu tanda tangan") && file.matches("BPE-").count() == 2,
            "{file}"
        );
        head.opens("/papan/waktu/unduh?bentuk=csv&kantor=952&hari=2026-07-10&pukul=16:05").await.expect(404);
        let now = head.opens("/papan/waktu?hari=2026-07-13&pukul=16:02").await.expect(200);
        assert!(now.says("Antrean saat itu 2 permohonan") && now.says("Diteliti"), "{}", now.text());
        let before = head.opens("/papan/waktu?hari=2026-07-09&pukul=10.00").await.expect(200);
        assert!(before.says("Permohonan pertama kantor ini diterima 10 Juli 2026."), "{}", before.text());
        let ahead = head.opens("/papan/waktu?hari=2026-07-14&pukul=08:00").await.expect(422);
        assert!(ahead.says("Saat ini belum tiba.") && ahead.html.contains("value=\"2026-07-14\""));
        let wrong = head.opens("/papan/waktu?hari=kemarin&pukul=pagi").await.expect(422);
        assert!(wrong.says("Isi tanggal, misalnya 2026-07-10.") && wrong.html.contains("value=\"kemarin\""));
        assert_eq!(
            head.opens("/papan/waktu?kantor=952&hari=2026-07-10&pukul=16:00").await.status.as_u16(),
            404
        );

        let page = head.opens("/papan/andai").await.expect(200);
        assert!(page.html.contains("value=\"2026-06-01\"") && page.says("Libur bersama"), "{}", page.text());
        let asked = "/papan/andai?dari=2026-07-01&sampai=2026-07-13";
        let moved = head.opens(&format!("{asked}&tambah=2026-07-14")).await.expect(200);
        assert!(moved.says("3 dari 3 penerimaan akan punya jatuh tempo lain"), "{}", moved.text());
        let same = head.opens(&format!("{asked}&hapus=2026-07-20&tambah=2026-07-12")).await.expect(200);
        assert!(same.says("Tidak satu pun dari 3 penerimaan berubah"), "{}", same.text());
        assert!(same.html.contains("value=\"2026-07-20\" checked"));
        let none = head.opens(asked).await.expect(422);
        assert!(none.says("Tambah atau hapus sedikitnya satu hari libur, atau isi jam tutup."));
        let early = head.opens(&format!("{asked}&tutup=08:00")).await.expect(422);
        assert!(early.says("Isi jam tutup setelah pukul 08.00.") && early.html.contains("value=\"08:00\""));
        // The first came at 16.00 sharp; the others came after the closing time that it was.
        let closed = head.opens(&format!("{asked}&tutup=09:30")).await.expect(200);
        assert!(closed.says("1 dari 3 penerimaan akan punya jatuh tempo lain"), "{}", closed.text());
        let both = head.opens(&format!("{asked}&tambah=besok&hapus=2026-07-20")).await.expect(422);
        assert!(both.html.contains("value=\"besok\"") && both.html.contains("value=\"2026-07-20\" checked"));

        // Whoever sees many offices chooses one.
        let country = Visitor::staff(&app, "nasional").await;
        let asked = country.opens("/papan/waktu?kantor=&hari=2026-07-10&pukul=16:05").await.expect(422);
        assert!(asked.says("Pilih kantornya.") && asked.html.contains("<option value=\"031\""));
        let seen = country.opens("/papan/waktu?kantor=031&hari=2026-07-10&pukul=16:05").await.expect(200);
        assert!(seen.says("Antrean saat itu 2 permohonan"));
    })
    .await;
}

#[tokio::test]
async fn past_and_another_calendar_are_accessible_and_fit_every_screen() {
    TestApp::run(|app| async move {
        worked(&app).await;
        let browser = Browser::start(&app.page("")).await;
        browser.signs_in("kasi", "Papan").await;
        browser.opens("/papan/waktu").await;
        browser.sees("Kantor pada saat lampau").await;
        browser.is_right("past-asked").await;
        browser.opens("/papan/waktu?hari=2026-07-10&pukul=16:05").await;
        browser.sees("Antrean saat itu").await;
        browser.is_right("past-seen").await;
        browser.opens("/papan/waktu?hari=2026-07-30&pukul=16:05").await;
        browser.sees("Saat ini belum tiba.").await;
        browser.is_right("past-fault").await;
        browser.opens("/papan/waktu?hari=2026-07-01&pukul=16:05").await;
        browser.sees("Saat itu belum ada data.").await;
        browser.is_right("past-empty").await;
        browser.opens("/papan/andai").await;
        browser.sees("Andai kalendernya lain").await;
        browser.is_right("what-if-asked").await;
        browser.opens("/papan/andai?dari=2026-07-01&sampai=2026-07-13&tambah=2026-07-14").await;
        browser.sees("akan punya jatuh tempo lain").await;
        browser.is_right("what-if-answered").await;
        browser.close().await;
    })
    .await;
}
