//! A decree that will not be signed. Before its number it is thrown away; afterwards it is void and keeps its number.

use serde_json::json;

use super::{lock, past};
use crate::{
    app::{AppError, Office, actor},
    domain::{
        ids::{DecreeDocumentId, SessionId},
        line::Line,
    },
    store::{
        self,
        audit::{By, Event},
        decree_documents::DecreeState,
    },
};

pub async fn void_decree(
    office: &Office,
    session: SessionId,
    id: DecreeDocumentId,
    reason: &Line<500>,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let (operator, document) = lock(&mut tx, &colleague, id).await?;
    match document.state {
        DecreeState::Prepared | DecreeState::Numbered => {}
        DecreeState::Signed | DecreeState::Discarded | DecreeState::Voided => {
            return Err(past(document.state));
        }
    }
    let ended = store::decree_documents::end(&mut tx, &document, reason.as_str(), operator.id, now).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(operator.id), "void_decree")
            .office(document.office)
            .subject(id.0)
            .detail(json!({ "state": ended, "number": document.number, "reason": reason.as_str() })),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
