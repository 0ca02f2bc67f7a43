//! The receipts of a filing, shown for a while in the browser that sent it.

use super::{SHOWN_FOR, send::files, unsealed};
use crate::{
    app::{
        AppError, Office,
        callers::ProofToken,
        intake::{Receipt, receipts_of_proof},
        views::receipt_pdf::tracked_receipt,
    },
    domain::form::RawForm,
    store,
};

/// What was sent, and what came back.
pub struct SentFiling {
    pub receipts: Vec<Receipt>,
    pub form: RawForm,
    pub office_name: String,
    /// Masked.
    pub email: String,
}

/// Reads the receipts of what was sent with a token, for half an hour. Later they are in the mail.
pub async fn sent_filing(office: &Office, token: &ProofToken) -> Result<SentFiling, AppError> {
    let mut tx = office.begin().await?;
    let saved = store::saved_filings::lock_by_token(&mut tx, token.sha256())
        .await?
        .filter(|saved| saved.sent_at.is_some_and(|sent| sent + SHOWN_FOR > office.now()))
        .ok_or(AppError::NotFound("filing"))?;
    let key = saved.id.to_string();
    let receipts = receipts_of_proof(office, &mut tx, saved.proof, files(saved.wanted), &key).await?;
    let first = receipts.first().ok_or(AppError::NotFound("filing"))?;
    let row = store::offices::find(&mut tx, first.office).await?.ok_or(AppError::NotFound("office"))?;
    Ok(SentFiling {
        form: unsealed(office, saved.id, &saved.sealed)?,
        office_name: row.name,
        email: saved.email.masked(),
        receipts,
    })
}

/// One of its receipts as PDF; the first is 1.
pub async fn sent_receipt(office: &Office, token: &ProofToken, number: usize) -> Result<Vec<u8>, AppError> {
    let sent = sent_filing(office, token).await?;
    let receipt = number.checked_sub(1).and_then(|index| sent.receipts.get(index));
    tracked_receipt(office, receipt.ok_or(AppError::NotFound("receipt"))?.request).await
}
