//! Filters of the queue that a person keeps under a name. Nobody else sees them.

use serde_json::json;
use uuid::Uuid;

use super::super::{AppError, Office, views::list_requests::reader};
use crate::{
    domain::{ids::SessionId, line::Line},
    store::{
        self,
        audit::{By, Event},
        desk::SavedView,
    },
};

/// As many as the list shows.
const MOST: usize = 30;

/// Keeps the filters that `query` holds.
pub async fn save_view(office: &Office, session: SessionId, name: &str, query: &str) -> Result<(), AppError> {
    let name = Line::<40>::parse(name)
        .map_err(|error| AppError::fault("/name", error.code(), &error.detail()))?
        .as_str()
        .to_owned();
    let now = office.now();
    let mut tx = office.begin().await?;
    let (colleague, _) = reader(office, &mut tx, session).await?;
    if store::desk::views(&mut tx, colleague.id).await?.len() >= MOST {
        return Err(AppError::fault("/name", "too_many", "Paling banyak 30 tampilan. Hapus satu dahulu."));
    }
    let view = SavedView { id: Uuid::now_v7(), name, query: query.to_owned() };
    if !store::desk::insert_view(&mut tx, colleague.id, &view, now).await? {
        return Err(AppError::fault("/name", "taken", "Anda sudah memakai nama ini. Pilih nama lain."));
    }
    let mut event = Event::new(By::Staff(colleague.id), "save_view")
        .subject(view.id)
        .detail(json!({ "query": view.query }));
    event.office = colleague.office;
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Throws a view away.
pub async fn delete_view(office: &Office, session: SessionId, id: Uuid) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let (colleague, _) = reader(office, &mut tx, session).await?;
    if !store::desk::delete_view(&mut tx, colleague.id, id).await? {
        return Err(AppError::NotFound("view"));
    }
    let mut event = Event::new(By::Staff(colleague.id), "delete_view").subject(id);
    event.office = colleague.office;
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(())
}
