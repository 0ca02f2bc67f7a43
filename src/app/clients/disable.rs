//! An operator ends another system's access.

use super::{
    kept_in_use,
    see::{ClientView, view},
};
use crate::{
    app::{AppError, Office, desk::Desk},
    domain::{ids::ClientId, line::Line},
    store::{
        self,
        audit::{self, Event},
        clients::Client,
    },
};

/// Disables a client, for good and at once: its tokens open nothing any more, on every replica.
///
/// Errors: [`AppError::NotFound`], [`AppError::AlreadyDone`].
pub async fn disable(
    office: &Office,
    desk: Desk,
    id: ClientId,
    reason: &Line<500>,
) -> Result<ClientView, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    let client = kept_in_use(&mut tx, &keeper, id).await?;
    store::clients::disable(&mut tx, id, reason.as_str(), now).await?;
    let mut event = Event::new(keeper.by, "disable_client")
        .subject(id.0)
        .detail(serde_json::json!({ "reason": reason.as_str() }));
    event.office = client.office;
    audit::record(&mut tx, event, now).await?;
    let client =
        Client { disabled_at: Some(now), disabled_reason: Some(reason.as_str().to_owned()), ..client };
    let view = view(&mut tx, client).await?;
    tx.commit().await?;
    Ok(view)
}
