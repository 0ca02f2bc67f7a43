//! Taking a request in.

mod check_form;
mod documents;
mod filer;
mod receipt;
mod receive;
mod sender;

pub mod file_request;
pub mod preflight;
pub mod resupply;

pub(in crate::app) use documents::{case_of, cases};
pub(in crate::app) use file_request::receipts_of_proof;
pub use receipt::Receipt;
pub(in crate::app) use receipt::{copy_data as receipt_copy_data, documents_in_view, sibling_receipt};
pub(in crate::app) use sender::standing;
