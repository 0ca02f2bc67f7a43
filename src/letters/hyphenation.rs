//! Where an Indonesian word of the wording may be divided at the end of a line.
//!
//! By the rules for syllables of the *Ejaan yang Disempurnakan* (I.F): between vowel and consonant (`su-rat`), between
//! two consonants (`pang-gilan`), with `ng`, `ny`, `sy`, `kh` and beginnings such as `pr` kept whole. A suffix is divided
//! from its stem and nowhere else (`guna-kan`, never `permoho-nan`). Where the rules need to know the stem (`ber-ubah` but
//! `be-rita`), the word is not divided at all at that place: a looser line is better than a wrong division.

/// The soft hyphen: marks a place where a word may be divided; never printed itself.
pub const SOFT_HYPHEN: char = '\u{AD}';

const SHORTEST: usize = 6;
const LEAST_BEFORE: usize = 2;
const LEAST_AFTER: usize = 3;

/// The text with soft hyphens in its words. Words with capitals, digits or other signs are left as they are.
pub fn with_soft_hyphens(text: &str) -> String {
    let mut marked = String::with_capacity(text.len() + text.len() / 4);
    for part in text.split_inclusive(' ') {
        let end = part.trim_end_matches([' ', '.', ',', ';', ':', ')', '"']).len();
        let (word, rest) = part.split_at(end);
        let from = word.len() - word.trim_start_matches(['(', '"']).len();
        let (sign, word) = word.split_at(from);
        marked.push_str(sign);
        let letters: Vec<char> = word.chars().collect();
        let places = if letters.iter().all(char::is_ascii_lowercase) { places(&letters) } else { Vec::new() };
        for (index, letter) in letters.into_iter().enumerate() {
            if places.contains(&index) {
                marked.push(SOFT_HYPHEN);
            }
            marked.push(letter);
        }
        marked.push_str(rest);
    }
    marked
}

/// Indices of letters before which the word may be divided.
fn places(word: &[char]) -> Vec<usize> {
    if word.len() < SHORTEST {
        return Vec::new();
    }
    let sounds = sounds(word);
    let vowel = |index: usize| sounds.get(index).is_some_and(|(_, vowel)| *vowel);
    let mut found = Vec::new();
    for index in 1..sounds.len() {
        let (at, _) = sounds[index];
        // The consonants between two vowels decide: the last of them begins the next syllable, with r or l two.
        if vowel(index) || !followed_by_vowel(word, &sounds, index) {
            continue;
        }
        let begins = if starts_cluster(word, at) || vowel(index + 1) {
            !(index > 0 && !vowel(index - 1) && starts_cluster(word, sounds[index - 1].0))
        } else {
            false
        };
        let has_vowel_before = (0..index).any(vowel);
        if begins && has_vowel_before && at >= LEAST_BEFORE && stands(word, at) {
            found.push(at);
        }
    }
    found
}

/// Start of each sound in letters, and whether it is a vowel; `ng`, `ny`, `sy` and `kh` are one consonant.
fn sounds(word: &[char]) -> Vec<(usize, bool)> {
    let mut sounds = Vec::new();
    let mut at = 0;
    while at < word.len() {
        sounds.push((at, is_vowel(word[at])));
        let pair = word.get(at + 1).map(|next| (word[at], *next));
        at += if matches!(pair, Some(('n', 'g' | 'y') | ('s', 'y') | ('k', 'h'))) { 2 } else { 1 };
    }
    sounds
}

fn followed_by_vowel(word: &[char], sounds: &[(usize, bool)], index: usize) -> bool {
    let next = |by: usize| sounds.get(index + by).is_some_and(|(_, vowel)| *vowel);
    next(1) || (starts_cluster(word, sounds[index].0) && next(2))
}

fn starts_cluster(word: &[char], at: usize) -> bool {
    matches!(word[at], 'p' | 't' | 'k' | 'b' | 'd' | 'g' | 'f') && matches!(word.get(at + 1), Some('r' | 'l'))
}

/// Whether a division before this letter is right also where stem and affixes matter.
fn stands(word: &[char], at: usize) -> bool {
    let tail: String = word[at..].iter().collect();
    if tail.len() < LEAST_AFTER {
        return false;
    }
    let after_prefix =
        at == 2 && word[at] == 'r' && matches!(word[..2], ['b' | 't' | 'p', 'e']) && word.len() > 3;
    let stem = ["nya", "lah"].iter().find_map(|suffix| tail.strip_suffix(suffix)).unwrap_or(&tail);
    let takes_from_the_stem = stem.len() <= 4 && stem.ends_with("an") && stem != "kan"
        || stem.len() <= 3 && stem.ends_with('i') && !stem.is_empty();
    !after_prefix
        && !takes_from_the_stem
        && (tail.len() > LEAST_AFTER || matches!(tail.as_str(), "kan" | "nya" | "lah"))
}

fn is_vowel(letter: char) -> bool {
    matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divided(word: &str) -> String {
        with_soft_hyphens(word).replace(SOFT_HYPHEN, "-")
    }

    #[test]
    fn words_are_divided_between_syllables() {
        for (word, expected) in [
            ("panggilan", "pang-gilan"),
            ("menunjukkan", "me-nunjuk-kan"),
            ("digunakan", "di-guna-kan"),
            ("elektronik", "elek-tronik"),
            ("program", "pro-gram"),
            ("sehubungan", "se-hubungan"),
        ] {
            let found = divided(word);
            // Fewer places than possible are fine; a place that the expectation does not have is not.
            let allowed: Vec<usize> = cuts(expected);
            let all: Vec<usize> = cuts(&found);
            assert!(allowed.iter().all(|cut| all.contains(cut)), "{word}: {found}");
        }
    }

    #[test]
    fn a_suffix_is_never_torn_from_its_stem() {
        for word in ["permohonan", "pemberitahuan", "kelengkapan", "permohonannya", "penolakan", "melengkapi"]
        {
            let found = divided(word);
            for wrong in ["-nan", "-pan", "-kanan", "-nannya", "-pi"] {
                assert!(!found.ends_with(wrong), "{found}");
            }
        }
    }

    #[test]
    fn after_a_prefix_before_a_vowel_the_word_stays_whole() {
        for word in ["berubah", "terakhir", "perubahan", "terima", "berita"] {
            assert!(!divided(word).starts_with(&format!("{}-r", &word[..2])), "{}", divided(word));
        }
    }

    #[test]
    fn short_words_names_numbers_and_addresses_stay_whole() {
        for text in
            ["surat", "Direktur", "PERATURAN", "2026", "pajak@contoh.example", "https://a.example/periksa"]
        {
            assert_eq!(with_soft_hyphens(text), text);
        }
    }

    #[test]
    fn nothing_but_soft_hyphens_is_added() {
        let text = "dengan ini kami sampaikan (sebagaimana dimaksud) hal-hal sebagai berikut: diterima.";
        assert_eq!(with_soft_hyphens(text).replace(SOFT_HYPHEN, ""), text);
    }

    fn cuts(word: &str) -> Vec<usize> {
        word.char_indices().filter(|(_, c)| *c == '-').enumerate().map(|(n, (at, _))| at - n).collect()
    }
}
