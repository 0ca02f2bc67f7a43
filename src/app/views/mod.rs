//! What screens show. Nothing here changes anything but the audit trail; the types are the answers of the contract.

pub mod behind_figure;
pub mod board;
pub mod credentials;
pub mod deliveries;
pub mod figures;
pub mod forecast;
pub mod get_request;
pub mod history;
pub mod letter_balance;
pub mod list_requests;
pub mod monthly_register;
pub mod parts;
pub mod past;
pub mod patterns;
pub mod pulse;
pub mod receipt_pdf;
pub mod request_parts;
pub mod routing_slip;
pub mod sla_summary;
pub mod tracked_request;
pub mod what_if;
