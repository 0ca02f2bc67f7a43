//! The closed lists: reasons of a refusal, and items that can be missing.

use serde::Deserialize;
use serde_json::Value;

use super::embedded;
use super::error::{RenderError, TemplateError};
use super::wording::{Values, Wording};

const REASONS: &str = "refusal-reasons.csv";
const ITEMS: &str = "deficiency-items.csv";

/// The kinds of request, as the lists name them.
const KINDS: [&str; 4] = ["new_credentials", "reprint", "update_email", "move_office"];

/// A reason that a request may be refused for. An officer chooses one and supplies its evidence; nobody writes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusalReason {
    pub code: String,
    /// `r1`, `r2` or `r3` when the registry itself shows the reason.
    pub evidence_case: Option<String>,
    /// Kinds of request that it applies to: `new_credentials`, `reprint`, `update_email`, `move_office`.
    pub kinds: Vec<String>,
    /// Where the reason comes from, in the words of the list.
    pub origin: String,
    /// Wording with fields.
    pub text: String,
    /// Wording of the evidence, without a full stop.
    pub evidence: String,
    /// Wording of what the taxpayer can do next.
    pub next_step: String,
    /// Fields below `bukti` that the officer supplies.
    pub evidence_fields: Vec<String>,
}

/// A reason, ready for the letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonText {
    pub text: String,
    pub evidence: String,
    pub next_step: String,
}

/// Something that can be missing, unreadable or not matching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeficiencyItem {
    pub code: String,
    /// Kinds of request that it applies to.
    pub kinds: Vec<String>,
    /// When it applies only to some requests of these kinds, for example those signed by a representative (`kuasa`).
    pub condition: Option<String>,
    /// Wording with fields.
    pub name: String,
    /// Wording of what was found.
    pub finding: String,
    /// Wording of how to supply it.
    pub remedy: String,
    /// Fields below `butir` that the officer supplies.
    pub fields: Vec<String>,
}

/// An item, ready for the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemText {
    pub name: String,
    pub finding: String,
    pub remedy: String,
}

/// Both lists, with their wording parsed.
pub struct Catalogue {
    pub reasons: Vec<RefusalReason>,
    pub items: Vec<DeficiencyItem>,
    wording: Wording,
}

#[derive(Deserialize)]
struct ReasonRow {
    code: String,
    evidence_case: String,
    kinds: String,
    origin: String,
    teks: String,
    bukti: String,
    langkah: String,
    bukti_fields: String,
}

#[derive(Deserialize)]
struct ItemRow {
    code: String,
    kinds: String,
    nama: String,
    hasil: String,
    cara: String,
}

impl Catalogue {
    pub fn embedded() -> Result<Self, TemplateError> {
        let mut wording = Wording::new(Values::OneLine)?;
        let mut reasons: Vec<RefusalReason> = Vec::new();
        for (row, record) in rows::<ReasonRow>(REASONS, embedded::REFUSAL_REASONS)? {
            let evidence_fields: Vec<String> = record
                .bukti_fields
                .split(';')
                .map(str::trim)
                .filter(|f| !f.is_empty())
                .map(Into::into)
                .collect();
            let texts = [("text", &record.teks), ("evidence", &record.bukti), ("next_step", &record.langkah)];
            let used = add(&mut wording, REASONS, &record.code, &texts, row)?;
            check_fields(REASONS, row, &used, "bukti", &evidence_fields)?;
            let (kinds, _) = kinds(REASONS, row, &record.kinds)?;
            if reasons.iter().any(|reason| reason.code == record.code) {
                return Err(fault(REASONS, row, "the code is used twice"));
            }
            reasons.push(RefusalReason {
                code: record.code,
                evidence_case: Some(record.evidence_case).filter(|case| !case.is_empty()),
                kinds,
                origin: record.origin,
                text: record.teks,
                evidence: record.bukti,
                next_step: record.langkah,
                evidence_fields,
            });
        }
        let mut items: Vec<DeficiencyItem> = Vec::new();
        for (row, record) in rows::<ItemRow>(ITEMS, embedded::DEFICIENCY_ITEMS)? {
            let texts = [("name", &record.nama), ("finding", &record.hasil), ("remedy", &record.cara)];
            let used = add(&mut wording, ITEMS, &record.code, &texts, row)?;
            let mut fields: Vec<String> =
                used.iter().filter_map(|field| field.strip_prefix("butir.")).map(Into::into).collect();
            fields.sort();
            fields.dedup();
            check_fields(ITEMS, row, &used, "butir", &fields)?;
            let (kinds, condition) = kinds(ITEMS, row, &record.kinds)?;
            if items.iter().any(|item| item.code == record.code) {
                return Err(fault(ITEMS, row, "the code is used twice"));
            }
            items.push(DeficiencyItem {
                code: record.code,
                kinds,
                condition,
                name: record.nama,
                finding: record.hasil,
                remedy: record.cara,
                fields,
            });
        }
        Ok(Self { reasons, items, wording })
    }

