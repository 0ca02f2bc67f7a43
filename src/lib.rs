//! Aktivasi: the back office of a *Kantor Pelayanan Pajak* for requests under SE-20/PJ/2020.
//!
//! Dependency direction: `domain <- store <- app <- { http, jobs, admin } <- startup <- demo`.
//! `letters` and `mail` know `domain` only, `pades` knows `domain` and `letters`, `webhook` knows `domain`, networks of the
//! settings and entropy of the vault. `tests/architecture.rs` holds the main
//! arrows.

pub mod admin;
pub mod app;
pub mod clock;
pub mod demo;
pub mod domain;
pub mod http;
pub mod jobs;
pub mod letters;
pub mod mail;
pub mod pades;
pub mod settings;
pub mod startup;
pub mod store;
pub mod telemetry;
pub mod vault;
pub mod webhook;
