//! An office's own emblem and paper, from the console to the letters, and what letters signed before show afterwards.

use std::{path::PathBuf, process::Command};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    story::{self, EMAIL, drafts, files, signs},
    support::TestApp,
};

const A4: &str = "595.276 x 841.89 pts";
const FOLIO: &str = "609.449 x 935.433 pts";

/// A PNG of one colour in a file of its own.
fn picture(side: u32, colour: [u8; 3]) -> PathBuf {
    let mut content = Vec::new();
    let mut encoder = png::Encoder::new(&mut content, side, side);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&colour.repeat(usize::try_from(side * side).unwrap())).unwrap();
    writer.finish().unwrap();
    file(&content)
}

fn file(content: &[u8]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("aktivasi-{}.png", Uuid::new_v4()));
    std::fs::write(&path, content).unwrap();
    path
}

/// `aktivasi office …`: how it ends, and what it says on both channels.
fn office(app: &TestApp, arguments: &[&str]) -> (Option<i32>, String) {
    let run = app.command(&[&["office"], arguments].concat());
    let said = [run.stdout, run.stderr].concat();
    (run.status.code(), String::from_utf8(said).unwrap())
}

/// Gives the office of the story this picture, and removes the file.
fn takes_emblem(app: &TestApp, path: &PathBuf) -> (Option<i32>, String) {
    let said = office(app, &["emblem", "031", path.to_str().unwrap()]);
    std::fs::remove_file(path).unwrap();
    said
}

/// What a program of poppler says of a PDF.
fn told(program: &str, arguments: &[&str], pdf: &[u8]) -> String {
    let path = file(pdf);
    let run = Command::new(program).args(arguments).arg(&path).output().unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(run.status.success(), "{run:?}");
    String::from_utf8(run.stdout).unwrap()
}

/// The sheet, and how many pixels the pictures have that are wide as an emblem is: the QR code is drawn.
fn looks(pdf: &[u8]) -> (String, Vec<u32>) {
    let info = told("pdfinfo", &[], pdf);
    let sheet = info.lines().find_map(|line| line.strip_prefix("Page size:")).unwrap();
    let sheet = sheet.trim().trim_end_matches(" (A4)").to_owned();
    let listed = told("pdfimages", &["-list"], pdf);
    let widths = listed.lines().skip(2).map(|line| line.split_whitespace().nth(3).unwrap().parse().unwrap());
    (sheet, widths.collect())
}

async fn drafted(app: &TestApp, email: &str, npwp: Option<&str>) -> Value {
    let receipt = files(app, "new_credentials", email, |form| {
        if let Some(npwp) = npwp {
            form["tax_id"] = json!(npwp);
        }
    })
    .await;
    let officer = app.signs_in("khusus").await;
    drafts(app, &officer, receipt["request_id"].as_str().unwrap(), "grant", json!([])).await
}

async fn preview(app: &TestApp, draft: &Value) -> Vec<u8> {
    let path = format!("/requests/{}/draft/preview", draft["request_id"].as_str().unwrap());
    app.get(&path, Some(&app.signs_in("kasi").await)).await.bytes
}

/// Signs a draft; the bytes of its letter.
async fn letter(app: &TestApp, draft: &Value) -> Vec<u8> {
    let issued = signs(app, &app.signs_in("kasi").await, draft).await.expect(200);
    let letters = issued["letters"].as_array().unwrap();
    let notice = letters.iter().find(|letter| letter["kind"] == "activation_notice").unwrap();
    app.rendering(notice["letter_id"].as_str().unwrap().parse().unwrap()).await
}

#[tokio::test]
async fn an_office_changes_emblem_and_paper_and_letters_signed_before_are_made_again_as_they_were() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;
        story::register(&app, "999991342031000", EMAIL).await;
        story::register(&app, "999990002031000", "dua@example.com").await;
        let plain = drafted(&app, EMAIL, None).await;
        let second = drafted(&app, "dua@example.com", Some("99.999.000.2-031.000")).await;
        assert_eq!(looks(&preview(&app, &plain).await), (A4.to_owned(), vec![]));

        let (code, said) = takes_emblem(&app, &picture(300, [180, 20, 30]));
        assert_eq!(
            (code, said.contains("letters of office 031 show this emblem from now on")),
            (Some(0), true),
            "{said}"
        );
        let (code, said) = office(&app, &["paper", "031", "f4"]);
        assert_eq!((code, said.contains("made for f4 from now on")), (Some(0), true), "{said}");

        let own = (FOLIO.to_owned(), vec![300]);
        assert_eq!(looks(&preview(&app, &plain).await), own);
        let old = letter(&app, &plain).await;
        assert_eq!(looks(&old), own);

        assert_eq!(takes_emblem(&app, &picture(240, [20, 30, 180])).0, Some(0));
        assert_eq!(office(&app, &["paper", "031", "a4"]).0, Some(0));

        let new = letter(&app, &second).await;
        assert_eq!(looks(&new), (A4.to_owned(), vec![240]));
        app.run_ready_jobs().await;
        // Another process, which has read no emblem yet, makes both again.
        let proven = app.command(&["letter", "verify"]);
        let proven = String::from_utf8(proven.stdout).unwrap();
        assert!(proven.starts_with("4 letters: 4 made again with the same bytes"), "{proven}");

        assert_eq!(office(&app, &["emblem", "031", "--remove"]).0, Some(0));
        assert!(app.command(&["letter", "verify"]).status.success());
        assert_eq!(app.count("select count(*) from emblems").await, 2);
        let audited =
            "select count(*) from audit_events where actor_kind = 'operator_console' and office_code = '031'
                       and act in ('set_office_emblem', 'set_office_paper')";
        assert_eq!(app.count(audited).await, 5);
    })
    .await;
}

#[tokio::test]
async fn a_file_that_is_no_emblem_is_refused_with_its_reason_and_nothing_changes() {
    TestApp::run(|app| async move {
        story::prepare(&app).await;

        for (path, reason) in [
            (file(b"<svg/>"), "emblem: the file is not a whole PNG"),
            (picture(100, [0, 0, 0]), "emblem: the longer side has 100 pixels; from 240 to 1200 print well"),
            (
                file(&vec![0; 256 * 1024 + 1]),
                "emblem: the file, or the picture in each letter, is larger than 256 KiB",
            ),
        ] {
            let (code, said) = takes_emblem(&app, &path);
            assert_eq!((code, said.contains(reason)), (Some(2), true), "{said}");
        }
        let (code, said) = office(&app, &["emblem", "031", "/nowhere/emblem.png"]);
        assert_eq!((code, said.contains("/nowhere/emblem.png cannot be read")), (Some(2), true), "{said}");
        assert_eq!(office(&app, &["emblem", "031"]).0, Some(2));
        assert_eq!(office(&app, &["paper", "031", "a5"]).0, Some(2));
        let (code, said) = office(&app, &["paper", "999", "f4"]);
        assert_eq!((code, said.contains("no such office")), (Some(1), true), "{said}");

        assert_eq!(app.count("select count(*) from emblems").await, 0);
        assert_eq!(app.count("select count(*) from offices where paper <> 'a4'").await, 0);
        assert_eq!(app.count("select count(*) from audit_events where act like 'set_office_%'").await, 0);
    })
    .await;
}
