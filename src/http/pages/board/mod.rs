//! `/papan`: the figures of an office, a Kanwil or the country, each with the requests behind it.

mod charts;
mod findings;
mod live;
mod rounds;
mod show;

use super::frame::Page;

const PATH: &str = "/papan";

pub const TEMPLATES: &[(&str, &str)] = &[
    ("board/board.html", include_str!("../../templates/board/board.html")),
    ("board/parts.html", include_str!("../../templates/board/parts.html")),
    ("board/rounds.html", include_str!("../../templates/board/rounds.html")),
];

pub fn pages() -> Vec<Page> {
    [show::pages(), rounds::pages(), live::pages()].concat()
}
