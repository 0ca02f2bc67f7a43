//! A special officer takes several requests in hand. Each is an act of its own: one that somebody else took holds up no other.

use serde::Serialize;

use super::claim::claim;
use crate::{
    app::{AppError, Office, views::list_requests::reader},
    domain::{
        ids::{RequestId, SessionId},
        state::StateName,
    },
    store,
};

/// The answers stand in the order of the requests.
pub async fn claim_many(
    office: &Office,
    session: SessionId,
    ids: &[RequestId],
) -> Vec<(RequestId, Result<(), AppError>)> {
    let mut results = Vec::with_capacity(ids.len());
    for id in ids {
        results.push((*id, claim(office, session, *id, None).await));
    }
    results
}

/// In whose hand a request is now.
#[derive(Debug, Clone, Serialize)]
pub struct InHand {
    pub request_id: RequestId,
    pub receipt_number: String,
    pub pkp_name: String,
    pub state: StateName,
    pub officer: Option<String>,
    /// Of whoever asks.
    pub mine: bool,
}

/// In whose hand these requests are, in the order of the ids. What the caller may not see is left out.
pub async fn in_hand(
    office: &Office,
    session: SessionId,
    ids: &[RequestId],
) -> Result<Vec<InHand>, AppError> {
    let mut tx = office.begin().await?;
    let (colleague, offices) = reader(office, &mut tx, session).await?;
    let mut found = store::queue::in_hand(&mut tx, &offices, ids).await?;
    tx.rollback().await?;
    found.sort_by_key(|one| ids.iter().position(|id| *id == one.request));
    let row = |one: store::queue::InHandRow| InHand {
        request_id: one.request,
        receipt_number: one.receipt_number,
        pkp_name: one.pkp_name,
        state: one.state,
        mine: one.officer.as_ref().is_some_and(|(id, _)| *id == colleague.id),
        officer: one.officer.map(|(_, name)| name),
    };
    Ok(found.into_iter().map(row).collect())
}
