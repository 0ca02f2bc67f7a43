//! From a draft to an issued letter.

pub mod acting_officials;
pub mod became;
mod compared;
pub mod decided;
pub mod delivery;
pub mod digest;
pub mod effects;
pub mod letter_data;
pub mod overdue_cause;
pub mod read_draft;
pub mod sign;
pub mod waiting;
