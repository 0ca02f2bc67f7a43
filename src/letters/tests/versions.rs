//! A number names one text for ever: letters that were made with it are made again with it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::*;
use crate::letters::TemplateText;

/// Kind and version, and the SHA-256 of the text.
fn listed() -> BTreeMap<(String, u32), String> {
    let list = include_str!("../../../letter-templates/versions.txt");
    let rows = list.lines().filter(|line| !line.starts_with('#'));
    let rows: Vec<_> = rows
        .map(|row| {
            let [kind, version, sha256] = row.split(' ').collect::<Vec<_>>()[..] else { panic!("{row}") };
            ((kind.to_owned(), version.parse().unwrap()), sha256.to_owned())
        })
        .collect();
    let count = rows.len();
    let listed = BTreeMap::from_iter(rows);
    assert_eq!(listed.len(), count, "letter-templates/versions.txt has two lines for one version");
    listed
}

#[test]
fn a_changed_letter_has_a_higher_version_and_a_line_in_the_list() {
    let listed = listed();
    let mut to_do = String::new();
    for kind in LetterKind::ALL {
        let text = TemplateText::built_in(kind).unwrap();
        let sha256 = text.sha256(kind).iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        let version = TEMPLATES.built_in(kind).unwrap().version();
        let highest = listed.keys().filter(|(of, _)| of == kind.as_str()).map(|(_, version)| *version).max();
        let next = highest.map_or(1, |highest| highest + 1);
        let known = listed.get(&(kind.to_string(), version));
        if known == Some(&sha256) && highest == Some(version) {
            continue;
        }
        if known.is_some() || version != next {
            let _ = write!(
                to_do,
                "\nletter-templates/letters/{kind}.md or a piece of it changed: write `version: {next}`"
            );
        } else {
            let _ =
                write!(to_do, "\nletter-templates/versions.txt: add the line `{kind} {version} {sha256}`");
        }
    }
    assert!(to_do.is_empty(), "{to_do}");
}
