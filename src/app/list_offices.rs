//! The offices one can file with.

use super::{AppError, Office};
use crate::store::{self, offices::OfficeRow};

/// Offices whose code, name, Kanwil or city holds the words, ordered by code.
pub async fn list_offices(office: &Office, words: &str) -> Result<Vec<OfficeRow>, AppError> {
    let mut tx = office.begin().await?;
    Ok(store::offices::list(&mut tx, words).await?)
}
