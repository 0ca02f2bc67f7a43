//! (in work)
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod callers;
mod contract;
mod demo_inbox;
mod documents;
mod email_proof;
mod lists;
mod mail_transport;
mod main_job;
mod office;
mod sessions;
#[path = "../support/smtp_peer.rs"]
mod smtp_peer;
mod story;
mod support;
mod tracking;
mod walk;
