//! Values that officers and the registry supply for the closed lists, as their wording prints them.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::office_words::OfficeWords;
use crate::{domain::indonesian, store::offices::OfficeRow};

/// The data of [`crate::letters::Templates::reason_text`].
pub fn reason_data(evidence: &BTreeMap<String, String>, office: &OfficeRow) -> Value {
    json!({ "bukti": printed(evidence), "kpp": OfficeWords::new(office).kpp() })
}

/// The data of [`crate::letters::Templates::item_text`].
pub fn item_data(values: &BTreeMap<String, String>, office: &OfficeRow) -> Value {
    json!({ "butir": printed(values), "kpp": OfficeWords::new(office).kpp() })
}

/// Values named as a date are stored as `2026-07-14` and printed as `14 Juli 2026`.
fn printed(values: &BTreeMap<String, String>) -> BTreeMap<&str, String> {
    values
        .iter()
        .map(|(name, value)| {
            let date = name.contains("tanggal").then(|| value.parse::<NaiveDate>().ok()).flatten();
            (name.as_str(), date.map_or_else(|| value.clone(), indonesian::date))
        })
        .collect()
}
