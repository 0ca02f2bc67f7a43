//! Every kind holds with every set of data.

use super::*;
use crate::letters::{DataSet, LetterTemplate, TemplateText, Unproven, cases};

fn holds_for_every_kind(set: DataSet) {
    for kind in LetterKind::ALL {
        let proven = TEMPLATES.prove_with(TEMPLATES.built_in(kind).unwrap(), set);

        let proven = proven.unwrap_or_else(|unproven| panic!("{kind}, {}: {unproven}", set.as_str()));
        assert!(proven.letters > 0 && proven.pages > 0, "{kind}: {proven:?}");
        assert_eq!(proven.refused > 0, set == DataSet::Hostile, "{kind}: {proven:?}");
    }
}

#[test]
fn every_kind_holds_with_its_examples_and_every_choice() {
    holds_for_every_kind(DataSet::Sample);
}

#[test]
fn every_kind_holds_with_nothing_wherever_nothing_may_stand() {
    holds_for_every_kind(DataSet::Minimal);
}

#[test]
fn every_kind_holds_with_the_longest_texts_and_long_lists() {
    holds_for_every_kind(DataSet::Longest);
}

#[test]
fn every_kind_holds_with_hostile_texts_and_refuses_what_it_cannot_print() {
    holds_for_every_kind(DataSet::Hostile);
}

#[test]
fn every_kind_is_tried_with_every_set_of_data() {
    assert_eq!(cases().count(), LetterKind::ALL.len() * DataSet::ALL.len());
}

#[test]
fn a_wording_that_cannot_be_set_is_not_proven() {
    let mut text = TemplateText::built_in(LetterKind::RefusalNotice).unwrap();
    text.source = text.source.replace("{{ pkp.nama }}", "{{ pkp.nama }} 漢");
    let template = LetterTemplate::read(LetterKind::RefusalNotice, &text).unwrap();

    let unproven = TEMPLATES.prove_with(&template, DataSet::Sample).unwrap_err();

    assert!(matches!(&unproven, Unproven::NotMade(_)), "{unproven}");
    assert!(unproven.to_string().contains("the wording has the character U+6F22"), "{unproven}");
}
