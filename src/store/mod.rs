//! SQL. The only place with `sqlx::query`. Functions take a connection, so that they compose in any transaction.

pub mod accounts;
pub mod at_work;
pub mod audit;
pub mod balance;
pub mod calendar;
pub mod corrections;
pub mod credentials;
pub mod decree_documents;
pub mod deliveries;
pub mod desk;
pub mod digests;
pub mod documents;
pub mod drafts;
pub mod due_dates;
pub mod error;
pub mod exemptions;
pub mod failed_mail;
pub mod figures;
pub mod health;
pub mod idempotency;
pub mod jobs;
pub mod kept_mail;
pub mod letter_templates;
pub mod letterheads;
pub mod letters;
pub mod links;
pub mod mail_addresses;
pub mod mail_reports;
pub mod messages;
pub mod notices;
pub mod offices;
pub mod open_jobs;
pub mod overdue_causes;
pub mod print_batches;
pub mod proof;
pub mod proofs;
pub mod queue;
pub mod regimes;
pub mod register;
pub mod requests;
pub mod returns;
pub mod rounds;
pub mod saved_filings;
pub mod sessions;
pub mod signing;
pub mod sla;
pub mod staff;
pub mod staff_list;
pub mod suppressions;
pub mod tasks;
pub mod taxpayers;
pub mod throttles;

pub use error::StoreError;

/// The migrations, applied by the owner role.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
