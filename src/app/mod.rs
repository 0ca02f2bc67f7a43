//! What an office can do. One act, one file, one transaction; every way in (interface, page, job, command line)
//! calls the same act.

pub mod actor;
pub mod error;
pub mod office;
pub mod wake;
pub mod words;

pub use error::AppError;
pub use office::Office;
