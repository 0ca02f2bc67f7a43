//! The section head sends a draft back to its drafter.

use super::super::{
    AppError, Office,
    actor::{self, lock_request},
};
use crate::{
    domain::{
        ids::{RequestId, SessionId},
        line::Line,
        state::Act,
    },
    store::{
        self,
        audit::{By, Event},
        drafts::DraftEnding,
    },
};

pub async fn send_back(
    office: &Office,
    session: SessionId,
    id: RequestId,
    reason: &Line<500>,
    expected_version: Option<i32>,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let (request, _) = lock_request(&mut tx, &colleague, id, Act::SendBack, expected_version).await?;
    let draft = store::drafts::open(&mut tx, id).await?.ok_or(AppError::Stale)?;
    store::drafts::end(&mut tx, draft.id, DraftEnding::SentBack { reason: reason.as_str() }, now).await?;
    let state = request.state.send_back()?;
    let request = store::requests::save_state(&mut tx, request, state).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), Act::SendBack.as_str())
            .office(request.office)
            .request(id)
            .subject(draft.id.0)
            .detail(serde_json::json!({ "reason": reason.as_str() })),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
