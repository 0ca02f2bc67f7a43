//! Batches: many letters printed in one go, in the order of their envelopes.
//!
//! Making a batch takes its letters off the waiting list, so that two clerks never print the same ones; printing it is an act of
//! its own, which can be repeated with a reason. Whatever breaks off between the two leaves a batch that anybody of the office
//! sees as not printed.

pub mod make;
pub mod print;
pub mod see;

use sqlx::PgConnection;

use crate::{
    app::{AppError, actor::Colleague},
    domain::{ids::PrintBatchId, office::OfficeCode},
    store::{self, print_batches::BatchRow},
};

/// Most letters of one batch: what one tray holds, and what one transaction may count.
pub const MOST: i64 = 200;

/// Counter and special officers print for their own office.
pub(in crate::app::letters) fn prints_for(colleague: &Colleague) -> Result<OfficeCode, AppError> {
    colleague
        .counter()
        .map(|counter| counter.office)
        .or_else(|_| colleague.special_officer().map(|officer| officer.office))
}

/// A batch of the own office; another office's answers as one that is not there.
async fn own_batch(
    conn: &mut PgConnection,
    office: OfficeCode,
    id: PrintBatchId,
) -> Result<BatchRow, AppError> {
    store::print_batches::find(conn, id)
        .await?
        .filter(|batch| batch.office == office)
        .ok_or(AppError::NotFound("print_batch"))
}
