//! The letters and e-mails as a person, a PDF reader and an attacker see them.

mod batch;
mod bytes;
mod drawn;
mod emails;
mod faults;
mod proof;
mod random;
mod signed_on_screen;
mod versions;
mod wording;

use serde_json::Value;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::sync::LazyLock;

use super::{DrawnPage, EmailKind, LetterKind, Templates, drawing};

static TEMPLATES: LazyLock<Templates> = LazyLock::new(|| Templates::embedded().unwrap());

/// A filled-in example: data, and the text that must come out.
struct Example {
    name: String,
    kind: String,
    data: Value,
    expected: String,
}

/// The examples in `tests/letters/` whose name begins with `prefix`.
fn examples(prefix: &str) -> Vec<Example> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/letters");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".json").map(str::to_owned))
        .filter(|name| name.starts_with(prefix))
        .collect();
    names.sort();
    names
        .into_iter()
        .map(|name| {
            let json = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
            let mut json: Value = serde_json::from_str(&json).unwrap();
            Example {
                kind: json["kind"].as_str().unwrap().to_owned(),
                data: json["data"].take(),
                expected: std::fs::read_to_string(folder.join(format!("{name}.txt"))).unwrap(),
                name,
            }
        })
        .collect()
}

fn example(name: &str) -> (LetterKind, Value) {
    let example = examples(name).into_iter().find(|example| example.name == name).unwrap();
    (LetterKind::from_str(&example.kind).unwrap(), example.data)
}

fn pdf(kind: LetterKind, data: &Value) -> Vec<u8> {
    TEMPLATES.render(kind, data).unwrap().pdf
}

/// Runs a program of poppler or qpdf on a PDF and gives its standard output.
fn run(program: &str, arguments: &[&str], pdf: &[u8]) -> String {
    let path = std::env::temp_dir().join(format!("aktivasi-letter-{}.pdf", uuid::Uuid::new_v4()));
    std::fs::File::create(&path).unwrap().write_all(pdf).unwrap();
    let arguments: Vec<&str> = arguments
        .iter()
        .map(|argument| if *argument == "FILE" { path.to_str().unwrap() } else { argument })
        .collect();
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn text_of(pdf: &[u8]) -> String {
    run("pdftotext", &["-raw", "FILE", "-"], pdf).replace("\u{AD}\n", "")
}

/// Words only: where lines and pages end is the layout's business.
fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// The text of a letter without the line at the foot of each page.
fn without_feet(text: &str, footer: &str) -> String {
    text.lines()
        .filter(|line| {
            let line = line.trim_matches(|c: char| c.is_whitespace());
            let number = line.strip_prefix(footer).unwrap_or(line).trim_start();
            !(number.starts_with("Halaman ") && number.contains(" dari "))
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn set(data: &mut Value, pointer: &str, value: impl Into<Value>) {
    *data.pointer_mut(pointer).unwrap() = value.into();
}
