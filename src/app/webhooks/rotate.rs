use super::{new_secret, own};
use crate::{
    app::{AppError, Office, desk::Desk},
    domain::ids::EndpointId,
    store::{
        self,
        audit::{self, Event},
    },
    webhook::Secret,
};

/// A new secret, given out here and never again. For a day each message is signed with both, so that the receiver can change
/// over without losing one; a secret before those signs no more.
pub async fn rotate_secret(office: &Office, desk: Desk, id: EndpointId) -> Result<Secret, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    let endpoint = own(office, &mut tx, &keeper, id).await?;
    store::webhooks::lock(&mut tx, id).await?;
    let secret = new_secret(office, &mut tx, id).await?;
    let mut event = Event::new(keeper.by, "rotate_webhook_secret").subject(id.0);
    event.office = endpoint.wanted.office;
    audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(secret)
}
