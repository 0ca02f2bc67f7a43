//! The YAML head of a template.

use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

use super::drawing::Paper;
use super::error::TemplateError;

/// What the head of a template says. Keys that are for people only (`note`, `to`, `when`, `regime`) are not read.
#[derive(Debug, Clone, Deserialize)]
pub struct FrontMatter {
    pub kind: String,
    pub title: String,
    pub version: u32,
    #[serde(default)]
    pub hal: String,
    #[serde(default)]
    pub sifat: String,
    /// Printed small at the foot of every page, left of the page number; may hold fields.
    #[serde(default)]
    pub footer: String,
    /// Printed small at the head of every page but the first; may hold fields.
    #[serde(default)]
    pub header: String,
    /// The sheet it is made for; an office may print its outgoing letters on another one.
    #[serde(default)]
    pub paper: Paper,
    /// Subject of an e-mail; may hold fields.
    #[serde(default)]
    pub subject: String,
    pub fields: BTreeMap<String, Field>,
}

/// The declaration of one field.
#[derive(Debug, Clone, Deserialize)]
pub struct Field {
    /// What it can hold, in the words of the declaration: `boolean`, `a | b | c`, `text, may be empty`.
    /// `URL` is an address of ours, which becomes a link in the HTML of an e-mail.
    #[serde(default, rename = "type")]
    pub shape: String,
    /// Filled into the sample that `letter check` renders.
    #[serde(default)]
    pub example: Value,
}

impl Field {
    /// The values that the declaration names beside the example.
    pub fn other_values(&self) -> Vec<Value> {
        let mut values: Vec<Value> = match self.shape.as_str() {
            "boolean" => vec![true.into(), false.into()],
            shape if shape.contains(" | ") => shape.split(" | ").map(alternative).collect(),
            shape if shape.ends_with("or null") => vec![Value::Null],
            shape if shape.starts_with("list") && shape.ends_with("may be empty") => vec![json!([])],
            shape if shape.ends_with("may be empty") => vec!["".into()],
            _ => Vec::new(),
        };
        values.retain(|value| *value != self.example);
        values
    }
}

fn alternative(text: &str) -> Value {
    match text {
        "empty" => "".into(),
        text => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
    }
}

/// The head, the wording below it, and the number of lines above the wording.
pub fn split<'a>(template: &str, source: &'a str) -> Result<(FrontMatter, &'a str, usize), TemplateError> {
    let broken =
        |reason: &str| TemplateError::FrontMatter { template: template.into(), reason: reason.into() };
    let rest = source.strip_prefix("---\n").ok_or_else(|| broken("the file must begin with ---"))?;
    let (head, body) = rest.split_once("\n---\n").ok_or_else(|| broken("the closing --- is missing"))?;
    let head_lines = head.lines().count() + 2;
    let parsed = serde_saphyr::from_str(head).map_err(|error| broken(&error.to_string()))?;
    Ok((parsed, body, head_lines))
}
