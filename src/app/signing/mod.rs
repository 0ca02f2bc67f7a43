//! From a draft to an issued letter.

pub mod decided;
pub mod delivery;
pub mod digest;
pub mod effects;
pub mod letter_data;
pub mod sign;
