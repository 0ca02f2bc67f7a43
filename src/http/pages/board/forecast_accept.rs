//! `/papan/prakiraan/terapkan`: the moves of a forecast that were chosen, accepted with one press. The form names them by their
//! contents; the address of the answer holds a sealed note with what became of each, and how it stands is looked up when
//! it is read.

use actix_web::{HttpResponse, http::Method, web};
use serde::{Deserialize, Serialize};

use super::forecast::PATH;
use crate::{
    app::examination::{
        accept_forecast::{MoveOutcome, ProposedMove, accept_forecast},
        claim_many::{InHand, in_hand},
    },
    domain::{
        ids::{RequestId, StaffId},
        office::OfficeCode,
    },
    http::pages::frame::{Flash, Page, PageError, ProtectedForm, Staff, Typed, Visit, WATCHES, page},
};

const PURPOSE: &str = "forecast";

pub(super) fn pages() -> Vec<Page> {
    vec![page("accept_forecast_page", Method::POST, "/papan/prakiraan/terapkan", WATCHES, || web::to(accept))]
}

#[derive(Serialize, Deserialize)]
struct Note(Vec<(RequestId, MoveOutcome)>);

async fn accept(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let office: OfficeCode = sent.typed.get("kantor").parse().map_err(|_| PageError::WrongForm)?;
    let back = format!("{PATH}?kantor={office}");
    let moves: Option<Vec<ProposedMove>> = sent.typed.all("move").map(proposed).collect();
    let moves = moves.ok_or(PageError::WrongForm)?;
    if moves.is_empty() {
        return staff.go_saying(&back, &Flash::note("forecast.none_chosen"));
    }
    let results = accept_forecast(staff.office(), staff.session(), office, &moves, &sent.once).await?;
    let note = Note(results.into_iter().map(|result| (result.request_id, result.outcome)).collect());
    let text = serde_json::to_vec(&note).map_err(|_| PageError::Broken)?;
    let note = staff.office().seal_note(PURPOSE, &staff.who().colleague.id.to_string(), &text)?;
    Ok(staff.go(&format!("{back}&hasil={note}")))
}

/// As the form writes it: request, version, from, to.
fn proposed(text: &str) -> Option<ProposedMove> {
    let mut parts = text.split('.');
    let proposed = ProposedMove {
        request_id: parts.next()?.parse().ok()?,
        version: parts.next()?.parse().ok()?,
        from_officer_id: parts.next()?.parse::<StaffId>().ok()?,
        to_officer_id: parts.next()?.parse::<StaffId>().ok()?,
    };
    parts.next().is_none().then_some(proposed)
}

/// For the page.
#[derive(Serialize)]
pub struct Outcomes {
    moved: usize,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    now: InHand,
    outcome: MoveOutcome,
}

/// `None`: the note is not theirs, or not ours.
pub async fn outcomes(staff: &Staff, note: &str) -> Result<Option<Outcomes>, PageError> {
    let owner = staff.who().colleague.id.to_string();
    let text = staff.office().open_note(PURPOSE, &owner, note);
    let Some(Note(told)) = text.and_then(|text| serde_json::from_slice(&text).ok()) else {
        return Ok(None);
    };
    let ids: Vec<RequestId> = told.iter().map(|(id, _)| *id).collect();
    let now = in_hand(staff.office(), staff.session(), &ids).await?;
    let outcome = |id| told.iter().find(|(told, _)| *told == id).map(|(_, outcome)| *outcome);
    let rows: Vec<Row> =
        now.into_iter().filter_map(|now| Some(Row { outcome: outcome(now.request_id)?, now })).collect();
    let moved = rows.iter().filter(|row| row.outcome == MoveOutcome::Moved).count();
    Ok(Some(Outcomes { moved, rows }))
}
