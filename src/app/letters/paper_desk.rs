//! What clerks have to do with letters on paper: how many are where, and those of one place.

use serde::Serialize;

use super::print_batches::see::{PaperView, own_office, paper};
use crate::{
    app::{AppError, Office},
    domain::{
        delivery::PaperPlace,
        ids::{LetterId, SessionId},
    },
    store,
};

/// Rows of one part of the list.
const ROWS: i64 = 100;

#[derive(Debug, Serialize)]
pub struct PaperDesk {
    pub print: i64,
    pub batch: i64,
    pub post: i64,
    pub counter: i64,
    pub returned: i64,
    pub letters: Vec<PaperView>,
    /// Where the next part of the list begins.
    pub next: Option<LetterId>,
}

/// The letters of the own office at a place, after the given one, and how many there are at each place.
pub async fn paper_desk(
    office: &Office,
    session: SessionId,
    place: PaperPlace,
    after: Option<LetterId>,
) -> Result<PaperDesk, AppError> {
    let mut tx = office.begin().await?;
    let row = own_office(office, &mut tx, session).await?;
    let counts = store::print_batches::counts(&mut tx, row.code).await?;
    let mut letters = store::print_batches::at_place(&mut tx, row.code, place, after, ROWS + 1).await?;
    let shown = usize::try_from(ROWS).unwrap_or_default();
    let more = letters.len() > shown;
    letters.truncate(shown);
    let next = letters.last().map(|letter| letter.letter).filter(|_| more);
    let count = |place| counts.iter().find(|(known, _)| *known == place).map_or(0, |(_, count)| *count);
    Ok(PaperDesk {
        print: count(PaperPlace::Print),
        batch: count(PaperPlace::Batch),
        post: count(PaperPlace::Post),
        counter: count(PaperPlace::Counter),
        returned: count(PaperPlace::Returned),
        letters: letters.into_iter().map(|letter| paper(letter, &row)).collect(),
        next,
    })
}
