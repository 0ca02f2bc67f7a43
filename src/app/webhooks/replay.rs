use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::own;
use crate::{
    app::{
        AppError, Office,
        desk::{Desk, Keeper},
    },
    domain::ids::{EndpointId, EventId},
    store::{
        self,
        audit::{self, By, Event},
        webhook_deliveries::{self, Asked},
    },
};

/// Sends one event once more, under the id that it has: a receiver that knows it already throws it away.
///
/// Errors: [`AppError::AlreadyDone`] while it is on its way.
pub async fn replay_one(
    office: &Office,
    desk: Desk,
    id: EndpointId,
    event_id: EventId,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    let endpoint = own(office, &mut tx, &keeper, id).await?;
    store::webhooks::lock(&mut tx, id).await?;
    let asked = Asked { event: Some(event_id), limit: 1, ..Asked::default() };
    if webhook_deliveries::list(&mut tx, id, &asked).await?.is_empty() {
        return Err(AppError::NotFound("webhook delivery"));
    }
    if !webhook_deliveries::replay(&mut tx, id, event_id, now).await? {
        return Err(AppError::AlreadyDone("webhook_pending"));
    }
    close_task(&mut tx, &keeper, id, now).await?;
    let mut event = Event::new(keeper.by, "replay_webhook").subject(id.0);
    event.office = endpoint.wanted.office;
    let event = event.detail(serde_json::json!({ "event": event_id }));
    audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Sends once more everything that was given up of what happened since an instant. Returns how much that is.
pub async fn replay_given_up(
    office: &Office,
    desk: Desk,
    id: EndpointId,
    since: DateTime<Utc>,
) -> Result<u64, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    let endpoint = own(office, &mut tx, &keeper, id).await?;
    store::webhooks::lock(&mut tx, id).await?;
    let count = webhook_deliveries::replay_given_up(&mut tx, id, since, now).await?;
    close_task(&mut tx, &keeper, id, now).await?;
    let mut event = Event::new(keeper.by, "replay_webhooks").subject(id.0);
    event.office = endpoint.wanted.office;
    let event = event.detail(serde_json::json!({ "since": since, "events": count }));
    audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(count)
}

/// Whoever sends again what was given up has answered the task about it, once nothing of it is left.
async fn close_task(
    conn: &mut PgConnection,
    keeper: &Keeper,
    id: EndpointId,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let By::Staff(staff) = keeper.by else { return Ok(()) };
    Ok(store::tasks::close_given_up(conn, id, staff, "Dikirim lagi", now).await?)
}
