//! Claim, examine, return, draft: what officers and section heads do before a signature.

pub mod accept_forecast;
pub mod claim;
pub mod claim_many;
pub mod draft;
pub mod enter_evidence;
pub mod reassign;
pub mod release;
pub mod return_incomplete;
pub mod send_back;
pub mod waive;
