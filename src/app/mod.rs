//! What an office can do. One act, one file, one transaction; every way in (interface, page, job, command line)
//! calls the same act.

pub mod actor;
pub mod callers;
pub mod decrees;
pub mod documents;
pub mod email_proof;
pub mod error;
pub mod limits;
pub mod list_offices;
pub mod office;
pub mod office_settings;
pub mod open_tracking;
pub mod passwords;
mod post;
pub mod proof_code;
pub mod sign_in;
pub mod tasks;
pub mod wake;
pub mod who_am_i;

pub use error::AppError;
pub use office::Office;
