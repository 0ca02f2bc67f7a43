//! *Kempos*: the post brought the letter back. It can be handed out again.

use uuid::Uuid;

use super::{may_hand_out, visible_letter};
use crate::{
    app::{AppError, Office, actor},
    domain::{
        ids::{LetterId, SessionId, TaskId},
        line::Line,
    },
    store::{
        self, StoreError,
        audit::{By, Event},
        tasks::{Task, TaskKind},
    },
};

pub async fn record_postal_return(
    office: &Office,
    session: SessionId,
    id: LetterId,
    reason: &Line<500>,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let letter = visible_letter(&mut tx, &colleague, id).await?;
    may_hand_out(&colleague, &letter)?;
    store::letters::record_postal_return(&mut tx, id, now).await.map_err(|error| match error {
        StoreError::Stale { .. } => AppError::NotPosted,
        StoreError::Database(_) | StoreError::Inconsistent { .. } => error.into(),
    })?;
    store::tasks::open(
        &mut tx,
        &Task {
            id: TaskId(Uuid::now_v7()),
            office: letter.office,
            request: Some(letter.request),
            taxpayer: None,
            kind: TaskKind::PostalReturn,
            detail: letter.number.clone().unwrap_or_default(),
            opened_at: now,
            closed_at: None,
        },
    )
    .await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), "record_postal_return")
            .office(letter.office)
            .request(letter.request)
            .subject(id.0)
            .detail(serde_json::json!({ "reason": reason.as_str() })),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
