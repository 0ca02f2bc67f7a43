//! Filing in steps. What a filer typed is kept, sealed, until it is sent (`docs/decisions/0034-saved-filings.md`): it
//! belongs to the proof of their address, and whoever proves that address again goes on with it.

mod begin;
mod open;
mod resume;
mod save;
mod send;
mod sent;
mod sign;

use chrono::TimeDelta;

use super::{AppError, Office};
use crate::{
    domain::{form::RawForm, ids::FilingId},
    vault::seal::Aad,
};

pub use begin::begin_filing;
pub use open::{Filing, KnownPkp, Progress, open_filing, uploaded_document};
pub use resume::{Asked, ask_to_resume, resume_filing};
pub use save::save_filing;
pub use send::{check_filing, send_filing};
pub use sent::{SentFiling, sent_filing, sent_receipt};
pub use sign::{drawn_letters, sign_filing};

/// How long a filing is kept after its filer last changed it.
pub(in crate::app) const KEPT_FOR: TimeDelta = TimeDelta::days(7);
/// How long a sent one is: its receipts are shown that long to whoever sent it.
pub(in crate::app) const SHOWN_FOR: TimeDelta = TimeDelta::minutes(30);
/// Far more than every field at its limit.
const MOST_BYTES: usize = 64 * 1024;

fn place(id: FilingId) -> Aad {
    Aad::new("saved_filings", "sealed", id.0)
}

fn place_of_ink(id: FilingId) -> Aad {
    Aad::new("saved_filings", "ink", id.0)
}

fn sealed(office: &Office, id: FilingId, form: &RawForm) -> Result<Vec<u8>, AppError> {
    let text = serde_json::to_vec(form).map_err(|error| AppError::Internal(error.into()))?;
    if text.len() > MOST_BYTES {
        return Err(AppError::TooLarge { limit_bytes: MOST_BYTES });
    }
    Ok(office.vault.seal(&place(id), &text)?)
}

fn unsealed(office: &Office, id: FilingId, sealed: &[u8]) -> Result<RawForm, AppError> {
    let text = office.vault.open(&place(id), sealed)?;
    serde_json::from_slice(&text).map_err(|error| AppError::Internal(error.into()))
}
