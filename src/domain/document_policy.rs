//! Which documents a request needs. The policy is data of the regime.

use serde::{Deserialize, Serialize};

use super::names::{Capacity, DocumentKind, Kind, ReprintReason};

/// One of `any_of` must be handed in when every filter that is set matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    pub any_of: Vec<DocumentKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Vec<Kind>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacities: Option<Vec<Capacity>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reprint_reasons: Option<Vec<ReprintReason>>,
    /// The sibling reprint of a bundle counts as this document.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sibling_reprint_counts: bool,
}

/// What decides which documents are needed.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    pub kind: Kind,
    pub capacity: Capacity,
    pub reprint_reason: Option<ReprintReason>,
    pub has_sibling_reprint: bool,
}

impl Requirement {
    /// Whether this case has to meet it.
    #[must_use]
    pub fn applies_to(&self, case: Case) -> bool {
        let listed = |list: &Option<Vec<Kind>>| list.as_ref().is_none_or(|kinds| kinds.contains(&case.kind));
        listed(&self.kinds)
            && self.capacities.as_ref().is_none_or(|list| list.contains(&case.capacity))
            && self
                .reprint_reasons
                .as_ref()
                .is_none_or(|list| case.reprint_reason.is_some_and(|reason| list.contains(&reason)))
            && !(self.sibling_reprint_counts && case.has_sibling_reprint)
    }
}

/// The requirements that neither a document nor a declared *cannot supply* meets.
#[must_use]
pub fn missing<'p>(policy: &'p [Requirement], case: Case, supplied: &[DocumentKind]) -> Vec<&'p Requirement> {
    policy
        .iter()
        .filter(|requirement| requirement.applies_to(case))
        .filter(|requirement| !requirement.any_of.iter().any(|kind| supplied.contains(kind)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Vec<Requirement> {
        let sql = include_str!("../../migrations/0001_offices_and_regimes.sql");
        let start = sql.find("'[\n").unwrap() + 1;
        let end = sql[start..].find("]'").unwrap() + start + 1;
        serde_json::from_str(&sql[start..end]).unwrap()
    }

    fn needed(case: Case) -> Vec<DocumentKind> {
        missing(&policy(), case, &[]).iter().map(|requirement| requirement.any_of[0]).collect()
    }

    const PKP: Case = Case {
        kind: Kind::NewCredentials,
        capacity: Capacity::Pkp,
        reprint_reason: None,
        has_sibling_reprint: false,
    };

    #[test]
    fn every_kind_needs_the_letter_and_the_identity_of_the_signer() {
        for &kind in Kind::ALL {
            let needed = needed(Case { kind, ..PKP });
            assert!(
                needed.starts_with(&[DocumentKind::ApplicationLetter, DocumentKind::IdentityCard]),
                "{kind}"
            );
        }
    }

    #[test]
    fn a_kuasa_needs_a_power_of_attorney() {
        assert!(needed(Case { capacity: Capacity::Kuasa, ..PKP }).contains(&DocumentKind::PowerOfAttorney));
        assert!(!needed(PKP).contains(&DocumentKind::PowerOfAttorney));
    }

    #[test]
    fn only_a_lost_letter_needs_a_police_report() {
        for &reason in ReprintReason::ALL {
            let needed = needed(Case { kind: Kind::Reprint, reprint_reason: Some(reason), ..PKP });
            assert_eq!(needed.contains(&DocumentKind::PoliceLossReport), reason == ReprintReason::Lost);
            assert_eq!(needed.contains(&DocumentKind::DamagedLetter), reason == ReprintReason::Damaged);
        }
    }

    #[test]
    fn in_a_bundle_the_sibling_reprint_counts_as_the_original_letter() {
        let alone = Case { kind: Kind::UpdateEmail, ..PKP };
        assert!(needed(alone).contains(&DocumentKind::OriginalNotice));
        assert!(!needed(Case { has_sibling_reprint: true, ..alone }).contains(&DocumentKind::OriginalNotice));
    }

    #[test]
    fn a_move_takes_the_old_letter_or_a_police_report() {
        let case = Case { kind: Kind::MoveOffice, ..PKP };
        let with = |kind| {
            missing(
                &policy(),
                case,
                &[DocumentKind::ApplicationLetter, DocumentKind::IdentityCard, DocumentKind::Sppkp, kind],
            )
            .len()
        };
        assert_eq!(with(DocumentKind::OriginalNotice), 0);
        assert_eq!(with(DocumentKind::PoliceLossReport), 0);
        assert_eq!(with(DocumentKind::DamagedLetter), 1);
    }
}
