//! `/antrean/ambil`: several requests taken in hand at once, and what came of each. The address of the answer holds a sealed
//! note with the requests; in whose hand they are is looked up when it is read.

use actix_web::{HttpResponse, http::Method, web};
use serde::{Deserialize, Serialize};

use super::filters::PATH;
use crate::{
    app::{
        AppError,
        examination::claim_many::{InHand, claim_many, in_hand},
    },
    domain::{ids::RequestId, state::StateName},
    http::pages::frame::{Flash, OFFICER, Page, PageError, ProtectedForm, Staff, Typed, Visit, page},
};

const PURPOSE: &str = "claimed";
/// As many as a page of the queue has.
const MOST: usize = 50;

pub(super) fn pages() -> Vec<Page> {
    vec![page("claim_many_on_page", Method::POST, "/antrean/ambil", OFFICER, || web::to(take))]
}

/// Which requests were wanted, each with whether it was taken by this press.
#[derive(Serialize, Deserialize)]
struct Note(Vec<(RequestId, bool)>);

async fn take(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let ids: Option<Vec<RequestId>> =
        sent.typed.all("request").map(|id| id.parse().ok().map(RequestId)).collect();
    let ids = ids.filter(|ids| ids.len() <= MOST).ok_or(PageError::WrongForm)?;
    if ids.is_empty() {
        return staff.go_saying(PATH, &Flash::note("claim.none_chosen"));
    }
    let mut rows = Vec::with_capacity(ids.len());
    for (id, result) in claim_many(staff.office(), staff.session(), &ids).await {
        match result {
            Ok(()) => rows.push((id, true)),
            Err(AppError::NotPossible { .. } | AppError::Stale) => rows.push((id, false)),
            // Another office's, or none: the row is left out.
            Err(AppError::NotFound(_)) => {}
            Err(AppError::NoDecree) => return staff.go_saying(PATH, &Flash::stopped("o.decree.none")),
            Err(error) => return Err(error.into()),
        }
    }
    let text = serde_json::to_vec(&Note(rows)).map_err(|_| PageError::Broken)?;
    let note = staff.office().seal_note(PURPOSE, &staff.who().colleague.id.to_string(), &text)?;
    Ok(staff.go(&format!("{PATH}?hasil={note}")))
}

/// For the page.
#[derive(Serialize)]
pub struct Outcomes {
    taken: usize,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    now: InHand,
    /// Key of the words below `claim.outcome.`
    outcome: &'static str,
}

/// `None`: the note is not theirs, or not ours.
pub async fn outcomes(staff: &Staff, note: &str) -> Result<Option<Outcomes>, PageError> {
    let owner = staff.who().colleague.id.to_string();
    let text = staff.office().open_note(PURPOSE, &owner, note);
    let Some(Note(wanted)) = text.and_then(|text| serde_json::from_slice(&text).ok()) else {
        return Ok(None);
    };
    let ids: Vec<RequestId> = wanted.iter().map(|(id, _)| *id).collect();
    let rows: Vec<Row> = in_hand(staff.office(), staff.session(), &ids)
        .await?
        .into_iter()
        .map(|now| {
            let taken = wanted.iter().any(|(id, taken)| *id == now.request_id && *taken);
            Row { outcome: words(&now, taken), now }
        })
        .collect();
    Ok(Some(Outcomes { taken: rows.iter().filter(|row| row.outcome == "taken").count(), rows }))
}

/// One that this person has in hand counts as taken, however often they pressed.
fn words(now: &InHand, taken: bool) -> &'static str {
    match (now.mine, now.state, &now.officer) {
        (true, StateName::Examining, _) => "taken",
        (_, _, _) if taken => "moved_on",
        (false, _, Some(_)) => "other",
        _ => "gone",
    }
}
