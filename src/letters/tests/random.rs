//! Letters of any length: nothing outside the margins, nothing over something else, every word on the paper.

use super::*;
use crate::letters::drawing::{Draw, RuleKind};
use proptest::prelude::*;

/// A name or an address as somebody might type it.
fn text(most: usize) -> impl Strategy<Value = String> {
    let word = prop_oneof![
        8 => "[A-Za-z]{1,14}",
        1 => "[A-Z0-9/.@_-]{20,80}",
        1 => "[A-Za-z]{100,300}",
        1 => "[\"'(&*<{|~#`\\\\\\[ÀÉÑüşŠ“”—½€.,;:)!?]{1,4}",
    ];
    prop::collection::vec(word, 1..40)
        .prop_map(move |words| words.join(" ").chars().take(most).collect::<String>().trim().to_owned())
}

fn letter() -> impl Strategy<Value = (LetterKind, Value)> {
    let kind = prop_oneof![
        Just("letter-activation_notice-new"),
        Just("letter-activation_notice-move"),
        Just("letter-refusal_notice"),
        Just("letter-email_change_notice"),
    ];
    (kind, text(150), text(250), text(60), text(100), text(250)).prop_map(
        |(name, name_of_pkp, address, number, signer, office_address)| {
            let (kind, mut data) = example(name);
            for (pointer, value) in [
                ("/pkp/nama", name_of_pkp),
                ("/pkp/alamat", address),
                ("/permohonan/nomor_surat", number),
                ("/penandatangan/nama", signer),
                ("/kop/alamat", office_address.to_uppercase()),
            ] {
                if let Some(place) = data.pointer_mut(pointer) {
                    *place = value.into();
                }
            }
            (kind, data)
        },
    )
}

fn without_space(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace() && *character != '\u{AD}').collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_name_and_address_stays_inside_the_margins_overlaps_nothing_and_is_whole((kind, data) in letter()) {
        let template = TEMPLATES.built_in(kind).unwrap();
        let checked = TEMPLATES.check_pages(template, &data);
        prop_assert!(checked.is_ok(), "{:?}", checked);
    }

    #[test]
    fn no_page_begins_with_the_signature((kind, data) in letter()) {
        for page in TEMPLATES.pages(kind, &data).iter().skip(1) {
            let first = page.iter().find_map(|draw| match draw {
                Draw::Text { x, y, runs, .. } if *y > 60.0 => Some((*x, runs[0].text.clone())),
                Draw::Text { .. } | Draw::Rule { .. } | Draw::Modules { .. } | Draw::Emblem { .. } | Draw::Ink { .. } => None,
            });
            let (x, text) = first.expect("a page without text");
            prop_assert!(x < 300.0, "the page begins with the signature: {}", text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn every_word_of_the_data_is_read_back_from_the_file((kind, data) in letter()) {
        let read = without_space(&text_of(&pdf(kind, &data)));
        for pointer in ["/pkp/nama", "/pkp/alamat", "/penandatangan/nama"] {
            let typed = data.pointer(pointer).and_then(Value::as_str).unwrap();
            // Lines of a page may stand between two lines of a value: its words are looked for one by one.
            for word in typed.split(' ').filter(|word| word.chars().count() < 12) {
                prop_assert!(read.contains(&without_space(word)), "{} is not in the file", word);
            }
        }
        prop_assert_eq!(read.chars().filter(|character| *character == '\u{FFFD}').count(), 0);
    }
}

#[test]
fn a_word_of_300_characters_is_broken_and_not_cut() {
    let (kind, mut data) = example("letter-refusal_notice");
    let word: String = ('a'..='z').cycle().take(300).collect();
    set(&mut data, "/pkp/nama", word.clone());

    let laid = TEMPLATES.laid(kind, &data);

    assert!(without_space(&text_of(&pdf(kind, &data))).contains(&word));
    assert!(
        laid.pages.iter().flatten().all(|draw| !matches!(draw, Draw::Rule { kind: RuleKind::Strike, .. }))
    );
}
