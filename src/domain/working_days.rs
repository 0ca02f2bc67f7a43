//! The limit in business days: when a request is due, and why.
//!
//! A business day is Monday to Friday and neither a national holiday, nor *cuti bersama*, nor a closure of the
//! office. Day 0 is the day of complete receipt in the office's own zone, or the next business day when the
//! receipt falls after closing time or on a day off; the limit ends with the last business day, at 24:00 local.
//! A year whose calendar is not complete gives an error, never a guess.
//!
//! Pure: holidays, closing times and the instants are arguments.

mod calendar;
mod derivation;
mod due;
mod explanation;
mod hours;
#[cfg(test)]
mod invented;
mod opening;
#[cfg(test)]
mod oracle;
mod proof;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
mod threshold;
mod zone;

pub use calendar::{Calendar, DayOff, DayOffKind};
pub use derivation::{Derivation, Outcome, SkipReason, Step};
pub use due::{Due, DueError, due};
pub use explanation::no_calendar_id;
pub use hours::{Blocks, BlocksError, CLOSES_AT, OPENS_AT, SpecialHours, Weekdays};
pub use opening::Opening;
pub use threshold::{DueInstants, Threshold, threshold};
pub use zone::midnight as local_midnight;
