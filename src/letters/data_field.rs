//! Where in the data of a letter something stands.

use serde_json::Value;

/// The field of the data whose value has the character.
pub fn field_with(data: &Value, character: char) -> Option<String> {
    match data {
        Value::String(text) => text.contains(character).then(String::new),
        Value::Object(fields) => fields
            .iter()
            .find_map(|(name, value)| Some((name, field_with(value, character)?)))
            .map(|(name, below)| if below.is_empty() { name.clone() } else { format!("{name}.{below}") }),
        Value::Array(rows) => rows
            .iter()
            .enumerate()
            .find_map(|(index, value)| Some((index + 1, field_with(value, character)?)))
            .map(|(row, below)| if below.is_empty() { row.to_string() } else { format!("{row}.{below}") }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}
