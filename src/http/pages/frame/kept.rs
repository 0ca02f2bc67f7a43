//! A form that came too late: kept sealed within the page until its sender has signed in again.

use serde::{Deserialize, Serialize};

use super::local_path::LocalPath;
use crate::app::{AppError, Office};

const PURPOSE: &str = "kept_form";
/// Longer than any working day.
const HOURS: i64 = 12;

/// What was sent, and where to.
#[derive(Clone, Serialize, Deserialize)]
pub struct Kept {
    pub path: LocalPath,
    pub fields: Vec<(String, String)>,
    /// Seconds since 1970.
    at: i64,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept(hidden)")
    }
}

impl Kept {
    pub fn new(office: &Office, path: LocalPath, fields: Vec<(String, String)>) -> Self {
        Self { path, fields, at: office.now().timestamp() }
    }

    /// Sealed for one person or browser: nobody else sends it on.
    pub fn seal(&self, office: &Office, owner: &str) -> Result<String, AppError> {
        let text = serde_json::to_vec(self).map_err(|error| AppError::Internal(error.into()))?;
        office.seal_note(PURPOSE, owner, &text)
    }

    pub fn open(office: &Office, owner: &str, note: &str) -> Option<Self> {
        let kept: Self = serde_json::from_slice(&office.open_note(PURPOSE, owner, note)?).ok()?;
        (office.now().timestamp() - kept.at < HOURS * 3600).then_some(kept)
    }
}
