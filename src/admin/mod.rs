//! Subcommands: what operators run in a terminal.

pub mod calendar_explain;
pub mod cli;
pub mod credentials_csv;
mod csv_table;
mod failure;
pub mod health;
pub mod holidays_csv;
pub mod import;
pub mod job;
pub mod key;
pub mod letter;
mod letter_check;
mod letter_data;
pub mod letter_verify;
pub mod mail;
pub mod npwp;
pub mod office;
pub mod offices_csv;
pub mod persons_csv;
pub mod taxpayers_csv;
pub mod user;

pub use csv_table::RowError;
pub use failure::Failure;
