//! The rules of the field. Pure: no SQL, no HTTP, no environment, no clock of its own.

pub mod email_address;
pub mod indonesian;
pub mod tax_id;
pub mod working_days;
