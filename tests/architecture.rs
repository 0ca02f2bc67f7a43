//! The layer rules that a single crate cannot ask Cargo to enforce.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::Path};

/// `(folder, words that no file under it may contain)`
const RULES: &[(&str, &[&str])] = &[
    (
        "src/domain",
        &[
            "sqlx",
            "actix_web",
            "lettre",
            "printpdf",
            "tokio",
            "std::env",
            "config::",
            "crate::app",
            "crate::store",
            "crate::http",
            "crate::jobs",
            "crate::mail",
            "crate::letters",
            "crate::settings",
            "crate::vault",
        ],
    ),
    (
        "src/store",
        &["actix_web", "lettre", "crate::app", "crate::http", "crate::jobs", "crate::mail", "crate::vault"],
    ),
    ("src/app", &["actix_web", "sqlx::query", "crate::http", "crate::jobs", "crate::admin", "crate::demo"]),
    ("src/http", &["sqlx", "crate::jobs", "crate::mail", "crate::admin"]),
    ("src/jobs", &["actix_web", "sqlx::query", "crate::http", "crate::admin"]),
    ("src/letters", &["sqlx", "actix_web", "crate::app", "crate::store", "crate::http", "crate::jobs"]),
    ("src/mail", &["sqlx", "actix_web", "crate::app", "crate::store", "crate::http", "crate::jobs"]),
    ("src/vault", &["sqlx", "actix_web", "crate::app", "crate::store", "crate::http", "crate::jobs"]),
];

fn visit(path: &Path, each: &mut dyn FnMut(&Path, &str)) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            visit(&entry.unwrap().path(), each);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        each(path, &fs::read_to_string(path).unwrap());
    }
}

/// Words in comments and test modules do not make a dependency.
fn code(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn no_layer_looks_up() {
    let (mut seen, mut broken) = (0, Vec::new());
    for (folder, forbidden) in RULES {
        visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut |path, text| {
            seen += 1;
            let text = code(text);
            for word in *forbidden {
                // `use crate::{app::…}` hides the path: look for the nested form too.
                let nested = word.strip_prefix("crate::").map(|layer| format!("\n    {layer}::"));
                if text.contains(word) || nested.is_some_and(|nested| text.contains(&nested)) {
                    broken.push(format!("{} mentions {word}", path.display()));
                }
            }
        });
    }
    assert!(seen >= 100, "the walk found too few files: {seen}");
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn sql_stands_in_store_only() {
    let mut broken = Vec::new();
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut |path, text| {
        // Tests prepare and look with statements of their own.
        let exempt =
            path.components().any(|part| part.as_os_str() == "store" || part.as_os_str() == "tests.rs");
        if !exempt && code(text).contains("sqlx::query") {
            broken.push(path.display().to_string());
        }
    });
    assert!(broken.is_empty(), "{broken:#?}");
}
