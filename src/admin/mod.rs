//! Subcommands: what operators run in a terminal.

pub mod calendar_explain;
pub mod credentials_csv;
pub mod holidays_csv;
pub mod key;
pub mod npwp;
pub mod offices_csv;
pub mod persons_csv;
pub mod taxpayers_csv;
mod csv_table;
pub use csv_table::RowError;