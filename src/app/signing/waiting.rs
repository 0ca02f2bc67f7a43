//! The drafts that a section head, or who acts for them, finds to sign.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use super::digest::hex;
use crate::{
    app::{
        AppError, Office,
        actor::{self, SectionHead},
        views::{
            list_requests::write_cursor,
            parts::{AtOffice, PersonRef},
        },
    },
    domain::{
        ids::{CorrectionId, RequestId, SessionId, StaffId},
        names::{Decision, Kind, Sender},
        working_days::{Threshold, threshold},
    },
    store::{
        self,
        corrections::WaitingCorrection,
        queue::After,
        signing::{WaitingDraft, Which},
    },
};

/// Drafts in one list.
const AT_ONCE: i64 = 50;

/// A part of the list, with who signs and how.
#[derive(Debug, Serialize)]
pub struct Desk {
    pub drafts: Vec<DraftRow>,
    /// The corrections that wait, oldest first.
    pub corrections: Vec<CorrectionRow>,
    /// How many drafts wait in all.
    pub waiting: i64,
    pub next_cursor: Option<String>,
    pub signatory: SignatoryLine,
}

/// The line under which this person signs.
#[derive(Debug, Clone, Serialize)]
pub struct SignatoryLine {
    pub title: String,
    pub on_behalf: bool,
    /// `Plh.`, `Plt.` or empty.
    pub acting: String,
}

/// A draft in a list.
#[derive(Debug, Clone, Serialize)]
pub struct DraftRow {
    pub request_id: RequestId,
    pub receipt_number: String,
    pub kind: Kind,
    pub sender: Sender,
    pub pkp_name: String,
    pub version: i32,
    pub decision: Decision,
    pub digest: String,
    pub drafted_by: PersonRef,
    pub drafted_at: AtOffice,
    pub due_on: Option<NaiveDate>,
    pub waiting_for_calendar: bool,
    pub threshold: Option<Threshold>,
    /// Why this person may not sign it; `None`: nothing is in the way.
    pub hindrance: Option<Hindrance>,
}

impl DraftRow {
    /// It is signed with a reason only.
    pub fn is_overdue(&self) -> bool {
        self.threshold == Some(Threshold::Overdue)
    }
}

/// What the act of signing would refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Hindrance {
    DraftedIt,
    KeyedItIn,
    SiblingFirst,
}

impl Hindrance {
    /// In the order in which the act asks.
    pub(in crate::app) fn find(drafted_it: bool, keyed_it_in: bool, sibling_first: bool) -> Option<Self> {
        if drafted_it {
            Some(Self::DraftedIt)
        } else if keyed_it_in {
            Some(Self::KeyedItIn)
        } else {
            sibling_first.then_some(Self::SiblingFirst)
        }
    }
}

/// A correction in the list of what waits.
#[derive(Debug, Clone, Serialize)]
pub struct CorrectionRow {
    pub correction_id: CorrectionId,
    pub letter_number: String,
    pub pkp_name: String,
    pub reason: String,
    pub drafted_by: PersonRef,
    pub drafted_at: AtOffice,
    pub hindrance: Option<Hindrance>,
}

impl CorrectionRow {
    fn new(draft: WaitingCorrection, me: StaffId, zone: Tz) -> Self {
        Self {
            hindrance: Hindrance::find(draft.drafted_by == me, draft.keyed_in, false),
            correction_id: draft.id,
            letter_number: draft.letter_number,
            pkp_name: draft.pkp_name,
            reason: draft.reason,
            drafted_by: PersonRef { id: draft.drafted_by, name: draft.drafter },
            drafted_at: AtOffice(draft.drafted_at, zone),
        }
    }
}

impl DraftRow {
    pub(super) fn new(draft: WaitingDraft, me: StaffId, zone: Tz, now: DateTime<Utc>) -> Self {
        let hindrance = Hindrance::find(draft.drafted_by == me, draft.keyed_in, draft.sibling_first);
        Self {
            request_id: draft.request,
            receipt_number: draft.receipt_number,
            kind: draft.kind,
            sender: draft.sender,
            pkp_name: draft.pkp_name,
            version: draft.version,
            decision: draft.decision,
            digest: hex(&draft.digest),
            drafted_by: PersonRef { id: draft.drafted_by, name: draft.drafter },
            drafted_at: AtOffice(draft.drafted_at, zone),
            due_on: draft.due_on,
            waiting_for_calendar: draft.due.is_none(),
            threshold: draft.due.map(|due| threshold(&due, now)),
            hindrance,
        }
    }
}

/// A page of the drafts that wait at the office of a section head, soonest due first.
///
/// Errors: [`AppError::Forbidden`] for everybody else.
pub async fn desk(office: &Office, session: SessionId, after: Option<After>) -> Result<Desk, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let head = actor::authenticate(&mut tx, session, now).await?.section_head()?;
    let row = store::offices::find(&mut tx, head.office).await?.ok_or(AppError::NotFound("office"))?;
    let which = Which::Page { after, limit: AT_ONCE + 1 };
    let mut drafts = store::signing::waiting(&mut tx, head.office, head.id, which).await?;
    let waiting = store::signing::count_waiting(&mut tx, head.office).await?;
    let corrections = store::corrections::waiting_at(&mut tx, head.office, head.id, AT_ONCE).await?;
    tx.rollback().await?;
    let size = usize::try_from(AT_ONCE).unwrap_or_default();
    let more = drafts.len() > size;
    drafts.truncate(size);
    let next_cursor = drafts
        .last()
        .filter(|_| more)
        .map(|last| write_cursor(After { due_at: last.due.map(|due| due.due_at), round: last.round }));
    Ok(Desk {
        drafts: drafts.into_iter().map(|draft| DraftRow::new(draft, head.id, row.zone, now)).collect(),
        corrections: corrections
            .into_iter()
            .map(|draft| CorrectionRow::new(draft, head.id, row.zone))
            .collect(),
        waiting,
        next_cursor,
        signatory: SignatoryLine {
            title: row.signatory_title,
            on_behalf: row.signs_on_behalf,
            acting: head.acting,
        },
    })
}

/// The drafts of these requests that wait still, as they stand now.
pub async fn chosen(
    office: &Office,
    session: SessionId,
    ids: &[RequestId],
) -> Result<Vec<DraftRow>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let SectionHead { id, office: code, .. } =
        actor::authenticate(&mut tx, session, now).await?.section_head()?;
    let row = store::offices::find(&mut tx, code).await?.ok_or(AppError::NotFound("office"))?;
    let drafts = store::signing::waiting(&mut tx, code, id, Which::Of(ids)).await?;
    tx.rollback().await?;
    Ok(drafts.into_iter().map(|draft| DraftRow::new(draft, id, row.zone, now)).collect())
}
