//! Other systems of the DJP: what they may ask for, and what they are told of a code.

use super::{
    names::{CredentialState, named},
    office::OfficeCode,
};

named! {
    /// What a client was given. Nothing follows from one scope for another.
    ClientScope {
        /// Compare the Kode Aktivasi of the letter.
        Activation = "credentials:activation",
        /// Compare the Kode Aktivasi Desktop.
        Desktop = "credentials:desktop",
        /// Compare the Password e-Nofa beside a code.
        Password = "credentials:password",
    }
}

named! {
    /// What is told of a code. `Unknown` covers everything that is not right, and never says what was wrong.
    CodeStatus {
        Active = "active",
        Superseded = "superseded",
        Suspended = "suspended",
        Unknown = "unknown",
    }
}

named! {
    /// Which of the two codes of a pair was sent. Until the first reset they are equal, and both match.
    CodeKind {
        Activation = "activation",
        Desktop = "desktop",
    }
}

/// How far a client sees: one office or all, and which codes.
#[derive(Debug, Clone, Copy)]
pub struct Reach {
    pub office: Option<OfficeCode>,
    pub activation: bool,
    pub desktop: bool,
}

/// A pair with what came of comparing its codes.
#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    /// The issuing office.
    pub office: &'a str,
    pub state: CredentialState,
    pub is_activation: bool,
    pub is_desktop: bool,
}

/// What a client may learn of one pair: its state and the codes that matched, as far as the client sees.
///
/// A pair that is revoked, of another office, or none of whose codes within reach matched, is as if it were not there.
#[must_use]
pub fn told_of(pair: Compared<'_>, reach: Reach) -> (CodeStatus, Vec<CodeKind>) {
    let here = reach.office.is_none_or(|own| own.as_str() == pair.office);
    let status = match pair.state {
        CredentialState::Active => CodeStatus::Active,
        CredentialState::Suspended => CodeStatus::Suspended,
        CredentialState::Superseded => CodeStatus::Superseded,
        CredentialState::Revoked => CodeStatus::Unknown,
    };
    let codes: Vec<CodeKind> = [
        (CodeKind::Activation, pair.is_activation && reach.activation),
        (CodeKind::Desktop, pair.is_desktop && reach.desktop),
    ]
    .into_iter()
    .filter_map(|(kind, matched)| matched.then_some(kind))
    .collect();
    if here && !codes.is_empty() && status != CodeStatus::Unknown {
        (status, codes)
    } else {
        (CodeStatus::Unknown, Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STATES: [CredentialState; 4] = [
        CredentialState::Active,
        CredentialState::Suspended,
        CredentialState::Superseded,
        CredentialState::Revoked,
    ];

    proptest! {
        #[test]
        fn nothing_is_told_without_a_matching_code_within_reach(
            state in prop::sample::select(&STATES[..]), here: bool, everywhere: bool,
            is_activation: bool, is_desktop: bool, activation: bool, desktop: bool,
        ) {
            let office = if here { "031" } else { "952" };
            let reach = Reach { office: (!everywhere).then(|| "031".parse().unwrap()), activation, desktop };
            let (status, codes) = told_of(Compared { office, state, is_activation, is_desktop }, reach);

            let within = (is_activation && activation || is_desktop && desktop) && (everywhere || here);
            prop_assert_eq!(status != CodeStatus::Unknown, within && state != CredentialState::Revoked);
            prop_assert_eq!(codes.is_empty(), status == CodeStatus::Unknown);
            prop_assert!(!codes.contains(&CodeKind::Activation) || is_activation && activation);
            prop_assert!(!codes.contains(&CodeKind::Desktop) || is_desktop && desktop);
            prop_assert_eq!(status == CodeStatus::Active, within && state == CredentialState::Active);
        }
    }
}
