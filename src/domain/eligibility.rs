//! May this request be granted? A total function over what the registry and the pairs say
//! (PER-24/PJ/2012 Pasal 8(3)).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    names::{Capacity, CredentialState, EvidenceCase, Kind, PkpStatus},
    office::OfficeCode,
};

/// What is known of a taxpayer. `None` in the request's facts: not in the registry.
#[derive(Debug, Clone)]
pub struct RegistryFacts {
    pub office: OfficeCode,
    pub office_name: String,
    pub status: Option<PkpStatus>,
    pub revocation: Option<Reference>,
    pub evidence: Option<Evidence>,
    pub sppkp_office: Option<OfficeCode>,
    /// Names of the persons who may sign.
    pub persons: Vec<String>,
}

/// Number and date of a paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    pub number: String,
    pub on: NaiveDate,
}

/// Evidence of the PKP status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    pub case: EvidenceCase,
    pub report: Option<Reference>,
}

/// A pair that exists.
#[derive(Debug, Clone)]
pub struct PairFacts {
    pub office: String,
    pub state: CredentialState,
    pub state_changed_on: NaiveDate,
    pub event_number: String,
    pub letter: Reference,
}

/// Everything the verdict depends on.
#[derive(Debug, Clone)]
pub struct Facts {
    pub kind: Kind,
    pub office: OfficeCode,
    pub registry: Option<RegistryFacts>,
    pub pairs: Vec<PairFacts>,
    pub signer_name: String,
    pub signer_capacity: Capacity,
    /// The day of the examination, in the zone of the office.
    pub examined_on: NaiveDate,
    /// The office before a move, and whether this installation serves it.
    pub previous_office: Option<PreviousOffice>,
}

#[derive(Debug, Clone)]
pub struct PreviousOffice {
    pub code_or_name: String,
    pub name: String,
    pub served_here: bool,
    /// The old notice letter as the filer states it; needed when the office is not served here.
    pub old_letter: Option<Reference>,
}

/// A reason of refusal found in the data: its code (`letter-templates/refusal-reasons.csv`) and what is known
/// of its evidence. Fields that are not known the officer supplies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundReason {
    pub code: String,
    pub evidence: BTreeMap<String, String>,
}

/// What has to be known before anything can be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// The number is not in the registry.
    Taxpayer,
    /// The registry does not say whether the PKP is confirmed.
    PkpStatus,
    /// No evidence case, or its report has no number and date.
    Evidence,
    /// The old letter of an office that is not served here.
    OldLetter,
}

/// No evidence, no verdict: `Undetermined` allows neither grant nor refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    Grant,
    Refuse { reasons: Vec<FoundReason> },
    Undetermined { unknown: Vec<Unknown> },
}

/// Reasons that an officer may find by looking at papers and people; data alone never say them.
pub const JUDGED_BY_OFFICER: &[&str] = &["identitas_tidak_sesuai"];
/// Only where the regime refuses an incomplete request.
pub const INCOMPLETE: &str = "tidak_lengkap";

/// The verdict. Total: every combination of facts has one.
#[must_use]
pub fn assess(facts: &Facts) -> Verdict {
    let Some(registry) = &facts.registry else {
        return Verdict::Undetermined { unknown: vec![Unknown::Taxpayer] };
    };
    let mut reasons = Vec::new();
    let mut unknown = Vec::new();
    match registry.status {
        None => unknown.push(Unknown::PkpStatus),
        Some(PkpStatus::Confirmed) => {}
        Some(PkpStatus::Revoked) => {
            reasons.push(reason("pengukuhan_dicabut", reference("cabut", registry.revocation.as_ref())));
        }
    }
    match facts.kind {
        Kind::NewCredentials => {
            registered_here(facts, registry, &mut reasons);
            status_evidence(facts, registry, &mut reasons, &mut unknown);
            if let Some(pair) = in_force(&facts.pairs) {
                reasons.push(reason("pasangan_aktif_sudah_ada", reference("surat", Some(&pair.letter))));
            }
        }
        Kind::Reprint => {
            registered_here(facts, registry, &mut reasons);
            pair_of_this_office(facts, &mut reasons);
        }
        Kind::UpdateEmail => {
            registered_here(facts, registry, &mut reasons);
            pair_of_this_office(facts, &mut reasons);
            if !identity_matches(facts, registry) {
                reasons.push(reason("identitas_tidak_sesuai", []));
            }
        }
        Kind::MoveOffice => {
            if registry.sppkp_office != Some(facts.office) {
                reasons.push(reason("sppkp_kantor_baru_belum_ada", [examined(facts)]));
            }
            pair_of_the_old_office(facts, &mut reasons, &mut unknown);
        }
    }
    if !unknown.is_empty() {
        Verdict::Undetermined { unknown }
    } else if reasons.is_empty() {
        Verdict::Grant
    } else {
        Verdict::Refuse { reasons }
    }
}

