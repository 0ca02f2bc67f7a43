//! What an office can do. One act, one file, one transaction; every way in (interface, page, job, command line)
//! calls the same act.

pub mod actor;
pub mod credentials;
pub mod deliver_message;
pub mod due_date;
pub mod error;
pub mod examination;
pub mod facts;
pub mod housekeeping;
pub mod intake;
pub mod job_failure;
pub mod lapse;
pub mod letters;
pub mod office;
pub mod post;
pub mod render_letter;
pub mod secrets;
pub mod signing;
pub mod verdict;
pub mod wake;
pub mod withdraw;
pub mod words;

pub use error::AppError;
pub use office::Office;
