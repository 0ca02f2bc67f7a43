//! Taking a request in (product section 4).

mod documents;
mod receipt;
mod sender;

pub mod file_request;
pub mod resupply;

pub use receipt::Receipt;
