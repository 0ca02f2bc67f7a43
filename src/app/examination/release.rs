//! Puts a request back; the same round and its clock run on.

use super::super::{
    AppError, Office,
    actor::{self, lock_request},
};
use crate::{
    domain::{
        ids::{RequestId, SessionId},
        state::Act,
    },
    store::{
        self,
        audit::{By, Event},
    },
};

pub async fn release(
    office: &Office,
    session: SessionId,
    id: RequestId,
    expected_version: Option<i32>,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let (request, _) = lock_request(&mut tx, &colleague, id, Act::Release, expected_version).await?;
    let state = request.state.release()?;
    let request = store::requests::save_state(&mut tx, request, state).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), Act::Release.as_str()).office(request.office).request(id),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
