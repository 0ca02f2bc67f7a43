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
    (
        "src/pades",
        &["sqlx", "actix_web", "crate::app", "crate::store", "crate::http", "crate::jobs", "crate::settings"],
    ),
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

/// Tests prepare and look with statements of their own.
fn is_test(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests.rs" || part.as_os_str() == "tests")
}

/// Words in comments do not make a dependency.
fn code(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Whether the text names a module: in full, or nested directly in a `use crate::{ … };`, which hides the path.
fn mentions(text: &str, word: &str) -> bool {
    let nested = |layer: &str| {
        let line = format!("\n    {layer}");
        text.split("use crate::{\n").skip(1).any(|rest| {
            let block = format!("\n{}", rest.split("\n};").next().unwrap_or_default());
            [format!("{line}::"), format!("{line},")].iter().any(|line| block.contains(line.as_str()))
        })
    };
    text.contains(word) || word.strip_prefix("crate::").is_some_and(nested)
}

#[test]
fn no_layer_looks_up() {
    let (mut seen, mut broken) = (0, Vec::new());
    for (folder, forbidden) in RULES {
        visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut |path, text| {
            seen += 1;
            if is_test(path) {
                return;
            }
            let text = code(text);
            for word in forbidden.iter().filter(|word| mentions(&text, word)) {
                broken.push(format!("{} mentions {word}", path.display()));
            }
        });
    }
    assert!(seen >= 100, "the walk found too few files: {seen}");
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn a_nested_import_is_seen_and_a_namesake_is_not() {
    assert!(mentions("use crate::{\n    domain::ids,\n    jobs::Workers,\n};", "crate::jobs"));
    assert!(mentions("let x = crate::jobs::run();", "crate::jobs"));
    assert!(!mentions("use crate::store::{\n    jobs::JobRow,\n};", "crate::jobs"));
}

#[test]
fn sql_stands_in_store_only() {
    let mut broken = Vec::new();
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut |path, text| {
        let exempt = is_test(path) || path.components().any(|part| part.as_os_str() == "store");
        if !exempt && code(text).contains("sqlx::query") {
            broken.push(path.display().to_string());
        }
    });
    assert!(broken.is_empty(), "{broken:#?}");
}

/// The past of a request is replayed from the acts that were recorded about it: a new one is either in the table of states or
/// named as one that leaves a state as it is; a look is named as one.
#[test]
fn every_act_recorded_about_a_request_is_known_to_its_replay() {
    use aktivasi::domain::{history, state::Act};
    let mut unknown = Vec::new();
    let mut known = 0;
    visit(Path::new("src/app"), &mut |path, text| {
        for (at, _) in text.match_indices("Event::new(") {
            let rest = text.get(at..).unwrap();
            let statement = rest.split(';').next().unwrap();
            if !statement.contains(".request(") {
                continue;
            }
            // The name stands literally; where it does not, it is that of an act of the table.
            let named = statement.split(".request(").next().unwrap();
            let Some(act) = named.split('"').nth(1) else { continue };
            let is_known = [history::FILED, history::VERDICT_CHANGED].contains(&act)
                || history::stateless().any(|name| name == act)
                || act.parse::<Act>().is_ok();
            known += usize::from(is_known);
            // Who only looks must be told apart from who works.
            if (act.starts_with("view_") || act.ends_with("_viewed")) && !history::LOOKS.contains(&act) {
                unknown.push(format!("{}: {act} looks", path.display()));
            }
            if !is_known && act.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
                unknown.push(format!("{}: {act}", path.display()));
            }
        }
    });
    assert!(known > 20, "{known}");
    assert!(unknown.is_empty(), "{unknown:#?}");
}
