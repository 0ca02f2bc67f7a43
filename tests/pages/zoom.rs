//! The main pages of each role enlarged to 400 percent, and for people who asked for less motion.

use serde_json::{Value, json};

use crate::{
    browser::Browser,
    looks_officer::signed_in,
    story::{self, EMAIL},
    support::TestApp,
};

async fn holds(browser: &Browser, paths: &[&str]) {
    for path in paths {
        browser.opens(path).await;
        browser.fits_enlarged().await;
        browser.stands_still().await;
    }
}

#[tokio::test]
async fn what_everybody_reads_is_there_at_400_percent_and_stands_still() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        let browser = Browser::start(&app.page("")).await;
        holds(
            &browser,
            &[
                "/",
                "/keadaan/hilang-keduanya",
                "/ajukan/mulai/belum-punya",
                "/lacak",
                "/v",
                "/masuk",
                "/bantuan",
                "/bantuan/jam-buka",
                "/tidak-ada",
            ],
        )
        .await;
        browser.close().await;
    })
    .await;
}

/// The steps of a filing, from the data to the check.
#[tokio::test]
async fn the_steps_of_a_filing_are_there_at_400_percent_and_stand_still() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let browser = Browser::start(&app.page("")).await;
        browser.opens("/ajukan/mulai/belum-punya").await;
        browser.chooses("Ditujukan kepada Kepala KPP", "KPP Pratama Jakarta Palmerah (031)").await;
        browser.types("Alamat email", EMAIL).await;
        browser.types("Ketik sekali lagi alamat email", EMAIL).await;
        browser.presses("Kirim kode").await;
        browser.sees("Kode bukti email").await;
        browser.fits_enlarged().await;
        browser.stands_still().await;
        let code = app.code_of(browser.path().await.rsplit('/').next().unwrap()).await;
        browser.types("Enam angka", &code).await;
        browser.presses("Lanjut").await;
        browser.sees("Langkah 3 dari 6").await;
        holds(
            &browser,
            &[
                "/ajukan/data?periksa=1",
                "/ajukan/dokumen?periksa=1",
                "/ajukan/surat?periksa=1",
                "/ajukan/periksa",
            ],
        )
        .await;
        browser.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_pages_of_an_office_are_there_at_400_percent_and_stand_still() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let receipt = story::files(&app, "new_credentials", EMAIL, |_| {}).await;
        let id = receipt["request_id"].as_str().unwrap();
        let request = format!("/permohonan/{id}");

        let counter = signed_in(&app, "tpt").await;
        let withdrawal = format!("/loket/{id}/tarik");
        holds(&counter, &["/loket", &request, &withdrawal]).await;
        counter.close().await;

        let token = app.signs_in("khusus").await;
        app.post(&format!("/requests/{id}/claim"), Some(&token), json!({})).await.expect(200);
        let officer = signed_in(&app, "khusus").await;
        let pages = ["kembalikan", "tolak", "bukti"].map(|page| format!("{request}/{page}"));
        holds(&officer, &["/antrean", &request, &pages[0], &pages[1], &pages[2]]).await;
        officer.close().await;

        let body = json!({ "decision": "grant", "reasons": Value::Array(Vec::new()) });
        app.post(&format!("/requests/{id}/draft"), Some(&token), body).await.expect(200);
        let head = signed_in(&app, "kasi").await;
        let draft = format!("/tanda-tangan/{id}");
        holds(&head, &["/tanda-tangan", &draft]).await;
        head.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_pages_of_operators_and_of_letters_on_paper_are_there_at_400_percent() {
    TestApp::run(|app| async move {
        let (letter, _) = crate::post::on_paper(&app).await;
        let officer = signed_in(&app, "khusus").await;
        let sheet = format!("/surat/{letter}");
        let correction = format!("/surat/{letter}/ralat");
        for path in ["/surat", "/surat/tumpukan", &sheet, &correction, "/pemberitahuan"] {
            officer.opens(path).await;
            officer.fits_enlarged().await;
        }
        officer.close().await;
        let head = signed_in(&app, "kasi").await;
        for path in ["/neraca/surat", "/buku-agenda"] {
            head.opens(path).await;
            head.fits_enlarged().await;
        }
        head.close().await;
        let operator = Browser::start(&app.page("")).await;
        operator.signs_in("pusat", "Pekerjaan").await;
        for path in
            ["data", "email", "kalender", "kalender/impor", "kantor", "pekerjaan", "pengguna", "templat"]
        {
            operator.opens(&format!("/operator/{path}")).await;
            operator.fits_enlarged().await;
        }
        operator.close().await;
    })
    .await;
}
