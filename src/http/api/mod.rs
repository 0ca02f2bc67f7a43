//! The operations of the interface, one file per noun.

mod documents;
mod email_proofs;
mod offices;
mod sessions;
mod staff;
mod tasks;
mod text;
mod tracking;

use super::Operation;

/// Every operation under `/api/v1`.
pub fn operations() -> Vec<Operation> {
    [
        offices::operations(),
        email_proofs::operations(),
        documents::operations(),
        tracking::operations(),
        sessions::operations(),
        tasks::operations(),
        staff::operations(),
    ]
    .concat()
}
