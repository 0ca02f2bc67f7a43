//! The rules of the field. Pure: no SQL, no HTTP, no environment, no clock of its own.

pub mod bounce_address;
pub mod code_alphabet;
pub mod correction;
pub mod credential;
pub mod delivery;
pub mod document_policy;
pub mod eligibility;
pub mod email_address;
pub mod email_typo;
pub mod enhanced_status;
pub mod fault;
pub mod form;
pub mod ids;
pub mod indonesian;
pub mod letter_number;
pub mod letter_template;
pub mod line;
pub mod mail_report;
pub mod names;
pub mod office;
pub mod regime;
pub mod request;
pub mod state;
pub mod tax_id;
pub mod verification;
pub mod working_days;
