//! Whoever holds a letter asks whether it is genuine.

use std::process::Command;

use chrono::TimeDelta;
use serde_json::json;
use uuid::Uuid;

use crate::{
    story::{self, EMAIL, codes_in, is_granted, mails_to, pdf_text},
    support::{Answer, TestApp},
};

/// The bytes of the activation notice that the PKP got by mail.
async fn letter_by_mail(app: &TestApp) -> Vec<u8> {
    story::prepare(app).await;
    story::register(app, "999991342031000", EMAIL).await;
    is_granted(app, "new_credentials", EMAIL).await;
    app.run_ready_jobs().await;
    mails_to(app, EMAIL)
        .into_iter()
        .flat_map(|mail| mail.attachments)
        .find(|file| !codes_in(&pdf_text(&file.bytes)).is_empty())
        .unwrap()
        .bytes
}

/// What a phone reads from the printed pages.
fn scan(pdf: &[u8]) -> Vec<String> {
    let folder = std::env::temp_dir().join(format!("aktivasi-qr-{}", Uuid::new_v4()));
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("surat.pdf"), pdf).unwrap();
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(&folder).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    run("pdftoppm", &["-r", "150", "-gray", "surat.pdf", "halaman"]);
    let mut pages: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("halaman"))
        .collect();
    pages.sort();
    let found = pages.iter().flat_map(|page| {
        run("zbarimg", &["--raw", "--quiet", page]).lines().map(str::to_owned).collect::<Vec<_>>()
    });
    let found = found.collect();
    std::fs::remove_dir_all(&folder).unwrap();
    found
}

async fn opens(app: &TestApp, path: &str) -> (u16, String) {
    let answer = Answer::of(app.client.get(app.page(path))).await;
    (answer.status, String::from_utf8(answer.bytes).unwrap().replace("&#x2f;", "/"))
}

async fn hands_in(app: &TestApp, path: &str, file: &[u8]) -> (u16, String) {
    let mut body =
        b"--tepi\r\ncontent-disposition: form-data; name=\"surat\"; filename=\"a.pdf\"\r\n\r\n".to_vec();
    body.extend(file);
    body.extend(b"\r\n--tepi--\r\n");
    let request = app
        .client
        .post(app.page(path))
        .header("content-type", "multipart/form-data; boundary=tepi")
        .body(body);
    let answer = Answer::of(request).await;
    (answer.status, String::from_utf8(answer.bytes).unwrap().replace("&#x2f;", "/"))
}

#[tokio::test]
async fn the_qr_code_of_a_letter_opens_a_page_that_repeats_it_masked() {
    TestApp::run(|app| async move {
        let pdf = letter_by_mail(&app).await;
        let text = pdf_text(&pdf);

        let scanned = scan(&pdf);

        let [address] = &scanned[..] else { panic!("{scanned:?}") };
        let path = address.strip_prefix("http://127.0.0.1:8080").unwrap();
        let (status, page) = opens(&app, path).await;
        assert_eq!(status, 200);
        for shown in ["Surat ini asli dan berlaku", "S-1/KPP.031/2026", "C*** T***a S***t J***a"] {
            assert!(page.contains(shown), "{shown} is missing in {page}");
        }
        let code = &codes_in(&text)[0];
        for hidden in [story::NAME, EMAIL, code.as_str(), "99.999.134", "BPE-"] {
            assert!(!page.contains(hidden), "{hidden} is shown");
        }
        let typed = path.to_lowercase().replacen("/v/", "/v?token=", 1);
        let (_, by_hand) = opens(&app, &typed).await;
        assert!(by_hand.contains("S-1/KPP.031/2026"));
        for address in [format!("{path}?bahasa=en"), format!("{typed}&bahasa=en")] {
            let (_, english) = opens(&app, &address).await;
            assert!(
                english.contains("<html lang=\"en\"") && english.contains("This letter is genuine and valid")
            );
        }
        let (status, unknown) = opens(&app, "/v/K7QM-3XWB-9TRD-K7QM-3XWB-9TRD?bahasa=en").await;
        assert!(status == 404 && unknown.contains("that letter is not ours"));
    })
    .await;
}

