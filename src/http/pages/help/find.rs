//! Finds topics of help by the words of a question, in whatever order, also with a typing error.

use std::collections::BTreeSet;

use serde::Serialize;

use super::texts::{Help, Topic};

/// Longer questions are cut: the words that matter come early.
const MOST_WORDS: usize = 12;
/// Shorter words are not corrected: too many others are near.
const CORRECTED_FROM: usize = 5;
/// Words around the first that was found.
const BEFORE: usize = 6;
const SHOWN: usize = 30;

/// Words that every question has and that tell nothing about it.
const SAID_ALWAYS: [&str; 62] = [
    "a",
    "ada",
    "adalah",
    "akan",
    "an",
    "and",
    "apa",
    "apakah",
    "are",
    "atau",
    "bagaimana",
    "bisa",
    "can",
    "cannot",
    "dan",
    "dapat",
    "dari",
    "dengan",
    "di",
    "do",
    "does",
    "for",
    "from",
    "has",
    "have",
    "how",
    "i",
    "in",
    "ini",
    "is",
    "it",
    "itu",
    "kami",
    "kapan",
    "ke",
    "kenapa",
    "mengapa",
    "my",
    "no",
    "not",
    "of",
    "on",
    "or",
    "our",
    "pada",
    "saya",
    "sudah",
    "tapi",
    "the",
    "this",
    "tidak",
    "to",
    "untuk",
    "was",
    "we",
    "what",
    "when",
    "where",
    "why",
    "with",
    "yang",
    "you",
];

/// A topic that was found.
#[derive(Debug, Serialize)]
pub struct Found<'a> {
    pub name: &'a str,
    pub title: Vec<Word>,
    /// What the text says around the first word.
    pub excerpt: Vec<Word>,
    /// The excerpt does not begin where the text does.
    pub from_the_middle: bool,
}

/// A word as it is written, and whether it was asked for.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Word {
    pub text: String,
    pub asked: bool,
}

/// The topics that a question is about, the best first. Empty: none is.
pub fn find<'a>(help: &'a Help, question: &str) -> Vec<Found<'a>> {
    let asked = corrected(help, asked(question));
    // Of a long question half of the words have to be there; of a short one all.
    let needed = if asked.len() <= 2 { asked.len() } else { asked.len().div_ceil(2) };
    let mut found: Vec<(u32, Found<'a>)> = Vec::new();
    for topic in &help.topics {
        let scores = asked.iter().map(|word| score(topic, word)).filter(|score| *score > 0);
        let (hits, sum) = scores.fold((0, 0), |(hits, sum), score| (hits + 1, sum + score));
        if hits >= needed.max(1) {
            let title = marked(&topic.title, &asked);
            let (excerpt, from_the_middle) = excerpt(topic, &asked);
            found.push((sum, Found { name: &topic.name, title, excerpt, from_the_middle }));
        }
    }
    // Stable: of equals the one that is asked for more often, which stands first in the text.
    found.sort_by_key(|(sum, _)| std::cmp::Reverse(*sum));
    found.into_iter().map(|(_, topic)| topic).collect()
}

fn asked(question: &str) -> Vec<String> {
    let words = question.split_whitespace().map(folded).filter(|word| !word.is_empty());
    let mut words: Vec<String> = words.take(MOST_WORDS).collect();
    if words.iter().any(|word| !SAID_ALWAYS.contains(&word.as_str())) {
        words.retain(|word| !SAID_ALWAYS.contains(&word.as_str()));
    }
    words
}

/// `e-Faktur` and `efaktur`, `"Kode` and `kode` are the same word.
fn folded(word: &str) -> String {
    word.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split_whitespace().map(folded).filter(|word| !word.is_empty())
}

/// A word begins so; parts in the middle of words are found by longer ones only.
fn is_hit(word: &str, asked: &str) -> bool {
    word.starts_with(asked) || asked.len() >= CORRECTED_FROM && word.contains(asked)
}

