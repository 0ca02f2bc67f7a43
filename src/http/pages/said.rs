//! What is wrong with what people type in more than one place, in the words of the pages.

use super::frame::Visit;
use crate::domain::{
    email_address::EmailAddressError,
    fault::Fault,
    names::DocumentKind,
    tax_id::{TaxId, TaxIdError},
};

/// The text of a wrong address.
pub fn email_fault(error: EmailAddressError) -> &'static str {
    match error {
        EmailAddressError::Empty => "e.email.empty",
        EmailAddressError::MissingAt => "e.email.no_at",
        EmailAddressError::SeveralAts => "e.email.many_at",
        EmailAddressError::TooLong | EmailAddressError::LocalTooLong => "e.email.long",
        EmailAddressError::NotAscii
        | EmailAddressError::Space
        | EmailAddressError::LocalEmpty
        | EmailAddressError::LocalCharacter => "e.email.chars",
        EmailAddressError::LocalDot | EmailAddressError::DomainDot => "e.email.dots",
        EmailAddressError::DomainEmpty
        | EmailAddressError::DomainWithoutDot
        | EmailAddressError::DomainLabel => "e.email.domain",
    }
}

/// The text of a number that is none, or that looks like a typing mistake.
pub fn tax_id_fault(visit: &Visit, typed: &str) -> String {
    let (key, n) = match TaxId::parse(typed) {
        Err(TaxIdError::Empty) => ("e.npwp.empty", None),
        Err(TaxIdError::Character { .. }) => ("e.npwp.chars", None),
        Err(TaxIdError::Length { digits }) => ("e.npwp.length", Some(digits.to_string())),
        Err(TaxIdError::AllZero { .. }) => ("e.npwp.zeros", None),
        Ok(_) => ("filing.npwp.suspect", None),
    };
    match n {
        Some(n) => visit.say(key, &[("n", &n)]),
        None => visit.say(key, &[]),
    }
}

/// What is missing, by the names that documents have on a page. The rule tells programs their kinds.
pub fn missing_documents(visit: &Visit, names: &str, fault: &Fault) -> String {
    let words = fault.detail.split(|c: char| !c.is_ascii_lowercase() && c != '_');
    let kinds = words.filter_map(|word| word.parse::<DocumentKind>().ok());
    let spoken: Vec<String> = kinds.map(|kind| visit.say(&format!("{names}.{kind}"), &[])).collect();
    visit.say("e.doc.missing", &[("dokumen", &spoken.join(&visit.say("filing.or", &[])))])
}
