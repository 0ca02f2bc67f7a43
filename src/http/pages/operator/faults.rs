//! Faults of acts that the command line shares: told there in English, here in the words of the catalogue.

use crate::{
    domain::fault::Fault,
    http::pages::frame::{FormFaults, Visit},
};

/// The faults beside their fields. One without words of ours keeps its own.
pub(super) fn in_words(visit: &Visit, faults: &[Fault]) -> FormFaults {
    FormFaults::told(visit, "op", faults)
}
