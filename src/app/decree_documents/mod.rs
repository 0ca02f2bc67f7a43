//! KEP Penunjukan Petugas Khusus made here: prepared by an operator, numbered for the signature of the Kepala Kantor in ink,
//! and in force for its officers with the scan of what was signed.

pub mod end;
pub mod number;
pub mod prepare;
pub mod read;
pub mod scan;

use sqlx::PgConnection;

use super::{
    AppError,
    actor::{Colleague, Operator},
};
use crate::{
    domain::{ids::DecreeDocumentId, office::OfficeCode},
    store::{
        self,
        decree_documents::{DecreeDocument, DecreeState},
    },
};

/// The operator of an office; another office answers as an unknown one.
fn operates(colleague: &Colleague, office: OfficeCode) -> Result<Operator, AppError> {
    let operator = colleague.operator()?;
    if operator.office.is_none_or(|scope| scope == office) {
        Ok(operator)
    } else {
        Err(AppError::NotFound("office"))
    }
}

/// A decree of the operator's scope, held until the end of the transaction.
async fn lock(
    conn: &mut PgConnection,
    colleague: &Colleague,
    id: DecreeDocumentId,
) -> Result<(Operator, DecreeDocument), AppError> {
    let operator = colleague.operator()?;
    let document = store::decree_documents::lock(conn, id)
        .await?
        .filter(|document| operator.office.is_none_or(|scope| scope == document.office))
        .ok_or(AppError::NotFound("decree"))?;
    Ok((operator, document))
}

/// Operators and supervisors read decrees of the offices in their scope.
async fn may_read(
    conn: &mut PgConnection,
    colleague: &Colleague,
    office: Option<OfficeCode>,
) -> Result<(), AppError> {
    let missing = AppError::NotFound("decree");
    if let Ok(operator) = colleague.operator() {
        let scope = operator.office;
        return office.filter(|code| scope.is_none_or(|own| own == *code)).map(|_| ()).ok_or(missing);
    }
    if !colleague.supervises() {
        return Err(AppError::Forbidden);
    }
    let offices = colleague.visible_offices(conn).await?;
    office.filter(|code| offices.contains(code)).map(|_| ()).ok_or(missing)
}

/// The refusal of an act that the paper is past.
fn past(state: DecreeState) -> AppError {
    AppError::AlreadyDone(match state {
        DecreeState::Prepared => "decree_not_numbered",
        DecreeState::Numbered => "decree_numbered",
        DecreeState::Signed => "decree_signed",
        DecreeState::Discarded | DecreeState::Voided => "decree_ended",
    })
}
