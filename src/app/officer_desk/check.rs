//! The officer who has a request in hand keeps how the papers were found.

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    super::{
        AppError, Office,
        actor::{self, lock_request},
    },
    view::checklist_of,
};
use crate::{
    domain::{
        checklist::{Item, Mark},
        ids::{RequestId, SessionId},
        state::Act,
    },
    store::{
        self,
        audit::{By, Event},
        desk::Check,
    },
};

/// Keeps the marks that changed. Whoever may draft may check. Errors: [`AppError::NotFound`] for an item that this
/// request has not.
pub async fn check(
    office: &Office,
    session: SessionId,
    id: RequestId,
    marks: &BTreeMap<Item, Mark>,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let (request, _) = lock_request(&mut tx, &colleague, id, Act::Draft, None).await?;
    let items = checklist_of(&mut tx, &request).await?;
    if marks.keys().any(|item| !items.contains(item)) {
        return Err(AppError::NotFound("checklist_item"));
    }
    let before = store::desk::checks(&mut tx, id, request.round_number).await?;
    let known = |item: Item| before.iter().find(|check| check.item == item).map(|check| check.mark);
    let changed: BTreeMap<Item, Mark> = marks
        .iter()
        .filter(|(item, mark)| known(**item) != Some(**mark))
        .map(|(item, mark)| (*item, *mark))
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    for (&item, &mark) in &changed {
        let check = Check { item, mark, by: colleague.id, at: now };
        store::desk::mark(&mut tx, id, request.round_number, &check).await?;
    }
    let event = Event::new(By::Staff(colleague.id), "check")
        .office(request.office)
        .request(id)
        .detail(json!({ "marks": changed, "round": request.round_number }));
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(())
}
