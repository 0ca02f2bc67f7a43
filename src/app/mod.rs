//! What an office can do. One act, one file, one transaction; every way in (interface, page, job, command line)
//! calls the same act.

pub mod actor;
pub mod application_letter;
pub mod callers;
pub mod credentials;
pub mod decrees;
pub mod deliver_message;
pub mod documents;
pub mod due_date;
pub mod email_proof;
pub mod error;
pub mod examination;
pub mod facts;
pub mod housekeeping;
pub mod intake;
pub mod job_failure;
pub mod jobs_desk;
pub mod lapse;
pub mod letters;
pub mod limits;
pub mod list_offices;
pub mod office;
pub mod office_settings;
pub mod open_tracking;
pub mod passwords;
pub mod post;
pub mod recompute_due_dates;
pub mod registry;
pub mod render_letter;
pub mod return_path;
pub mod sample_offices;
pub mod secrets;
pub mod sign_in;
pub mod signing;
pub mod staff_accounts;
pub mod tasks;
pub mod verdict;
pub mod verify_letter;
pub mod views;
pub mod wake;
pub mod who_am_i;
pub mod withdraw;
pub mod words;

pub use error::AppError;
pub use office::Office;
