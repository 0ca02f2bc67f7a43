use super::{check, create::said, name_is_taken, own};
use crate::{
    app::{AppError, Office, desk::Desk},
    domain::ids::EndpointId,
    store::{
        self,
        audit::{self, Event},
        webhooks::Wanted,
    },
};

/// Changes a receiver, switches it off or on again. While it is off nothing is sent to it, and nothing that happens is kept
/// for it; what waited goes on waiting.
///
/// Errors: [`AppError::Stale`] when somebody changed it meanwhile, [`AppError::Invalid`] as for a new one.
pub async fn change_endpoint(
    office: &Office,
    desk: Desk,
    id: EndpointId,
    version: i32,
    wanted: &Wanted,
    enabled: bool,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    let before = own(office, &mut tx, &keeper, id).await?;
    if before.version != version {
        return Err(AppError::Stale);
    }
    check(office, &mut tx, &keeper, wanted).await?;
    let disabled_at = (!enabled).then(|| before.disabled_at.unwrap_or(now));
    store::webhooks::change(&mut tx, id, version, wanted, disabled_at).await.map_err(name_is_taken)?;
    store::tasks::move_open(&mut tx, id, wanted.office).await?;
    let mut detail = said(wanted);
    detail["enabled"] = enabled.into();
    let mut event = Event::new(keeper.by, "change_webhook_endpoint").subject(id.0).detail(detail);
    event.office = wanted.office;
    audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(())
}
