//! A letter by what somebody holds in their hand: its number, the number of the post, or the receipt of its request.

use serde::Serialize;

use super::super::actor::Colleague;
use crate::{
    app::{AppError, Office, actor},
    domain::{
        ids::{LetterId, SessionId},
        names::Delivery,
        office::OfficeCode,
    },
    store::{self, letters::LetterRowKind},
};

/// Most letters that one search shows: a request has a few.
const MOST: i64 = 20;

#[derive(Debug, Serialize)]
pub struct FoundView {
    pub letter_id: LetterId,
    pub kind: LetterRowKind,
    pub number: String,
    pub copy_number: Option<i32>,
    pub addressee: String,
    pub delivery: Delivery,
    pub receipt_number: String,
}

/// Issued letters of the own office, the newest first. White space and case of what was typed do not matter.
pub async fn find_letters(
    office: &Office,
    session: SessionId,
    typed: &str,
) -> Result<Vec<FoundView>, AppError> {
    let text: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, office.now()).await?;
    let code = works_at(&colleague)?;
    let found = store::deliveries::find_issued(&mut tx, code, &text.to_uppercase(), MOST).await?;
    Ok(found
        .into_iter()
        .map(|letter| FoundView {
            letter_id: letter.letter,
            kind: letter.kind,
            number: letter.number,
            copy_number: letter.copy_number,
            addressee: letter.addressee,
            delivery: letter.way,
            receipt_number: letter.receipt_number,
        })
        .collect())
}

/// Whoever hands letters out or decides on which way they leave.
fn works_at(colleague: &Colleague) -> Result<OfficeCode, AppError> {
    colleague
        .counter()
        .map(|counter| counter.office)
        .or_else(|_| colleague.section_head().map(|head| head.office))
        .or_else(|_| colleague.special_officer().map(|officer| officer.office))
}
