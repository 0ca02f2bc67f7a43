//! `/bantuan`: answers to what people ask again and again, in both languages.

mod find;
mod index;
mod markdown;
mod opening;
mod texts;
mod topic;

use super::frame::Page;

pub(super) use opening::named;

pub const TEMPLATES: &[(&str, &str)] = &[
    ("help/index.html", include_str!("../../templates/help/index.html")),
    ("help/opening.html", include_str!("../../templates/help/opening.html")),
    ("help/opening_form.html", include_str!("../../templates/help/opening_form.html")),
    ("help/topic.html", include_str!("../../templates/help/topic.html")),
];

/// The page of the opening hours comes before the topics, among which its name would be unknown.
pub fn pages() -> Vec<Page> {
    [index::pages(), opening::pages(), topic::pages()].concat()
}

/// `(key of the words, topics)`. Each topic stands in one group.
const GROUPS: [(&str, &[&str]); 4] = [
    (
        "help.group.lost",
        &[
            "empat-rahasia",
            "lupa-keduanya",
            "semua-hilang",
            "password-ditolak",
            "password-tersimpan",
            "satu-password",
            "upload-masih-berhasil",
        ],
    ),
    ("help.group.application", &["etax-40005", "laptop-baru"]),
    ("help.group.request", &["surat-belum-sampai", "pindah-kpp", "jangka-waktu", "dikembalikan", "ditolak"]),
    ("help.group.safety", &["bukan-kami", "keaslian", "satu-akun-dua-tempat"]),
];

#[cfg(test)]
mod tests {
    use super::{super::frame::Language, GROUPS, texts::help};

    #[test]
    fn every_topic_stands_in_one_group() {
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, topics)| topics.iter().copied()).collect();
        let mut topics: Vec<&str> =
            help(Language::Id).unwrap().topics.iter().map(|topic| topic.name.as_str()).collect();
        grouped.sort_unstable();
        topics.sort_unstable();
        assert_eq!(grouped, topics);
    }
}
