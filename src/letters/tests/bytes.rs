//! What a letter is as a file.

use super::*;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

#[test]
fn the_same_data_give_the_same_bytes() {
    for example in examples("letter-") {
        let kind = LetterKind::from_str(&example.kind).unwrap();
        let again = Templates::embedded().unwrap();

        assert!(pdf(kind, &example.data) == pdf(kind, &example.data), "{}", example.name);
        assert!(
            pdf(kind, &example.data) == again.render(kind, &example.data).unwrap().pdf,
            "{}",
            example.name
        );
    }
}

#[test]
fn another_process_gives_the_same_bytes() {
    let own = digest();

    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "letters::tests::bytes::print_the_digest_of_a_letter", "--ignored", "--nocapture"])
        .output()
        .unwrap();

    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains(&format!("digest {own}")), "{printed}");
}

#[test]
#[ignore = "run in a process of its own by another_process_gives_the_same_bytes"]
fn print_the_digest_of_a_letter() {
    println!("digest {}", digest());
}

fn digest() -> String {
    let (kind, data) = example("letter-activation_notice-move");
    Sha256::digest(pdf(kind, &data)).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

#[test]
fn every_font_is_embedded_as_a_subset_with_its_characters() {
    for example in examples("letter-") {
        let kind = LetterKind::from_str(&example.kind).unwrap();
        let listed = run("pdffonts", &["FILE"], &pdf(kind, &example.data));

        for line in listed.lines().skip(2) {
            assert!(line.contains("CID TrueType"), "{line}");
            let columns = words(line);
            assert_eq!(columns[columns.len() - 5..columns.len() - 2], ["yes", "yes", "yes"], "{line}");
        }
        assert!(listed.lines().count() > 2);
    }
}

#[test]
fn every_file_is_sound_small_a4_and_says_its_language_and_title() {
    for example in examples("letter-") {
        let kind = LetterKind::from_str(&example.kind).unwrap();
        let pdf = pdf(kind, &example.data);

        let checked = run("qpdf", &["--check", "FILE"], &pdf);
        assert!(checked.contains("No syntax or stream encoding errors found"), "{checked}");
        let info = run("pdfinfo", &["FILE"], &pdf);
        assert!(info.contains("(A4)") && info.contains("Title:") && !info.contains("CreationDate"), "{info}");
        assert!(pdf.len() < 60 * 1024, "{}: {} bytes", example.name, pdf.len());
        assert!(
            pdf.windows(13).any(|window| window == b"/Lang (id-ID)"
                || window == b"/Lang(id-ID) "
                || window.starts_with(b"/Lang(id-ID)")),
            "{}",
            example.name
        );
    }
}
