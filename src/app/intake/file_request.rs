//! `file_request` and `file_bundle`: the one way in, for a filer with a proven address and for the counter.

use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use super::receipt::{self, Receipt};
use crate::{
    app::{AppError, Office},
    domain::{
        fault::Faults,
        form::{Filing, RawForm},
        ids::{ProofId, RequestId, SessionId},
    },
    store::{self, idempotency::IdempotencyKey},
};

pub use super::filer::{Filer, RawCounter};
use super::{
    check_form::check_form,
    filer::{check_filer, principal, principal_of},
    receive::receive,
};

/// Everything of one call.
#[derive(Debug)]
pub struct FilingCall<'a> {
    pub filing: Filing,
    pub form: &'a RawForm,
    pub counter: Option<&'a RawCounter>,
    pub idempotency_key: &'a str,
}

/// Files one request or a bundle. All rules pass → received, with receipt, due date and tracking code; anything
/// missing → nothing is received and every fault is told (422).
///
/// A repeated call with the same key and body gives the same answer and receives nothing again.
pub async fn file_request(
    office: &Office,
    filer: Filer<'_>,
    call: &FilingCall<'_>,
) -> Result<Vec<Receipt>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let operation = operation(call.filing);
    let (principal, proof) = principal(&mut tx, filer, now).await?;
    let key = IdempotencyKey { operation, principal: &principal, key: call.idempotency_key };
    let body_hash = body_hash(call)?;
    if proof.is_none() {
        store::idempotency::lock(&mut tx, key).await?;
    }
    let kept_since = now - office.rules.limits.idempotency;
    if let Some(earlier) = store::idempotency::earlier(&mut tx, key, kept_since).await? {
        if earlier.body_hash != body_hash {
            return Err(AppError::IdempotencyMismatch);
        }
        let mut receipts = Vec::new();
        for id in earlier.requests {
            receipts.push(receipt::rebuild(office, &mut tx, id).await?);
        }
        return Ok(receipts);
    }

    store::calendar::hold(&mut tx).await?;
    let mut faults = Faults::default();
    let checked = check_filer(&mut tx, filer, proof, call, principal.clone(), &mut faults, now).await?;
    let accepted = check_form(office, &mut tx, &checked, call, faults, now).await?;
    let receipts = receive(office, &mut tx, &checked, accepted, now).await?;
    if let Some(proof) = &checked.proof {
        store::proofs::consume(&mut tx, proof.id, now).await?;
    }
    let ids: Vec<RequestId> = receipts.iter().map(|receipt| receipt.request).collect();
    store::idempotency::remember(&mut tx, key, &body_hash, &ids, now).await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(receipts)
}

fn operation(filing: Filing) -> &'static str {
    match filing {
        Filing::Single => "file_request",
        Filing::Bundle => "file_bundle",
    }
}

/// What this counter filed under this key already; empty when nothing was.
pub async fn filed_at_counter(
    office: &Office,
    session: SessionId,
    filing: Filing,
    key: &str,
) -> Result<Vec<RequestId>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let (principal, _) = principal(&mut tx, Filer::Counter(session), now).await?;
    let key = IdempotencyKey { operation: operation(filing), principal: &principal, key };
    let earlier = store::idempotency::earlier(&mut tx, key, now - office.rules.limits.idempotency).await?;
    tx.rollback().await?;
    Ok(earlier.map(|earlier| earlier.requests).unwrap_or_default())
}

/// The receipts of what was filed with a proof under this key; empty when nothing was, or it is forgotten.
pub(in crate::app) async fn receipts_of_proof(
    office: &Office,
    conn: &mut PgConnection,
    proof: ProofId,
    filing: Filing,
    key: &str,
) -> Result<Vec<Receipt>, AppError> {
    let principal = principal_of(proof);
    let key = IdempotencyKey { operation: operation(filing), principal: &principal, key };
    let kept_since = office.now() - office.rules.limits.idempotency;
    let mut receipts = Vec::new();
    if let Some(earlier) = store::idempotency::earlier(conn, key, kept_since).await? {
        for id in earlier.requests {
            receipts.push(receipt::rebuild(office, conn, id).await?);
        }
    }
    Ok(receipts)
}

/// The parsed body, so that spaces and the order of fields do not matter.
fn body_hash(call: &FilingCall<'_>) -> Result<Vec<u8>, AppError> {
    let body = serde_json::json!({ "form": call.form, "counter": call.counter });
    let canonical = serde_json::to_vec(&body).map_err(|error| AppError::Internal(error.into()))?;
    Ok(Sha256::digest(canonical).to_vec())
}
