//! What an office can do. One act, one file, one transaction; every way in (interface, page, job, command line)
//! calls the same act.

pub mod actor;
pub mod error;
pub mod jobs_desk;
pub mod office;
pub mod recompute_due_dates;
pub mod registry;
pub mod sample_offices;
pub mod staff_accounts;
pub mod wake;

pub use error::AppError;
pub use office::Office;