fn score(topic: &Topic, asked: &str) -> u32 {
    let has = |text: &str| words(text).any(|word| is_hit(&word, asked));
    [(5, &topic.title), (4, &topic.words), (1, &topic.plain)]
        .into_iter()
        .filter(|(_, text)| has(text))
        .map(|(weight, _)| weight)
        .sum()
}

/// A word that no text has becomes the nearest that one has.
fn corrected(help: &Help, asked: Vec<String>) -> Vec<String> {
    let texts = help.topics.iter().flat_map(|topic| [&topic.title, &topic.words, &topic.plain]);
    let known: BTreeSet<String> = texts.flat_map(|text| words(text)).collect();
    let correct = |word: String| {
        if word.chars().count() < CORRECTED_FROM || known.iter().any(|known| is_hit(known, &word)) {
            return word;
        }
        let near = known.iter().find(|known| strsim::osa_distance(known, &word) == 1);
        near.cloned().unwrap_or(word)
    };
    asked.into_iter().map(correct).collect()
}

fn marked(text: &str, asked: &[String]) -> Vec<Word> {
    text.split_whitespace()
        .map(|word| {
            let plain = folded(word);
            Word { text: word.to_owned(), asked: asked.iter().any(|asked| is_hit(&plain, asked)) }
        })
        .collect()
}

fn excerpt(topic: &Topic, asked: &[String]) -> (Vec<Word>, bool) {
    let mut words = marked(&topic.plain, asked);
    let first = words.iter().position(|word| word.asked).unwrap_or_default().saturating_sub(BEFORE);
    words.drain(..first);
    words.truncate(SHOWN);
    (words, first > 0)
}

#[cfg(test)]
mod tests {
    use super::{super::texts::help, *};
    use crate::http::pages::frame::Language;

    fn first(language: Language, question: &str) -> &'static str {
        find(help(language).unwrap(), question).first().map_or("", |found| found.name)
    }

    #[test]
    fn people_find_the_answer_with_their_own_words() {
        for (question, topic) in [
            ("ETAX-40005", "etax-40005"),
            ("etax 40005", "etax-40005"),
            ("kami pindah kantor", "pindah-kpp"),
            ("laptop baru", "laptop-baru"),
            ("ganti komputer", "laptop-baru"),
            ("lupa kata sandi dan kode", "lupa-keduanya"),
            ("surat belum sampai", "surat-belum-sampai"),
            ("subjek email", "surat-belum-sampai"),
            ("berapa lama", "jangka-waktu"),
            ("passphrase hilang", "semua-hilang"),
            ("apa beda kode aktivasi dan password", "empat-rahasia"),
            ("penipuan", "keaslian"),
        ] {
            assert_eq!(first(Language::Id, question), topic, "{question}");
        }
        for (question, topic) in [
            ("how long does it take", "jangka-waktu"),
            ("new computer", "laptop-baru"),
            ("we moved", "pindah-kpp"),
            ("is this e-mail a fraud", "keaslian"),
        ] {
            assert_eq!(first(Language::En, question), topic, "{question}");
        }
    }

    #[test]
    fn one_wrong_letter_still_finds() {
        for question in ["pasword", "passowrd", "aktivsai", "sertifkat"] {
            assert!(!find(help(Language::Id).unwrap(), question).is_empty(), "{question}");
        }
    }

    #[test]
    fn what_nobody_wrote_about_is_not_found_and_odd_questions_do_no_harm() {
        for question in ["zebra", "kuda nil", "", "   ", "%", "<script>", &"kode ".repeat(500)[..20]] {
            let found = find(help(Language::Id).unwrap(), question);
            assert_eq!(found.is_empty(), !question.contains("kode"), "{question}");
        }
    }

    #[test]
    fn words_that_were_asked_for_are_marked_where_they_stand() {
        let found = find(help(Language::Id).unwrap(), "captcha");
        assert!(found.iter().all(|found| found.excerpt.iter().any(|word| word.asked)));
        assert!(found[0].excerpt.len() <= SHOWN);
    }
}
