//! The catalogues: every text of the pages by its key, in both languages.
//!
//! Each file of `src/http/words` has the columns `key,id,en`. `{name}` is filled by the page, `**bold**` is bold.

use std::{collections::BTreeMap, sync::LazyLock};

use super::preferences::Language;

/// `(name of the file, content)`; an area of the pages has its own.
const CATALOGUES: &[(&str, &str)] = &[
    ("account.csv", include_str!("../../words/account.csv")),
    ("board.csv", include_str!("../../words/board.csv")),
    ("calculator.csv", include_str!("../../words/calculator.csv")),
    ("clients.csv", include_str!("../../words/clients.csv")),
    ("common.csv", include_str!("../../words/common.csv")),
    ("corrections.csv", include_str!("../../words/corrections.csv")),
    ("copy.csv", include_str!("../../words/copy.csv")),
    ("counter.csv", include_str!("../../words/counter.csv")),
    ("filing.csv", include_str!("../../words/filing.csv")),
    ("forecast.csv", include_str!("../../words/forecast.csv")),
    ("head.csv", include_str!("../../words/head.csv")),
    ("help.csv", include_str!("../../words/help.csv")),
    ("linked.csv", include_str!("../../words/linked.csv")),
    ("notices.csv", include_str!("../../words/notices.csv")),
    ("reports.csv", include_str!("../../words/reports.csv")),
    ("past.csv", include_str!("../../words/past.csv")),
    ("patterns.csv", include_str!("../../words/patterns.csv")),
    ("officer.csv", include_str!("../../words/officer.csv")),
    ("operator.csv", include_str!("../../words/operator.csv")),
    ("receivers.csv", include_str!("../../words/receivers.csv")),
    ("post.csv", include_str!("../../words/post.csv")),
    ("taxpayer.csv", include_str!("../../words/taxpayer.csv")),
];

/// Indonesian and English.
type Entry = [String; 2];

static WORDS: LazyLock<Result<BTreeMap<String, Entry>, String>> = LazyLock::new(read);

fn read() -> Result<BTreeMap<String, Entry>, String> {
    let mut words = BTreeMap::new();
    for (file, text) in CATALOGUES {
        for (number, row) in csv::Reader::from_reader(text.as_bytes()).deserialize().enumerate() {
            let (key, id, en): (String, String, String) =
                row.map_err(|error| format!("{file}, row {}: {error}", number + 1))?;
            if words.insert(key.clone(), [id, en]).is_some() {
                return Err(format!("{file}: the key {key} is there twice"));
            }
        }
    }
    Ok(words)
}

/// Whether all catalogues can be read. Called at start.
pub fn check() -> Result<(), &'static str> {
    WORDS.as_ref().map(|_| ()).map_err(String::as_str)
}

/// The text of a key, with its places unfilled.
pub fn word(language: Language, key: &str) -> Option<&'static str> {
    let entry = WORDS.as_ref().ok()?.get(key)?;
    Some(match language {
        Language::Id => &entry[0],
        Language::En => &entry[1],
    })
}

/// The same for answers that are no pages.
pub fn in_indonesian(key: &str) -> Option<&'static str> {
    word(Language::Id, key)
}

/// Fills `{name}` with values. A place without a value stays, so that it is seen.
pub fn fill<'a>(text: &str, value: impl Fn(&str) -> Option<String> + 'a) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        if let Some((name, tail)) = after.split_once('}') {
            filled.push_str(&value(name).unwrap_or_else(|| format!("{{{name}}}")));
            rest = tail;
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
pub fn all() -> &'static BTreeMap<String, Entry> {
    WORDS.as_ref().unwrap()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn places(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
    }

    #[test]
    fn every_text_is_there_in_both_languages_with_the_same_places() {
        assert!(all().len() > 300);
        for (key, [id, en]) in all() {
            assert!(!id.trim().is_empty() && !en.trim().is_empty(), "{key} is not complete");
            assert_eq!(places(id), places(en), "{key}");
            assert_eq!(id.matches("**").count() % 2, 0, "{key}");
            assert_eq!(en.matches("**").count() % 2, 0, "{key}");
        }
    }

    #[test]
    fn places_are_filled_and_a_missing_value_is_seen() {
        let value = |name: &str| (name == "n").then(|| "3".to_owned());
        assert_eq!(fill("{n} dari {m}; {", value), "3 dari {m}; {");
    }
}
