//! What is wrong with a form, in the words of the pages: by field and fault, in both languages.

use crate::{
    app::filings::Filing,
    domain::{email_address::EmailAddress, fault::Fault},
    http::pages::{
        frame::{FormFaults, Language, Visit},
        said::{email_fault, tax_id_fault},
    },
};

fn date_fault(visit: &Visit, typed: &str, code: &str, filing: &Filing) -> String {
    let blank = typed.chars().all(|c| c == '-');
    match (code, filing.today) {
        ("after_receipt", Some(today)) => {
            visit.say("e.letter_date.future", &[("hari_ini", &visit.write_date(today))])
        }
        _ if blank => visit.say("e.letter_date.empty", &[]),
        _ => visit.say("e.letter_date.invalid", &[]),
    }
}

/// One sentence for one fault.
fn sentence(visit: &Visit, filing: &Filing, fault: &Fault) -> String {
    let form = &filing.form;
    let too_long = fault.code != "required";
    let plain = match (fault.pointer.as_str(), fault.code.as_str()) {
        ("/tax_id", _) => return tax_id_fault(visit, &form.tax_id),
        ("/letter/date", code) => return date_fault(visit, &form.letter.date, code, filing),
        ("/old_letter/date", code) => {
            let typed = form.old_letter.as_ref().map(|old| old.date.as_str()).unwrap_or_default();
            return date_fault(visit, typed, code, filing);
        }
        ("/alternate_email", _) => {
            let typed = form.alternate_email.as_deref().unwrap_or_default();
            typed.parse::<EmailAddress>().err().map_or("e.email.domain", email_fault)
        }
        ("/office_code", _) => "e.office.empty",
        ("/letter/number", "too_long") => {
            let n = form.letter.number.trim().chars().count().to_string();
            return visit.say("e.letter_no.long", &[("n", &n)]);
        }
        ("/letter/number", "character") => "e.letter_no.chars",
        ("/letter/number", _) => "e.letter_no.empty",
        ("/signer/capacity", _) => "e.capacity.none",
        ("/reprint/reason", _) => "e.reprint_reason.none",
        ("/documents", "too_many") => "e.file.count",
        (
            "/pkp_name" | "/pkp_address" | "/letter/place" | "/signer/name" | "/signer/position"
            | "/previous_office" | "/old_letter/number",
            _,
        ) if too_long => "filing.too_long",
        ("/pkp_name", _) => "e.pkp_name.empty",
        ("/pkp_address", _) => "e.address.empty",
        ("/letter/place", _) => "e.city.empty",
        ("/signer/name", _) => "e.signer_name.empty",
        ("/signer/position", _) => "e.position.empty",
        ("/previous_office", _) => "e.prev_office.empty",
        ("/old_letter/number", _) => "e.old_letter_no.empty",
        (pointer, _) if pointer.starts_with("/documents/") => "filing.document_gone",
        _ if visit.preferences().language == Language::Id => return fault.detail.clone(),
        _ => "filing.fault",
    };
    visit.say(plain, &[])
}

/// Faults of the letter's data.
pub(super) fn of_data(visit: &Visit, filing: &Filing, found: &[Fault]) -> FormFaults {
    let mut faults = FormFaults::default();
    for fault in found.iter().filter(|fault| is_of_data(fault)) {
        faults.add(&field(&fault.pointer), sentence(visit, filing, fault));
    }
    faults
}

/// The same, without the fields.
pub(super) fn sentences_of_data(visit: &Visit, filing: &Filing, found: &[Fault]) -> Vec<String> {
    found.iter().filter(|fault| is_of_data(fault)).map(|fault| sentence(visit, filing, fault)).collect()
}

/// What else is wrong, apart from documents that are missing, which are told by their names.
pub(super) fn of_the_rest(visit: &Visit, filing: &Filing, found: &[Fault]) -> Vec<String> {
    let rest = found.iter().filter(|fault| !is_of_data(fault) && fault.code != "missing_document");
    rest.map(|fault| sentence(visit, filing, fault)).collect()
}

fn is_of_data(fault: &Fault) -> bool {
    !fault.pointer.starts_with("/documents") && !fault.pointer.starts_with("/cannot_supply")
}

fn field(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', "-")
}
