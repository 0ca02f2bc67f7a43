//! Many letters as one file.

use super::*;
use crate::letters::Batch;

fn letter(name: &str) -> Vec<u8> {
    let (kind, data) = example(name);
    pdf(kind, &data)
}

fn pages_of(pdf: &[u8]) -> Vec<String> {
    let text = text_of(pdf);
    let mut pages: Vec<String> = text.split('\u{c}').map(str::to_owned).collect();
    pages.pop();
    pages
}

#[test]
fn a_batch_is_a_valid_file_that_reads_as_its_letters_do() {
    let (one, two) = (letter("letter-refusal_notice"), letter("letter-activation_notice-move"));
    let mut batch = Batch::new(false);
    batch.add(&one).unwrap();
    batch.add(&two).unwrap();
    batch
        .add_cover(
            &TEMPLATES.render(LetterKind::PrintList, &TEMPLATES.sample(LetterKind::PrintList)).unwrap().pdf,
        )
        .unwrap();

    let whole = batch.finish();

    run("qpdf", &["--check", "FILE"], &whole);
    let pages = pages_of(&whole);
    assert!(pages[0].contains("DAFTAR SURAT YANG DICETAK"), "{}", pages[0]);
    let alone = [pages_of(&one), pages_of(&two)].concat().concat();
    assert_eq!(words(&pages[1..].concat()), words(&alone));
}

#[test]
fn on_both_sides_of_the_paper_every_letter_begins_on_a_sheet_of_its_own() {
    let (odd, even) = (letter("letter-email_change_notice"), letter("letter-activation_notice-move"));
    let mut batch = Batch::new(true);
    let counts = [&odd, &even, &odd].map(|pdf| batch.add(pdf).unwrap());

    let whole = batch.finish();

    let pages = pages_of(&whole);
    let padded: usize = counts.iter().map(|count| count + count % 2).sum();
    assert_eq!(pages.len(), padded, "{counts:?}");
    let mut at = 0;
    for count in counts {
        assert!(!words(&pages[at]).is_empty());
        assert!(count % 2 == 0 || words(&pages[at + count]).is_empty(), "a blank back side");
        at += count + count % 2;
    }
}

#[test]
fn letters_share_their_fonts_in_a_batch() {
    let one = letter("letter-refusal_notice");
    let size = |letters: usize| {
        let mut batch = Batch::new(false);
        (0..letters).for_each(|_| {
            batch.add(&one).unwrap();
        });
        batch.finish().len()
    };

    let (few, many) = (size(1), size(101));

    assert!((many - few) / 100 < 2_000, "{} bytes for each further letter", (many - few) / 100);
}

#[test]
fn what_is_no_letter_is_refused_and_never_half_written() {
    let mut batch = Batch::new(false);

    assert!(batch.add(b"%PDF-1.7 contoh").is_err());
    assert!(batch.add(b"").is_err());
}
