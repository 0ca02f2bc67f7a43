//! `aktivasi letter check`: every letter with every set of data, and every e-mail.

use std::io::Write;

use super::Failure;
use crate::letters::{self, Templates};

/// One line for each letter and set of data: what was proven. Goes on after a fault, so that one run names them all.
///
/// # Errors
/// At least one of them does not hold; or the output cannot be written.
pub fn run(templates: &Templates, out: &mut impl Write) -> Result<(), Failure> {
    let mut faults = 0;
    for (kind, set) in letters::cases() {
        let template = templates
            .built_in(kind)
            .map_err(|error| Failure::new(format!("{kind} cannot be tried: {error}")))?;
        match templates.prove_with(template, set) {
            Ok(proven) => writeln!(out, "{kind}\t{}\t{proven}", set.as_str())?,
            Err(unproven) => {
                faults += 1;
                writeln!(out, "{kind}\t{}\tFAULT: {unproven}", set.as_str())?;
            }
        }
    }
    match templates.prove_emails() {
        Ok(()) => writeln!(out, "e-mails\tsample\tevery one is made")?,
        Err(error) => {
            faults += 1;
            writeln!(out, "e-mails\tsample\tFAULT: {error}")?;
        }
    }
    if faults == 0 { Ok(()) } else { Err(Failure::new(format!("{faults} of the lines above name a fault"))) }
}
