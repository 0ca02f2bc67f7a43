//! The YAML head of a template.

use serde::Deserialize;
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
    /// Filled into the sample that `letter check` renders.
    #[serde(default)]
    pub example: serde_json::Value,
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
