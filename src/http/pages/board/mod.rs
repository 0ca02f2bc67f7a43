//! `/papan`: the figures of an office, a Kanwil or the country, each with the requests behind it; what comes next at an office.

mod charts;
mod findings;
mod forecast;
mod forecast_accept;
mod live;
mod rounds;
mod show;

use super::frame::Page;

const PATH: &str = "/papan";

pub const TEMPLATES: &[(&str, &str)] = &[
    ("board/board.html", include_str!("../../templates/board/board.html")),
    ("board/forecast.html", include_str!("../../templates/board/forecast.html")),
    ("board/forecast_offices.html", include_str!("../../templates/board/forecast_offices.html")),
    ("board/parts.html", include_str!("../../templates/board/parts.html")),
    ("board/rounds.html", include_str!("../../templates/board/rounds.html")),
];

pub fn pages() -> Vec<Page> {
    [show::pages(), rounds::pages(), live::pages(), forecast::pages(), forecast_accept::pages()].concat()
}
