//! What an office can do. One act, one file, one transaction; every way in (interface, page, job, command line)
//! calls the same act.

pub mod actor;
pub mod deliver_message;
pub mod error;
pub mod housekeeping;
pub mod job_failure;
pub mod lapse;
pub mod office;
pub mod post;
pub mod render_letter;
pub mod secrets;
pub mod wake;
pub mod words;

pub use error::AppError;
pub use office::Office;
