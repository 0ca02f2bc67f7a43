//! The section head waives a document that the filer declared they cannot supply.

use super::super::{
    AppError, Office,
    actor::{self, lock_request},
};
use crate::{
    domain::{
        ids::{RequestId, SessionId},
        line::Line,
        names::DocumentKind,
        state::Act,
    },
    store::{
        self, StoreError,
        audit::{By, Event},
    },
};

pub async fn waive(
    office: &Office,
    session: SessionId,
    id: RequestId,
    document: DocumentKind,
    reason: &Line<500>,
    expected_version: Option<i32>,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let (request, _) = lock_request(&mut tx, &colleague, id, Act::Waive, expected_version).await?;
    let head = colleague.section_head()?;
    store::exemptions::waive(&mut tx, id, document, head.id, reason.as_str(), now).await.map_err(
        |error| match error {
            StoreError::Stale { .. } => AppError::fault(
                "/document",
                "nothing_to_waive",
                "Pemohon tidak menyatakan dokumen ini tidak dapat dilampirkan, atau sudah dikecualikan.",
            ),
            StoreError::Database(_) | StoreError::Inconsistent { .. } => error.into(),
        },
    )?;
    let request = store::requests::touch(&mut tx, request).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(head.id), Act::Waive.as_str())
            .office(request.office)
            .request(id)
            .detail(serde_json::json!({ "document": document, "reason": reason.as_str() })),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
