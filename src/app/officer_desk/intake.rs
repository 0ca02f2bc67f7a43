//! What the counter has at hand while it keys a request in: its own scans, and what the registry says of a number.

use super::super::{AppError, Office, actor, views::request_parts::DocumentView};
use crate::{
    domain::{
        ids::{DocumentId, SessionId},
        tax_id::TaxId,
    },
    store::{
        self,
        audit::{By, Event},
        documents::Owner,
    },
};

/// Those of the documents that this counter uploaded and no request uses yet.
pub async fn scans(
    office: &Office,
    session: SessionId,
    ids: &[DocumentId],
) -> Result<Vec<DocumentView>, AppError> {
    let mut tx = office.begin().await?;
    let counter = actor::authenticate(&mut tx, session, office.now()).await?.counter()?;
    let documents = store::documents::find_many(&mut tx, ids).await?;
    tx.rollback().await?;
    let mine = documents
        .iter()
        .filter(|document| document.owner == Owner::Staff(counter.id) && !document.attached)
        .map(DocumentView::from);
    Ok(mine.collect())
}

/// Name and address as the registry has them.
#[derive(Debug)]
pub struct Registered {
    pub name: String,
    pub address: String,
}

/// What the registry says of a number. An audited look.
pub async fn registered(
    office: &Office,
    session: SessionId,
    tax_id: &TaxId,
) -> Result<Option<Registered>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let counter = actor::authenticate(&mut tx, session, now).await?.counter()?;
    let found = store::taxpayers::find_by_tax_id(&mut tx, tax_id).await?;
    let Some(taxpayer) = found.filter(store::taxpayers::Taxpayer::is_registered) else { return Ok(None) };
    let event =
        Event::new(By::Staff(counter.id), "look_up_taxpayer").office(counter.office).taxpayer(taxpayer.id);
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(Some(Registered { address: taxpayer.address_line(), name: taxpayer.name }))
}
