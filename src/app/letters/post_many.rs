//! The list of the post office: many letters with their tracking numbers.

use chrono::NaiveDate;

use super::hand_out::{HandOver, Posting, hand_out_in};
use crate::{
    app::{AppError, Office, actor},
    domain::{delivery::TrackingNumber, ids::SessionId, line::Line},
    store,
};

/// One line of the list: the number on the letter, the number of the post.
#[derive(Debug, Clone)]
pub struct Posted {
    pub letter_number: Line<60>,
    pub tracking_number: TrackingNumber,
}

/// Records each line in its own transaction: one that fails holds up no other. Only letters of the own office are found;
/// the answers stand in the order of the lines.
pub async fn post_many(
    office: &Office,
    session: SessionId,
    on: Option<NaiveDate>,
    lines: &[Posted],
) -> Result<Vec<Result<(), AppError>>, AppError> {
    {
        let mut tx = office.begin().await?;
        let colleague = actor::authenticate(&mut tx, session, office.now()).await?;
        colleague.counter().map(|_| ()).or_else(|_| colleague.special_officer().map(|_| ()))?;
    }
    let mut results = Vec::with_capacity(lines.len());
    for line in lines {
        results.push(post_one(office, session, on, line).await);
    }
    Ok(results)
}

async fn post_one(
    office: &Office,
    session: SessionId,
    on: Option<NaiveDate>,
    line: &Posted,
) -> Result<(), AppError> {
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, office.now()).await?;
    let code = colleague.office.ok_or(AppError::Forbidden)?;
    let letter = store::deliveries::numbered(&mut tx, code, line.letter_number.as_str())
        .await?
        .ok_or(AppError::NotFound("letter"))?;
    let how = HandOver::Posted(Posting { on, tracking_number: line.tracking_number.clone() });
    hand_out_in(office, &mut tx, &colleague, letter, &how).await?;
    tx.commit().await?;
    Ok(())
}
