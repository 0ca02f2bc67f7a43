//! `/surat/{letter_id}`: one letter, every way on which it was sent, and what may be done with it now.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use serde::Serialize;

use crate::{
    app::letters::{
        preview::preview,
        sheet::{LetterSheet, letter_sheet},
    },
    domain::{
        delivery::{IdentityKind, ReturnReason},
        ids::LetterId,
    },
    http::pages::frame::{FormFaults, InPath, Page, PageError, Staff, Typed, WORKS, page, pdf},
};

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("letter_page", Method::GET, "/surat/{letter_id}", WORKS, || web::to(show)),
        page("letter_preview_paper", Method::GET, "/surat/{letter_id}/pratinjau.pdf", WORKS, || {
            web::to(paper)
        }),
    ]
}

/// A form of the page that was not done: which one, what was typed, and what is wrong.
#[derive(Default)]
pub(super) struct Told<'a> {
    pub act: &'static str,
    pub typed: Option<&'a Typed>,
    pub faults: FormFaults,
}

#[derive(Serialize)]
struct View<'a> {
    letter: LetterSheet,
    /// The form that is open, and the one that was sent.
    open: &'a str,
    sent: &'a str,
    values: Values<'a>,
    identities: &'static [IdentityKind],
    reasons: &'static [ReturnReason],
    faults: FormFaults,
}

/// What was typed into a form.
#[derive(Serialize)]
struct Values<'a> {
    reason: &'a str,
    posted_on: &'a str,
    returned_on: &'a str,
    tracking_number: &'a str,
    receipt_number: &'a str,
    name: &'a str,
    identity: &'a str,
    last_four: &'a str,
    identity_seen: &'a str,
    return_reason: &'a str,
    note: &'a str,
    way: &'a str,
    address: &'a str,
}

async fn show(staff: Staff, InPath(id): InPath<LetterId>) -> Result<HttpResponse, PageError> {
    draw(&staff, StatusCode::OK, id, Told::default()).await
}

pub(super) async fn draw(
    staff: &Staff,
    status: StatusCode,
    id: LetterId,
    told: Told<'_>,
) -> Result<HttpResponse, PageError> {
    let letter = letter_sheet(staff.office(), staff.session(), id).await?;
    let typed = |name: &str| told.typed.map_or("", |typed| typed.get(&format!("{}-{name}", told.act)));
    let open = if told.act.is_empty() { next_act(&letter) } else { told.act };
    let view = View {
        open,
        sent: told.act,
        values: Values {
            reason: typed("reason"),
            posted_on: typed("posted_on"),
            returned_on: typed("returned_on"),
            tracking_number: typed("tracking_number"),
            receipt_number: typed("collector-receipt_number"),
            name: typed("name"),
            identity: typed("identity"),
            last_four: typed("last_four"),
            identity_seen: typed("identity_seen"),
            return_reason: typed("return_reason"),
            note: typed("note"),
            way: typed("way"),
            address: typed("address"),
        },
        identities: IdentityKind::ALL,
        reasons: ReturnReason::ALL,
        faults: told.faults,
        letter,
    };
    staff.show_as(status, "post/letter.html", &view)
}

/// What is usually done next.
fn next_act(letter: &LetterSheet) -> &'static str {
    let may = &letter.may;
    let last = letter.deliveries.last();
    let printed = last.is_some_and(|delivery| delivery.printed_at.is_some());
    let came_back = last.is_some_and(|delivery| delivery.returned_at.is_some());
    if came_back && may.redirect {
        "redirect"
    } else if may.print && !printed {
        "print"
    } else if may.post {
        "post"
    } else if may.hand_over {
        "hand_over"
    } else {
        ""
    }
}

/// With dots in place of the code.
async fn paper(staff: Staff, InPath(id): InPath<LetterId>) -> Result<HttpResponse, PageError> {
    Ok(pdf("pratinjau-surat.pdf", preview(staff.office(), staff.session(), id).await?.pdf))
}
