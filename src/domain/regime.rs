//! The legal regime of a request: citations, limits and document policy. Data of a row, never code.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    document_policy::Requirement,
    eligibility::{INCOMPLETE, JUDGED_BY_OFFICER},
    names::Kind,
};

/// One row of `regimes`, attached to a request at intake.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Regime {
    pub code: String,
    pub letter_basis: String,
    pub circular: String,
    pub form_basis: String,
    pub form_label: String,
    /// Business days from complete receipt to signature, per kind. Complete: made by `new`.
    limit_days: BTreeMap<Kind, u16>,
    pub documents: Vec<Requirement>,
    /// Calendar days to complete a returned request.
    pub supply_days: u16,
    pub refuses_incomplete: bool,
    /// Whether a request letter that was signed on a screen counts.
    pub letter_on_screen: bool,
}

/// A regime that leaves a kind without a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the regime sets no limit for {0}")]
pub struct NoLimit(pub Kind);

/// The parts of a regime as they stand in its row.
#[derive(Debug, Clone)]
pub struct RegimeParts {
    pub code: String,
    pub letter_basis: String,
    pub circular: String,
    pub form_basis: String,
    pub form_label: String,
    pub limit_days: BTreeMap<Kind, u16>,
    pub documents: Vec<Requirement>,
    pub supply_days: u16,
    pub refuses_incomplete: bool,
    pub letter_on_screen: bool,
}

impl Regime {
    /// Checks that every kind has a limit.
    pub fn new(parts: RegimeParts) -> Result<Self, NoLimit> {
        if let Some(&kind) = Kind::ALL.iter().find(|kind| !parts.limit_days.contains_key(kind)) {
            return Err(NoLimit(kind));
        }
        let RegimeParts {
            code,
            letter_basis,
            circular,
            form_basis,
            form_label,
            limit_days,
            documents,
            supply_days,
            refuses_incomplete,
            letter_on_screen,
        } = parts;
        Ok(Self {
            code,
            letter_basis,
            circular,
            form_basis,
            form_label,
            limit_days,
            documents,
            supply_days,
            refuses_incomplete,
            letter_on_screen,
        })
    }

    /// Whether the officer judges a reason of a refusal, which the data never say.
    #[must_use]
    pub fn officer_judges(&self, reason: &str) -> bool {
        JUDGED_BY_OFFICER.contains(&reason) || (reason == INCOMPLETE && self.refuses_incomplete)
    }

    /// Business days for this kind.
    #[must_use]
    pub fn limit(&self, kind: Kind) -> u16 {
        self.limit_days.get(&kind).copied().unwrap_or_default()
    }
}
