//! What may be put right in a signed letter. The decision itself is never among it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{eligibility::FoundReason, fault::Faults, line::Line, tax_id::TaxId};

/// Number and date of a paper that a letter refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperReference {
    pub number: Line<60>,
    pub date: NaiveDate,
}

/// What should have stood in the letter. Nothing stands for "as it was printed".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Corrections {
    pub pkp_name: Option<Line<150>>,
    pub pkp_address: Option<Line<250>>,
    /// Whether the letter addresses the board of an entity.
    pub is_entity: Option<bool>,
    /// Another form of the same taxpayer's number, never another taxpayer.
    pub tax_id: Option<TaxId>,
    /// The PKP's own letter.
    pub request_letter: Option<PaperReference>,
    /// The notice letter before this one.
    pub old_letter: Option<PaperReference>,
    pub previous_office: Option<Line<100>>,
    /// All reasons of a refusal, as they should stand.
    pub reasons: Option<Vec<FoundReason>>,
    /// The line of the signatory was wrong: it is made anew from office and signer.
    pub signatory: bool,
    /// The letterhead was wrong: it is made anew from the office.
    pub letterhead: bool,
}

/// The same as sent: nothing is checked yet.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawCorrections {
    pub pkp_name: Option<String>,
    pub pkp_address: Option<String>,
    pub is_entity: Option<bool>,
    pub tax_id: Option<String>,
    pub request_letter: Option<RawPaper>,
    pub old_letter: Option<RawPaper>,
    pub previous_office: Option<String>,
    pub reasons: Option<Vec<RawReason>>,
    pub signatory: bool,
    pub letterhead: bool,
}

/// A reason of a refusal; evidence that stays as it was may be left out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawReason {
    pub code: String,
    #[serde(default)]
    pub evidence: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawPaper {
    pub number: String,
    pub date: String,
}

impl Corrections {
    /// Parses everything but the reasons, which the catalogue judges; keeps every fault.
    pub fn parse(raw: &RawCorrections, faults: &mut Faults) -> Self {
        Self {
            pkp_name: line("pkp_name", raw.pkp_name.as_deref(), faults),
            pkp_address: line("pkp_address", raw.pkp_address.as_deref(), faults),
            is_entity: raw.is_entity,
            tax_id: raw.tax_id.as_deref().and_then(|typed| {
                let parsed = TaxId::parse(typed).map_err(|error| ("tax_id", error.message_id()));
                faults.take("/corrections/tax_id", parsed)
            }),
            request_letter: paper("request_letter", raw.request_letter.as_ref(), faults),
            old_letter: paper("old_letter", raw.old_letter.as_ref(), faults),
            previous_office: line("previous_office", raw.previous_office.as_deref(), faults),
            reasons: None,
            signatory: raw.signatory,
            letterhead: raw.letterhead,
        }
    }

    /// Whether nothing at all is put right.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn line<const MAX: usize>(field: &str, typed: Option<&str>, faults: &mut Faults) -> Option<Line<MAX>> {
    let parsed = Line::parse(typed?).map_err(|error| (error.code(), error.detail()));
    faults.take(&format!("/corrections/{field}"), parsed)
}

fn paper(field: &str, typed: Option<&RawPaper>, faults: &mut Faults) -> Option<PaperReference> {
    let typed = typed?;
    let number = line(&format!("{field}/number"), Some(&typed.number), faults);
    let date = typed
        .date
        .parse()
        .map_err(|_| ("date", "Tulis tanggal sebagai tahun-bulan-hari, misalnya 2026-07-09.".to_owned()));
    let date = faults.take(&format!("/corrections/{field}/date"), date);
    Some(PaperReference { number: number?, date: date? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_told_beside_its_field() {
        let raw = RawCorrections {
            pkp_name: Some(" ".to_owned()),
            tax_id: Some("12".to_owned()),
            request_letter: Some(RawPaper { number: "014".to_owned(), date: "9 Juli".to_owned() }),
            ..RawCorrections::default()
        };
        let mut faults = Faults::default();

        Corrections::parse(&raw, &mut faults);

        let pointers: Vec<String> = faults.into_vec().into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(
            pointers,
            ["/corrections/pkp_name", "/corrections/tax_id", "/corrections/request_letter/date"]
        );
    }

    #[test]
    fn what_is_stored_reads_back_as_it_was() {
        let corrections = Corrections {
            pkp_name: Some(Line::parse("CV Tirtaloka Semburat Jaya").unwrap()),
            tax_id: Some(TaxId::parse("99.999.134.2-031.000").unwrap()),
            signatory: true,
            ..Corrections::default()
        };

        let stored = serde_json::to_value(&corrections).unwrap();

        assert_eq!(serde_json::from_value::<Corrections>(stored).unwrap(), corrections);
        assert!(!corrections.is_empty() && Corrections::default().is_empty());
    }
}
