//! Papers for the office itself: the routing slip of a request, the register of a month.

use crate::{
    story::{self, EMAIL, is_granted, pdf_text},
    support::{Answer, TestApp},
};

/// Words only: where lines end is the layout's business.
fn words(pdf: &[u8]) -> String {
    pdf_text(pdf).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn the_routing_slip_tells_the_way_of_a_request_through_the_office() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let issued = is_granted(&app, "new_credentials", EMAIL).await;
        let officer = app.signs_in("khusus").await;
        let path = format!("/requests/{}/routing-slip", issued["request_id"].as_str().unwrap());

        let slip = app.get(&path, Some(&officer)).await;

        let text = words(&slip.bytes);
        let receipt = issued["rounds"][0]["receipt_number"].as_str().unwrap();
        for said in [
            "LEMBAR PENGAWASAN ARUS DOKUMEN",
            &receipt.replacen("BPE", "LPAD", 1),
            "SE-20/PJ/2020",
            "2 (dua) dokumen",
            "hari kerja dari 3 hari kerja",
            "Pemberitahuan Kode Aktivasi, Nomor S-1/KPP.031/2026",
        ] {
            assert!(text.contains(said), "{said} is missing in {text}");
        }
        let order = ["Pemohon", "diambil", "konsep", "ditandatangani"].map(|step| text.find(step).unwrap());
        assert!(order.is_sorted(), "{text}");
        let stranger = app.employs("tamu", "special_officer", "952").await;
        app.get(&path, Some(&stranger)).await.is_problem(404, "not-found");
    })
    .await;
}

#[tokio::test]
async fn the_register_of_a_month_counts_what_was_received_and_finds_a_missing_number() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        is_granted(&app, "new_credentials", EMAIL).await;
        story::files(&app, "new_credentials", "lain@example.com", |_| {}).await;
        app.run_ready_jobs().await;
        let head = app.signs_in("kasi").await;
        let path = "/offices/031/monthly-register?month=2026-07";

        let whole = words(&app.get(path, Some(&head)).await.bytes);
        sqlx::query("update letters set sequence = 3 where sequence = 1").execute(&app.pool).await.unwrap();
        let torn = words(&app.get(path, Some(&head)).await.bytes);

        for said in [
            "Bulan Juli 2026",
            "Penerimaan : 2",
            "Dikabulkan : 1",
            "Masih berjalan : 1",
            "Terbit tepat waktu : 1 dari 1",
            "S-1, berurutan tanpa celah",
            "tersampaikan",
            "99.***.***.2-031.000",
        ] {
            assert!(whole.contains(said), "{said} is missing in {whole}");
        }
        assert!(!whole.contains("99.999.134"));
        assert!(torn.contains("tidak ditemukan: S-1, S-2."), "{torn}");
        let empty = words(&app.get("/offices/031/monthly-register?month=2026-08", Some(&head)).await.bytes);
        assert!(empty.contains("Tidak ada permohonan pada bulan ini"), "{empty}");
    })
    .await;
}

#[tokio::test]
async fn the_register_is_for_those_who_answer_for_the_office() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let path = "/offices/031/monthly-register?month=2026-07";

        let officer = app.signs_in("khusus").await;
        app.get(path, Some(&officer)).await.is_problem(403, "forbidden");
        let kanwil = app.signs_in("kanwil").await;
        let seen = app.get(path, Some(&kanwil)).await;
        assert_eq!((seen.status, seen.header("content-type")), (200, "application/pdf"));
        app.get("/offices/952/monthly-register?month=2026-07", Some(&kanwil))
            .await
            .is_problem(404, "not-found");
        let wrong = Answer::of(
            app.client.get(app.url("/offices/031/monthly-register?month=Juli")).bearer_auth(&kanwil),
        );
        assert_eq!(wrong.await.status, 400);
    })
    .await;
}
