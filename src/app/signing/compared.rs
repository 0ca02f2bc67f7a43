//! The form beside what registry, account and pair say: what a signer looks at before anything else.

use serde::Serialize;

use super::decided::Decided;
use crate::{
    domain::{eligibility::same_name, indonesian, names::Kind},
    store::taxpayers::Person,
};

/// One field of the form and what we know of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// Names the words of the field.
    pub field: &'static str,
    pub filed: String,
    /// `None`: nothing to compare with.
    pub known: Option<String>,
    pub differs: bool,
}

fn compared(
    field: &'static str,
    filed: &str,
    known: Option<String>,
    same: impl Fn(&str) -> bool,
) -> Compared {
    let differs = known.as_deref().is_some_and(|known| !same(known));
    Compared { field, filed: filed.to_owned(), known, differs }
}

/// Every field that can be compared; those that differ come first.
pub(super) fn compare(decided: &Decided, persons: &[Person]) -> Vec<Compared> {
    let Decided { request, taxpayer, account, pair, .. } = decided;
    let filed = &request.filed;
    let registered = taxpayer.is_registered();
    let by_name = |field, text: &str, known: Option<String>| {
        compared(field, text, known, |known| same_name(known, text))
    };
    let person = persons.iter().find(|person| same_name(&person.name, filed.signer_name.as_str()));
    let names = || persons.iter().map(|person| person.name.as_str()).collect::<Vec<_>>().join("; ");
    let known_signer =
        person.map(|person| person.name.clone()).or_else(|| Some(names()).filter(|all| !all.is_empty()));
    let office = request.office.to_string();
    let mut rows = vec![
        by_name("pkp_name", filed.pkp_name.as_str(), registered.then(|| taxpayer.name.clone())),
        by_name("pkp_address", filed.pkp_address.as_str(), registered.then(|| taxpayer.address_line())),
        compared("office", &office, taxpayer.office.map(|code| code.to_string()), |known| known == office),
        by_name("signer_name", filed.signer_name.as_str(), known_signer),
        by_name(
            "signer_position",
            filed.signer_position.as_str(),
            person.map(|person| person.position.clone()).filter(|position| !position.is_empty()),
        ),
    ];
    // What an e-mail update asks for is another address.
    let email = account.as_ref().map(|account| account.email.canonical()).or_else(|| taxpayer.email.clone());
    let own = filed.email.canonical();
    let same_mailbox = email.as_deref().is_none_or(|known| known.eq_ignore_ascii_case(&own));
    rows.push(Compared {
        field: "email",
        filed: filed.email.to_string(),
        known: email.map(|known| indonesian::masked_email(&known)),
        differs: !same_mailbox && request.kind != Kind::UpdateEmail,
    });
    if let (Some(number), Some(pair)) = (&filed.old_letter_number, pair) {
        rows.push(by_name("old_letter", number.as_str(), Some(pair.letter_number.clone())));
    }
    // Stable: the order of the form stays among those that differ and those that do not.
    rows.sort_by_key(|row| !row.differs);
    rows
}