#[tokio::test]
async fn a_receipt_leads_to_its_own_page() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        let receipt = story::files(&app, "new_credentials", EMAIL, |_| {}).await;
        app.run_ready_jobs().await;
        let pdf = mails_to(&app, EMAIL).pop().unwrap().attachments.pop().unwrap().bytes;

        let scanned = scan(&pdf);

        let path = scanned[0].strip_prefix("http://127.0.0.1:8080").unwrap();
        let (_, page) = opens(&app, path).await;
        assert!(
            page.contains(receipt["receipt_number"].as_str().unwrap()) && page.contains("Bukti penerimaan")
        );
    })
    .await;
}

#[tokio::test]
async fn a_file_is_the_letter_only_to_the_last_byte() {
    TestApp::run(|app| async move {
        let pdf = letter_by_mail(&app).await;
        let path = scan(&pdf)[0].replace("http://127.0.0.1:8080", "");
        let mut altered = pdf.clone();
        *altered.last_mut().unwrap() ^= 1;

        let same = hands_in(&app, &path, &pdf).await;
        let other = hands_in(&app, &path, &altered).await;
        let picture = hands_in(&app, &path, b"\x89PNG").await;
        let nothing = hands_in(&app, &path, b"").await;
        let huge = hands_in(&app, &path, &[b"%PDF-".as_slice(), &vec![0; 5 * 1024 * 1024]].concat()).await;

        assert!(same.0 == 200 && same.1.contains("Berkas sama persis"));
        assert!(other.0 == 200 && other.1.contains("Berkas berbeda"));
        assert!(picture.0 == 422 && picture.1.contains("Berkas bukan PDF"));
        assert!(nothing.0 == 422 && nothing.1.contains("Belum ada berkas"));
        assert!(huge.0 == 422 && huge.1.contains("Berkas terlalu besar"));
    })
    .await;
}

#[tokio::test]
async fn a_letter_whose_pair_ended_is_genuine_but_its_code_no_longer_holds() {
    TestApp::run(|app| async move {
        let pdf = letter_by_mail(&app).await;
        let path = scan(&pdf)[0].replace("http://127.0.0.1:8080", "");
        let head = app.signs_in("kasi").await;
        let pair: Uuid =
            sqlx::query_scalar("select credential_id from credentials").fetch_one(&app.pool).await.unwrap();
        let reason = json!({ "reason": "Permintaan PKP secara tertulis" });
        app.post(&format!("/credentials/{pair}/revocation"), Some(&head), reason).await.expect(200);

        let (_, page) = opens(&app, &path).await;

        assert!(page.contains("kodenya tidak berlaku lagi") && !page.contains("asli dan berlaku"));
    })
    .await;
}

#[tokio::test]
async fn an_unknown_token_and_a_malformed_one_are_answered_alike() {
    TestApp::run(|app| async move {
        let unknown = opens(&app, "/v/AAAA-BBBB-CCCC-DDDD-EEEE-FFFF").await;
        let malformed = opens(&app, "/v/01lo").await;
        let of_a_draft = opens(&app, "/v/XXXX-XXXX-XXXX-XXXX-XXXX-XXXX").await;

        assert_eq!(unknown.0, 404);
        assert!(unknown == malformed && unknown == of_a_draft);
        assert!(unknown.1.contains("Surat tidak dikenal"));
    })
    .await;
}

#[tokio::test]
async fn a_network_that_tries_tokens_out_is_slowed() {
    TestApp::run(|app| async move {
        for _ in 0..61 {
            opens(&app, "/v/AAAA-BBBB-CCCC-DDDD-EEEE-FFFF").await;
        }

        let slowed = Answer::of(app.client.get(app.page("/v/AAAA-BBBB-CCCC-DDDD-EEEE-FFFF"))).await;

        assert_eq!((slowed.status, slowed.header("retry-after")), (429, "2"));
        app.advance(TimeDelta::seconds(3));
        assert_eq!(opens(&app, "/v/AAAA-BBBB-CCCC-DDDD-EEEE-FFFF").await.0, 404);
    })
    .await;
}
