use uuid::Uuid;

use super::{check, name_is_taken, new_secret};
use crate::{
    app::{AppError, Office, desk::Desk},
    domain::ids::EndpointId,
    store::{
        self,
        audit::{self, By, Event},
        webhooks::Wanted,
    },
    webhook::Secret,
};

/// Adds a receiver: from now on it is told. The secret is given out here and never again.
///
/// Errors: [`AppError::Invalid`] for a name that is taken, an office out of scope, an address that is not called.
pub async fn create_endpoint(
    office: &Office,
    desk: Desk,
    wanted: &Wanted,
) -> Result<(EndpointId, Secret), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    check(office, &mut tx, &keeper, wanted).await?;
    let id = EndpointId(Uuid::now_v7());
    let by = match keeper.by {
        By::Staff(id) => Some(id),
        By::Taxpayer | By::Stranger | By::System | By::Console | By::Client(_) => None,
    };
    store::webhooks::insert(&mut tx, id, wanted, by, now).await.map_err(name_is_taken)?;
    let secret = new_secret(office, &mut tx, id).await?;
    let mut event = Event::new(keeper.by, "create_webhook_endpoint").subject(id.0).detail(said(wanted));
    event.office = wanted.office;
    audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok((id, secret))
}

/// For the audit.
pub(super) fn said(wanted: &Wanted) -> serde_json::Value {
    serde_json::json!({
        "name": wanted.name, "host": wanted.url.authority(), "kinds": wanted.kinds,
        "with_personal_data": wanted.with_personal_data,
    })
}
