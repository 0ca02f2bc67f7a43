//! A clerk takes the next letters that wait.

use uuid::Uuid;

use super::prints_for;
use crate::{
    app::{AppError, Office, actor},
    domain::{
        ids::{PrintBatchId, SessionId},
        names::Delivery,
    },
    store::{
        self,
        audit::{By, Event},
        letters::LetterRowKind,
        print_batches::Waiting,
    },
};

/// Which letters, and how many at most.
#[derive(Debug, Clone, Copy)]
pub struct NewBatch {
    pub delivery: Delivery,
    pub kind: Option<LetterRowKind>,
    pub limit: i64,
}

/// Letters that a colleague holds in this moment are left to them. Errors: [`AppError::NothingToPrint`].
pub async fn make_batch(
    office: &Office,
    session: SessionId,
    new: NewBatch,
) -> Result<PrintBatchId, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let code = prints_for(&colleague)?;
    let wanted = Waiting { office: code, delivery: Some(new.delivery), kind: new.kind };
    let letters = store::print_batches::take_waiting(&mut tx, &wanted, new.limit).await?;
    if letters.is_empty() {
        return Err(AppError::NothingToPrint);
    }
    let id = PrintBatchId(Uuid::now_v7());
    store::print_batches::insert(&mut tx, id, (code, new.delivery), &letters, colleague.id, now).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), "make_print_batch")
            .office(code)
            .subject(id.0)
            .detail(serde_json::json!({ "delivery": new.delivery, "letters": letters.len() })),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}
