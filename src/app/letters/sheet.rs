//! One issued letter with its whole way, and what may be done with it now.

use serde::Serialize;

use super::{may_hand_out, may_redirect, visible_letter};
use crate::{
    app::{
        AppError, Office,
        actor::{self, Colleague},
        views::deliveries::{DeliveryView, record_look, views},
    },
    domain::{
        ids::{CorrectionId, LetterId, RequestId, SessionId},
        names::Delivery,
    },
    store::{
        self,
        deliveries::DeliveryRow,
        letters::{Letter, LetterRowKind},
    },
};

#[derive(Debug, Serialize)]
pub struct LetterSheet {
    pub letter_id: LetterId,
    pub request_id: RequestId,
    pub kind: LetterRowKind,
    pub number: String,
    pub copy_number: Option<i32>,
    pub dated_on: chrono::NaiveDate,
    pub addressee: String,
    pub address: String,
    pub delivery: Delivery,
    pub printed_count: i32,
    pub receipt_number: String,
    /// The number of the letter that took its place.
    pub replaced_by: Option<String>,
    pub given_up: bool,
    /// The correction that waits for a signature, for whoever reads corrections.
    pub correction: Option<CorrectionId>,
    /// Every way on which it was sent, the last one last.
    pub deliveries: Vec<DeliveryView>,
    pub may: MayDo,
}

/// What this colleague may do with the letter as it stands. Each act checks it again.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an act of its own, and any of them may be possible beside any other"
)]
pub struct MayDo {
    pub print: bool,
    pub post: bool,
    pub hand_over: bool,
    pub bring_back: bool,
    pub redirect: bool,
    /// A copy leaves over the counter only.
    pub redirect_by_post: bool,
    pub give_up: bool,
    pub correct: bool,
}

/// An audited look: it names who collected the letter.
pub async fn letter_sheet(
    office: &Office,
    session: SessionId,
    id: LetterId,
) -> Result<LetterSheet, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let letter = visible_letter(&mut tx, &colleague, id).await?;
    let row = store::offices::find(&mut tx, letter.office).await?.ok_or(AppError::NotFound("office"))?;
    let rows = store::deliveries::of_letter(&mut tx, id).await?;
    let current = rows.last().ok_or(AppError::NotFound("letter"))?;
    let successor = store::corrections::successor(&mut tx, id).await?;
    let waiting = store::corrections::open_for(&mut tx, id).await?;
    let correction = waiting.map(|draft| draft.id).filter(|_| colleague.judges().is_ok());
    let given_up = current.given_up_at.is_some();
    let may = may_do(&colleague, &letter, current, successor.is_some());
    let receipt_number = store::deliveries::receipts(&mut tx, id).await?.pop().unwrap_or_default();
    let printed = |pointer: &str| {
        letter.data.pointer(pointer).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    };
    let (addressee, address) = (printed("/pkp/nama"), printed("/pkp/alamat"));
    let (delivery, other_address) = (current.way, current.address.clone());
    let deliveries = views(&mut tx, rows, row.zone).await?;
    record_look(&mut tx, &colleague, &letter, now).await?;
    tx.commit().await?;
    Ok(LetterSheet {
        letter_id: letter.id,
        request_id: letter.request,
        kind: letter.kind,
        number: letter.number.unwrap_or_default(),
        copy_number: letter.copy_number,
        dated_on: letter.dated_on,
        addressee,
        address: other_address.unwrap_or(address),
        delivery,
        printed_count: letter.printed_count,
        receipt_number,
        replaced_by: successor.map(|successor| successor.number),
        given_up,
        correction,
        deliveries,
        may,
    })
}

fn may_do(colleague: &Colleague, letter: &Letter, current: &DeliveryRow, replaced: bool) -> MayDo {
    let hands_out = may_hand_out(colleague, letter).is_ok();
    let redirects = may_redirect(colleague, letter).is_ok();
    let heads = colleague.section_head().is_ok_and(|head| head.office == letter.office);
    let corrects = colleague.special_officer().is_ok_and(|officer| officer.office == letter.office);
    let on_paper = current.way != Delivery::Email;
    let goes = !replaced && current.given_up_at.is_none();
    let leaves = hands_out && on_paper && goes && !current.is_out();
    let printed = letter.printed_count > 0;
    let redirect = redirects && !replaced && !current.is_out();
    MayDo {
        print: leaves,
        post: leaves
            && printed
            && current.way == Delivery::Post
            && current.handed_out_at.is_none()
            && letter.copy_number.is_none(),
        hand_over: leaves && printed,
        bring_back: hands_out && current.is_out() && current.posted_on.is_some(),
        redirect,
        redirect_by_post: redirect && letter.copy_number.is_none(),
        give_up: heads && goes && !current.is_out(),
        correct: corrects && !replaced && letter.allocated.is_some(),
    }
}
