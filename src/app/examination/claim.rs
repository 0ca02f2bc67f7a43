//! A special officer takes a request in hand. Of two who press at once, one wins and the other is told who.

use super::super::{
    AppError, Office,
    actor::{self, lock_request},
};
use crate::{
    domain::{
        ids::{RequestId, SessionId},
        request::Request,
        state::Act,
    },
    store::{
        self,
        audit::{By, Event},
    },
};

pub async fn claim(
    office: &Office,
    session: SessionId,
    id: RequestId,
    expected_version: Option<i32>,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let (request, _) = lock_request(&mut tx, &colleague, id, Act::Claim, expected_version).await?;
    take(&mut tx, request, &colleague, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Claims the most urgent request that waits; first one that this officer had before. `None`: nothing waits.
pub async fn claim_next(office: &Office, session: SessionId) -> Result<Option<RequestId>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let officer = colleague.special_officer()?;
    let Some(id) = store::queue::lock_next(&mut tx, officer.office, officer.id).await? else {
        return Ok(None);
    };
    let (request, _) = lock_request(&mut tx, &colleague, id, Act::Claim, None).await?;
    take(&mut tx, request, &colleague, now).await?;
    tx.commit().await?;
    Ok(Some(id))
}

async fn take(
    conn: &mut sqlx::PgConnection,
    request: Request,
    colleague: &actor::Colleague,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), AppError> {
    let officer = colleague.special_officer()?;
    let state = request.state.claim(officer.id)?;
    let request = store::requests::save_state(conn, request, state).await?;
    let decree = colleague.decree.as_ref().map(|decree| decree.number.as_str());
    store::audit::record(
        conn,
        Event::new(By::Staff(officer.id), Act::Claim.as_str())
            .office(request.office)
            .request(request.id)
            .detail(serde_json::json!({ "decree": decree })),
        now,
    )
    .await?;
    Ok(())
}
