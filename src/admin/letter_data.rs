//! Data of one's own for `letter preview`: a JSON file, checked against the fields that the letter declares.

use std::{fs, path::Path};

use serde_json::Value;

use super::Failure;

/// Reads the file.
///
/// # Errors
/// It cannot be read, is not JSON, or holds a field that the letter does not know: named with its line and the fields
/// that it does know.
pub fn read(file: &Path, known: &[String]) -> Result<Value, Failure> {
    let text = fs::read_to_string(file)
        .map_err(|error| Failure::usage(format!("{} cannot be read: {error}", file.display())))?;
    let data = serde_json::from_str(&text)
        .map_err(|error| Failure::usage(format!("{} is not JSON: {error}", file.display())))?;
    match unknown(&data, "", known) {
        None => Ok(data),
        Some(field) => Err(Failure::usage(format!(
            "{}:{}: the letter does not know the field {field}; it knows: {}",
            file.display(),
            line_of(&text, &field),
            known.join(", ")
        ))),
    }
}

/// The first field that the letter does not declare. What stands inside a declared field is its own.
fn unknown(value: &Value, path: &str, known: &[String]) -> Option<String> {
    let Value::Object(fields) = value else { return None };
    fields.iter().find_map(|(name, value)| {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let is_group =
            known.iter().any(|field| field.strip_prefix(&path).is_some_and(|rest| rest.starts_with('.')));
        if is_group {
            return unknown(value, &path, known);
        }
        (!known.contains(&path)).then_some(path)
    })
}

/// The line on which the last name of the path stands, looked for below the names before it.
fn line_of(text: &str, field: &str) -> usize {
    let mut at = 0;
    for name in field.split('.') {
        let key = serde_json::to_string(name).unwrap_or_default();
        at = text[at..].find(&key).map_or(at, |found| at + found);
    }
    text[..at].matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let file = std::env::temp_dir().join(format!("aktivasi-data-{}.json", uuid::Uuid::new_v4()));
        fs::write(&file, text).unwrap();
        let known = ["pkp.nama", "pkp.npwp", "alasan", "cetak_ulang", "cetak_ulang.ke"].map(String::from);
        let answer = read(&file, &known);
        fs::remove_file(&file).unwrap();
        answer.err().map(|failure| failure.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_field_that_the_letter_does_not_know_is_named_with_file_line_and_the_known_ones() {
        let text = refused("{\n \"pkp\": {\n  \"nama\": \"X\",\n  \"npwpp\": \"1\"\n }\n}");

        assert!(text.contains(".json:4: the letter does not know the field pkp.npwpp"), "{text}");
        assert!(
            text.ends_with("it knows: pkp.nama, pkp.npwp, alasan, cetak_ulang, cetak_ulang.ke"),
            "{text}"
        );
    }

    #[test]
    fn what_stands_inside_a_declared_list_or_instead_of_a_group_is_its_own() {
        assert_eq!(refused(r#"{"alasan": [{"huruf": "a"}], "cetak_ulang": null, "pkp": {"nama": "X"}}"#), "");
    }

    #[test]
    fn a_file_that_is_not_json_is_named_with_its_place() {
        let text = refused("{\n \"pkp\": \n}");

        assert!(text.contains("is not JSON") && text.contains("line 3"), "{text}");
    }
}
