//! The check before sending: what would be wrong, said without receiving anything.

use super::{
    check_form::check_form,
    file_request::{Filer, FilingCall},
    filer::{check_filer, principal},
};
use crate::{
    app::{AppError, Office},
    domain::fault::{Fault, Faults},
};

/// The faults that [`super::file_request::file_request`] would tell. Nothing is written, and nothing is said that the
/// registry or another request knows.
pub async fn preflight(
    office: &Office,
    filer: Filer<'_>,
    call: &FilingCall<'_>,
) -> Result<Vec<Fault>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let mut faults = Faults::default();
    let (principal, proof) = principal(&mut tx, filer, now).await?;
    let checked = check_filer(&mut tx, filer, proof, call, principal, &mut faults, now).await?;
    let checked = check_form(office, &mut tx, &checked, call, faults, now).await;
    tx.rollback().await?;
    match checked {
        Ok(_) => Ok(Vec::new()),
        Err(AppError::Invalid(faults)) => Ok(faults),
        Err(error) => Err(error),
    }
}
