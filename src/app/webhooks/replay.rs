use chrono::{DateTime, Utc};

use super::own;
use crate::{
    app::{AppError, Office, desk::Desk},
    domain::ids::{EndpointId, EventId},
    store::{
        audit::{self, Event},
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
    let asked = Asked { event: Some(event_id), limit: 1, ..Asked::default() };
    if webhook_deliveries::list(&mut tx, id, &asked).await?.is_empty() {
        return Err(AppError::NotFound("webhook delivery"));
    }
    if !webhook_deliveries::replay(&mut tx, id, event_id, now).await? {
        return Err(AppError::AlreadyDone("webhook_pending"));
    }
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
    let count = webhook_deliveries::replay_given_up(&mut tx, id, since, now).await?;
    let mut event = Event::new(keeper.by, "replay_webhooks").subject(id.0);
    event.office = endpoint.wanted.office;
    let event = event.detail(serde_json::json!({ "since": since, "events": count }));
    audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(count)
}
