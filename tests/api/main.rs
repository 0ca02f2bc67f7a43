//! Everything that needs a real server, a real database and a real relay; one binary, so that it is linked once.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod account;
mod after_issue;
mod bounces;
mod calendar_coverage;
mod calendar_verify;
mod callers;
mod clients;
mod contract;
mod corrections;
mod crashes;
mod decrees;
mod deliveries;
mod demo_inbox;
mod documents;
mod email_html;
mod email_proof;
mod exports;
mod figures;
mod forecast;
mod letter_balance;
mod letter_templates;
mod letter_verify;
mod letterhead;
mod lists;
mod log_scan;
mod mail_fate;
mod mail_signature;
mod mail_transport;
mod main_job;
mod metrics;
mod monthly_reports;
mod notices;
mod office;
#[path = "../support/office_certificate.rs"]
#[expect(dead_code, reason = "shared with another test binary, which uses another part of it")]
mod office_certificate;
mod office_papers;
mod overdue;
mod pages;
mod past;
mod patterns;
mod print_batches;
mod races;
mod reference_client;
mod registry;
mod replicas;
mod rules_review;
mod seal;
mod sessions;
#[path = "../support/small_office.rs"]
mod small_office;
#[path = "../support/smtp_peer.rs"]
mod smtp_peer;
mod story;
mod support;
mod thresholds;
mod tracking;
mod verification;
mod verify_codes;
mod walk;
mod webhook_peer;
mod webhooks;
