//! The books of letters always balance. One letter too many or too few is an alarm and a task, at once.

use uuid::Uuid;

use super::{AppError, Office};
use crate::{
    domain::{ids::TaskId, office::OfficeCode},
    store::{
        self,
        balance::Balance,
        tasks::{Task, TaskKind},
    },
};

/// Offices of one transaction: no statement reads the letters of the whole country.
const AT_ONCE: usize = 20;

/// Holds the balance of every office against the numbers that were given and against the rows of its letters, and keeps it for
/// the boards. Returns the offices where it does not hold; each has a task, and the log an error.
pub async fn check_balance(office: &Office) -> Result<Vec<Balance>, AppError> {
    let mut conn = office.pool.acquire().await?;
    let codes: Vec<_> = store::offices::list(&mut conn, "").await?.into_iter().map(|row| row.code).collect();
    drop(conn);
    let mut wrong = Vec::new();
    for some in codes.chunks(AT_ONCE) {
        wrong.extend(check(office, some).await?);
    }
    Ok(wrong)
}

async fn check(office: &Office, codes: &[OfficeCode]) -> Result<Vec<Balance>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let mut wrong = store::balance::live(&mut tx, codes).await?;
    store::balance::keep(&mut tx, &wrong, now).await?;
    wrong.retain(|balance| !balance.holds());
    for balance in &wrong {
        tracing::error!(
            office = %balance.office,
            difference = balance.difference(),
            unexplained = balance.unexplained,
            "the letters of an office do not balance"
        );
        let task = Task {
            id: TaskId(Uuid::now_v7()),
            office: balance.office,
            request: None,
            taxpayer: None,
            kind: TaskKind::LettersOutOfBalance,
            // The same words each time: one task is open, however the figures move.
            detail: "Lihat neraca surat".to_owned(),
            opened_at: now,
        };
        store::tasks::open(&mut tx, &task).await?;
    }
    tx.commit().await?;
    Ok(wrong)
}
