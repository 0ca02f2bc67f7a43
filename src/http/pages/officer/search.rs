//! `/antrean/cari`: what was searched for travels sealed, so that no address, log or history holds a number or a name.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use serde::Serialize;

use super::{
    filters::{Filters, PATH},
    queue::{Asides, QueueView, draw},
};
use crate::{
    app::officer_desk::search::{MOST, Term, Unsearchable, search},
    http::pages::frame::{FormFaults, Page, PageError, ProtectedForm, Staff, Typed, Visit, WORKS, page},
};

const PURPOSE: &str = "queue_search";

pub(super) fn pages() -> Vec<Page> {
    vec![page("search_queue", Method::POST, "/antrean/cari", WORKS, || web::to(seek))]
}

async fn seek(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let typed = sent.typed.get("q");
    let why = match Term::read(typed) {
        Ok(term) => {
            let owner = staff.who().colleague.id.to_string();
            let text = serde_json::to_vec(&term).map_err(|_| PageError::Broken)?;
            let note = staff.office().seal_note(PURPOSE, &owner, &text)?;
            return Ok(staff.go(&format!("{PATH}?cari={note}")));
        }
        Err(Unsearchable::Empty) => "search.empty",
        Err(Unsearchable::TooShort) => "search.too_short",
        Err(Unsearchable::TooLong) => "search.too_long",
    };
    complain(&staff, StatusCode::UNPROCESSABLE_ENTITY, typed, why).await
}

async fn complain(
    staff: &Staff,
    status: StatusCode,
    typed: &str,
    why: &str,
) -> Result<HttpResponse, PageError> {
    let mut faults = FormFaults::default();
    faults.add("q", staff.say(why, &[]));
    draw(staff, status, Filters::default(), "", Asides { faults, typed, ..Asides::default() }).await
}

/// What an address says of a search.
pub enum Sought {
    For(Term),
    /// Sealed for somebody else, or damaged.
    Unreadable,
}

/// `None`: the address is not about a search.
pub fn sought(staff: &Staff, note: &str) -> Option<Sought> {
    if note.is_empty() {
        return None;
    }
    let owner = staff.who().colleague.id.to_string();
    let text = staff.office().open_note(PURPOSE, &owner, note);
    let term = text.and_then(|text| serde_json::from_slice(&text).ok());
    Some(term.map_or(Sought::Unreadable, Sought::For))
}

/// What the page says of the search.
#[derive(Serialize)]
pub struct Searched {
    /// `receipt`, `tax_id` or `name`.
    by: &'static str,
    /// There are more than the page shows.
    more: bool,
    most: i64,
}

pub async fn show(staff: &Staff, sought: &Sought) -> Result<HttpResponse, PageError> {
    let Sought::For(term) = sought else {
        return complain(staff, StatusCode::OK, "", "search.unreadable").await;
    };
    let (found, more) = search(staff.office(), staff.session(), term).await?;
    let by = match term {
        Term::Receipt(_) => "receipt",
        Term::TaxId(_) => "tax_id",
        Term::Name(_) => "name",
    };
    if let (Term::Receipt(_), [only]) = (term, found.as_slice()) {
        return Ok(staff.go(&format!("/permohonan/{}", only.request_id)));
    }
    let typed = term.typed();
    let view = QueueView::found(staff, found, &typed, Searched { by, more, most: MOST });
    staff.show("officer/queue.html", &view)
}
