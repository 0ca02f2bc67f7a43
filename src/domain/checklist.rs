//! What an officer looks for in the papers of a request, and which finding each answer proposes.
//!
//! Eligibility is computed; this is what only a person can see.

use super::{
    document_policy::{Case, Requirement},
    names::{DocumentKind, named},
};

named! {
    /// How an item was found.
    Mark { Present = "present", Missing = "missing", Mismatch = "mismatch" }
}

named! {
    /// An item of the checklist.
    Item {
        ApplicationLetter = "application_letter",
        Signature = "signature",
        OneOption = "one_option",
        AddressedHere = "addressed_here",
        IdentityCard = "identity_card",
        SignerIsBearer = "signer_is_bearer",
        PowerOfAttorney = "power_of_attorney",
        PoliceLossReport = "police_loss_report",
        DamagedLetter = "damaged_letter",
        OriginalNotice = "original_notice",
        Sppkp = "sppkp",
    }
}

impl Item {
    /// The paper that the item is about.
    #[must_use]
    pub fn document(self) -> DocumentKind {
        match self {
            Self::ApplicationLetter | Self::Signature | Self::OneOption | Self::AddressedHere => {
                DocumentKind::ApplicationLetter
            }
            Self::IdentityCard | Self::SignerIsBearer => DocumentKind::IdentityCard,
            Self::PowerOfAttorney => DocumentKind::PowerOfAttorney,
            Self::PoliceLossReport => DocumentKind::PoliceLossReport,
            Self::DamagedLetter => DocumentKind::DamagedLetter,
            Self::OriginalNotice => DocumentKind::OriginalNotice,
            Self::Sppkp => DocumentKind::Sppkp,
        }
    }

    /// The item of the list of deficiencies that an answer proposes.
    #[must_use]
    pub fn deficiency(self, mark: Mark) -> Option<&'static str> {
        match (mark, self) {
            (Mark::Present, _) => None,
            (Mark::Mismatch, Self::ApplicationLetter) => Some("berkas_tidak_dapat_dibuka"),
            (_, Self::Signature) => Some("tanda_tangan_tidak_ada"),
            (_, Self::OneOption) => Some("pilihan_tidak_tepat_satu"),
            (_, Self::AddressedHere) => Some("salah_kantor"),
            (Mark::Mismatch, Self::IdentityCard) => Some("identitas_tidak_terbaca"),
            (_, Self::SignerIsBearer) => Some("identitas_tidak_cocok"),
            (Mark::Mismatch, Self::PowerOfAttorney) => Some("surat_kuasa_tidak_sesuai"),
            (Mark::Missing | Mark::Mismatch, _) => Some(self.document().missing_item()),
        }
    }
}

/// The checklist of a case in the order of the papers. Of papers that replace one another those that are there, or the
/// first.
#[must_use]
pub fn items(policy: &[Requirement], case: Case, supplied: &[DocumentKind]) -> Vec<Item> {
    let needed: Vec<DocumentKind> = policy
        .iter()
        .filter(|requirement| requirement.applies_to(case))
        .flat_map(|requirement| {
            let there: Vec<DocumentKind> =
                requirement.any_of.iter().copied().filter(|kind| supplied.contains(kind)).collect();
            if there.is_empty() { requirement.any_of.first().copied().into_iter().collect() } else { there }
        })
        .collect();
    Item::ALL.iter().copied().filter(|item| needed.contains(&item.document())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::{Capacity, Kind, ReprintReason};

    fn policy() -> Vec<Requirement> {
        let sql = include_str!("../../migrations/0001_offices_and_regimes.sql");
        let start = sql.find("'[\n").unwrap() + 1;
        let end = sql[start..].find("]'").unwrap() + start + 1;
        serde_json::from_str(&sql[start..end]).unwrap()
    }

    const CASE: Case = Case {
        kind: Kind::NewCredentials,
        capacity: Capacity::Pengurus,
        reprint_reason: None,
        has_sibling_reprint: false,
    };

    #[test]
    fn every_request_is_checked_for_letter_signature_and_identity() {
        for &kind in Kind::ALL {
            let case = Case { kind, reprint_reason: Some(ReprintReason::Illegible), ..CASE };
            let items = items(&policy(), case, &[]);
            for item in [Item::ApplicationLetter, Item::Signature, Item::IdentityCard, Item::SignerIsBearer] {
                assert!(items.contains(&item), "{kind} {item}");
            }
        }
    }

    #[test]
    fn what_the_policy_does_not_ask_for_is_not_checked() {
        let plain = items(&policy(), CASE, &[]);
        assert!(!plain.contains(&Item::PowerOfAttorney) && !plain.contains(&Item::Sppkp));
        let kuasa = Case { capacity: Capacity::Kuasa, ..CASE };
        assert!(items(&policy(), kuasa, &[]).contains(&Item::PowerOfAttorney));
        assert!(items(&policy(), Case { kind: Kind::MoveOffice, ..CASE }, &[]).contains(&Item::Sppkp));
    }

    #[test]
    fn of_papers_that_replace_one_another_the_one_that_is_there_is_checked() {
        let case = Case { kind: Kind::MoveOffice, ..CASE };
        let report = items(&policy(), case, &[DocumentKind::PoliceLossReport]);
        assert!(report.contains(&Item::PoliceLossReport) && !report.contains(&Item::OriginalNotice));
        let nothing = items(&policy(), case, &[]);
        assert!(nothing.contains(&Item::OriginalNotice) && !nothing.contains(&Item::PoliceLossReport));
    }

    #[test]
    fn every_finding_is_an_item_of_the_list_of_deficiencies() {
        let known = include_str!("../../letter-templates/deficiency-items.csv");
        for &item in Item::ALL {
            assert_eq!(item.deficiency(Mark::Present), None);
            for mark in [Mark::Missing, Mark::Mismatch] {
                let code = item.deficiency(mark).unwrap();
                assert!(known.lines().any(|line| line.starts_with(&format!("{code},"))), "{code}");
            }
        }
    }
}
