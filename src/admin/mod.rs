//! The subcommands that operators run.

pub mod key;
