//! What came of a press on "sign", row by row. The address of the answer holds a sealed note with the requests and why
//! each was refused; everything else is looked up, so that it is true when it is read.

use actix_web::HttpResponse;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::PATH;
use crate::{
    app::{
        AppError,
        signing::became::{Became, became},
        views::parts::AtOffice,
    },
    domain::{ids::RequestId, state::StateName},
    http::pages::frame::{PageError, Staff},
};

const PURPOSE: &str = "signed";

/// Why a draft was not signed, as far as the fresh state does not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    Changed,
    VerdictChanged,
    OverdueNeedsCause,
    SiblingFirst,
    DraftedIt,
    KeyedItIn,
    NoAddress,
    /// Somebody was faster: the state says who.
    Gone,
    Other,
}

impl From<&AppError> for Refusal {
    fn from(error: &AppError) -> Self {
        match error {
            AppError::DraftChanged => Self::Changed,
            AppError::VerdictChanged => Self::VerdictChanged,
            AppError::OverdueNeedsCause => Self::OverdueNeedsCause,
            AppError::SiblingFirst => Self::SiblingFirst,
            AppError::SignerDraftedIt => Self::DraftedIt,
            AppError::SignerKeyedItIn => Self::KeyedItIn,
            AppError::OfficeWithoutAddress => Self::NoAddress,
            AppError::NotPossible { .. } | AppError::Stale | AppError::NotFound(_) => Self::Gone,
            _ => Self::Other,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Note {
    /// `None`: nothing was pressed, a draft was only looked for.
    at: Option<DateTime<Utc>>,
    rows: Vec<(RequestId, Option<Refusal>)>,
}

/// Leads to the desk, which says what came of each.
pub(super) fn go_with(
    staff: &Staff,
    rows: Vec<(RequestId, Option<Refusal>)>,
) -> Result<HttpResponse, PageError> {
    go(staff, &Note { at: Some(staff.office().now()), rows })
}

/// Leads to the desk, which says what became of a draft that waits no more.
pub(super) fn go_on(staff: &Staff, id: RequestId) -> Result<HttpResponse, PageError> {
    go(staff, &Note { at: None, rows: vec![(id, Some(Refusal::Gone))] })
}

fn go(staff: &Staff, note: &Note) -> Result<HttpResponse, PageError> {
    let text = serde_json::to_vec(note).map_err(|error| AppError::Internal(error.into()))?;
    let note = staff.office().seal_note(PURPOSE, &owner(staff), &text)?;
    Ok(staff.go(&format!("{PATH}?hasil={note}")))
}

fn owner(staff: &Staff) -> String {
    staff.who().colleague.id.0.to_string()
}

/// For the page.
#[derive(Serialize)]
pub(super) struct Outcomes {
    at: Option<AtOffice>,
    signed: usize,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    became: Became,
    /// Key of the words below `head.outcome.`
    outcome: &'static str,
    /// A draft waits still, and can be opened.
    waits: bool,
}

/// Opens a note of this person and looks up how its requests stand. `None`: it is not theirs, or not ours.
pub(super) async fn outcomes(staff: &Staff, note: &str) -> Result<Option<Outcomes>, PageError> {
    let note: Option<Note> = staff
        .office()
        .open_note(PURPOSE, &owner(staff), note)
        .and_then(|text| serde_json::from_slice(&text).ok());
    let Some(note) = note else { return Ok(None) };
    let ids: Vec<RequestId> = note.rows.iter().map(|(id, _)| *id).collect();
    let became = became(staff.office(), staff.session(), &ids).await?;
    let rows: Vec<Row> = became
        .into_iter()
        .map(|became| {
            let refusal =
                note.rows.iter().find(|(id, _)| *id == became.request_id).and_then(|(_, refusal)| *refusal);
            Row { outcome: words(&became, refusal), waits: became.state == StateName::Drafted, became }
        })
        .collect();
    let signed = rows.iter().filter(|row| row.outcome == "signed").count();
    Ok(Some(Outcomes {
        at: note.at.zip(staff.who().zone).map(|(at, zone)| AtOffice(at, zone)),
        signed,
        rows,
    }))
}

/// A draft that this person signed counts as signed, however often they pressed.
fn words(became: &Became, refusal: Option<Refusal>) -> &'static str {
    match (&became.signed, became.state, refusal) {
        (Some(signed), _, _) if signed.by_me => "signed",
        (Some(_), _, _) => "other_signed",
        (None, _, Some(Refusal::VerdictChanged)) => "verdict_changed",
        (None, StateName::Withdrawn, _) => "withdrawn",
        (None, StateName::Drafted, Some(Refusal::Changed | Refusal::Gone)) => "changed",
        (None, StateName::Drafted, Some(refusal)) => match refusal {
            Refusal::OverdueNeedsCause => "overdue_needs_cause",
            Refusal::SiblingFirst => "sibling_first",
            Refusal::DraftedIt => "drafted_it",
            Refusal::KeyedItIn => "keyed_it_in",
            Refusal::NoAddress => "no_address",
            Refusal::Changed | Refusal::VerdictChanged | Refusal::Gone | Refusal::Other => "other",
        },
        (None, StateName::Drafted, None) => "waits",
        (None, _, _) => match became.ended.as_ref().map(|ended| (ended.how.as_str(), ended.by.is_some())) {
            Some(("sent_back", true)) => "sent_back",
            Some(("reassigned", _)) => "reassigned",
            Some(("verdict_changed", _)) => "verdict_changed",
            _ => "gone",
        },
    }
}
