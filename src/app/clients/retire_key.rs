//! An operator ends a public key of another system.

use super::{
    kept,
    see::{ClientView, view},
};
use crate::{
    app::{AppError, Office, desk::Desk},
    store::{
        self,
        audit::{self, Event},
    },
};

/// Retires a key, for good: it proves nobody any more, and the tokens that were issued for it end at once.
///
/// Errors: [`AppError::NotFound`], [`AppError::AlreadyDone`].
pub async fn retire_key(office: &Office, desk: Desk, thumbprint: &str) -> Result<ClientView, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    let not_found = AppError::NotFound("client_key");
    let Some(seen) = store::clients::find_key(&mut tx, thumbprint).await? else { return Err(not_found) };
    let client = kept(&mut tx, &keeper, seen.client).await?;
    // Read again behind the lock of its client.
    let key = store::clients::find_key(&mut tx, thumbprint).await?.ok_or(not_found)?;
    if key.retired_at.is_some() {
        return Err(AppError::AlreadyDone("client_key_retired"));
    }
    store::clients::retire_key(&mut tx, thumbprint, now).await?;
    let mut event = Event::new(keeper.by, "retire_client_key")
        .subject(client.id.0)
        .detail(serde_json::json!({ "key": thumbprint }));
    event.office = client.office;
    audit::record(&mut tx, event, now).await?;
    let view = view(&mut tx, client).await?;
    tx.commit().await?;
    Ok(view)
}