    pub fn reason_text(&self, code: &str, data: &Value) -> Result<ReasonText, RenderError> {
        let reason = self
            .reasons
            .iter()
            .find(|reason| reason.code == code)
            .ok_or_else(|| RenderError::UnknownCode { list: REASONS, code: code.into() })?;
        let known = known("bukti", &reason.evidence_fields);
        let fill = |part: &str| self.wording.fill(&name(REASONS, code, part), data, &known);
        Ok(ReasonText { text: fill("text")?, evidence: fill("evidence")?, next_step: fill("next_step")? })
    }

    pub fn item_text(&self, code: &str, data: &Value) -> Result<ItemText, RenderError> {
        let item = self
            .items
            .iter()
            .find(|item| item.code == code)
            .ok_or_else(|| RenderError::UnknownCode { list: ITEMS, code: code.into() })?;
        let known = known("butir", &item.fields);
        let fill = |part: &str| self.wording.fill(&name(ITEMS, code, part), data, &known);
        Ok(ItemText { name: fill("name")?, finding: fill("finding")?, remedy: fill("remedy")? })
    }
}

/// Fields of the office that every wording of the lists may use.
const OFFICE_FIELDS: [&str; 2] = ["kpp.nama", "kpp.nama_lengkap"];

fn known(below: &str, fields: &[String]) -> Vec<String> {
    let own = fields.iter().map(|field| format!("{below}.{field}"));
    own.chain(OFFICE_FIELDS.iter().map(|field| (*field).to_owned())).collect()
}

fn name(list: &str, code: &str, part: &str) -> String {
    format!("{list}#{code}.{part}")
}

fn rows<R: for<'de> Deserialize<'de>>(
    list: &'static str,
    text: &str,
) -> Result<Vec<(usize, R)>, TemplateError> {
    csv::Reader::from_reader(text.as_bytes())
        .into_deserialize()
        .enumerate()
        .map(|(index, row)| {
            let number = index + 2;
            row.map(|row| (number, row)).map_err(|error: csv::Error| fault(list, number, &error.to_string()))
        })
        .collect()
}

/// Parses the texts of one row and tells which fields they use.
fn add(
    wording: &mut Wording,
    list: &'static str,
    code: &str,
    texts: &[(&str, &String)],
    row: usize,
) -> Result<Vec<String>, TemplateError> {
    let mut used = Vec::new();
    for (part, text) in texts {
        let name = name(list, code, part);
        wording.add(&name, (*text).clone(), row - 1)?;
        used.extend(wording.fields(&name)?.into_iter().map(|place| place.field));
    }
    Ok(used)
}

fn check_fields(
    list: &'static str,
    row: usize,
    used: &[String],
    below: &str,
    declared: &[String],
) -> Result<(), TemplateError> {
    let known = known(below, declared);
    match used.iter().find(|field| !known.contains(field)) {
        None => Ok(()),
        Some(field) => {
            let reason = format!("field {field} is not declared; declared are: {}", known.join(", "));
            Err(fault(list, row, &reason))
        }
    }
}

/// Reads `all`, `reprint;update_email`, `all (kuasa)` or `reprint (hilang); move_office (hilang)`.
fn kinds(list: &'static str, row: usize, text: &str) -> Result<(Vec<String>, Option<String>), TemplateError> {
    let mut kinds = Vec::new();
    let mut condition: Option<String> = None;
    for part in text.split(';') {
        let (kind, only) = match part.trim().split_once(" (") {
            Some((kind, only)) => (kind, Some(only.trim_end_matches(')').to_owned())),
            None => (part.trim(), None),
        };
        if condition.is_some() && condition != only {
            return Err(fault(list, row, "kinds with different conditions"));
        }
        condition = only;
        match kind {
            "all" => kinds.extend(KINDS.map(String::from)),
            kind if KINDS.contains(&kind) => kinds.push(kind.to_owned()),
            _ => return Err(fault(list, row, "unknown kind of request")),
        }
    }
    Ok((kinds, condition))
}

fn fault(list: &'static str, row: usize, reason: &str) -> TemplateError {
    TemplateError::List { list, row, reason: reason.to_owned() }
}
