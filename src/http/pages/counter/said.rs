//! What is wrong with a form of the counter, in both languages: by field and fault, in the words of people where the act
//! speaks to programs.

use crate::{
    domain::{email_address::EmailAddress, fault::Fault},
    http::pages::{
        frame::{FormFaults, Language, Staff, Typed},
        said::{email_fault, missing_documents, tax_id_fault},
    },
};

/// What a fault calls a field that was left empty.
const LABELS: [(&str, &str); 8] = [
    ("pkp_name", "f.pkp_name.label"),
    ("pkp_address", "f.address.label"),
    ("letter-number", "f.letter_no.label"),
    ("letter-place", "f.city.label"),
    ("signer-name", "f.signer_name.label"),
    ("signer-position", "f.position.label"),
    ("previous_office", "intake.previous_office"),
    ("cannot_supply-0-reason", "intake.cannot_supply_reason"),
];

/// Faults of an act beside the fields of the form. The fields of a correction are called like those of the first form.
pub(super) fn placed(staff: &Staff, typed: &Typed, found: &[Fault]) -> FormFaults {
    let mut faults = FormFaults::default();
    for fault in found {
        let id = fault.pointer.trim_start_matches('/').replace('/', "-");
        let (id, text) = one(staff, typed, &id, fault);
        faults.add(&id, text);
    }
    faults
}

fn one(staff: &Staff, typed: &Typed, id: &str, fault: &Fault) -> (String, String) {
    let say = |key: &str| staff.say(key, &[]);
    let plain = id.strip_prefix("corrections-").unwrap_or(id);
    match (plain, fault.code.as_str()) {
        ("counter-channel", _) => ("channel".to_owned(), say("intake.no_channel")),
        ("counter-proof_token", _) => ("email".to_owned(), say("counter.proof_over")),
        ("counter-unproven_reason", _) => (id.to_owned(), say("counter.prove_or_say")),
        ("counter-arrived_on", "required") => (id.to_owned(), say("counter.no_arrival")),
        ("counter-arrived_on", "not_allowed") => (id.to_owned(), say("counter.arrival_at_counter")),
        ("counter-arrived_on", _) => (id.to_owned(), say("counter.arrival_later")),
        ("kind", _) => (id.to_owned(), say("e.kind.none")),
        ("signer-capacity", _) => (id.to_owned(), say("e.capacity.none")),
        ("reprint-reason" | "reprint", _) => ("reprint-reason".to_owned(), say("intake.no_reason")),
        ("tax_id", _) => (id.to_owned(), tax_id_fault(staff, typed.get("tax_id"))),
        ("email", "not_proven") => (id.to_owned(), say("counter.other_address")),
        ("email", _) => {
            let why = typed.get("email").parse::<EmailAddress>().err();
            (id.to_owned(), say(why.map_or("e.email.domain", email_fault)))
        }
        ("documents", "missing_document") => ("berkas".to_owned(), missing_documents(staff, "doc", fault)),
        ("documents", "too_many") => ("berkas".to_owned(), say("e.file.count")),
        (field, "unknown_document") if field.starts_with("documents") => {
            ("berkas".to_owned(), say("filing.document_gone"))
        }
        ("old_letter-number", "required") => (id.to_owned(), say("counter.no_old_letter")),
        ("previous_office", "not_for_this_kind") => (id.to_owned(), say("counter.only_move")),
        ("cannot_supply-0-document", _) => (id.to_owned(), say("resupply.which")),
        ("letter-date" | "old_letter-date", "after_receipt") => (id.to_owned(), say("counter.date_later")),
        ("letter-date" | "old_letter-date", _) => (id.to_owned(), say("e.letter_date.empty")),
        (field, "required") => {
            let label = LABELS.iter().find(|(known, _)| *known == field).map(|(_, key)| say(key));
            let said = label.map(|label| staff.say("intake.required", &[("isian", &label)]));
            (id.to_owned(), said.unwrap_or_else(|| unknown(staff, fault)))
        }
        (_, "too_long" | "character") => (id.to_owned(), say("filing.too_long")),
        _ => (id.to_owned(), unknown(staff, fault)),
    }
}

/// The sentence of the rule, where its reader understands it.
fn unknown(staff: &Staff, fault: &Fault) -> String {
    match staff.preferences().language {
        Language::Id => fault.detail.clone(),
        Language::En => staff.say("filing.fault", &[]),
    }
}

/// Why a number cannot be looked up.
pub(super) fn unreadable(staff: &Staff, typed: &Typed) -> String {
    tax_id_fault(staff, typed.get("tax_id"))
}
