//! Faults of acts that the command line shares: told there in English, here in the words of the catalogue.

use crate::{
    domain::fault::Fault,
    http::pages::frame::{FormFaults, Visit},
};

/// The faults beside their fields. One without words of ours keeps its own.
pub(super) fn in_words(visit: &Visit, faults: &[Fault]) -> FormFaults {
    let mut told = FormFaults::default();
    for fault in faults {
        let field = fault.pointer.trim_start_matches('/').replace('/', "-");
        let key = format!("op.e.{field}.{}", fault.code);
        let words = visit.say(&key, &[]);
        told.add(&field, if words == key { fault.detail.clone() } else { words });
    }
    told
}
