//! Subcommands: what operators run in a terminal.

pub mod calendar_explain;
pub mod calendar_verify;
pub mod cli;
mod failure;
pub mod health;
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
pub mod user;

pub use failure::Failure;
