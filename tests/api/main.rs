//! (in work)
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod after_issue;
mod demo_inbox;
mod documents;
mod email_proof;
mod lists;
mod mail_transport;
mod main_job;
mod office;
mod rules_review;
mod sessions;
#[path = "../support/smtp_peer.rs"]
mod smtp_peer;
mod story;
mod support;
mod tracking;