fn reason(code: &str, evidence: impl IntoIterator<Item = (String, String)>) -> FoundReason {
    FoundReason { code: code.to_owned(), evidence: evidence.into_iter().collect() }
}

fn examined(facts: &Facts) -> (String, String) {
    ("tanggal_penelitian".to_owned(), facts.examined_on.to_string())
}

/// `surat` -> `surat_nomor`, `surat_tanggal`.
fn reference(stem: &str, reference: Option<&Reference>) -> Vec<(String, String)> {
    reference.map_or_else(Vec::new, |found| {
        vec![
            (format!("{stem}_nomor"), found.number.clone()),
            (format!("{stem}_tanggal"), found.on.to_string()),
        ]
    })
}

fn registered_here(facts: &Facts, registry: &RegistryFacts, reasons: &mut Vec<FoundReason>) {
    if registry.office != facts.office {
        reasons.push(reason(
            "tidak_terdaftar_di_kantor_ini",
            [examined(facts), ("kpp_terdaftar".to_owned(), registry.office_name.clone())],
        ));
    }
}

fn status_evidence(
    facts: &Facts,
    registry: &RegistryFacts,
    reasons: &mut Vec<FoundReason>,
    unknown: &mut Vec<Unknown>,
) {
    let Some(evidence) = &registry.evidence else {
        unknown.push(Unknown::Evidence);
        return;
    };
    match (evidence.case, &evidence.report) {
        // r1 is the absence of a report: there is nothing to number.
        (EvidenceCase::R1, _) => reasons.push(reason("belum_registrasi_atau_verifikasi", [examined(facts)])),
        (_, None) => unknown.push(Unknown::Evidence),
        (EvidenceCase::A1 | EvidenceCase::A2 | EvidenceCase::B, Some(_)) => {}
        (EvidenceCase::R2, Some(report)) => {
            reasons.push(reason("verifikasi_simpul_pencabutan", reference("lhv", Some(report))));
        }
        (EvidenceCase::R3, Some(report)) => {
            reasons.push(reason("verifikasi_simpul_ditolak", reference("lhv", Some(report))));
        }
    }
}

fn in_force(pairs: &[PairFacts]) -> Option<&PairFacts> {
    pairs.iter().find(|pair| matches!(pair.state, CredentialState::Active | CredentialState::Suspended))
}

fn pair_of_this_office(facts: &Facts, reasons: &mut Vec<FoundReason>) {
    match in_force(&facts.pairs) {
        Some(pair) if pair.office == facts.office.as_str() => match pair.state {
            CredentialState::Suspended => reasons.push(reason(
                "kredensial_ditangguhkan",
                [
                    ("peristiwa_nomor".to_owned(), pair.event_number.clone()),
                    ("peristiwa_tanggal".to_owned(), pair.state_changed_on.to_string()),
                ],
            )),
            CredentialState::Active | CredentialState::Superseded | CredentialState::Revoked => {}
        },
        Some(_) | None => reasons.push(reason("pasangan_aktif_tidak_ada", [examined(facts)])),
    }
}

fn pair_of_the_old_office(facts: &Facts, reasons: &mut Vec<FoundReason>, unknown: &mut Vec<Unknown>) {
    let active_elsewhere = in_force(&facts.pairs)
        .is_some_and(|pair| pair.state == CredentialState::Active && pair.office != facts.office.as_str());
    if active_elsewhere {
        return;
    }
    match &facts.previous_office {
        // Not served here, and nothing in force that we know of: the old letter itself is the evidence.
        Some(previous) if !previous.served_here && in_force(&facts.pairs).is_none() => {
            if previous.old_letter.is_none() {
                unknown.push(Unknown::OldLetter);
            }
        }
        Some(previous) => reasons.push(reason(
            "tidak_ada_pasangan_di_kantor_lama",
            [examined(facts), ("kpp_lama".to_owned(), previous.name.clone())],
        )),
        None => unknown.push(Unknown::OldLetter),
    }
}

/// A kuasa is not in the registry: the officer compares the power of attorney.
fn identity_matches(facts: &Facts, registry: &RegistryFacts) -> bool {
    match facts.signer_capacity {
        Capacity::Kuasa => true,
        Capacity::Pkp | Capacity::Pengurus => {
            registry.persons.iter().any(|person| same_name(person, &facts.signer_name))
        }
    }
}

/// Names are compared without case and without runs of space.
#[must_use]
pub fn same_name(one: &str, other: &str) -> bool {
    let words = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    words(one) == words(other)
}

#[cfg(test)]
mod tests;
