//! The filer opens a request with what stands on its receipt.

use chrono::{DateTime, FixedOffset};
use uuid::Uuid;

use super::{
    AppError, Office,
    callers::TRACKING_LIFETIME,
    email_proof::at_office,
    limits::{self, CallerAddress},
};
use crate::{
    domain::ids::RequestId,
    store::{
        self,
        audit::{By, Event},
    },
    vault::key_file::KeyPurpose,
};

/// A request that may be followed for a while without its code.
pub struct Opened {
    pub token: String,
    pub expires_at: DateTime<FixedOffset>,
}

/// Any receipt of any round opens its request. An unknown receipt and a wrong code answer alike, after the same work.
///
/// A right code is taken at once, however many wrong ones came before: with 31^8 codes the limit protects the
/// service, not the code, and nobody can be locked out of their own request.
pub async fn open_tracking(
    office: &Office,
    receipt_number: &str,
    code: &str,
    from: CallerAddress,
) -> Result<Opened, AppError> {
    let receipt_number = receipt_number.trim().to_uppercase();
    let mut tx = office.begin().await?;
    let now = office.now();
    let found = store::requests::find_by_receipt(&mut tx, &receipt_number).await?;
    let (request, key) = found
        .clone()
        .unwrap_or_else(|| (RequestId(Uuid::nil()), office.vault.active_key(KeyPurpose::Token).to_string()));
    let right = office.vault.tracking_code_matches(&key, &[request.0.as_bytes()], code)? && found.is_some();
    let by_receipt = office.gate(limits::TRACKING_RECEIPT, &receipt_number);
    if !right {
        let by_network = office.network_gate(limits::TRACKING_NETWORK, from);
        by_receipt.pass(&mut tx, now).await?;
        by_network.pass(&mut tx, now).await?;
        by_receipt.count(&mut tx, now).await?;
        by_network.count(&mut tx, now).await?;
        tx.commit().await?;
        return Err(AppError::NotFound("receipt"));
    }
    by_receipt.forget(&mut tx).await?;
    let event = Event::new(By::Taxpayer, "open_tracking").request(request);
    store::audit::record(&mut tx, event, now).await?;
    let row = store::requests::find(&mut tx, request).await?.ok_or(AppError::NotFound("receipt"))?;
    let kpp = store::offices::find(&mut tx, row.office).await?.ok_or(AppError::NotFound("receipt"))?;
    tx.commit().await?;
    let expires_at = now + TRACKING_LIFETIME;
    Ok(Opened {
        token: office.tracking_token(request, expires_at),
        expires_at: at_office(expires_at, kpp.zone),
    })
}
