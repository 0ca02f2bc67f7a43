//! The calendar as operators keep it: seen by the year, changed only after a look at which open requests move.
//!
//! A preview makes the change in a transaction that is rolled back, by the very code that makes it for good.

mod change;
mod see;
mod verify;

pub use change::{Change, Made, Preview, make_change, preview_change};
pub use see::{YearView, moved_as_csv, see_year, year_file};
pub use verify::{Difference, Progress, Verified, verify_due_dates};
