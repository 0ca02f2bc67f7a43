//! A PKP suspends its own pair: somebody else may know the password or a code.

use uuid::Uuid;

use super::{owner, sign_in::Contact};
use crate::{
    app::{AppError, Office, credentials::suspension, words::extras::SuspensionReason},
    domain::ids::{AccountSessionId, TaskId},
    store::{
        self,
        audit::{By, Event},
        tasks::{Task, TaskKind},
    },
};

/// Suspends the own pair at once, ends every session with this one, and opens a task at the office that issued it; only
/// that office lifts the suspension. Gives whom to ask.
///
/// Errors: [`AppError::Unauthenticated`].
pub async fn suspend(office: &Office, session: AccountSessionId) -> Result<Contact, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let owner = owner(office, &mut tx, session, now).await?;
    let row = store::offices::find(&mut tx, owner.office).await?.ok_or(AppError::NotFound("office"))?;
    suspension::suspend(office, &mut tx, &owner.pair, &row, SuspensionReason::OwnWish, now).await?;
    let task = Task {
        id: TaskId(Uuid::now_v7()),
        office: owner.office,
        request: None,
        taxpayer: Some(owner.pair.taxpayer),
        kind: TaskKind::NotUs,
        detail: "own_wish".to_owned(),
        opened_at: now,
    };
    store::tasks::open(&mut tx, &task).await?;
    let event = Event::new(By::Taxpayer, "suspend_own_pair")
        .office(owner.office)
        .taxpayer(owner.pair.taxpayer)
        .subject(owner.pair.id.0)
        .detail(serde_json::json!({ "session": owner.session.id }));
    store::audit::record(&mut tx, event, now).await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(Contact { name: row.name, phone: row.phone })
}
