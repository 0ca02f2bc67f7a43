//! Data made from the examples in the front matter, to try a template out with.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

use super::front_matter::Field;

/// An object that holds every declared field. A field below another one (`a.b` below `a`) wins over it.
pub fn sample(fields: &BTreeMap<String, Field>) -> Value {
    let mut data = Map::new();
    for (path, field) in fields {
        insert(&mut data, path, field.example.clone());
    }
    Value::Object(data)
}

/// Sets the value at a path such as `pkp.nama`.
pub fn put(data: &mut Value, path: &str, value: Value) {
    if let Value::Object(object) = data {
        insert(object, path, value);
    }
}

fn insert(object: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), value);
        }
        Some((head, rest)) => {
            let below = object.entry(head).or_insert_with(|| Value::Object(Map::new()));
            if !below.is_object() {
                *below = Value::Object(Map::new());
            }
            if let Value::Object(below) = below {
                insert(below, rest, value);
            }
        }
    }
}
