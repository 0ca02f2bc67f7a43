//! Taking a request in (product section 4).

mod documents;
mod receipt;
mod sender;

pub mod file_request;
pub mod resupply;

pub(in crate::app) use documents::case_of;
pub use receipt::Receipt;
pub(in crate::app) use receipt::{documents_in_view, letter_data as receipt_data, sibling_receipt, version};
