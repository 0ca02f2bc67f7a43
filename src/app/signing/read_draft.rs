//! A draft as its signer reads it: the letter, what it rests on, and what the form says otherwise.

use serde::Serialize;

use super::{
    compared::{Compared, compare},
    decided,
    delivery::delivery,
    letter_data::wording_of_draft,
    waiting::{DraftRow, SignatoryLine},
};
use crate::{
    app::{
        AppError, Office,
        actor::{self, visible_request},
        examination::draft::draw_draft,
        views::{
            parts::Due,
            request_parts::{StatedReason, stated},
        },
    },
    domain::{
        ids::{RequestId, SessionId},
        names::{AddressProof, Delivery},
        working_days::Threshold,
    },
    letters::DrawnPage,
    store::{
        self,
        audit::{By, Event},
        queue::After,
        signing::Which,
    },
};

#[derive(Debug, Serialize)]
pub struct DraftToSign {
    pub row: DraftRow,
    pub overdue: bool,
    pub due: Due,
    pub template_version: i32,
    pub reasons: Vec<StatedReason>,
    pub compared: Vec<Compared>,
    pub address_proof: AddressProof,
    pub delivery: Delivery,
    pub delivery_reason: Option<&'static str>,
    pub signatory: SignatoryLine,
    /// The draft that is due after this one.
    pub next: Option<RequestId>,
    /// Drawn with dots in place of the code.
    #[serde(skip)]
    pub pages: Vec<DrawnPage>,
}

/// The draft that waits on a request of the section head's own office. An audited look.
///
/// Errors: [`AppError::NotFound`] with `draft` when none waits any more.
pub async fn read_draft(office: &Office, session: SessionId, id: RequestId) -> Result<DraftToSign, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let head = colleague.section_head()?;
    let request = visible_request(&mut tx, &colleague, id).await?;
    if request.office != head.office {
        return Err(AppError::NotFound("request"));
    }
    let mut waiting = store::signing::waiting(&mut tx, head.office, head.id, Which::Of(&[id])).await?;
    let (Some(row), Some(draft)) = (waiting.pop(), store::drafts::open(&mut tx, id).await?) else {
        return Err(AppError::NotFound("draft"));
    };
    let after = After { due_at: row.due.map(|due| due.due_at), round: row.round };
    let which = Which::Page { after: Some(after), limit: 1 };
    let next = store::signing::waiting(&mut tx, head.office, head.id, which).await?.pop();
    let decided = decided::load(&mut tx, request, draft.decision, draft.reasons.clone()).await?;
    let persons = store::taxpayers::signatories(&mut tx, decided.taxpayer.id).await?;
    let template = wording_of_draft(office, &mut tx, &decided, &draft).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(head.id), "view_draft")
            .office(head.office)
            .request(id)
            .taxpayer(decided.taxpayer.id)
            .subject(draft.id.0),
        now,
    )
    .await?;
    tx.commit().await?;
    let zone = decided.row.zone;
    let pages = draw_draft(office, &decided, template, now.with_timezone(&zone).date_naive()).await?;
    let (delivery, delivery_reason) = delivery(&decided, now);
    let row = DraftRow::new(row, head.id, zone, now);
    let template_version = draft.template_version;
    let reasons = stated(office, &decided.row, draft.reasons)?;
    Ok(DraftToSign {
        overdue: row.threshold == Some(Threshold::Overdue),
        row,
        due: Due::new(decided.round.due.as_ref(), decided.round.received_at, zone),
        template_version,
        reasons,
        compared: compare(&decided, &persons),
        address_proof: decided.request.address_proof,
        delivery,
        delivery_reason,
        signatory: SignatoryLine {
            title: decided.row.signatory_title.clone(),
            on_behalf: decided.row.signs_on_behalf,
            acting: head.acting,
        },
        next: next.map(|draft| draft.request),
        pages,
    })
}
