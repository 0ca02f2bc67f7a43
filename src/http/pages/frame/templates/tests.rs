//! What every template must keep, held by reading them.

use std::{collections::BTreeSet, fs, path::Path};

use super::*;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http/templates")
}

/// The pages about the interface have a frame of their own.
const OTHER_FRAME: [&str; 3] = ["base.html", "docs.html", "problem.html"];

fn files(at: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(at).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.insert(path.strip_prefix(folder()).unwrap().to_str().unwrap().to_owned());
        }
    }
}

#[test]
fn every_template_can_be_read_in_both_languages() {
    if let Err(fault) = check_templates() {
        panic!("{fault:#}");
    }
}

#[test]
fn every_file_is_a_template_of_the_binary() {
    let mut found = BTreeSet::new();
    files(&folder(), &mut found);
    let known: BTreeSet<String> = sources().map(|(name, _)| (*name).to_owned()).collect();

    found.retain(|name| !OTHER_FRAME.contains(&name.as_str()));
    assert_eq!(found, known);
}

/// Takes out what the engine reads, then the tags; what is left is text for people.
fn prose(source: &str) -> (String, Vec<String>) {
    let mut text = source.to_owned();
    for (begin, end) in [("{#", "#}"), ("{%", "%}"), ("{{", "}}")] {
        while let Some(start) = text.find(begin) {
            let stop = text[start..].find(end).map_or(text.len(), |at| start + at + end.len());
            text.replace_range(start..stop, if begin == "{{" { "\u{1}" } else { "" });
        }
    }
    // A macro that makes attributes for a tag holds them outside of one.
    while let Some(start) = text.find("aria-describedby").or_else(|| text.find("aria-invalid")) {
        let rest = &text[start..];
        let stop = rest.find('"').and_then(|open| Some(open + 2 + rest[open + 1..].find('"')?));
        text.replace_range(start..start + stop.unwrap_or(rest.len()), "");
    }
    let mut attributes = Vec::new();
    for name in ["aria-label", "title", "placeholder", "alt", "label", "summary"] {
        for rest in text.split(&format!(" {name}=\"")).skip(1) {
            attributes.push(rest.split('"').next().unwrap_or_default().to_owned());
        }
    }
    let mut words = String::new();
    let mut inside = false;
    for letter in text.chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            other if !inside => words.push(other),
            _ => {}
        }
    }
    (words, attributes)
}

/// Keys are no words: what stands in `<kbd>` is the name of a key everywhere.
fn without_keys(source: &str) -> String {
    let mut rest = source;
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once("<kbd>") {
        kept.push_str(before);
        rest = after.split_once("</kbd>").map_or("", |(_, tail)| tail);
    }
    kept + rest
}

#[test]
fn no_template_holds_text_for_people() {
    for (name, source) in sources() {
        let (words, attributes) = prose(&without_keys(source));
        for text in attributes.iter().chain([&words]) {
            let letters: String = text.chars().filter(|letter| letter.is_alphabetic()).collect();
            assert!(
                letters.is_empty(),
                "{name} holds text: {}",
                text.split_whitespace().collect::<Vec<_>>().join(" ")
            );
        }
    }
}

#[test]
fn every_key_that_a_template_names_is_in_the_catalogues() {
    for (name, source) in sources() {
        for rest in source.split("t(\"").skip(1) {
            let (key, after) = rest.split_once('"').unwrap();
            if after.trim_start().starts_with('~') {
                assert!(
                    words::all().keys().any(|known| known.starts_with(key)),
                    "{name}: no text begins with {key}"
                );
            } else {
                assert!(words::all().contains_key(key), "{name}: there is no text {key}");
            }
        }
    }
}

#[test]
fn every_form_that_acts_carries_the_proof_that_it_is_ours() {
    for (name, source) in sources() {
        for form in source.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap();
            let (tag, inside) = form.split_once('>').unwrap();
            // What the address of a linked page holds is the proof there.
            if tag.contains("method=\"post\"") && !name.starts_with("linked/") {
                assert!(inside.contains("parts/protected.html"), "{name}: {tag}");
            }
        }
    }
}

#[test]
fn nothing_inline_and_nothing_from_elsewhere() {
    for (name, source) in sources() {
        for forbidden in
            ["style=\"", "<style", "onclick", "onsubmit", "href=\"http", "src=\"http", "javascript:", "|safe"]
        {
            assert!(!source.contains(forbidden), "{name} holds {forbidden}");
        }
        for script in source.split("<script").skip(1) {
            assert!(script.starts_with(" src="), "{name} has an inline script");
        }
    }
}

#[test]
fn a_text_takes_values_without_their_tags() {
    let environment = environment(Language::Id).unwrap();
    let shown = environment
        .render_str(r#"{{ t("o.claim.lost", nama="<b>A&B</b>", waktu="10.11") }}"#, minijinja::context! {})
        .unwrap();

    assert!(shown.contains("&lt;b&gt;A&amp;B&lt;/b&gt;"), "{shown}");
    let bold = environment.render_str(r#"{{ t("start.r_new") }}"#, minijinja::context! {}).unwrap();
    assert!(bold.contains("<strong>Kode Aktivasi dan Password</strong>"), "{bold}");
}
