//! The texts of help, read once: `src/http/words/help.{id,en}.md`, one topic under each `## Title {#name}`.
//!
//! `<!-- search: ... -->` under a title has words that people use and the text does not.

use std::{collections::BTreeSet, sync::LazyLock};

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::markdown::Writer;
use crate::http::pages::frame::{Language, PageError};

/// Help in one language. Every link to a topic leads to one.
#[derive(Debug)]
pub struct Help {
    pub intro: String,
    pub topics: Vec<Topic>,
}

#[derive(Debug)]
pub struct Topic {
    pub name: String,
    pub title: String,
    pub html: String,
    /// The text without its marks.
    pub plain: String,
    /// Further words that lead here.
    pub words: String,
}

static HELP: LazyLock<[Result<Help, String>; 2]> = LazyLock::new(|| {
    [include_str!("../../words/help.id.md"), include_str!("../../words/help.en.md")].map(read)
});

/// Help in the language of a visitor.
pub fn help(language: Language) -> Result<&'static Help, PageError> {
    let [id, en] = &*HELP;
    let read = match language {
        Language::Id => id,
        Language::En => en,
    };
    read.as_ref().map_err(|fault| {
        tracing::error!(fault, "the texts of help cannot be read");
        PageError::Broken
    })
}

impl Help {
    pub fn topic(&self, name: &str) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.name == name)
    }
}

/// What is being read: a heading collects its text, everything else goes to the piece below the last one.
#[derive(Default)]
struct Reader {
    intro: Writer,
    topics: Vec<(String, String, String, Writer)>,
    heading: Option<(HeadingLevel, Option<String>, String)>,
}

impl Reader {
    fn event(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Start(Tag::Heading { level, id, .. }) => {
                self.heading = Some((level, id.map(|id| id.to_string()), String::new()));
                Ok(())
            }
            Event::End(TagEnd::Heading(_)) => self.heading_ends(),
            Event::Text(text) if self.heading.is_some() => {
                if let Some((_, _, title)) = &mut self.heading {
                    title.push_str(&text);
                }
                Ok(())
            }
            Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) => Ok(()),
            Event::Html(comment) => {
                let words = comment
                    .trim()
                    .strip_prefix("<!-- search:")
                    .and_then(|rest| rest.strip_suffix("-->"))
                    .ok_or("help does not use HTML")?;
                let topic = self.topics.last_mut().ok_or("search words before the first topic")?;
                words.trim().clone_into(&mut topic.2);
                Ok(())
            }
            other => self.topics.last_mut().map_or(&mut self.intro, |topic| &mut topic.3).event(other),
        }
    }

    fn heading_ends(&mut self) -> Result<(), String> {
        match self.heading.take() {
            Some((HeadingLevel::H1, _, _)) if self.topics.is_empty() => Ok(()),
            Some((HeadingLevel::H2, Some(name), title)) => {
                self.topics.push((name, title, String::new(), Writer::default()));
                Ok(())
            }
            other => Err(format!("a heading of another sort: {other:?}")),
        }
    }
}

fn read(text: &str) -> Result<Help, String> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_HEADING_ATTRIBUTES;
    let mut reader = Reader::default();
    for event in Parser::new_ext(text, options) {
        reader.event(event)?;
    }
    let names: BTreeSet<&str> = reader.topics.iter().map(|(name, ..)| name.as_str()).collect();
    if names.len() != reader.topics.len() {
        return Err("a topic is there twice".to_owned());
    }
    let links = reader.topics.iter().flat_map(|(.., writer)| &writer.links).chain(&reader.intro.links);
    for name in links.filter_map(|link| link.strip_prefix('#')) {
        if !names.contains(name) {
            return Err(format!("there is no topic {name}"));
        }
    }
    let topic = |(name, title, words, writer): (_, _, _, Writer)| Topic {
        name,
        title,
        html: writer.html,
        plain: writer.plain,
        words,
    };
    Ok(Help { intro: reader.intro.html, topics: reader.topics.into_iter().map(topic).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both() -> [&'static Help; 2] {
        Language::ALL.map(|language| help(language).unwrap())
    }

    #[test]
    fn both_languages_have_the_same_topics_with_the_same_links() {
        let [id, en] = both();
        let names = |help: &Help| help.topics.iter().map(|topic| topic.name.clone()).collect::<Vec<_>>();
        assert!(id.topics.len() >= 17);
        assert_eq!(names(id), names(en));
        for (id, en) in id.topics.iter().zip(&en.topics) {
            let links = |html: &str| {
                html.split("href=\"")
                    .skip(1)
                    .filter_map(|rest| rest.split('"').next().map(str::to_owned))
                    .collect::<Vec<_>>()
            };
            assert_eq!(links(&id.html), links(&en.html), "{}", id.name);
            assert_ne!(id.title, en.title);
            for (tag, html) in
                ["<li>", "<tr>", "<strong>"].into_iter().flat_map(|tag| [(tag, &id.html), (tag, &en.html)])
            {
                assert_eq!(html.matches(tag).count(), id.html.matches(tag).count(), "{} {tag}", id.name);
            }
        }
    }

    #[test]
    fn each_complaint_has_its_answer() {
        for help in both() {
            for name in [
                "lupa-keduanya",
                "surat-belum-sampai",
                "pindah-kpp",
                "password-ditolak",
                "password-tersimpan",
                "satu-password",
                "upload-masih-berhasil",
                "semua-hilang",
                "satu-akun-dua-tempat",
                "laptop-baru",
                "etax-40005",
                "empat-rahasia",
            ] {
                assert!(help.topic(name).is_some_and(|topic| topic.plain.len() > 100), "{name}");
            }
            let secrets = &help.topic("empat-rahasia").unwrap().html;
            assert_eq!(secrets.matches("<th scope=\"col\">").count(), 4);
            assert_eq!(help.topic("etax-40005").unwrap().html.matches("<li>").count(), 8);
        }
    }

    #[test]
    fn the_subject_that_help_names_is_how_every_mail_begins() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("letter-templates/emails");
        let mut mails = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let kind = path.file_stem().unwrap().to_str().unwrap().parse();
            if kind.is_ok_and(crate::letters::EmailKind::is_for_staff) {
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            let Some(subject) = text.lines().find_map(|line| line.strip_prefix("subject: \"")) else {
                continue;
            };
            assert!(subject.starts_with("Permohonan Kode Aktivasi"), "{subject}");
            mails += 1;
        }
        assert!(mails > 10);
        for help in both() {
            assert!(help.topic("surat-belum-sampai").unwrap().plain.contains("\"Permohonan Kode Aktivasi\""));
        }
    }

    #[test]
    fn what_help_does_not_know_is_refused() {
        for text in [
            "## Tanpa nama\n\nIsi.",
            "## Satu {#a}\n\nIsi.\n\n## Dua {#a}\n\nIsi.",
            "## Satu {#a}\n\n[ke mana](#b)",
            "## Satu {#a}\n\n[ke luar](https://example.com)",
            "## Satu {#a}\n\n<script>alert(1)</script>",
            "## Satu {#a}\n\nteks <b>tebal</b>",
            "## Satu {#a}\n\n![gambar](/x.png)",
            "## Satu {#a}\n\n### Lebih dalam {#b}",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
