use super::own;
use crate::{
    app::{AppError, Office, desk::Desk},
    domain::ids::{EndpointId, EventId},
    store::{
        self,
        webhook_deliveries::{self, Asked, Attempt, Delivery},
        webhooks::Endpoint,
    },
};

/// The receivers of the desk's scope by their names; those after the given one.
pub async fn endpoints(
    office: &Office,
    desk: Desk,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Endpoint>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let scope = desk.keeper(&mut tx, now).await?.office;
    Ok(store::webhooks::list(&mut tx, scope, None, after, limit, now).await?)
}

/// One of them.
pub async fn endpoint(office: &Office, desk: Desk, id: EndpointId) -> Result<Endpoint, AppError> {
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, office.now()).await?;
    own(office, &mut tx, &keeper, id).await
}

/// The log of a receiver, the latest event first.
pub async fn deliveries(
    office: &Office,
    desk: Desk,
    id: EndpointId,
    asked: &Asked,
) -> Result<Vec<Delivery>, AppError> {
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, office.now()).await?;
    own(office, &mut tx, &keeper, id).await?;
    Ok(webhook_deliveries::list(&mut tx, id, asked).await?)
}

/// One event of the log with its tries.
#[derive(Debug, Clone)]
pub struct DeliveryView {
    pub delivery: Delivery,
    pub attempts: Vec<Attempt>,
}

pub async fn delivery(
    office: &Office,
    desk: Desk,
    id: EndpointId,
    event: EventId,
) -> Result<DeliveryView, AppError> {
    let asked = Asked { event: Some(event), limit: 1, ..Asked::default() };
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, office.now()).await?;
    own(office, &mut tx, &keeper, id).await?;
    let found = webhook_deliveries::list(&mut tx, id, &asked).await?.pop();
    let delivery = found.ok_or(AppError::NotFound("webhook delivery"))?;
    let attempts = webhook_deliveries::attempts(&mut tx, id, delivery.event.number).await?;
    Ok(DeliveryView { delivery, attempts })
}
