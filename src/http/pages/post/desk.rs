//! `/surat`: what clerks have to do with letters on paper, place by place, and how they find one by what they hold.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web::{self, Query},
};
use serde::Serialize;

use super::PATH;
use crate::{
    app::letters::{
        find::{FoundView, find_letters},
        paper_desk::{PaperDesk, paper_desk},
        print_batches::MOST,
    },
    domain::{delivery::PaperPlace, ids::LetterId},
    http::pages::frame::{FormFaults, PAPER, Page, PageError, ProtectedForm, Staff, Typed, Visit, page},
};

const PURPOSE: &str = "letter_search";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("paper_desk", Method::GET, PATH, PAPER, || web::to(show)),
        page("search_letters", Method::POST, "/surat/cari", PAPER, || web::to(seek)),
    ]
}

/// What was typed into the forms of the page, and what is wrong with it.
#[derive(Default)]
pub(super) struct Shown<'a> {
    pub typed: Option<&'a Typed>,
    pub faults: FormFaults,
    /// How many numbers of a list were kept, when others were not.
    pub kept: Option<usize>,
}

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    desk: PaperDesk,
    place: PaperPlace,
    tiles: Vec<Tile>,
    /// Not the first part of the list.
    later: bool,
    found: Option<Vec<FoundView>>,
    q: &'a str,
    on: &'a str,
    delivery: &'a str,
    kind: &'a str,
    limit: &'a str,
    most: i64,
    /// The numbers of the post that were typed, in the order of the letters.
    numbers: Vec<&'a str>,
    kept: Option<usize>,
    faults: FormFaults,
}

#[derive(Serialize)]
struct Tile {
    place: PaperPlace,
    count: i64,
    current: bool,
    key: usize,
}

/// The places in the order of the work, each with its name in the address.
const PLACES: [(PaperPlace, &str); 4] = [
    (PaperPlace::Print, "cetak"),
    (PaperPlace::Post, "pos"),
    (PaperPlace::Counter, "loket"),
    (PaperPlace::Returned, "kembali"),
];

async fn show(staff: Staff, asked: Query<Typed>) -> Result<HttpResponse, PageError> {
    let place = PLACES.iter().find(|(_, name)| *name == asked.get("lihat"));
    let place = place.map_or(PaperPlace::Print, |(place, _)| *place);
    let after = asked.get("setelah").parse().ok();
    let found = match asked.get("cari") {
        "" => None,
        note => sought(&staff, note),
    };
    let Some(typed) = found else {
        return draw(&staff, StatusCode::OK, place, after, Shown::default()).await;
    };
    let found = find_letters(staff.office(), staff.session(), &typed).await?;
    if let [only] = found.as_slice() {
        return Ok(staff.go(&format!("{PATH}/{}", only.letter_id)));
    }
    draw_found(&staff, place, &typed, found).await
}

fn sought(staff: &Staff, note: &str) -> Option<String> {
    let text = staff.office().open_note(PURPOSE, &staff.who().colleague.id.to_string(), note)?;
    String::from_utf8(text).ok()
}

/// What was searched for travels sealed: no address or log holds a number.
async fn seek(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, sent) = form.from_staff(&visit)?;
    let mut faults = FormFaults::default();
    if let Some(line) = faults.line::<60>(&staff, "q", sent.typed.get("q")) {
        let owner = staff.who().colleague.id.to_string();
        let note = staff.office().seal_note(PURPOSE, &owner, line.as_str().as_bytes())?;
        return Ok(staff.go(&format!("{PATH}?cari={note}")));
    }
    let shown = Shown { typed: Some(&sent.typed), faults, kept: None };
    draw(&staff, StatusCode::UNPROCESSABLE_ENTITY, PaperPlace::Print, None, shown).await
}

pub(super) async fn draw(
    staff: &Staff,
    status: StatusCode,
    place: PaperPlace,
    after: Option<LetterId>,
    shown: Shown<'_>,
) -> Result<HttpResponse, PageError> {
    let desk = paper_desk(staff.office(), staff.session(), place, after).await?;
    let view = View { later: after.is_some(), ..View::new(desk, place, shown) };
    staff.show_as(status, "post/desk.html", &view)
}

async fn draw_found(
    staff: &Staff,
    place: PaperPlace,
    typed: &str,
    found: Vec<FoundView>,
) -> Result<HttpResponse, PageError> {
    let desk = paper_desk(staff.office(), staff.session(), place, None).await?;
    let view = View { found: Some(found), q: typed, ..View::new(desk, place, Shown::default()) };
    staff.show("post/desk.html", &view)
}

impl<'a> View<'a> {
    fn new(desk: PaperDesk, place: PaperPlace, shown: Shown<'a>) -> Self {
        let typed = |name: &str| shown.typed.map_or("", |typed| typed.get(name));
        let tiles = PLACES.iter().zip(1..).map(|((of, _), key)| Tile {
            place: *of,
            count: match of {
                PaperPlace::Print | PaperPlace::Batch => desk.print,
                PaperPlace::Post => desk.post,
                PaperPlace::Counter => desk.counter,
                PaperPlace::Returned => desk.returned,
            },
            current: *of == place,
            key,
        });
        Self {
            tiles: tiles.collect(),
            numbers: desk.letters.iter().map(|letter| typed(&format!("resi-{}", letter.letter_id))).collect(),
            q: typed("q"),
            on: typed("on"),
            delivery: typed("delivery"),
            kind: typed("kind"),
            limit: typed("limit"),
            most: MOST,
            desk,
            place,
            later: false,
            found: None,
            kept: shown.kept,
            faults: shown.faults,
        }
    }
}
