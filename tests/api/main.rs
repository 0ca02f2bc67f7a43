//! (in work)
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod demo_inbox;
mod mail_transport;
#[path = "../support/smtp_peer.rs"]
mod smtp_peer;
