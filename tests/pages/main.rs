//! The pages as people use them: every route for every role over HTTP, and whole paths in a real browser.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod account;
mod account_races;
mod board;
#[path = "../support/browser.rs"]
#[expect(dead_code, reason = "each test binary uses its part of what a person can do")]
mod browser;
mod calculator;
mod clients;
mod counter;
#[path = "../support/dns_peer.rs"]
mod dns_peer;
mod filing;
mod forecast;
mod foundation;
mod head;
mod help;
mod looks;
mod looks_account;
mod looks_board;
mod looks_clients;
mod looks_counter;
mod looks_head;
mod looks_help;
mod looks_officer;
mod looks_operator;
mod looks_post;
mod looks_receivers;
mod looks_taxpayer;
mod mail_domains;
mod monthly_reports;
mod notices;
mod officer;
mod officer_decides;
mod officer_intake;
mod operator;
mod past;
mod patterns;
mod post;
mod queries;
mod receivers;
mod signed_on_screen;
#[path = "../support/small_office.rs"]
#[expect(dead_code, reason = "the tests of the interface use the rest")]
mod small_office;
#[path = "../support/smtp_peer.rs"]
#[expect(dead_code, reason = "the tests of the interface use the rest")]
mod smtp_peer;
#[path = "../api/story.rs"]
mod story;
#[path = "../api/support/mod.rs"]
#[expect(dead_code, reason = "the tests of the interface use the rest")]
mod support;
mod taxpayer;
mod visitor;
mod walk;
mod zoom;
